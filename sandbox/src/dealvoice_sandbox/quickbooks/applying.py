"""
What a payment is applied to: open balances fall, credits are used up, links are set; and all of it undone again.

An applied payment raises the version of the invoice and of the credit memo. Source: Payment page, manage linked
transactions.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, ledger

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def links(payment: Row) -> list[tuple[str, str, Decimal]]:
    """Return what a payment is applied to: kind, id, amount."""
    return [
        (str(link.get("TxnType")), str(link.get("TxnId")), Decimal(line["Amount"]))
        for line in payment.get("Line", [])
        for link in line.get("LinkedTxn", [])
    ]


def payments_of(document: Row) -> list[str]:
    """Return the ids of the payments that a document is linked to."""
    return [str(link["TxnId"]) for link in document.get("LinkedTxn", []) if link.get("TxnType") == "Payment"]


def apply(emulator: "QuickBooksEmulator", realm: str, payment: Row) -> None:
    """Apply all lines of a payment."""
    for kind, txn, amount in links(payment):
        move(emulator, realm, kind, txn, -amount, payment_id=payment["Id"])


def release(emulator: "QuickBooksEmulator", realm: str, payment: Row) -> None:
    """Take back all that a payment was applied to; its lines stay as they are."""
    for kind, txn, amount in links(payment):
        move(emulator, realm, kind, txn, amount, payment_id=payment["Id"])


def detach(emulator: "QuickBooksEmulator", realm: str, document_id: str, payment_ids: list[str]) -> None:
    """Take a document's lines out of its payments: what they held comes free (UnappliedAmt)."""
    for payment_id in payment_ids:
        payment = emulator.rows(realm, "Payment").get(payment_id)
        if payment is not None:
            reduce(emulator, realm, payment, document_id, None)


def reduce(
    emulator: "QuickBooksEmulator", realm: str, payment: Row, document_id: str, amount: Decimal | None
) -> Decimal:
    """
    Take an amount, or all, of what a payment pays of an invoice out of it.

    Returns:
        What was taken. The invoice itself is the caller's business; credits in the same payment come back.
    """
    left, taken, kept = amount, Decimal(0), []
    for line in payment["Line"]:
        if any(str(link["TxnId"]) == document_id for link in line["LinkedTxn"]):
            part = Decimal(line["Amount"]) if left is None else min(left, Decimal(line["Amount"]))
            taken += part
            left = None if left is None else left - part
            if part == Decimal(line["Amount"]):
                continue
            line = {**line, "Amount": Decimal(line["Amount"]) - part}  # noqa: PLW2901 - the line that stays
        kept.append(line)
    before = dict(payment)
    payment["Line"] = _fitting(emulator, realm, payment, kept)
    payment["UnappliedAmt"] = Decimal(payment["TotalAmt"]) - _net(payment["Line"])
    row = emulator.touch(realm, "Payment", payment)
    ledger.repost(emulator, realm, "Payment", before, row)
    return taken


def move(emulator: "QuickBooksEmulator", realm: str, kind: str, txn: str, by: Decimal, *, payment_id: str) -> None:
    """Change a document's open balance by a payment's line, and set or take its link."""
    row = emulator.rows(realm, kind).get(txn)
    if kind not in ("Invoice", "CreditMemo") or row is None:
        return
    before = dict(row)
    row["Balance"] = Decimal(row["Balance"]) + by
    if kind == "CreditMemo":
        row["RemainingCredit"] = row["Balance"]
    elif by < 0:
        if payment_id not in payments_of(row):
            row["LinkedTxn"] = [*row["LinkedTxn"], {"TxnId": payment_id, "TxnType": "Payment"}]
    else:
        row["LinkedTxn"] = [link for link in row["LinkedTxn"] if str(link["TxnId"]) != payment_id]
    currency.to_home(row)
    after = emulator.touch(realm, kind, row)
    ledger.repost(emulator, realm, kind, before, after)


def _net(kept: list[Row]) -> Decimal:
    total = Decimal(0)
    for line in kept:
        sign = -1 if any(link.get("TxnType") == "CreditMemo" for link in line["LinkedTxn"]) else 1
        total += sign * Decimal(line["Amount"])
    return total


def _fitting(emulator: "QuickBooksEmulator", realm: str, payment: Row, kept: list[Row]) -> list[Row]:
    """Give credits back that the invoices left no longer need."""
    over = -_net(kept)
    made = []
    for line in kept:
        credit = next((link for link in line["LinkedTxn"] if link.get("TxnType") == "CreditMemo"), None)
        if credit is None or over <= 0:
            made.append(line)
            continue
        back = min(over, Decimal(line["Amount"]))
        over -= back
        move(emulator, realm, "CreditMemo", str(credit["TxnId"]), back, payment_id=payment["Id"])
        if back < Decimal(line["Amount"]):
            made.append({**line, "Amount": Decimal(line["Amount"]) - back})
    return made
