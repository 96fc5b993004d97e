"""
Proposes the next invoice number from the company's own numbers.

A number is read as text around runs of digits: a year and a month if the invoice's date says so, and a counter.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from dealvoice.invoicing.text_checks import LONGEST_NUMBER

_FIRST = "1001"
"""What QuickBooks begins with."""
_DIGITS = re.compile(r"([0-9]+)")
_TRIES = 1_000
_YEAR, _MONTH, _COUNTER = "year", "month", "counter"


@dataclass(frozen=True, slots=True)
class _Number:
    """A number taken apart: text and runs of digits in turn, and what the runs mean by position."""

    parts: tuple[str, ...]
    roles: dict[int, str]
    issued_on: date

    @property
    def counter(self) -> str:
        return next(self.parts[index] for index, role in self.roles.items() if role == _COUNTER)

    @property
    def period(self) -> tuple[int, int]:
        """Year and month, as far as the number names them; what it does not name is 0."""
        roles = self.roles.values()
        year = self.issued_on.year if _YEAR in roles else 0
        return year, self.issued_on.month if _MONTH in roles else 0

    def same_pattern(self, other: "_Number") -> bool:
        if len(self.parts) != len(other.parts) or self.roles != other.roles:
            return False
        pairs = zip(self.parts, other.parts, strict=True)
        return all(mine == theirs for index, (mine, theirs) in enumerate(pairs) if index not in self.roles)

    def of(self, issued_on: date, counter: int, width: int) -> str:
        """Write the number anew for a date and a counter."""
        texts = {_YEAR: f"{issued_on.year:04d}", _MONTH: f"{issued_on.month:02d}", _COUNTER: str(counter).zfill(width)}
        return "".join(
            texts[self.roles[index]] if index in self.roles else part for index, part in enumerate(self.parts)
        )


def next_number(history: Sequence[tuple[str, date]], issued_on: date, taken: Callable[[str], bool]) -> str | None:
    """
    Propose the next number.

    Args:
        history: Known numbers with their issue dates, newest first among equal dates; of all kinds that share the
            series. Blank ones are passed over.
        issued_on: The new invoice's date.
        taken: Tells whether a number is used or reserved.

    Returns:
        The number after the newest one, with its width, year and month kept up; ``1001`` when there is no history;
        None when the newest number has no digits, the next one is longer than QuickBooks takes, or a thousand in a
        row are taken.
    """
    dated = sorted(((number.strip(), day) for number, day in history if number.strip()), key=lambda row: row[1])
    # The first of the newest date: sorting keeps the order of equals, and the newest comes first among them.
    newest = next((row for row in dated if row[1] == dated[-1][1]), (_FIRST, issued_on)) if dated else None
    if newest is None:
        return _free(_Number(("", _FIRST, ""), {1: _COUNTER}, issued_on), issued_on, int(_FIRST), 0, taken)
    last = _read(*newest)
    if last is None:
        return None
    earlier = [seen for seen in (_read(number, day) for number, day in dated) if seen and seen.same_pattern(last)]
    return _free(last, issued_on, _start(last, earlier, issued_on), _width(last, earlier), taken)


def of_pattern(history: Sequence[tuple[str, date]], pattern: str) -> list[tuple[str, date]]:
    """Return the numbers that look like one, whatever their figures: ``FV 12/2026`` is of the pattern ``FV 1/2025``."""
    wanted = _DIGITS.sub("0", pattern.strip())
    return [(number, day) for number, day in history if _DIGITS.sub("0", number.strip()) == wanted]


def skips(number: str, proposal: str, issued_on: date) -> bool:
    """Tell whether a number is of the series that a proposal goes on with, and not the next one of it."""
    if number == proposal:
        return False
    mine, theirs = _read(number, issued_on), _read(proposal, issued_on)
    return mine is not None and theirs is not None and mine.same_pattern(theirs) and mine.counter != theirs.counter


def _free(pattern: _Number, issued_on: date, start: int, width: int, taken: Callable[[str], bool]) -> str | None:
    for counter in range(start, start + _TRIES):
        number = pattern.of(issued_on, counter, width)
        if len(number) > LONGEST_NUMBER:
            return None
        if not taken(number):
            return number
    return None


def _read(number: str, issued_on: date) -> _Number | None:
    parts = tuple(_DIGITS.split(number))
    runs = list(range(1, len(parts), 2))
    if not runs:
        return None
    roles: dict[int, str] = {}
    if len(runs) > 1:
        year = next((run for run in runs if parts[run] == f"{issued_on.year:04d}"), None)
        if year is not None:
            roles[year] = _YEAR
            months = [run for run in runs if parts[run] == f"{issued_on.month:02d}"]
            # Of several the one beside the year is the month: "11/11/2026", "INV/2026/11/11".
            if months and len(runs) > 2:
                roles[min(months, key=lambda run: abs(run - year))] = _MONTH
    roles[max(run for run in runs if run not in roles)] = _COUNTER
    return _Number(parts, dict(sorted(roles.items())), issued_on)


def _width(last: _Number, earlier: Sequence[_Number]) -> int:
    """Return how wide the counter is padded: as wide as it is if it, or an earlier one, starts with zero."""
    padded = [len(seen.counter) for seen in earlier if seen.counter.startswith("0") and len(seen.counter) > 1]
    if last.counter.startswith("0"):
        return len(last.counter)
    return max(padded, default=0)


def _start(last: _Number, earlier: Sequence[_Number], issued_on: date) -> int:
    """Return the counter to begin with: after the last, or 1 in a new period where the company restarts."""
    wanted = _Number(last.parts, last.roles, issued_on).period
    if wanted == last.period:
        return int(last.counter) + 1
    in_period = [int(seen.counter) for seen in earlier if seen.period == wanted]
    if in_period:
        return max(in_period) + 1
    return 1 if _restarts(earlier) else max(int(seen.counter) for seen in earlier) + 1


def _restarts(earlier: Sequence[_Number]) -> bool:
    """Tell whether the counter began anew in a later period; with one period only, it is taken to."""
    periods = sorted({seen.period for seen in earlier})
    if len(periods) < 2:
        return True
    counters = {period: [int(seen.counter) for seen in earlier if seen.period == period] for period in periods}
    return any(min(counters[later]) <= max(counters[before]) for before, later in pairwise(periods))
