"""One intent makes one invoice, however often and from wherever it is sent; a second one is asked for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from dealvoice.invoicing.draft import Draft
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.review import review
from playground.drafts import linked
from playground.house import AVIARY, House, a_house
from playground.truth import check_creation


def _create(house: House, form_id: str, draft: Draft) -> Accepted | Returned:
    return issue(house.app, house.who, form_id=form_id, deal_id=AVIARY, draft=draft, problems=())


def test_form_of_the_deal_is_filled_by_the_mapping(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)

    assert view.draft.to == "Amys Bird Sanctuary Inc."
    assert view.draft.email == "Birds@Intuit.com"
    assert "4581 Finch" in view.draft.address
    assert [line.product_name for line in view.draft.lines] == [
        "Rock fountain", "Fountain pump", "Installation", "Garden lights",
    ]  # fmt: skip
    assert view.totals.subtotal.amount == Decimal("885.00") - Decimal("40.00")
    assert view.totals.tax.amount == Decimal("38.80")
    assert view.totals.total.amount == Decimal("883.80")
    assert {"customer.missing", "item.missing"} <= {finding.code for finding in view.findings}


def test_form_opened_during_the_first_import_says_so_until_it_is_done(tmp_path: Path) -> None:
    with a_house(tmp_path) as early:
        early.who = early.install()
        early.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})
        early.connect(early.who)
        before = open_form(early.app, early.who, AVIARY)
        early.sandbox.quickbooks.faults.clear()
        early.engine.advance(timedelta(minutes=15))
        early.run()

        after = review(early.app, early.who, form_id=before.form_id, deal_id=AVIARY, draft=before.draft, problems=())

        assert (before.importing, before.customer_options) == (True, ())
        assert (after.importing, after.customer_options[0].name) == (False, "Amy's Bird Sanctuary")


def test_create_makes_the_invoice_that_the_form_showed(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)

    answer = _create(house, view.form_id, linked(view))
    house.run()

    assert isinstance(answer, Accepted)
    made = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)
    assert Decimal(str(made["TotalAmt"])) == Decimal("883.80")
    assert made["DocNumber"] == "1038"


def test_create_with_all_linked_costs_one_quickbooks_call(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    _create(house, view.form_id, linked(view))
    house.run()

    assert [(row["method"], row["path"].rsplit("/", 1)[-1]) for row in house.journal("quickbooks")] == [
        ("POST", "invoice")
    ]


def test_opening_the_form_costs_no_quickbooks_call(house: House) -> None:
    house.forget_journals()

    open_form(house.app, house.who, AVIARY)

    assert house.journal("quickbooks") == []


def test_double_click_makes_one_invoice(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    draft = linked(view)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _create(house, view.form_id, draft), range(8)))
    house.run()

    assert len({answer.operation_id for answer in answers if isinstance(answer, Accepted)}) == 1
    assert all(isinstance(answer, Accepted) for answer in answers)


def test_two_tabs_make_one_invoice_and_one_question(house: House) -> None:
    tabs = [open_form(house.app, house.who, AVIARY) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda view: _create(house, view.form_id, linked(view)), tabs))
    house.run()

    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["Accepted", "Returned"]
    asked = next(answer for answer in answers if isinstance(answer, Returned))
    assert "deal.invoiced_already" in {finding.code for finding in asked.view.findings}


def test_two_tabs_both_confirmed_beforehand_still_make_one(house: House) -> None:
    first = open_form(house.app, house.who, AVIARY)
    _create(house, first.form_id, linked(first))
    house.run()
    tabs = [open_form(house.app, house.who, AVIARY) for _ in range(2)]

    answers = [_create(house, view.form_id, linked(view, second=True)) for view in tabs]

    assert [type(answer) for answer in answers] == [Accepted, Returned]


def test_second_invoice_is_made_when_confirmed(house: House) -> None:
    first = open_form(house.app, house.who, AVIARY)
    _create(house, first.form_id, linked(first))
    house.run()
    again = open_form(house.app, house.who, AVIARY)
    refused = _create(house, again.form_id, linked(again))
    assert isinstance(refused, Returned)

    confirmed = review(
        house.app, house.who, form_id=again.form_id, deal_id=AVIARY, draft=linked(again, second=True), problems=()
    )
    answer = _create(house, again.form_id, replace(confirmed.draft, second_confirmed=True))
    house.run()

    assert isinstance(answer, Accepted)
    check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)


def test_blocker_returns_the_form_and_writes_nothing(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.forget_journals()

    answer = _create(house, view.form_id, view.draft)
    house.run()

    assert isinstance(answer, Returned)
    assert house.journal("quickbooks") == []


def test_new_customer_is_created_once_and_linked(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    new = {"customer_id": None, "create_customer": True, "to": "Brand New Birds Ltd"}
    draft = replace(linked(view), other_than=("customer:1",), **new)

    answer = _create(house, view.form_id, draft)
    house.run()

    assert isinstance(answer, Accepted)
    made = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY)
    assert made["CustomerRef"]["name"] == "Brand New Birds Ltd"
    assert open_form(house.app, house.who, AVIARY).customer.name == "Brand New Birds Ltd"
