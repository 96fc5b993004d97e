"""Sales receipts: sold and paid at once. Source: SalesReceipt page."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, docnumbers, sending
from dealvoice_sandbox.quickbooks.completing import SYSTEM, check_books, complete, merged
from dealvoice_sandbox.quickbooks.faults_text import deposited
from dealvoice_sandbox.quickbooks.sales import deposit_account, to_nothing

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_LACKS = ("DueDate", "SalesTermRef", "Deposit", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")


def create(emulator: "QuickBooksEmulator", realm: str, body: Row, *, allow_duplicate: bool) -> Row:
    """
    Create a sales receipt; the money goes to undeposited funds unless an account is named.

    Raises:
        Refusal: Anything that QuickBooks would refuse.
    """
    values = {name: value for name, value in body.items() if name not in SYSTEM and name not in _LACKS}
    complete(emulator, realm, "SalesReceipt", values, sent=body)
    values["DepositToAccountRef"] = deposit_account(emulator, realm, values.get("DepositToAccountRef"))
    docnumbers.give(emulator, realm, "SalesReceipt", values, allow_duplicate=allow_duplicate)
    values |= {
        "LinkedTxn": [],
        "PrintStatus": values.get("PrintStatus", "NeedToPrint"),
        "EmailStatus": values.get("EmailStatus", "NotSet"),
        "FreeFormAddress": True,
        "Balance": Decimal(0),
    }
    currency.to_home(values)
    return emulator.new(realm, "SalesReceipt", emulator.next_id(realm, "txn"), values)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a sales receipt that is in no bank deposit."""
    row = emulator.current(realm, "SalesReceipt", body)
    _check_free(row)
    values = {name: value for name, value in merged(row, body).items() if name not in _LACKS}
    complete(emulator, realm, "SalesReceipt", values, sent=body, before=row)
    values["DepositToAccountRef"] = deposit_account(emulator, realm, values.get("DepositToAccountRef"))
    values["Balance"] = Decimal(0)
    currency.to_home(values)
    row.clear()
    row.update(values)
    return emulator.touch(realm, "SalesReceipt", row)


def void(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set a sales receipt to zero."""
    row = emulator.current(realm, "SalesReceipt", body)
    check_books(emulator, realm, row["TxnDate"])
    _check_free(row)
    to_nothing(row)
    emulator.tell(realm, "SalesReceipt", row["Id"], "void")
    return emulator.touch(realm, "SalesReceipt", row)


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete a sales receipt that is in no bank deposit."""
    row = emulator.current(realm, "SalesReceipt", body)
    check_books(emulator, realm, row["TxnDate"])
    _check_free(row)
    emulator.remove(realm, "SalesReceipt", row["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, receipt_id: str, to: str | None) -> Row:
    """Mail a sales receipt."""
    return sending.send(emulator, realm, "SalesReceipt", receipt_id, to)


def _check_free(row: Row) -> None:
    if any(link.get("TxnType") == "Deposit" for link in row.get("LinkedTxn", [])):
        raise deposited()
