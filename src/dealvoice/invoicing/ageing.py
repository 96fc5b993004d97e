"""
Ages what customers owe, and tells how they usually pay: by whole days past due, in the company's time zone.

An invoice is late from the day after its due date; one without a due date never is. Voided and deleted invoices owe
nothing and never count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dealvoice.invoicing.money import Money


class Age(StrEnum):
    """How long something has been owed, in days past due; the bounds are those of QuickBooks' A/R ageing summary."""

    NOT_DUE = "not_due"
    """Due today or later, or never."""
    DAYS_30 = "days_30"
    """1 to 30 days late."""
    DAYS_60 = "days_60"
    """31 to 60."""
    DAYS_90 = "days_90"
    """61 to 90."""
    OLDER = "older"
    """91 or more."""


_LAST_DAY = ((0, Age.NOT_DUE), (30, Age.DAYS_30), (60, Age.DAYS_60), (90, Age.DAYS_90))


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to pay of one invoice, or of several with one due date."""

    due_on: date | None
    left: Money


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is owed in one currency, by age; the parts add up to ``owed``."""

    currency: str
    parts: dict[Age, Money]
    """Every age, zero where nothing is owed."""
    owed: Money
    past_due: Money
    """All but what is not due."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An invoice that was paid in full."""

    due_on: date
    paid_on: date
    """The day of its last payment."""


def age_of(due_on: date | None, today: date) -> Age:
    """
    Tell how old a debt is.

    Args:
        due_on: Last day for payment; None when there is none.
        today: The day to judge by, in the company's time zone.
    """
    late = 0 if due_on is None else (today - due_on).days
    return next((age for last, age in _LAST_DAY if late <= last), Age.OLDER)


def ageing(owed: Iterable[Owed], today: date) -> list[Ageing]:
    """Add up by currency and age, in the order of the currencies' codes; what is not above zero is no debt."""
    parts: dict[str, dict[Age, Money]] = {}
    for debt in owed:
        if debt.left.amount <= 0:
            continue
        nothing = Money.zero(debt.left.currency)
        of_currency = parts.setdefault(debt.left.currency, dict.fromkeys(Age, nothing))
        of_currency[age_of(debt.due_on, today)] += debt.left
    return [_of(currency, parts[currency]) for currency in sorted(parts)]


def habit(paid: Iterable[Settled]) -> int | None:
    """
    Tell how late a customer pays on average.

    Returns:
        Whole days after the due date, halves away from zero; below zero when he pays early. None when nothing was paid.
    """
    days = [(one.paid_on - one.due_on).days for one in paid]
    if not days:
        return None
    total = sum(days)
    rounded = (2 * abs(total) + len(days)) // (2 * len(days))
    return rounded if total >= 0 else -rounded


def _of(currency: str, parts: dict[Age, Money]) -> Ageing:
    nothing = Money.zero(currency)
    late = sum((amount for age, amount in parts.items() if age is not Age.NOT_DUE), nothing)
    return Ageing(currency=currency, parts=parts, owed=parts[Age.NOT_DUE] + late, past_due=late)
