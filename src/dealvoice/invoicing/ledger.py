"""Adds invoices up, currency by currency: what was invoiced, what is paid, what is owed."""

from collections.abc import Sequence
from dataclasses import dataclass

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing, Status

_NEVER = (Flag.VOIDED, Flag.DELETED)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The sums of one currency; ``invoiced = paid + owed`` and ``owed = open + overdue``."""

    currency: str
    invoiced: Money
    paid: Money
    open: Money
    """Owed and not past due."""
    overdue: Money
    owed: Money


def ledger(statuses: Sequence[tuple[Standing, Status]]) -> list[Ledger]:
    """Return the sums by currency, in the order of their codes; voided and deleted invoices never count."""
    counted = [(standing, status) for standing, status in statuses if status.flag not in _NEVER]
    currencies = sorted({standing.total.currency for standing, _ in counted})
    return [_of(currency, [row for row in counted if row[0].total.currency == currency]) for currency in currencies]


def _of(currency: str, rows: list[tuple[Standing, Status]]) -> Ledger:
    late = [status.left for _, status in rows if status.flag is Flag.OVERDUE]
    due = [status.left for _, status in rows if status.flag is not Flag.OVERDUE]
    nothing = Money.zero(currency)
    overdue, not_yet = sum(late, nothing), sum(due, nothing)
    return Ledger(
        currency=currency,
        invoiced=sum((standing.total for standing, _ in rows), nothing),
        paid=sum((status.paid for _, status in rows), nothing),
        open=not_yet,
        overdue=overdue,
        owed=not_yet + overdue,
    )
