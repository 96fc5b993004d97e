"""Prints JSON the way the vendor does: exact numbers, money with two decimals, zero as 0, Pacific time stamps."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
MONEY = frozenset(
    {
        "TotalAmt", "Balance", "BalanceWithJobs", "Amount", "TotalTax", "HomeTotalAmt", "HomeBalance", "Deposit",
        "UnappliedAmt", "NetAmountTaxable", "RemainingCredit", "TaxInclusiveAmt", "CurrentBalance",
        "CurrentBalanceWithSubAccounts",
    }
)  # fmt: skip


def stamp(at: datetime, *, milliseconds: bool = False) -> str:
    """Write a moment with the Pacific offset, whatever the company's zone."""
    spec = "milliseconds" if milliseconds else "seconds"
    return at.astimezone(PACIFIC).isoformat(timespec=spec)


def read_moment(text: str) -> datetime:
    """Read an ISO date or date-time; a plain date is midnight Pacific."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=PACIFIC).astimezone(UTC) if found.tzinfo is None else found.astimezone(UTC)


def at_least(moment: str, since: datetime) -> bool:
    """Tell whether a stamp is at or after a moment."""
    return datetime.fromisoformat(moment) >= since


def to_json(value: Any) -> bytes:
    """Print a value; Decimals stay exact."""
    return "".join(_parts(value, "")).encode()


def read_json(raw: bytes) -> Any:
    """Read a body with exact numbers; ints too become Decimal only where money is computed."""
    return json.loads(raw, parse_float=Decimal)


def _parts(value: Any, key: str) -> Iterator[str]:
    match value:
        case dict():
            yield "{"
            for n, (name, inner) in enumerate(value.items()):
                yield ("," if n else "") + json.dumps(name) + ":"
                yield from _parts(inner, name)
            yield "}"
        case list() | tuple():
            yield "["
            for n, inner in enumerate(value):
                if n:
                    yield ","
                yield from _parts(inner, key)
            yield "]"
        case bool() | None | str():
            yield json.dumps(value, ensure_ascii=False)
        case int() | Decimal():
            yield _number(Decimal(value), key)
        case datetime():
            yield json.dumps(stamp(value))
        case date():
            yield json.dumps(value.isoformat())
        case _:
            raise TypeError(f"cannot print {type(value)}")


def _number(number: Decimal, key: str) -> str:
    if number == 0:
        return "0"
    if key in MONEY:
        return f"{number:.2f}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
