"""
What a customer owes: every document's share is posted as it changes, to the customer and up to the parents of a job.

An invoice adds its open balance; an open credit memo and what a payment leaves unapplied take away.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_LEVELS = 5


def share(entity: str, row: Row) -> Decimal:
    """Return what a document adds to its customer's balance."""
    match entity:
        case "Invoice":
            return Decimal(row.get("Balance", 0))
        case "CreditMemo":
            return -Decimal(row.get("Balance", 0))
        case "Payment":
            return -Decimal(row.get("UnappliedAmt", 0))
        case _:
            return Decimal(0)


def post(emulator: "QuickBooksEmulator", realm: str, customer_id: str, amount: Decimal) -> None:
    """Add an amount to what a customer owes; this is no change of the customer's own version."""
    rows = emulator.rows(realm, "Customer")
    row = rows.get(customer_id)
    if not amount or row is None:
        return
    row["Balance"] = Decimal(row.get("Balance", 0)) + amount
    _climb(rows, row, amount)


def repost(emulator: "QuickBooksEmulator", realm: str, entity: str, before: Row, after: Row) -> None:
    """Post a document anew: what it was goes, what it is comes, be it another customer's now."""
    post(emulator, realm, before["CustomerRef"]["value"], -share(entity, before))
    post(emulator, realm, after["CustomerRef"]["value"], share(entity, after))


def move(emulator: "QuickBooksEmulator", realm: str, before: Row, after: Row) -> None:
    """Take what a customer and his jobs owe off his old parents, and add it to his new ones."""
    rows = emulator.rows(realm, "Customer")
    amount = Decimal(after.get("BalanceWithJobs", 0))
    _climb(rows, _parent(rows, before), -amount)
    _climb(rows, _parent(rows, after), amount)


def _climb(rows: dict[str, Row], row: Row | None, amount: Decimal) -> None:
    for _ in range(_LEVELS):
        if row is None:
            return
        row["BalanceWithJobs"] = Decimal(row.get("BalanceWithJobs", 0)) + amount
        row = _parent(rows, row)


def _parent(rows: dict[str, Row], row: Row) -> Row | None:
    return rows.get((row.get("ParentRef") or {}).get("value", ""))
