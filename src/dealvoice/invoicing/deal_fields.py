"""What the fields that the company keeps on its deals say: worked out from a deal's invoices, never from the last value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.ledger import COUNTED_NEVER, DealBill, deal_ledger
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing, deal_flag, derive

LONGEST_TEXT = 255
"""Characters of a short text field in Pipedrive."""


class FieldKind(StrEnum):
    """The fields on offer, in the order in which they are shown and made."""

    STATUS = "status"
    """The flag that asks most of somebody."""
    NUMBERS = "numbers"
    """Numbers of the invoices that count, oldest first; one in another currency than the deal's names it."""
    TOTAL = "total"
    """What was invoiced, tax included."""
    PAID = "paid"
    """What of it is paid or credited."""
    LEFT = "left"
    """What of it is owed."""
    DAYS = "days"
    """Days since the first unpaid invoice fell due; 0 when none is late."""
    PAID_ON = "paid_on"
    """Day of the latest payment."""
    TO_INVOICE = "to_invoice"
    """The deal's value less what was invoiced; below zero when more was."""
    LINK = "link"
    """The invoice that gives the deal its status, in QuickBooks."""


Value = Flag | str | Money | Decimal | date | None
"""What a field says; None empties it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An invoice of a deal, as far as its fields tell of it."""

    number: str
    standing: Standing
    tax: Money
    issued_on: date | None
    link: str
    tax_in_value: bool = False
    """The deal's prices include tax, and so does its value."""


def deal_values(
    invoices: Sequence[Told], *, value: Money | None, currency: str, today: date, full: bool
) -> dict[FieldKind, Value]:
    """
    Return what every field of a deal says.

    Amounts of different currencies are never added, and a field holds one amount: those of the deal's own currency count,
    and the field of numbers names the invoices that are in another. Status, days and last payment hold for all of them.
    Voided and deleted invoices count for the status alone. With no invoice that counts every other field is empty.

    Args:
        invoices: The deal's, oldest first.
        value: The deal's value; None when it is not known or its currency is one of Pipedrive's own making.
        currency: The deal's currency; empty when it is not known.
        today: The day to judge by, in the company's time zone.
        full: Numbers and amounts may be shown to everyone on the deal; otherwise the status alone is.
    """
    statuses = [(one, derive(one.standing, today)) for one in invoices]
    flag = deal_flag(status.flag for _, status in statuses)
    said: dict[FieldKind, Value] = dict.fromkeys(FieldKind)
    said[FieldKind.STATUS] = flag
    live = [(one, status) for one, status in statuses if status.flag not in COUNTED_NEVER]
    if not full or not live:
        return said
    said[FieldKind.NUMBERS] = _numbers([one for one, _ in live], currency)
    said[FieldKind.DAYS] = Decimal(max(status.overdue_days for _, status in live))
    said[FieldKind.PAID_ON] = max(
        (one.standing.paid_on for one, status in live if one.standing.paid_on and not status.paid.is_zero), default=None
    )
    said[FieldKind.LINK] = next(one.link for one, status in reversed(live) if status.flag == flag)[:LONGEST_TEXT]
    bills = [DealBill(one.standing, status, one.tax, tax_in_value=one.tax_in_value) for one, status in live]
    sums = deal_ledger(bills, value=value, currency=currency)
    if sums.own is not None:
        said[FieldKind.TOTAL], said[FieldKind.PAID] = sums.own.invoiced, sums.own.paid
        said[FieldKind.LEFT] = sums.own.owed
    said[FieldKind.TO_INVOICE] = sums.remaining
    return said


def _numbers(invoices: Sequence[Told], currency: str) -> str:
    names = [
        one.number if one.standing.total.currency == currency or not currency else f"{one.number} ({_code(one)})"
        for one in invoices
        if one.number
    ]
    text = ", ".join(names)
    left = len(names)
    while len(text) > LONGEST_TEXT:
        left -= 1
        text = f"{', '.join(names[:left])} … +{len(names) - left}"
    return text


def _code(one: Told) -> str:
    return one.standing.total.currency
