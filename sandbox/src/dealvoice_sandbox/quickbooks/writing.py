"""Prints JSON the way the vendor does: exact numbers, money with two decimals, zero as 0, Pacific time stamps."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_quoted = json.JSONEncoder(ensure_ascii=False).encode
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


class Printed(bytes):
    """JSON that is printed already; ``to_json`` takes it over as it is."""


def to_json(value: Any) -> bytes:
    """Print a value; Decimals stay exact."""
    parts: list[str] = []
    _print(value, "", parts)
    return "".join(parts).encode()


def read_json(raw: bytes) -> Any:
    """
    Read a body with exact numbers; ints too become Decimal only where money is computed.

    Raises:
        ValueError: It is no JSON; NaN and Infinity, which Python would read, are none.
    """
    return json.loads(raw, parse_float=Decimal, parse_constant=_no_number)


def _no_number(word: str) -> Decimal:
    raise ValueError(f"{word} is no number")


def _print(value: Any, key: str, parts: list[str]) -> None:
    # Most values are texts, so they come first: a page of a thousand invoices is a quarter of a million values.
    match value:
        case str():
            parts.append(_quoted(value))
        case dict():
            before = "{"
            for name, inner in value.items():
                parts.append(f"{before}{_quoted(name)}:")
                _print(inner, name, parts)
                before = ","
            parts.append("{}" if before == "{" else "}")
        case list() | tuple():
            before = "["
            for inner in value:
                parts.append(before)
                _print(inner, key, parts)
                before = ","
            parts.append("[]" if before == "[" else "]")
        case bool() | None:
            parts.append("null" if value is None else "true" if value else "false")
        case int() | Decimal():
            parts.append(_number(Decimal(value), key))
        case Printed():
            parts.append(value.decode())
        case datetime():
            parts.append(_quoted(stamp(value)))
        case date():
            parts.append(_quoted(value.isoformat()))
        case _:
            raise TypeError(f"cannot print {type(value)}")


def _number(number: Decimal, key: str) -> str:
    if number == 0:
        return "0"
    if key in MONEY:
        return f"{number:.2f}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
