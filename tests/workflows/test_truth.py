"""The deal is told the truth: events, sweeps, refusals, voids and deletions, on either side."""

from pathlib import Path
from typing import Any

import pytest

from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice.workflows.invoice.views import InvoiceRow
from dealvoice.workflows.sync import track
from playground.drafts import linked
from playground.house import AVIARY, REALM, House, a_house
from playground.sweeping import catch_up_all, take_in


def _created(house: House) -> InvoiceRow:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.settle(6)
    return _row(house)


def _row(house: House) -> InvoiceRow:
    return panel(house.app, house.who, AVIARY).rows[0]


def _vendor(house: House) -> Any:
    return house.sandbox.quickbooks


def _pay(house: House, amount: str) -> None:
    row = max(_vendor(house).rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice", data={"do": "pay", "txnId": row["Id"], "amount": amount}
    )
    assert answer.status_code == 303


def _deliver(house: House) -> None:
    """Hand over what the emulator would have delivered, and do what it wakes."""
    for delivery in _vendor(house).deliveries.prepared():
        take_in(house.app, delivery.body, delivery.headers["intuit-signature"])
    track.track_all(house.app)
    house.run()


def test_payment_turns_the_flag_by_event(house: House) -> None:
    _created(house)

    _pay(house, "100.00")
    _deliver(house)
    part = _row(house).status.flag
    _pay(house, "783.80")
    _deliver(house)

    assert (part, _row(house).status.flag) == ("partially_paid", "paid")
    assert "Invoice 1038: Paid" in house.notes(AVIARY)[0]["content"]
    assert len(house.notes(AVIARY)) == 1


def test_payment_turns_the_flag_by_sweep_when_every_event_is_lost(house: House) -> None:
    _created(house)

    _pay(house, "883.80")
    catch_up_all(house.app)
    house.run()

    row = _row(house)
    assert row.status.flag == "paid"
    assert row.paid_on is not None


def test_event_delivered_a_hundred_times_changes_once(house: House) -> None:
    _created(house)
    _pay(house, "883.80")

    for _ in range(100):
        for delivery in _vendor(house).deliveries.prepared():
            take_in(house.app, delivery.body, delivery.headers["intuit-signature"])
    house.forget_journals()
    track.track_all(house.app)
    house.run()

    assert _row(house).status.flag == "paid"
    assert len(house.journal("quickbooks")) <= 3


def test_deletion_in_quickbooks_leaves_the_card(house: House) -> None:
    row = _created(house)
    made = max(_vendor(house).rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    house.vendor.post(f"{house.sandbox.quickbooks_url}/app/invoice", data={"do": "delete", "txnId": made["Id"]})

    _deliver(house)

    gone = _row(house)
    assert gone.status.flag == "deleted"
    assert gone.number == row.number


@pytest.mark.parametrize("what", ["send", "void"])
def test_deletion_that_a_users_act_runs_into_is_told_to_the_deal(house: House, what: str) -> None:
    """The event was lost, and the next sweep finds the invoice deleted already: nobody else would tell."""
    row = _created(house)
    made = max(_vendor(house).rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    house.vendor.post(f"{house.sandbox.quickbooks_url}/app/invoice", data={"do": "delete", "txnId": made["Id"]})

    getattr(act, what)(house.app, house.who, row.id)
    house.settle(6)

    assert _row(house).status.flag == "deleted"
    (note,) = house.notes(AVIARY)
    assert "Deleted" in note["content"]


def test_void_in_quickbooks_is_seen(house: House) -> None:
    _created(house)
    made = max(_vendor(house).rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    house.vendor.post(f"{house.sandbox.quickbooks_url}/app/invoice", data={"do": "void", "txnId": made["Id"]})

    _deliver(house)

    assert _row(house).status.flag == "voided"


def test_void_after_somebody_changed_the_invoice_reads_again_and_voids(house: House) -> None:
    row = _created(house)
    made = max(_vendor(house).rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))
    house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice",
        data={"do": "edit", "txnId": made["Id"], "due": "2030-01-01"},
    )

    act.void(house.app, house.who, row.id)
    house.settle(6)

    assert _row(house).status.flag == "voided"


def test_refusal_is_told_and_nothing_is_made(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    customer = _vendor(house).rows(REALM, "Customer")["1"]
    customer["Active"] = False
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)

    house.settle(6)

    shown = progress(house.app, house.who, answer.operation_id)
    assert shown.state == "refused"
    assert shown.fault is not None
    assert house.notes(AVIARY) == []
    assert len(_vendor(house).rows(REALM, "Invoice")) == 31


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "times": 2},
        {"status": 429, "body": "{}", "times": 1},
        {"action": "drop_before", "times": 1},
        {"action": "drop_after", "times": 1},
        {"action": "truncate", "times": 1},
        {"action": "garble", "times": 1},
        {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html", "times": 1},
    ],
    ids=["503", "429", "drop_before", "drop_after", "truncate", "garble", "502 html"],
)
def test_fault_on_create_still_makes_one_invoice(house: House, fault: dict[str, Any]) -> None:
    view = open_form(house.app, house.who, AVIARY)
    _vendor(house).faults.add({"method": "POST", "path": "/invoice", **fault})
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)

    with house.app.database.everyone_write() as lobby:
        row = lobby.operations.get(answer.operation_id)
        assert row is not None
    house.settle(6)

    ours = [
        one
        for one in _vendor(house).rows(REALM, "Invoice").values()
        if "Pipedrive deal 12" in one.get("PrivateNote", "")
    ]
    assert len(ours) == 1
    assert progress(house.app, house.who, answer.operation_id).state == "done"
    assert len(house.notes(AVIARY)) == 1


def test_note_waits_for_pipedrive_and_comes_later(house: House) -> None:
    house.sandbox.pipedrive.faults.add({"status": 503, "method": "POST", "path": "/notes", "times": 2})

    _created(house)

    assert len(house.notes(AVIARY)) == 1


def test_new_customer_name_is_refused_where_a_vendor_has_it(house: House) -> None:
    from dataclasses import replace

    from dealvoice.workflows.invoice.issue import Returned

    view = open_form(house.app, house.who, AVIARY)
    draft = replace(linked(view), customer_id=None, create_customer=True, to="Books by Bessie")

    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())

    assert isinstance(answer, Returned)
    assert "customer.name_taken" in {finding.code for finding in answer.view.findings}


def test_refused_first_import_is_begun_anew_by_the_next_sweep(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.who = house.install()
        house.sandbox.quickbooks.faults.add({"status": 403, "path": "/query", "times": 0})
        house.connect(house.who)
        refused = open_form(house.app, house.who, AVIARY).importing
        house.sandbox.quickbooks.faults.clear()

        catch_up_all(house.app)
        house.run()

        assert (refused, open_form(house.app, house.who, AVIARY).importing) == (True, False)
