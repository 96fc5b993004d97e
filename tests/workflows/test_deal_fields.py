"""The fields kept on deals: made once with consent, written when what they say changes, shown by the Changelog."""

from collections.abc import Mapping as Mapping_
from datetime import timedelta
from typing import Any

import pytest

from dealvoice.connections.who import Who
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.status import Flag, deal_flag
from dealvoice.workflows.invoice import act, listing
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.sweep import start_unfinished
from playground.drafts import linked
from playground.house import AVIARY, House

ADMIN, JAN = 101, 102
STATUS = FieldKind.STATUS


def _save(
    house: House, who: Who, *kinds: FieldKind, wanted: bool | None = True, show_amounts: bool = True
) -> Mapping_[FieldKind, str]:
    chosen = None if wanted is None else set(kinds or [STATUS]) if wanted else set()
    configure.save(
        house.app, who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=show_amounts,
        deal_fields=chosen,
    )  # fmt: skip
    house.run()
    return configure.settings(house.app, who).deal_fields


def _invoice(house: House) -> str:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert operation is not None
    assert operation.invoice_id is not None
    return operation.invoice_id


def _ask(house: House, method: str, path: str, **more: Any) -> Any:
    token = house.pipedrive("POST", "/_sandbox/tokens", json={"user_id": ADMIN})["access_token"]
    return house.pipedrive(method, path, headers={"Authorization": f"Bearer {token}"}, **more)


def _fields(house: House, name: str = "Invoice status") -> list[dict[str, Any]]:
    rows = _ask(house, "GET", "/api/v2/dealFields", params={"limit": 500})["data"]
    return [row for row in rows if row["field_name"] == name]


def _changelog(house: House) -> list[str]:
    """Return the words that the deal's Changelog shows for our field, oldest first."""
    (field,) = _fields(house)
    words = {str(option["id"]): option["label"] for option in field["options"]}
    log = _ask(house, "GET", f"/api/v1/deals/{AVIARY}/changelog", params={"limit": 500})["data"]
    ours = [row for row in log if row["field_key"] == field["field_code"]]
    return [words[row["new_value"]] if row["new_value"] else "" for row in reversed(ours)]


def test_field_shows_every_change_in_the_changelog_and_nothing_else(house: House) -> None:
    assert _save(house, house.who)[STATUS] == "ready"

    invoice_id = _invoice(house)
    act.send(house.app, house.who, invoice_id)  # changes the invoice, not its flag
    house.run()
    act.void(house.app, house.who, invoice_id)
    house.run()
    act.delete(house.app, house.who, invoice_id)
    house.run()
    listing.unlink(house.app, house.who, AVIARY, invoice_id)
    house.run()

    assert _changelog(house) == ["Open", "Voided", "Deleted", ""]


def test_change_costs_one_call_more_and_no_change_none(house: House) -> None:
    _save(house, house.who)
    invoice_id = _invoice(house)
    house.forget_journals()

    act.send(house.app, house.who, invoice_id)
    house.run()
    assert [row["path"] for row in house.journal("pipedrive") if "deals/" in row["path"]] == []

    act.void(house.app, house.who, invoice_id)
    house.run()
    assert [row["method"] for row in house.journal("pipedrive") if "deals/" in row["path"]] == ["PATCH"]


def test_deals_that_had_invoices_before_the_consent_are_told(house: House) -> None:
    _invoice(house)

    _save(house, house.who)

    assert _changelog(house) == ["Open"]


