"""What a bookkeeper does to prepare the books for a test, and what is applied to an invoice by then."""

from copy import deepcopy
from typing import Any

from playground.house import REALM, House

Row = dict[str, Any]


def resting_customer(house: House, name: str) -> str:
    """Make a customer and lay him to rest, as the bookkeeper would; returns his id."""
    made = house.post_books("customer", {"DisplayName": name})["Customer"]
    house.post_books("customer", {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False})
    return str(made["Id"])


def use_credit(house: House, customer_id: str, invoice: str, *, amount: int) -> None:
    """Write a credit memo and apply it to an invoice of its customer, as QuickBooks does: by a payment of nothing."""
    customer = {"CustomerRef": {"value": customer_id}}
    sold = {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": sold}
    memo = house.post_books("creditmemo", {**customer, "Line": [line]})["CreditMemo"]
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": one, "TxnType": kind}]}
        for kind, one in (("CreditMemo", memo["Id"]), ("Invoice", invoice))
    ]
    house.post_books("payment", {**customer, "TotalAmt": 0, "Line": lines})


def payments_of(house: House, invoice: str) -> dict[str, Row]:
    """Return the payments that are applied to an invoice, as they are now."""
    rows = house.sandbox.quickbooks.rows(REALM, "Payment")
    return {one: deepcopy(row) for one, row in rows.items() if invoice in linked_by(row)}


def linked_by(payment: Row) -> set[str]:
    """Return the invoices that a payment is applied to."""
    links = [link for line in payment["Line"] for link in line["LinkedTxn"]]
    return {link["TxnId"] for link in links if link["TxnType"] == "Invoice"}
