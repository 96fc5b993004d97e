"""Estimates: offers without effect on the books. Source: Estimate page."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, docnumbers, sending
from dealvoice_sandbox.quickbooks.completing import SYSTEM, check_books, complete, merged
from dealvoice_sandbox.quickbooks.faults_text import Refusal

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_STATES = ("Pending", "Accepted", "Closed", "Rejected", "Converted")
_LACKS = ("Balance", "HomeBalance", "Deposit", "DepositToAccountRef", "AllowOnlineCreditCardPayment",
          "AllowOnlineACHPayment")  # fmt: skip


def create(emulator: "QuickBooksEmulator", realm: str, body: Row, *, allow_duplicate: bool) -> Row:
    """
    Create an estimate; its numbers are a series of their own.

    Raises:
        Refusal: Anything that QuickBooks would refuse.
    """
    values = {name: value for name, value in body.items() if name not in SYSTEM and name not in _LACKS}
    _status(values)
    complete(emulator, realm, "Estimate", values, sent=body)
    docnumbers.give(emulator, realm, "Estimate", values, allow_duplicate=allow_duplicate)
    values |= {
        "LinkedTxn": [],
        "PrintStatus": values.get("PrintStatus", "NeedToPrint"),
        "EmailStatus": values.get("EmailStatus", "NotSet"),
        "FreeFormAddress": True,
    }
    currency.to_home(values)
    return emulator.new(realm, "Estimate", emulator.next_id(realm, "txn"), values)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change an estimate, its state among the rest."""
    row = emulator.current(realm, "Estimate", body)
    values = {name: value for name, value in merged(row, body).items() if name not in _LACKS}
    _status(values)
    complete(emulator, realm, "Estimate", values, sent=body, before=row)
    currency.to_home(values)
    row.clear()
    row.update(values)
    return emulator.touch(realm, "Estimate", row)


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete an estimate; an invoice made from it loses the link."""
    row = emulator.current(realm, "Estimate", body)
    check_books(emulator, realm, row["TxnDate"])
    for link in row.get("LinkedTxn", []):
        invoice = emulator.rows(realm, "Invoice").get(str(link["TxnId"]))
        if invoice is not None:
            invoice["LinkedTxn"] = [one for one in invoice["LinkedTxn"] if str(one["TxnId"]) != row["Id"]]
            emulator.touch(realm, "Invoice", invoice)
    emulator.remove(realm, "Estimate", row["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, estimate_id: str, to: str | None) -> Row:
    """Mail an estimate."""
    return sending.send(emulator, realm, "Estimate", estimate_id, to)


def _status(values: Row) -> None:
    state = values.setdefault("TxnStatus", "Pending")
    if state not in _STATES:
        raise Refusal("2170", f"Invalid Enumeration : {state}", "TxnStatus")
