"""Credit memos: what a customer may still set against invoices. Source: CreditMemo page."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, docnumbers, ledger, sending
from dealvoice_sandbox.quickbooks.completing import SYSTEM, check_books, complete, merged
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_LACKS = ("DueDate", "LinkedTxn", "Deposit", "DepositToAccountRef", "AllowOnlineCreditCardPayment",
          "AllowOnlineACHPayment")  # fmt: skip


def create(emulator: "QuickBooksEmulator", realm: str, body: Row, *, allow_duplicate: bool) -> Row:
    """
    Create a credit memo; it is applied by a payment, never by itself to invoices that are open already.

    Raises:
        Refusal: Anything that QuickBooks would refuse.
    """
    values = {name: value for name, value in body.items() if name not in SYSTEM and name not in _LACKS}
    complete(emulator, realm, "CreditMemo", values, sent=body)
    docnumbers.give(emulator, realm, "CreditMemo", values, allow_duplicate=allow_duplicate)
    values |= {
        "PrintStatus": values.get("PrintStatus", "NeedToPrint"),
        "EmailStatus": values.get("EmailStatus", "NotSet"),
        "FreeFormAddress": True,
        "RemainingCredit": values["TotalAmt"],
        "Balance": values["TotalAmt"],
    }
    currency.to_home(values)
    row = emulator.new(realm, "CreditMemo", emulator.next_id(realm, "txn"), values)
    ledger.post(emulator, realm, row["CustomerRef"]["value"], ledger.share("CreditMemo", row))
    return row


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a credit memo; what is used of it stays used."""
    row = emulator.current(realm, "CreditMemo", body)
    values = {name: value for name, value in merged(row, body).items() if name not in _LACKS}
    complete(emulator, realm, "CreditMemo", values, sent=body, before=row)
    used = Decimal(row["TotalAmt"]) - Decimal(row["Balance"])
    if used and values["CustomerRef"]["value"] != row["CustomerRef"]["value"]:
        raise business("You can't change the customer while this credit is applied.")
    if values["TotalAmt"] < used:
        raise business("The amount of a credit can't be less than what is applied of it.")
    if values.get("DocNumber") != row.get("DocNumber"):
        number = str(values.get("DocNumber") or "")
        docnumbers.check(emulator, realm, "CreditMemo", number, own_id=row["Id"], allow_duplicate=False)
    values["Balance"] = values["RemainingCredit"] = values["TotalAmt"] - used
    currency.to_home(values)
    before = dict(row)
    row.clear()
    row.update(values)
    changed = emulator.touch(realm, "CreditMemo", row)
    ledger.repost(emulator, realm, "CreditMemo", before, changed)
    return changed


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete a credit memo that is not applied."""
    row = emulator.current(realm, "CreditMemo", body)
    check_books(emulator, realm, row["TxnDate"])
    if Decimal(row["Balance"]) != Decimal(row["TotalAmt"]):
        raise Refusal("6480", "Linked transactions must be unlinked first.", "")
    emulator.remove(realm, "CreditMemo", row["Id"])
    ledger.post(emulator, realm, row["CustomerRef"]["value"], -ledger.share("CreditMemo", row))
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, memo_id: str, to: str | None) -> Row:
    """Mail a credit memo."""
    return sending.send(emulator, realm, "CreditMemo", memo_id, to)
