"""A deal that changed while its form was open: the difference is shown before anything is sent, to take or leave."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from dealvoice.invoicing.deal_changes import DealPart
from dealvoice.invoicing.draft import Draft, DraftLine
from dealvoice.workflows.invoice.deal_changes import keep_form, take_deal
from dealvoice.workflows.invoice.issue import Accepted, Returned, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.views import FormView
from playground.drafts import linked
from playground.house import AVIARY, House


def _seller(house: House, method: str, path: str, **body: Any) -> Any:
    """Change the deal as a colleague would."""
    token = house.pipedrive("POST", "/_sandbox/tokens", json={"user_id": 101})["access_token"]
    answer = house.vendor.request(
        method,
        f"{house.sandbox.pipedrive_url}{path}",
        json=body or None,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code < 300, answer.text
    return answer.json()


def _create(house: House, view: FormView, draft: Draft) -> Accepted | Returned:
    return issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())


def _change_rows(house: House) -> None:
    rows = _seller(house, "GET", f"/api/v2/deals/{AVIARY}/products")["data"]
    fountain, pump = (next(row for row in rows if row["name"] == name) for name in ("Rock fountain", "Fountain pump"))
    _seller(house, "PATCH", f"/api/v2/deals/{AVIARY}/products/{fountain['id']}", quantity=3)
    _seller(house, "DELETE", f"/api/v2/deals/{AVIARY}/products/{pump['id']}")


def test_change_is_shown_and_nothing_is_sent(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _change_rows(house)
    house.forget_journals()

    answer = _create(house, view, linked(view))

    assert isinstance(answer, Returned)
    assert "deal.changed" in {finding.code for finding in answer.view.findings}
    told = {(change.part, change.name) for change in answer.view.deal_changes}
    assert {(DealPart.CHANGED, "Rock fountain"), (DealPart.REMOVED, "Fountain pump"), (DealPart.VALUE, "")} == told
    changed = next(change for change in answer.view.deal_changes if change.part is DealPart.CHANGED)
    assert (changed.before.quantity, changed.after.quantity) == (1, 3)
    assert answer.view.draft.lines == linked(view).lines
    assert house.journal("quickbooks") == []


def test_kept_form_creates_what_it_shows(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _change_rows(house)
    _create(house, view, linked(view))

    keep_form(house.app, house.who, form_id=view.form_id, deal_id=AVIARY)
    answer = _create(house, view, linked(view))

    assert isinstance(answer, Accepted)


def test_taken_changes_keep_own_rows_and_links(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    own = DraftLine(key="n1", text="Delivery", item_id="7", quantity=Decimal(1), unit_price=Decimal(20))
    draft = linked(view)
    draft = replace(draft, lines=(*draft.lines, own), number="")
    _change_rows(house)
    _create(house, view, draft)

    taken = take_deal(house.app, house.who, form_id=view.form_id, draft=draft)
    answer = _create(house, view, taken.draft)

    assert [(line.product_name or line.text, line.quantity) for line in taken.draft.lines] == [
        ("Rock fountain", 3), ("Installation", 8), ("Garden lights", 6), ("Delivery", 1),
    ]  # fmt: skip
    assert all(line.item_id for line in taken.draft.lines)
    assert taken.deal_changes == ()
    assert taken.draft.customer_id == draft.customer_id
    assert isinstance(answer, Accepted), [finding.code for finding in answer.view.findings]


def test_another_contact_takes_the_customer_away(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _seller(house, "PATCH", f"/api/v2/deals/{AVIARY}", org_id=32, person_id=None)

    answer = _create(house, view, linked(view))
    taken = take_deal(house.app, house.who, form_id=view.form_id, draft=linked(view))

    assert [change.part for change in answer.view.deal_changes] == [DealPart.CONTACT]
    assert taken.draft.customer_id is None
    assert taken.draft.to != view.draft.to


def test_own_writing_to_the_deal_is_no_change(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _seller(house, "POST", "/api/v1/notes", content="Called Amy", deal_id=AVIARY)
    _seller(house, "PATCH", f"/api/v2/deals/{AVIARY}", title="Aviary, second call")

    assert isinstance(_create(house, view, linked(view)), Accepted)


def test_silent_pipedrive_does_not_stop_the_invoice(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    house.sandbox.pipedrive.faults.add({"status": 503, "path": "/deals/", "times": 0})

    assert isinstance(_create(house, view, linked(view)), Accepted)
