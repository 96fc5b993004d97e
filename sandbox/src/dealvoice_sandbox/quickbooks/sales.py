"""
Invoices: create, change, void, delete, send.

``completing`` checks and fills in what all sales documents share; here is what only an invoice has: what is paid of it,
what it was made from, a deposit. Source: Invoice page, manage linked transactions, answers recorded from the US sample
company.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import (
    applying,
    currency,
    docnumbers,
    estimate_links,
    given,
    ledger,
    sending,
    waiting_credits,
)
from dealvoice_sandbox.quickbooks.completing import SYSTEM, check_books, complete, merged
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, deposited
from dealvoice_sandbox.quickbooks.forms import Form, feature_off

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_FLAGS = ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")


def create(emulator: "QuickBooksEmulator", realm: str, body: Row, *, allow_duplicate: bool) -> Row:
    """
    Create an invoice.

    Raises:
        Refusal: Anything that QuickBooks would refuse.
    """
    values = {name: value for name, value in body.items() if name not in SYSTEM}
    form = complete(emulator, realm, "Invoice", values, sent=body)
    _deposit(emulator, realm, form)
    source = estimate_links.wanted(emulator, realm, body, form)
    docnumbers.give(emulator, realm, "Invoice", values, allow_duplicate=allow_duplicate)
    _flags(emulator, values)
    values |= {
        "LinkedTxn": [{"TxnId": source["Id"], "TxnType": "Estimate"}] if source else [],
        "PrintStatus": values.get("PrintStatus", "NeedToPrint"),
        "EmailStatus": values.get("EmailStatus", "NotSet"),
        "Balance": values["TotalAmt"] - Decimal(values.get("Deposit", 0)),
        "FreeFormAddress": True,
    }
    currency.to_home(values)
    row = emulator.new(realm, "Invoice", emulator.next_id(realm, "txn"), values)
    ledger.post(emulator, realm, row["CustomerRef"]["value"], ledger.share("Invoice", row))
    if source:
        estimate_links.close(emulator, realm, source, row["Id"])
    return waiting_credits.use(emulator, realm, row)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change an invoice, sparsely or as a whole; what is paid of it stays paid, as far as it still fits."""
    row = emulator.current(realm, "Invoice", body)
    values = merged(row, body)
    form = complete(emulator, realm, "Invoice", values, sent=body, before=row)
    _deposit(emulator, realm, form)
    if values.get("DocNumber") != row.get("DocNumber"):
        docnumbers.check(
            emulator, realm, "Invoice", str(values.get("DocNumber") or ""), own_id=row["Id"], allow_duplicate=False
        )
    paid = _paid(row)
    moved = values["CustomerRef"]["value"] != row["CustomerRef"]["value"]
    if moved and paid:
        if emulator.switches["customer_change_of_paid"] == "refuse":
            raise business("You can't change the customer while payments are applied to this transaction.")
        applying.detach(emulator, realm, row["Id"], applying.payments_of(row))
        values["LinkedTxn"] = [link for link in row["LinkedTxn"] if link["TxnType"] != "Payment"]
        paid = Decimal(0)
    _flags(emulator, values)
    values.setdefault("PrintStatus", "NeedToPrint")
    values.setdefault("EmailStatus", "NotSet")
    open_now = Decimal(values["TotalAmt"]) - Decimal(values.get("Deposit", 0))
    if paid > open_now:
        _free(emulator, realm, row, values, paid - open_now)
        paid = open_now
    values["Balance"] = open_now - paid
    currency.to_home(values)
    if _same(row, values):
        return row
    before = dict(row)
    row.clear()
    row.update(values)
    changed = emulator.touch(realm, "Invoice", row)
    ledger.repost(emulator, realm, "Invoice", before, changed)
    return changed


def void(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set an invoice to zero; lines stay, payments are released."""
    row = emulator.current(realm, "Invoice", body)
    check_books(emulator, realm, row["TxnDate"])
    paying = applying.payments_of(row)
    if paying and emulator.switches["void_of_paid"] == "refuse":
        raise business("You must unlink the payments of this transaction before you void it.")
    _check_deposited(emulator, realm, paying)
    before = dict(row)
    applying.detach(emulator, realm, row["Id"], paying)
    estimate_links.reopen(emulator, realm, row)
    to_nothing(row)
    row["Balance"] = Decimal(0)
    row["LinkedTxn"] = []
    for name in ("Deposit", "DepositToAccountRef"):
        row.pop(name, None)
    currency.to_home(row)
    emulator.tell(realm, "Invoice", row["Id"], "void")
    changed = emulator.touch(realm, "Invoice", row)
    ledger.repost(emulator, realm, "Invoice", before, changed)
    return changed


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete an invoice for good; with a payment applied it is refused."""
    row = emulator.current(realm, "Invoice", body)
    check_books(emulator, realm, row["TxnDate"])
    if applying.payments_of(row):
        if emulator.switches["delete_of_paid_code"] == "6000":
            raise business("Linked transactions must be unlinked first.")
        raise Refusal("6480", "Linked transactions must be unlinked first.", "")
    estimate_links.reopen(emulator, realm, row)
    emulator.remove(realm, "Invoice", row["Id"])
    ledger.post(emulator, realm, row["CustomerRef"]["value"], -ledger.share("Invoice", row))
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, invoice_id: str, to: str | None) -> Row:
    """Mail an invoice: it goes to the outbox with its PDF. The SyncToken stays, the time moves."""
    return sending.send(emulator, realm, "Invoice", invoice_id, to)


