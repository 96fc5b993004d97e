"""
Payments received: applied to invoices and credits, changed, voided, deleted, mailed.

An applied payment raises the invoice's version. Source: Payment page, manage linked transactions.
# Not emulated: LineEx (open balance and number of what a line pays).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import applying, currency, given, ledger, sending
from dealvoice_sandbox.quickbooks.completing import check_books
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, deposited, missing
from dealvoice_sandbox.quickbooks.sales import deposit_account

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_KINDS = ("Invoice", "CreditMemo", "JournalEntry", "Expense", "Check", "CreditCardCredit")
_TEXTS = {"PaymentRefNum": 21, "PrivateNote": 4000}
_KEPT = ("PaymentRefNum", "PrivateNote", "PaymentMethodRef", "ProjectRef", "TxnSource", "CreditCardPayment",
         "TransactionLocationType")  # fmt: skip


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """
    Receive a payment.

    Raises:
        Refusal: No amount, an unknown customer or invoice, another currency, or more applied than received or owed.
    """
    values = _completed(emulator, realm, body, before=None)
    values["LinkedTxn"] = []
    row = emulator.new(realm, "Payment", emulator.next_id(realm, "txn"), values)
    ledger.post(emulator, realm, row["CustomerRef"]["value"], ledger.share("Payment", row))
    applying.apply(emulator, realm, row)
    return row


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a payment; lines that are sent say anew what it is applied to, none in a full update mean nothing."""
    row = emulator.current(realm, "Payment", body)
    check_books(emulator, realm, row["TxnDate"])
    _check_free(emulator, row)
    sent = {name: value for name, value in body.items() if name not in ("MetaData", "SyncToken", "Id", "LinkedTxn")}
    wanted = {**row, **sent} if body.get("sparse") else {"TxnDate": row["TxnDate"], **sent}
    values = _completed(emulator, realm, wanted, before=row)
    applying.release(emulator, realm, row)
    before = dict(row)
    kept: Row = {
        name: row[name] for name in ("Id", "SyncToken", "MetaData", "LinkedTxn", "domain", "sparse") if name in row
    }
    row.clear()
    row.update({**kept, **values})
    changed = emulator.touch(realm, "Payment", row)
    ledger.repost(emulator, realm, "Payment", before, changed)
    applying.apply(emulator, realm, changed)
    return changed


def void(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set a payment to zero; its invoices are open again."""
    row = emulator.current(realm, "Payment", body)
    check_books(emulator, realm, row["TxnDate"])
    _check_free(emulator, row)
    applying.release(emulator, realm, row)
    before = dict(row)
    row["TotalAmt"] = row["UnappliedAmt"] = Decimal(0)
    row["Line"] = []
    note = str(row.get("PrivateNote") or "")
    if not note.startswith("Voided"):
        row["PrivateNote"] = f"Voided - {note}"[:4000] if note else "Voided"
    emulator.tell(realm, "Payment", row["Id"], "void")
    changed = emulator.touch(realm, "Payment", row)
    ledger.repost(emulator, realm, "Payment", before, changed)
    return changed


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete a payment; its invoices are open again. In a bank deposit it is refused."""
    row = emulator.current(realm, "Payment", body)
    check_books(emulator, realm, row["TxnDate"])
    _check_free(emulator, row)
    applying.release(emulator, realm, row)
    emulator.remove(realm, "Payment", row["Id"])
    ledger.post(emulator, realm, row["CustomerRef"]["value"], -ledger.share("Payment", row))
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, payment_id: str, to: str | None) -> Row:
    """Mail a receipt, to the customer's own address unless another one is named."""
    return sending.send(emulator, realm, "Payment", payment_id, to)


def _check_free(emulator: "QuickBooksEmulator", row: Row) -> None:
    if any(link.get("TxnType") == "Deposit" for link in row.get("LinkedTxn", [])):
        if not emulator.switches["deposited_is_fixed"]:
            return
        raise deposited()


