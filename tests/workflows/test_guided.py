"""Void and delete of invoices with payments: shown, consented to, taken off, then done; or nothing is done."""

from decimal import Decimal
from typing import Any

import pytest

from dealvoice.invoicing.actions import Action
from dealvoice.workflows.errors import NotPossible
from dealvoice.workflows.invoice import act, guided
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.views import GuidedView, InvoiceRow
from playground.bookkeeper import use_credit
from playground.drafts import AMY, linked
from playground.house import AVIARY, House
from playground.sweeping import catch_up_all

ACTIONS = [Action.VOID, Action.DELETE]


@pytest.fixture
def house(house: House) -> House:
    """A house with an invoice on its deal."""
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.run()
    return house


def _row(house: House) -> InvoiceRow:
    return panel(house.app, house.who, AVIARY).rows[0]


def _vendor_id(house: House) -> str:
    return house.books("select * from Invoice where DocNumber = '1038'")[0]["Id"]


def _pay(house: House, amount: str, invoice_id: str) -> None:
    """Receive a payment at QuickBooks, and let it be known here."""
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice", data={"do": "pay", "txnId": invoice_id, "amount": amount}
    )
    assert answer.status_code == 303
    catch_up_all(house.app)
    house.run()


def _consents(view: GuidedView) -> dict[str, str]:
    return dict(one.consent.split("=") for one in view.payments)


def _do(house: House, action: Action, *, move: bool = False) -> str:
    view = guided.guided(house.app, house.who, _row(house).id, action, move=move)
    operation = guided.accept(house.app, house.who, view.invoice.id, action, consents=_consents(view), move=move)
    house.settle(4)
    return operation


def _payments(house: House) -> list[dict[str, Any]]:
    rows = house.books("select * from Payment where CustomerRef = '1'")
    return sorted(rows, key=lambda row: -int(row["Id"]))


@pytest.mark.parametrize("action", ACTIONS)
def test_payments_are_shown_with_what_becomes_of_all(house: House, action: Action) -> None:
    _pay(house, "300.00", _vendor_id(house))

    view = guided.guided(house.app, house.who, _row(house).id, action)

    assert [one.applied.on_invoice.amount for one in view.payments] == [Decimal("300.00")]
    assert view.paid.amount == view.freed.amount == Decimal("300.00")
    assert view.owes_now.amount - view.owes_after.amount == Decimal("583.80")
    assert (view.on_deal_now.amount, view.on_deal_after.amount) == (Decimal("883.80"), Decimal(0))


@pytest.mark.parametrize("way", ["unlink", "refuse"])
@pytest.mark.parametrize(("action", "flag"), [(Action.VOID, "voided"), (Action.DELETE, "deleted")])
def test_paid_invoice_is_ended_and_the_money_becomes_credit(house: House, action: Action, flag: str, way: str) -> None:
    house.quickbooks("POST", "/_sandbox/switches", json={"void_of_paid": way})
    _pay(house, "883.80", _vendor_id(house))

    _do(house, action)

    assert _row(house).status.flag == flag
    payment = _payments(house)[0]
    assert (payment["TotalAmt"], payment["UnappliedAmt"], payment["Line"]) == (883.8, 883.8, [])


def test_money_moved_pays_the_invoice_that_is_due_first(house: House) -> None:
    _pay(house, "300.00", _vendor_id(house))
    owed = {row["DocNumber"]: row["Balance"] for row in house.books("select * from Invoice where CustomerRef = '1'")}

    view = guided.guided(house.app, house.who, _row(house).id, Action.VOID, move=True)
    _do(house, Action.VOID, move=True)

    assert [(number, amount.amount) for number, amount in view.shares] == [("1021", Decimal("239.00"))]
    assert view.freed.amount == Decimal("61.00")
    now = {row["DocNumber"]: row["Balance"] for row in house.books("select * from Invoice where CustomerRef = '1'")}
    assert (owed["1021"], now["1021"]) == (239, 0)
    assert _payments(house)[0]["UnappliedAmt"] == 61
    assert _row(house).status.flag == "voided"


