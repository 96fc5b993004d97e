"""How an invoice stands: derived from what QuickBooks says and what day it is, never stored as an opinion."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dealvoice.invoicing.money import Money


class Flag(StrEnum):
    """The six flags."""

    OPEN = "open"
    """Issued, nothing paid, not past due."""
    PAID = "paid"
    """Balance zero of a total above zero."""
    VOIDED = "voided"
    """Voided in either system; cannot come back."""
    OVERDUE = "overdue"
    """Owed and past due; wins over partially paid."""
    DELETED = "deleted"
    """Gone from QuickBooks; the card stays."""
    PARTIALLY_PAID = "partially_paid"
    """Something paid, something left, not past due."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts that QuickBooks gives about an invoice, as far as its flag needs them."""

    total: Money
    balance: Money
    due_on: date | None
    deleted: bool = False
    voided: bool = False
    """Our own void answered, a void event, or zero amounts with the void word in the note."""
    has_payments: bool = False
    deposit: Money | None = None
    sent_at: datetime | None = None
    """UTC; when QuickBooks mailed it last."""
    paid_on: date | None = None
    credited: Money | None = None
    """What credit memos have paid of it; None when that is not known."""


@dataclass(frozen=True, slots=True)
class Status:
    """The flag and the facts told beside it."""

    flag: Flag
    paid: Money
    """Total less balance."""
    left: Money
    overdue_days: int
    """0 unless overdue."""
    nothing_to_pay: bool = False
    """A zero invoice that nobody voided."""
    was_voided: bool = False
    """Voided once, but somebody entered amounts again: the amounts win."""


_VOID_WORDS = re.compile(r"\b(voided)\b", re.IGNORECASE)
"""What QuickBooks writes into the note of a voided invoice, by language of the company's screen.

Only the English word is on record; others are added here as they are seen."""


def derive(standing: Standing, today: date) -> Status:
    """
    Tell how an invoice stands.

    Args:
        standing: The facts that QuickBooks gave.
        today: The day to judge by, in the company's time zone.

    Returns:
        A status for every standing. Overdue wins over partially paid and starts the day after ``due_on``; a paid part
        is told beside it. A voided or deleted invoice has nothing paid and nothing left.

    Source: QuickBooks Online Accounting API, Invoice: TotalAmt, Balance, DueDate.
    """
    total, balance = standing.total, standing.balance
    nothing = Money.zero(total.currency)
    if standing.deleted:
        return Status(Flag.DELETED, paid=nothing, left=nothing, overdue_days=0)
    empty = total.is_zero and balance.is_zero
    if empty and standing.voided:
        return Status(Flag.VOIDED, paid=nothing, left=nothing, overdue_days=0)
    if empty:
        return Status(Flag.OPEN, paid=nothing, left=nothing, overdue_days=0, nothing_to_pay=True)
    overdue_days = _overdue_days(standing, today)
    return Status(
        _flag(standing, overdue_days=overdue_days),
        paid=total - balance,
        left=balance,
        overdue_days=overdue_days,
        was_voided=standing.voided,
    )


_LOUDEST = (Flag.OVERDUE, Flag.PARTIALLY_PAID, Flag.OPEN, Flag.PAID, Flag.VOIDED, Flag.DELETED)


def deal_flag(flags: Iterable[Flag]) -> Flag | None:
    """
    Return the one flag that a deal with several invoices shows: of all of them, the one that asks most of somebody.

    Overdue, partially paid, open, paid, voided, deleted, in this order; None for a deal without invoices.
    """
    there = set(flags)
    return next((flag for flag in _LOUDEST if flag in there), None)


def _overdue_days(standing: Standing, today: date) -> int:
    if standing.balance.amount <= 0 or standing.due_on is None:
        return 0
    return max((today - standing.due_on).days, 0)


def _flag(standing: Standing, *, overdue_days: int) -> Flag:
    total, balance = standing.total.amount, standing.balance.amount
    if total > 0 and balance <= 0:
        return Flag.PAID
    if overdue_days > 0:
        return Flag.OVERDUE
    if 0 < balance < total:
        return Flag.PARTIALLY_PAID
    return Flag.OPEN


def is_newer(seen_token: str, seen_at: datetime | None, held_token: str, held_at: datetime | None) -> bool:
    """
    Tell whether what was just seen is newer than what is held.

    A higher SyncToken is newer. With equal tokens the later time is: sending an e-mail moves only the time.
    """
    seen, held = _token(seen_token), _token(held_token)
    if seen != held:
        return seen > held
    if seen_at is None:
        return False
    return held_at is None or seen_at > held_at


def _token(token: str) -> int:
    return int(token) if token.isascii() and token.isdigit() else -1


def void_word(note: str) -> bool:
    """Tell whether a note has the word that QuickBooks writes when it voids; it counts only beside zero amounts."""
    return _VOID_WORDS.search(note) is not None
