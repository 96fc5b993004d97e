"""
Credits that wait: an open credit memo or an unapplied payment is used for a new invoice by itself, when the company
has it so (preferences page, AutoApplyCredit and AutoApplyPayments; when exactly is unconfirmed).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import applying, ledger

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def use(emulator: "QuickBooksEmulator", realm: str, invoice: Row) -> Row:
    """Apply what waits to a new invoice, oldest first, and return the invoice as it then stands."""
    if not emulator.switches["credits_applied_at_birth"]:
        return invoice
    preferences = emulator.rows(realm, "Preferences")["1"].get("SalesFormsPrefs", {})
    customer, invoice_id = invoice["CustomerRef"]["value"], invoice["Id"]
    if preferences.get("AutoApplyCredit"):
        for memo in _waiting(emulator, realm, "CreditMemo", "Balance", customer):
            _use_memo(emulator, realm, memo, invoice_id)
    if preferences.get("AutoApplyPayments"):
        for payment in _waiting(emulator, realm, "Payment", "UnappliedAmt", customer):
            _use_payment(emulator, realm, payment, invoice_id)
    return emulator.rows(realm, "Invoice")[invoice_id]


def _waiting(emulator: "QuickBooksEmulator", realm: str, entity: str, amount: str, customer: str) -> list[Row]:
    found = [
        row for row in emulator.rows(realm, entity).values()
        if row["CustomerRef"]["value"] == customer and Decimal(row.get(amount, 0)) > 0
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row["TxnDate"], int(row["Id"])))


def _use_memo(emulator: "QuickBooksEmulator", realm: str, memo: Row, invoice_id: str) -> None:
    """Bind credit memo and invoice by a payment of nothing, as the sample company's payment 74 does."""
    invoice = emulator.rows(realm, "Invoice")[invoice_id]
    amount = min(Decimal(memo["Balance"]), Decimal(invoice["Balance"]))
    if amount <= 0:
        return
    values: Row = {
        "CustomerRef": invoice["CustomerRef"], "TotalAmt": Decimal(0), "UnappliedAmt": Decimal(0),
        "ProcessPayment": False, "TxnDate": invoice["TxnDate"], "CurrencyRef": invoice["CurrencyRef"], "LinkedTxn": [],
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]},
            {"Amount": amount, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]},
        ],
    }  # fmt: skip
    if invoice.get("ExchangeRate") is not None:
        values["ExchangeRate"] = invoice["ExchangeRate"]
    payment = emulator.new(realm, "Payment", emulator.next_id(realm, "txn"), values)
    applying.apply(emulator, realm, payment)


def _use_payment(emulator: "QuickBooksEmulator", realm: str, payment: Row, invoice_id: str) -> None:
    invoice = emulator.rows(realm, "Invoice")[invoice_id]
    amount = min(Decimal(payment["UnappliedAmt"]), Decimal(invoice["Balance"]))
    if amount <= 0:
        return
    before = dict(payment)
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}
    payment["Line"] = [*payment["Line"], line]
    payment["UnappliedAmt"] = Decimal(payment["UnappliedAmt"]) - amount
    after = emulator.touch(realm, "Payment", payment)
    ledger.repost(emulator, realm, "Payment", before, after)
    applying.move(emulator, realm, "Invoice", invoice_id, -amount, payment_id=payment["Id"])
