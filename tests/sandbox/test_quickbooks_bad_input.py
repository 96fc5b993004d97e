"""Whatever is sent as a sales document, it is written or refused in the vendor's way; nothing crashes, no half is left."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.writing import to_json
from sandbox.desk import Desk

_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=30), st.just(""),
    st.sampled_from([[], {}, [[]], [{}], [None], {"value": None}, {"value": []}, {"value": {}}, "1", "-1", "1e400",
                     "NaN", "9999-12-31", "0001-01-01", {"value": "1"}, {"value": "999"}, "TaxInclusive", "x" * 5000]),
)  # fmt: skip
_LINES = [
    {"Amount": "20", "Description": "d", "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
        "ItemRef": {"value": "4"}, "Qty": "2", "UnitPrice": "10", "TaxCodeRef": {"value": "TAX"},
        "ServiceDate": "2026-01-01", "TaxInclusiveAmt": "24", "ClassRef": {"value": ""}}},
    {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "90"}, "Quantity": "2", "Line": [
        {"SalesItemLineDetail": {"ItemRef": {"value": "4"}, "TaxCodeRef": {"value": "NON"}}}]}},
    {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {"ServiceDate": "2026-01-01"}},
    {"Amount": "2", "DetailType": "DiscountLineDetail", "DiscountLineDetail": {
        "PercentBased": False, "DiscountPercent": "10", "DiscountAccountRef": {"value": "86"}}},
]  # fmt: skip
_SALE: dict[str, Any] = {
    "CustomerRef": {"value": "1"}, "Line": _LINES, "DocNumber": "A-1", "TxnDate": "2026-01-01", "DueDate": "2026-02-01",
    "CurrencyRef": {"value": "USD"}, "ExchangeRate": "1", "SalesTermRef": {"value": "3"}, "PrivateNote": "n",
    "CustomerMemo": {"value": "m"}, "BillEmail": {"Address": "a@b.pl"}, "BillEmailCc": {"Address": "c@b.pl"},
    "BillAddr": {"Line1": "x", "City": "y"}, "ShipAddr": {"Line1": "x"}, "Deposit": "1", "EmailStatus": "NotSet",
    "DepositToAccountRef": {"value": "35"}, "TxnTaxDetail": {
        "TxnTaxCodeRef": {"value": "2"}, "TotalTax": "1", "TaxLine": [{"Amount": "1", "TaxLineDetail": {}}]},
    "CustomField": [{"DefinitionId": "1", "StringValue": "s"}], "ApplyTaxAfterDiscount": True, "PrintStatus": "NotSet",
    "LinkedTxn": [], "GlobalTaxCalculation": "TaxExcluded", "AllowOnlineACHPayment": True, "AutoDocNumber": True,
}  # fmt: skip
_PAYMENT: dict[str, Any] = {
    "CustomerRef": {"value": "24"}, "TotalAmt": "10", "TxnDate": "2026-01-01", "PaymentRefNum": "1", "PrivateNote": "n",
    "PaymentMethodRef": {"value": "1"}, "DepositToAccountRef": {"value": "35"}, "CurrencyRef": {"value": "USD"},
    "Line": [{"Amount": "10", "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]}],
}  # fmt: skip
_BODIES = {"Invoice": _SALE, "CreditMemo": _SALE, "Estimate": _SALE, "SalesReceipt": _SALE, "Payment": _PAYMENT}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, one in inner for found in _paths(one, (*path, key))]


def _with(body: dict[str, Any], path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    return changed


@pytest.fixture(scope="module")
def desks() -> dict[str, Desk]:
    """Companies of every tax regime; what one example writes is no trouble to the next."""
    opened = {seed: Desk(seed) for seed in ("us", "us-ast", "us-multi", "uk")}
    for desk in opened.values():
        desk.prefer("SalesFormsPrefs", AllowShipping=True)
        desk.emulator.rows(desk.realm, "Item")["90"] = {
            "Id": "90", "SyncToken": "0", "Name": "Kit", "Type": "Group", "Active": True,
            "ItemGroupDetail": {"ItemGroupLine": [{"ItemRef": {"value": "1"}, "Qty": 2}]},
        }  # fmt: skip
    return opened


@pytest.mark.parametrize("entity", _BODIES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_document_when_a_value_is_odd_then_written_or_refused(desks, entity, data):
    desk = desks[data.draw(st.sampled_from(sorted(desks)))]
    body = _BODIES[entity]
    path = data.draw(st.sampled_from(_paths(body)))
    sent = _with(body, path, data.draw(_ODD))

    try:
        made = desk.write(entity, sent)
        desk.change(entity, made, **_with(body, path, data.draw(_ODD)))
    except Refusal as refusal:
        made = refusal.body()

    assert to_json(made)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_payment_when_refused_then_invoices_and_balances_are_as_before(desks, data):
    desk = desks["us"]
    body = _with(_PAYMENT, data.draw(st.sampled_from(_paths(_PAYMENT))), data.draw(_ODD))
    before = to_json(
        [desk.read("Invoice", "130"), desk.read("Customer", "24"), len(desk.emulator.rows(desk.realm, "Payment"))]
    )

    linked = desk.read("Invoice", "130")["LinkedTxn"]

    try:
        made = desk.write("Payment", body)
    except Refusal:
        made = None
    if made is not None:
        desk.act("Payment", made, "delete")
    after = to_json(
        [desk.read("Invoice", "130"), desk.read("Customer", "24"), len(desk.emulator.rows(desk.realm, "Payment"))]
    )

    if made is None:
        assert after == before
    assert desk.read("Invoice", "130")["LinkedTxn"] == linked