def test_payment_that_nobody_agreed_to_stops_it(house: House) -> None:
    _pay(house, "100.00", _vendor_id(house))
    view = guided.guided(house.app, house.who, _row(house).id, Action.VOID)
    _pay(house, "50.00", _vendor_id(house))

    with pytest.raises(NotPossible, match=r"payment\.changed"):
        guided.accept(house.app, house.who, view.invoice.id, Action.VOID, consents=_consents(view))

    assert _row(house).status.flag == "partially_paid"


@pytest.mark.parametrize("way", ["unlink", "refuse"])
def test_payment_that_comes_after_the_consent_leaves_the_invoice_alone(house: House, way: str) -> None:
    house.quickbooks("POST", "/_sandbox/switches", json={"void_of_paid": way})
    _pay(house, "100.00", _vendor_id(house))
    view = guided.guided(house.app, house.who, _row(house).id, Action.VOID)
    guided.accept(house.app, house.who, view.invoice.id, Action.VOID, consents=_consents(view))
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": _vendor_id(house), "amount": "50.00"},
    )
    assert answer.status_code == 303

    house.settle(4)
    catch_up_all(house.app)
    house.run()

    row = _row(house)
    assert row.status.flag == "partially_paid"
    assert row.fault is not None
    assert row.fault.code == "invoice.has_payments"
    assert house.books("select * from Invoice where DocNumber = '1038'")[0]["TotalAmt"] == 883.8


def test_plain_void_never_takes_a_payment_off_that_came_meanwhile(house: House) -> None:
    """Some companies' QuickBooks unlinks payments by itself on void; the user was not asked."""
    row = _row(house)
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": _vendor_id(house), "amount": "50.00"},
    )
    assert answer.status_code == 303

    act.void(house.app, house.who, row.id)
    house.settle(4)

    assert house.books("select * from Invoice where DocNumber = '1038'")[0]["TotalAmt"] == 883.8
    assert _payments(house)[0]["UnappliedAmt"] == 0


@pytest.mark.parametrize("fault", [{"action": "drop_after"}, {"status": 503}, {"action": "garble"}])
@pytest.mark.parametrize("path", ["/payment$|/payment\\?", "/invoice\\?"])
def test_fault_on_the_way_still_ends_in_one_void_and_one_release(
    house: House, fault: dict[str, Any], path: str
) -> None:
    _pay(house, "300.00", _vendor_id(house))
    view = guided.guided(house.app, house.who, _row(house).id, Action.VOID)
    guided.accept(house.app, house.who, view.invoice.id, Action.VOID, consents=_consents(view))
    house.quickbooks("POST", "/_sandbox/faults", json={**fault, "method": "POST", "path": path})

    house.settle(4)

    assert _row(house).status.flag == "voided"
    payment = _payments(house)[0]
    assert (payment["UnappliedAmt"], payment["Line"]) == (300, [])


@pytest.mark.parametrize(("action", "flag"), [(Action.VOID, "voided"), (Action.DELETE, "deleted")])
def test_credit_that_was_taken_off_already_is_no_obstacle(house: House, action: Action, flag: str) -> None:
    """What applies a credit memo is deleted: when that answer is lost, the next look does not find it any more."""
    use_credit(house, AMY, _vendor_id(house), amount=10)
    catch_up_all(house.app)
    house.run()
    view = guided.guided(house.app, house.who, _row(house).id, action)
    guided.accept(house.app, house.who, view.invoice.id, action, consents=_consents(view))
    house.quickbooks("POST", "/_sandbox/faults", json={"action": "drop_after", "method": "POST", "path": "/payment"})

    house.settle(4)

    assert (_row(house).status.flag, _row(house).fault) == (flag, None)


def test_unconsented_void_of_a_paid_invoice_is_refused(house: House) -> None:
    _pay(house, "300.00", _vendor_id(house))

    with pytest.raises(NotPossible, match=r"reason\.has_payments"):
        act.void(house.app, house.who, _row(house).id)