def test_no_field_is_made_without_consent_or_admin(house: House) -> None:
    jan = house.install(JAN)
    assert not jan.is_admin
    with house.app.database.write(jan.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        connection.installation_id = jan.installation_id  # as after a hand-over: he may save, but adds no fields
    _save(house, jan)
    _save(house, house.who, wanted=False)

    assert _fields(house) == []


def test_renamed_field_and_choice_are_written_on(house: House) -> None:
    _save(house, house.who)
    (field,) = _fields(house)
    path = f"/api/v2/dealFields/{field['field_code']}"
    unpaid = next(option for option in field["options"] if option["label"] == "Open")
    _ask(house, "PATCH", path, json={"field_name": "Billing"})
    _ask(house, "PATCH", f"{path}/options", json=[{"id": unpaid["id"], "label": "Waiting"}])

    _invoice(house)

    deal = _ask(house, "GET", f"/api/v2/deals/{AVIARY}")["data"]
    assert deal["custom_fields"][field["field_code"]] == unpaid["id"]


def test_choice_that_was_taken_away_is_put_back_once_though_the_answer_is_lost(house: House) -> None:
    _save(house, house.who)
    (field,) = _fields(house)
    path = f"/api/v2/dealFields/{field['field_code']}/options"
    _ask(house, "DELETE", path, json=[{"id": field["options"][0]["id"]}])
    _save(house, house.who, wanted=False)
    house.pipedrive("POST", "/_sandbox/faults", json={"action": "drop_after", "method": "POST", "path": path})

    _save(house, house.who)
    house.settle()

    (mended,) = _fields(house)
    assert sorted(option["label"] for option in mended["options"]) == sorted(one["label"] for one in field["options"])
    assert configure.settings(house.app, house.who).deal_fields[STATUS] == "ready"


def test_deleted_field_is_told_and_made_again_only_when_asked(house: House) -> None:
    _save(house, house.who)
    (field,) = _fields(house)
    _ask(house, "DELETE", f"/api/v2/dealFields/{field['field_code']}")

    _invoice(house)

    assert configure.settings(house.app, house.who).deal_fields[STATUS] == "gone"
    assert _fields(house) == []
    assert len(house.notes(AVIARY)) == 1
    assert _save(house, house.who)[STATUS] == "ready"
    assert _changelog(house) == ["Open"]


def test_field_of_somebody_else_is_never_written(house: House) -> None:
    theirs = {"field_name": "Invoice status", "field_type": "enum", "options": [{"label": "Sent"}, {"label": "Open"}]}
    code = _ask(house, "POST", "/api/v2/dealFields", json=theirs)["data"]["field_code"]

    _save(house, house.who)
    _invoice(house)

    assert len(_fields(house, "Invoice status (Dealvoice)")) == 1
    assert _ask(house, "GET", f"/api/v2/deals/{AVIARY}")["data"]["custom_fields"][code] is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_field_is_made_once_when_the_answer_is_lost(house: House, when: str) -> None:
    fault = {"method": "POST", "path": "dealFields", "drop": when}
    house.pipedrive("POST", "/_sandbox/faults", json=fault)

    _save(house, house.who)
    for _ in range(4):
        house.engine.advance(timedelta(seconds=5))
        start_unfinished(house.app)
        house.run()

    assert configure.settings(house.app, house.who).deal_fields[STATUS] == "ready"
    assert len(_fields(house)) == 1


def test_field_refused_by_pipedrive_leaves_the_note_alone(house: House) -> None:
    fault = {"method": "POST", "path": "dealFields", "status": 403, "times": 5}
    house.pipedrive("POST", "/_sandbox/faults", json=fault)

    assert _save(house, house.who)[STATUS] == "refused"
    _invoice(house)

    assert len(house.notes(AVIARY)) == 1


def test_loudest_flag_of_several_invoices_is_the_deals() -> None:
    assert deal_flag([Flag.PAID, Flag.OVERDUE, Flag.OPEN]) is Flag.OVERDUE
    assert deal_flag([Flag.VOIDED, Flag.PAID, Flag.DELETED]) is Flag.PAID
    assert deal_flag([]) is None


def test_unlinked_invoice_says_so_in_its_note_and_a_link_takes_the_note_up_again(house: House) -> None:
    invoice_id = _invoice(house)

    listing.unlink(house.app, house.who, AVIARY, invoice_id)
    house.run()
    (unlinked,) = house.notes(AVIARY)
    listing.link(house.app, house.who, AVIARY, invoice_id)
    house.run()
    (linked_again,) = house.notes(AVIARY)

    assert "no longer linked" in unlinked["content"]
    assert "Open" in linked_again["content"]
    assert linked_again["id"] == unlinked["id"]
