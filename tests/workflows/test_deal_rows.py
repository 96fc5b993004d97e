"""What a deal has to bill, over the worlds: periods, installments, plans without them, second invoices."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from dealvoice.invoicing.deal_rows import with_row
from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import PLAN_KEPT, open_form
from playground.drafts import linked
from playground.house import AVIARY, House, a_house


def _deal(house: House, title: str) -> int:
    """Return the number of a deal of the seed."""
    deals = house.sandbox.pipedrive.deals()
    return int(next(deal["id"] for deal in deals if deal["title"] == title))


def _asked(house: House) -> list[str]:
    return [row["path"].split("?")[0] for row in house.journal("pipedrive") if "installments" in row["path"]]


def _create(house: House, view, draft) -> str:
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=draft.deal_id, draft=draft, problems=())
    assert isinstance(answer, Accepted), [finding for finding in answer.view.findings if finding.severity == "blocker"]
    house.run()
    return answer.operation_id


def test_installments_are_shown_and_the_chosen_one_is_billed_once(house: House) -> None:
    deal_id = _deal(house, "Paid in three installments")
    view = open_form(house.app, house.who, deal_id)

    assert [row.line.unit_price for row in view.offer.rows if row.is_installment] == [Decimal(100)] * 3
    part = next(row.line.key for row in view.offer.rows if row.is_installment)
    draft = linked(view)
    chosen = with_row(draft, view.offer, part)
    chosen = replace(chosen, lines=tuple(replace(line, item_id="5") for line in chosen.lines))
    _create(house, view, chosen)

    again = open_form(house.app, house.who, deal_id)
    assert [row.left for row in again.offer.rows if row.is_installment] == [None, Decimal(1), Decimal(1)]
    (made,) = [one for one in house.books("SELECT * FROM Invoice") if one.get("DocNumber") == "1038"]
    assert [line["Description"] for line in made["Line"] if line["DetailType"] == "SalesItemLineDetail"] == [
        "Part 1 of 3"
    ]


def test_deal_that_can_have_no_installments_is_not_asked_for_them(house: House) -> None:
    open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    open_form(house.app, house.who, _deal(house, "Care plan for a year, and the first visit"))
    open_form(house.app, house.who, _deal(house, "Spring maintenance plan"))

    assert _asked(house) == []


def test_plan_without_installments_is_asked_once_a_week_and_the_form_is_whole(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        now = [house.app.now()]
        house.close()
        house.open(clock=lambda: now[0])
        house.who = house.install()
        house.connect(house.who)
        house.pipedrive("POST", "/_sandbox/switches", json={"plan": "lite"})
        house.forget_journals()

        views = [open_form(house.app, house.who, AVIARY) for _ in range(3)]

        assert [len(view.draft.lines) for view in views] == [4, 4, 4]
        assert len(_asked(house)) == 1
        house.pipedrive("POST", "/_sandbox/switches", json={"plan": "growth"})
        now[0] += PLAN_KEPT + timedelta(minutes=1)
        house.forget_journals()
        open_form(house.app, house.who, AVIARY)
        open_form(house.app, house.who, AVIARY)
        assert len(_asked(house)) == 2


def test_recurring_products_are_billed_one_period_each_time(house: House) -> None:
    deal_id = _deal(house, "Care plan for a year, and the first visit")
    first = open_form(house.app, house.who, deal_id)
    assert [line.quantity for line in first.draft.lines] == [1, 1, 1]
    assert "Care plan (monthly)" in first.draft.lines[0].text
    assert [finding.code for finding in first.findings if finding.code.startswith("line.recurring")] == [
        "line.recurring", "line.recurring_endless",
    ]  # fmt: skip
    _create(house, first, linked(first))

    again = open_form(house.app, house.who, deal_id)

    assert [line.key for line in again.draft.lines] == [line.key for line in first.draft.lines[:2]]
    assert again.offer.rows[0].all_periods == 11
    assert [finding.params["numbers"] for finding in again.findings if finding.code == "deal.only_left"] == ["1038"]


def test_products_of_a_voided_invoice_are_filled_in_again(house: House) -> None:
    first = open_form(house.app, house.who, AVIARY)
    operation_id = _create(house, first, linked(first))
    with house.app.database.read(house.who.tenant_id) as store:
        invoice_id = store.operations.get(operation_id).invoice_id
    assert open_form(house.app, house.who, AVIARY).draft.lines == ()

    act.void(house.app, house.who, invoice_id)
    house.run()

    assert len(open_form(house.app, house.who, AVIARY).draft.lines) == 4
