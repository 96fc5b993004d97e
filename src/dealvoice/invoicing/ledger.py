"""Adds invoices up, currency by currency, and holds them against the deal: what is invoiced, paid, owed, left to invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing, Status

COUNTED_NEVER = (Flag.VOIDED, Flag.DELETED)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The sums of one currency; ``invoiced = paid + owed``, ``owed = open + overdue``, ``credited`` is a part of ``paid``."""

    currency: str
    invoiced: Money
    paid: Money
    """Paid or credited: total less balance."""
    open: Money
    """Owed and not past due."""
    overdue: Money
    owed: Money
    credited: Money | None = None
    """What of ``paid`` is credit, not money, as far as the store knows; None when nothing of it is known to be."""


def ledger(statuses: Sequence[tuple[Standing, Status]]) -> list[Ledger]:
    """Return the sums by currency, in the order of their codes; voided and deleted invoices never count."""
    counted = [(standing, status) for standing, status in statuses if status.flag not in COUNTED_NEVER]
    currencies = sorted({standing.total.currency for standing, _ in counted})
    return [_of(currency, [row for row in counted if row[0].total.currency == currency]) for currency in currencies]


def _of(currency: str, rows: list[tuple[Standing, Status]]) -> Ledger:
    late = [status.left for _, status in rows if status.flag is Flag.OVERDUE]
    due = [status.left for _, status in rows if status.flag is not Flag.OVERDUE]
    nothing = Money.zero(currency)
    overdue, not_yet = sum(late, nothing), sum(due, nothing)
    credited = sum((standing.credited for standing, _ in rows if standing.credited is not None), nothing)
    return Ledger(
        currency=currency,
        invoiced=sum((standing.total for standing, _ in rows), nothing),
        paid=sum((status.paid for _, status in rows), nothing),
        open=not_yet,
        overdue=overdue,
        owed=not_yet + overdue,
        credited=None if credited.is_zero else credited,
    )


class Drift(StrEnum):
    """How a deal and its invoices came to differ; an alarm, never a bar."""

    OVER = "over"
    """More is invoiced than the deal is worth."""
    CURRENCY = "currency"
    """An invoice is in another currency than the deal, so that the two cannot be compared."""
    CHANGED = "changed"
    """Value or products of the deal are not what they were when it was invoiced last."""


@dataclass(frozen=True, slots=True)
class DealBill:
    """An invoice of a deal, beside the deal's value."""

    standing: Standing
    status: Status
    tax: Money
    tax_in_value: bool = False
    """The deal's prices include tax: its value is compared with the total, not with the net."""

    @property
    def of_value(self) -> Money:
        """What of the deal's value it bills."""
        return self.standing.total if self.tax_in_value else self.standing.total - self.tax


@dataclass(frozen=True, slots=True)
class DealThen:
    """The deal as it was when it was invoiced last."""

    value: Decimal
    currency: str
    products: int | None
    number: str
    """Of the invoice made then."""


@dataclass(frozen=True, slots=True)
class DealLedger:
    """A deal and its invoices; ``value = billed + remaining`` whenever there is a ``remaining``."""

    value: Money | None
    """What the deal is worth; None when that is nothing, or not known."""
    billed: Money | None
    """What of the value is invoiced: net, or with tax where the deal's prices include it."""
    remaining: Money | None
    """``value`` less ``billed``; below zero when more was invoiced. None when the two cannot be compared."""
    own: Ledger | None
    """The sums in the deal's currency."""
    sums: tuple[Ledger, ...]
    """By currency."""
    drifts: tuple[Drift, ...]
    with_tax: bool = False
    """``billed`` has tax in it."""
    then: DealThen | None = None
    """What the deal was, when it has changed since."""


def deal_ledger(
    bills: Sequence[DealBill],
    *,
    value: Money | None,
    currency: str,
    products: int | None = None,
    then: DealThen | None = None,
) -> DealLedger:
    """
    Hold a deal's invoices against the deal.

    Args:
        bills: The deal's invoices; voided and deleted ones never count.
        value: The deal's value now; nothing, or None, is not compared.
        currency: The deal's currency now; empty when it is not known.
        products: How many products it has now, when known.
        then: The deal as it was at its last invoice made here; None when there was none, or it is not known.
    """
    live = [bill for bill in bills if bill.status.flag not in COUNTED_NEVER]
    sums = tuple(ledger([(bill.standing, bill.status) for bill in live]))
    own = next((one for one in sums if one.currency == currency), None)
    worth = None if value is None or value.is_zero else value
    foreign = bool(currency) and any(one.currency != currency for one in sums)
    billed = remaining = None
    if worth is not None and not foreign:
        billed = sum((bill.of_value for bill in live), Money.zero(worth.currency))
        remaining = worth - billed
    drifts = []
    if remaining is not None and remaining.amount < 0:
        drifts.append(Drift.OVER)
    if foreign:
        drifts.append(Drift.CURRENCY)
    changed = bool(live) and then is not None and _changed(then, value, currency, products)
    if changed:
        drifts.append(Drift.CHANGED)
    return DealLedger(
        value=worth,
        billed=billed,
        remaining=remaining,
        own=own,
        sums=sums,
        drifts=tuple(drifts),
        with_tax=any(bill.tax_in_value for bill in live),
        then=then if changed else None,
    )


def _changed(then: DealThen, value: Money | None, currency: str, products: int | None) -> bool:
    if not currency:
        return False
    fewer = then.products is not None and products is not None and then.products != products
    return fewer or then.currency != currency or (value is not None and then.value != value.amount)