def _deposit(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    values = form.values
    deposit = given.cents(given.number(values.get("Deposit") or 0, "Deposit"))
    values.pop("Deposit", None)
    if not deposit:
        values.pop("DepositToAccountRef", None)
        return
    if not form.setting("SalesFormsPrefs", "AllowDeposit"):
        raise feature_off(emulator, "Deposit", "Deposit")
    if deposit < 0 or deposit > Decimal(values["TotalAmt"]):
        raise business("The deposit must be between 0 and the total of the transaction.")
    values["Deposit"] = deposit
    values["DepositToAccountRef"] = deposit_account(emulator, realm, values.get("DepositToAccountRef"))


def deposit_account(emulator: "QuickBooksEmulator", realm: str, asked: Any) -> Row:
    """
    Return the account that money received goes to; undeposited funds when none is named.

    Raises:
        Refusal: 2500 for an account of another type, an unknown or an inactive one.
    """
    if given.ref(asked, "DepositToAccountRef"):
        row = emulator.reference(realm, "Account", asked, kind="Accounts")
        if row.get("AccountType") not in ("Bank", "Other Current Asset"):
            raise Refusal("2500", f"Invalid Reference Id : Accounts element id {row['Id']} not found", "")
        return {"value": row["Id"], "name": row["Name"]}
    accounts = emulator.rows(realm, "Account").values()
    usual = next((row["Id"] for row in accounts if row.get("AccountSubType") == "UndepositedFunds"), "4")
    return {"value": usual}


def to_nothing(row: Row) -> None:
    """Take all amounts out of a document that is voided: lines and texts stay, the note says so (observed)."""
    for line in row["Line"]:
        _empty(line)
    note = str(row.get("PrivateNote") or "")
    if not note.startswith("Voided"):
        row["PrivateNote"] = f"Voided - {note}"[:4000] if note else "Voided"
    row["TxnTaxDetail"] = {"TotalTax": Decimal(0)}
    row["TotalAmt"] = Decimal(0)
    currency.to_home(row)


def _empty(line: Row) -> None:
    if "Amount" in line:
        line["Amount"] = Decimal(0)
    bundle = line.get("GroupLineDetail")
    if bundle is not None:
        bundle["Quantity"] = 0
        for inner in bundle.get("Line", []):
            _empty(inner)
    detail = line.get("SalesItemLineDetail")
    if detail is not None:
        detail.pop("UnitPrice", None)
        detail.pop("TaxInclusiveAmt", None)
        if "Qty" in detail:
            detail["Qty"] = 0


def _flags(emulator: "QuickBooksEmulator", values: Row) -> None:
    values |= {"AllowIPNPayment": False, "AllowOnlinePayment": False}
    for name in _FLAGS:
        values[name] = values.get(name) is True or (values.get(name) is None and emulator.switches["online_payment"])


def _paid(row: Row) -> Decimal:
    return Decimal(row["TotalAmt"]) - Decimal(row.get("Deposit", 0)) - Decimal(row["Balance"])


def _free(emulator: "QuickBooksEmulator", realm: str, row: Row, values: Row, amount: Decimal) -> None:
    """Give back what payments hold above a total that fell, the last payment first."""
    paying = applying.payments_of(row)
    _check_deposited(emulator, realm, paying)
    for payment_id in reversed(paying):
        payment = emulator.rows(realm, "Payment").get(payment_id)
        if payment is None or amount <= 0:
            continue
        held = sum((part for _, txn, part in applying.links(payment) if txn == row["Id"]), Decimal(0))
        amount -= applying.reduce(emulator, realm, payment, row["Id"], min(amount, held))
        if held and not any(
            txn == row["Id"] for _, txn, _ in applying.links(emulator.rows(realm, "Payment")[payment_id])
        ):
            values["LinkedTxn"] = [link for link in values["LinkedTxn"] if str(link["TxnId"]) != payment_id]


def _check_deposited(emulator: "QuickBooksEmulator", realm: str, payment_ids: list[str]) -> None:
    if not emulator.switches["deposited_is_fixed"]:
        return
    for payment_id in payment_ids:
        payment = emulator.rows(realm, "Payment").get(payment_id, {})
        if any(link.get("TxnType") == "Deposit" for link in payment.get("LinkedTxn", [])):
            raise deposited()


def _same(row: Row, values: Row) -> bool:
    """Tell whether nothing changed: such an update is answered with the old version (observed on other entities)."""
    ours = {name: value for name, value in values.items() if value is not None}
    return {**ours, "MetaData": None, "sparse": None} == {**row, "MetaData": None, "sparse": None}
