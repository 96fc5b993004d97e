"""
Transactions outside the field of invoicing: kept as they come, with what they require checked.

They are numbered, totalled, changed, voided and deleted; they post to no ledger. One effect is played, because
payments feel it: a deposit takes payments in, and what is in a deposit cannot be changed any more.
Source: the page of each entity of the Accounting API; odd answers to a void as noted live in August 2026.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import company_currencies, currency, merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.references import check_references

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_REFERENCES = {
    "VendorRef": "Vendor", "APAccountRef": "Account", "AccountRef": "Account", "FromAccountRef": "Account",
    "ToAccountRef": "Account", "DepositToAccountRef": "Account", "AdjustAccountRef": "Account", "CustomerRef": "Customer",
    "EmployeeRef": "Employee", "DepartmentRef": "Department", "ClassRef": "Class", "SalesTermRef": "Term",
    "PaymentMethodRef": "PaymentMethod", "ItemRef": "Item",
}  # fmt: skip
_LINE_REFERENCES = {"AccountRef": "Account", "ItemRef": "Item", "CustomerRef": "Customer", "ClassRef": "Class"}
_NEEDED_IN_LINES = {
    "AccountBasedExpenseLineDetail": ("AccountRef",),
    "ItemBasedExpenseLineDetail": ("ItemRef",),
    "JournalEntryLineDetail": ("AccountRef", "PostingType"),
}
_UNTOTALLED = frozenset({"Transfer", "TimeActivity", "Budget", "JournalEntry", "BillPayment", "InventoryAdjustment"})
_OPEN = frozenset({"Bill", "VendorCredit"})
_NO_TRANSACTIONS = frozenset({"TimeActivity", "Budget"})


class NothingDone(Exception):
    """A void of a journal entry: the service answers 200 with an empty batch and does nothing."""


def create(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Keep a new transaction."""
    values = merging.writable(entity, body)
    _complete(emulator, realm, entity, values)
    row = emulator.new(realm, entity, emulator.next_id(realm, "txn"), values)
    if entity == "Deposit":
        _take_in(emulator, realm, row)
    return row


def update(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Change a transaction, sparsely or as a whole."""
    row = emulator.current(realm, entity, body)
    values = merging.merged(entity, row, body, keep=frozenset({"CurrencyRef", "TxnDate", "Active", "LinkedTxn"}))
    _complete(emulator, realm, entity, values)
    if entity == "Deposit":
        _let_out(emulator, realm, row)
    changed = merging.store(emulator, realm, entity, row, values)
    if entity == "Deposit":
        _take_in(emulator, realm, changed)
    return changed


def delete(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Delete a transaction for good."""
    row = emulator.current(realm, entity, body)
    if entity == "Deposit":
        _let_out(emulator, realm, row)
    emulator.remove(realm, entity, row["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def void(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """
    Set a bill payment to zero; others have no void and say so each in its own way.

    Raises:
        Refusal: 500, or for a bill a system failure with status 200.
        NothingDone: For a journal entry.
    """
    if entity == "Bill":
        detail = "System Failure Error: Unexpected Internal Error"
        raise Refusal("10000", detail, "", status=200, kind="SystemFault")
    if entity == "JournalEntry":
        raise NothingDone
    if entity != "BillPayment":
        raise Refusal("500", "Operation Void is not supported.", "Operation")
    row = emulator.current(realm, entity, body)
    note = row.get("PrivateNote")
    values = {**row, "TotalAmt": Decimal(0), "Line": [], "PrivateNote": f"Voided - {note}" if note else "Voided"}
    return emulator.touch(realm, entity, values, operation="void")


def _complete(emulator: "QuickBooksEmulator", realm: str, entity: str, values: Row) -> None:
    check_references(emulator, realm, values, _REFERENCES)
    if entity == "TimeActivity" and not (values.get("EmployeeRef") or values.get("VendorRef")):
        raise missing("EmployeeRef")
    if entity != "Budget":
        values["TxnDate"] = (values.get("TxnDate") or emulator.today(realm))[:10]
    if entity in _NO_TRANSACTIONS:
        return
    home = company_currencies.home(emulator, realm)
    values["CurrencyRef"] = currency.reference((values.get("CurrencyRef") or {}).get("value") or home)
    if entity == "Transfer":
        return
    lines = [_line(emulator, realm, line, n) for n, line in enumerate(values["Line"], 1)]
    values["Line"] = lines
    amounts = [Decimal(line.get("Amount") or 0) for line in lines]
    if entity == "JournalEntry":
        _balances(lines)
    elif entity not in _UNTOTALLED:
        values["TotalAmt"] = sum(amounts, Decimal(0))
    if entity in _OPEN:
        values["Balance"] = values["TotalAmt"]
    if entity == "Purchase":
        values.setdefault("Credit", False)


def _line(emulator: "QuickBooksEmulator", realm: str, line: Row, number: int) -> Row:
    kind = line.get("DetailType", "")
    detail = dict(line.get(kind) or {})
    if not kind and not line.get("LinkedTxn"):
        raise missing("DetailType")
    for name in _NEEDED_IN_LINES.get(kind, ()):
        if not detail.get(name):
            raise missing(name)
    check_references(emulator, realm, detail, _LINE_REFERENCES)
    head: Row = {"Id": line.get("Id") or str(number), "LineNum": number}
    rest = {name: value for name, value in line.items() if name not in {"Id", "LineNum", kind}}
    return head | rest | ({kind: detail} if kind else {})


def _balances(lines: list[Row]) -> None:
    sums = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for line in lines:
        detail = line.get("JournalEntryLineDetail")
        if detail is not None:
            sums[detail["PostingType"]] += Decimal(line.get("Amount") or 0)
    if sums["Debit"] != sums["Credit"]:
        raise business("The debits and credits in a journal entry must be equal.")


def _payments(row: Row) -> Iterator[str]:
    for line in row.get("Line", []):
        for link in line.get("LinkedTxn", []):
            if link.get("TxnType") == "Payment":
                yield str(link.get("TxnId"))


def _take_in(emulator: "QuickBooksEmulator", realm: str, deposit: Row) -> None:
    for payment_id in _payments(deposit):
        payment = emulator.rows(realm, "Payment").get(payment_id)
        if payment is not None:
            links = [link for link in payment.get("LinkedTxn", []) if link["TxnId"] != deposit["Id"]]
            payment["LinkedTxn"] = [*links, {"TxnId": deposit["Id"], "TxnType": "Deposit"}]
            emulator.touch(realm, "Payment", payment)


def _let_out(emulator: "QuickBooksEmulator", realm: str, deposit: Row) -> None:
    for payment_id in _payments(deposit):
        payment = emulator.rows(realm, "Payment").get(payment_id)
        if payment is not None:
            payment["LinkedTxn"] = [link for link in payment.get("LinkedTxn", []) if link["TxnId"] != deposit["Id"]]
            emulator.touch(realm, "Payment", payment)