def _completed(emulator: "QuickBooksEmulator", realm: str, body: Row, *, before: Row | None) -> Row:
    if body.get("TotalAmt") in (None, ""):
        raise business("You must set a transaction amount.")
    if not given.ref(body.get("CustomerRef"), "CustomerRef"):
        raise missing("CustomerRef")
    for name, most in _TEXTS.items():
        given.text(body.get(name), name, most)
    total = given.cents(given.number(body["TotalAmt"], "TotalAmt"))
    if total < 0:
        raise business("The amount of a transaction must be 0 or greater.")
    customer = emulator.reference(realm, "Customer", body["CustomerRef"], kind="Names")
    values: Row = {name: body[name] for name in _KEPT if body.get(name) not in (None, "")}
    if given.ref(values.get("PaymentMethodRef"), "PaymentMethodRef"):
        method = emulator.reference(realm, "PaymentMethod", values["PaymentMethodRef"], kind="PaymentMethods")
        values["PaymentMethodRef"] = {"value": method["Id"], "name": method["Name"]}
    values["DepositToAccountRef"] = deposit_account(emulator, realm, body.get("DepositToAccountRef"))
    values["TxnDate"] = given.day(body.get("TxnDate") or emulator.today(realm), "TxnDate")
    check_books(emulator, realm, values["TxnDate"])
    values |= {name: body[name] for name in ("CurrencyRef", "ExchangeRate") if body.get(name) is not None}
    currency.settle(emulator, realm, values, customer)
    lines = _lines(emulator, realm, body, customer, before)
    applied = sum((_signed(line) for line in lines), Decimal(0))
    if applied < 0:
        raise business("The credits applied cannot be more than what they are applied to.")
    if applied > total:
        raise business("The amount applied cannot be more than the amount received.")
    return values | {
        "CustomerRef": {"value": customer["Id"], "name": customer["DisplayName"]},
        "TotalAmt": total,
        "UnappliedAmt": total - applied,
        "ProcessPayment": body.get("ProcessPayment") is True,
        "Line": lines,
    }


def _lines(emulator: "QuickBooksEmulator", realm: str, body: Row, customer: Row, before: Row | None) -> list[Row]:
    """Read what a payment is applied to and check that each document can take it."""
    made: list[Row] = []
    own = applying.links(before) if before is not None else []
    taken: dict[tuple[str, str], Decimal] = {}
    for line in given.rows(body.get("Line"), "Line"):
        if line.get("Amount") is None:
            raise missing("Line.Amount")
        amount = given.cents(given.number(line["Amount"], "Amount"))
        linked = given.rows(line.get("LinkedTxn"), "LinkedTxn")
        if not linked:
            raise missing("LinkedTxn")
        if amount <= 0:
            raise Refusal("2140", f"Invalid Amount : {line['Amount']}", "Amount")
        for link in linked:
            kind, txn = str(link.get("TxnType") or ""), str(link.get("TxnId") or "")
            _check_target(emulator, realm, kind, txn, customer)
            held = sum((part for one, other, part in own if (one, other) == (kind, txn)), Decimal(0))
            taken[kind, txn] = taken.get((kind, txn), Decimal(0)) + amount
            row = emulator.rows(realm, kind).get(txn)
            if row is not None and taken[kind, txn] > Decimal(row.get("Balance", 0)) + held:
                raise business("You can't apply more than the open balance.")
        links = [{"TxnId": str(link["TxnId"]), "TxnType": str(link["TxnType"])} for link in linked]
        made.append({"Amount": amount, "LinkedTxn": links})
    return made


def _check_target(emulator: "QuickBooksEmulator", realm: str, kind: str, txn: str, customer: Row) -> None:
    if kind not in _KINDS:
        raise Refusal("2170", f"Invalid Enumeration : {kind}", "TxnType")
    row = emulator.rows(realm, kind).get(txn)
    if row is None or kind not in ("Invoice", "CreditMemo"):
        raise Refusal("620", f"The entity {kind} {txn} that you are trying to link does not exist.", "LinkedTxn")
    owner = row["CustomerRef"]["value"]
    if owner == customer["Id"]:
        return
    people = emulator.rows(realm, "Customer")
    for _ in range(5):
        owner = given.ref(people.get(owner, {}).get("ParentRef"), "ParentRef")
        if owner == customer["Id"]:
            return
    raise business("The payment and the transaction that it is applied to must be of the same customer.")


def _signed(line: Row) -> Decimal:
    credit = any(link["TxnType"] == "CreditMemo" for link in line["LinkedTxn"])
    return -Decimal(line["Amount"]) if credit else Decimal(line["Amount"])
