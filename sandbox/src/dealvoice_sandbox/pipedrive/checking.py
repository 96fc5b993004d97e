"""
Checks what a v2 body holds, key by key, the way the vendor does: everything wrong is told at once, by its key.

A check takes a value and returns the reason why it does not fit, or None. The reasons' words are the emulator's own
but for the unknown key.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.pipedrive import answers
from dealvoice_sandbox.pipedrive.currencies import CODES

Row = dict[str, Any]
Check = Callable[[Any], str | None]
PARTS = (
    "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
)  # fmt: skip
"""Parts of an address beside its ``value``."""
_LARGEST, _SMALLEST = 2**53 - 1, Decimal(1).scaleb(-16)
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?$")

_CLOCK = re.compile(r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")


def check(body: Any, allowed: Mapping[str, Check], *, required: Iterable[str] = ()) -> Row:
    """
    Return a body whose every key is known and fits.

    Raises:
        Refused: With all that is wrong.
    """
    if not isinstance(body, dict):
        raise answers.invalid("body", "must be an object")
    problems = [(name, "is required") for name in required if body.get(name) in (None, "")]
    for name, value in body.items():
        if name not in allowed:
            problems.append(answers.not_a_parameter(name))
        elif (name, "is required") not in problems and (reason := allowed[name](value)) is not None:
            problems.append((name, reason))
    if problems:
        raise answers.invalid_all(problems)
    return body


def number(*, least: int | None = None, above: int | None = None, most: int | None = None) -> Check:
    """Check an exact number; text is none."""

    def fits(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return "must be a number"
        size = abs(Decimal(value))
        if size > _LARGEST or 0 < size < _SMALLEST:
            return "must be a safe number"
        if least is not None and value < least:
            return f"must be at least {least}"
        if above is not None and value <= above:
            return f"must be greater than {above}"
        return f"must be at most {most}" if most is not None and value > most else None

    return fits


def text(most: int = 65_535) -> Check:
    """Check a text by its length."""

    def fits(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be a string"
        return f"must be at most {most} characters" if len(value) > most else None

    return fits


def choice(*allowed: Any) -> Check:
    """Check a word or number out of a few."""

    def fits(value: Any) -> str | None:
        fitting = any(value == one and type(value) is type(one) for one in allowed)
        return None if fitting else f"must be one of [{', '.join(str(one) for one in allowed)}]"

    return fits


def optional(inner: Check) -> Check:
    """Let null pass too."""
    return lambda value: None if value is None else inner(value)


def each(inner: Check) -> Check:
    """Check a list, entry by entry."""

    def fits(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        return next((reason for one in value if (reason := inner(one)) is not None), None)

    return fits


def keyed(known: Mapping[str, Check], *, needed: str = "") -> Check:
    """Check an object key by key."""

    def fits(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        if needed and value.get(needed) is None:
            return f"{needed} is required"
        for name, inner in value.items():
            reason = known[name](inner) if name in known else f"Parameter '{name}' is not allowed for this request"
            if reason is not None:
                return reason if name not in known else f"{name} {reason}"
        return None

    return fits


def whole(value: Any) -> str | None:
    """Check an id or a count."""
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be an integer"
    return None if abs(value) <= _LARGEST else "must be a safe number"


def flag(value: Any) -> str | None:
    """Check a yes or no."""
    return None if isinstance(value, bool) else "must be a boolean"


def day(value: Any) -> str | None:
    """Check a date."""
    try:
        fits = isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        fits = False
    return None if fits else "not a valid date"


def moment(value: Any) -> str | None:
    """Check a time with whole seconds."""
    try:
        fits = isinstance(value, str) and bool(_MOMENT.match(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        fits = False
    return None if fits else "not a valid datetime"


def clock(value: Any) -> str | None:
    """Check a time of day or a duration, with or without seconds."""
    return None if isinstance(value, str) and _CLOCK.match(value) else "not a valid time"


def currency(value: Any) -> str | None:
    """Check the code of a currency that the company has."""
    if not isinstance(value, str):
        return "must be a string"
    return None if value in CODES else "is not a currency of this company"


address = keyed({name: optional(text()) for name in ("value", "formatted_address", *PARTS)}, needed="value")
labelled = each(keyed({"label": text(), "value": text(), "primary": flag}, needed="value"))
"""E-mail addresses or telephone numbers."""
prices = each(
    keyed(
        {
            "price": number(), "currency": currency, "cost": number(), "direct_cost": optional(number()), "notes": text(),
            "product_id": whole, "product_variation_id": whole,
        },
        needed="currency",
    )
)  # fmt: skip


def whole_address(value: Row | None) -> Row | None:
    """Return an address as it is kept: parts that were not sent are null."""
    return None if value is None else {name: value.get(name) for name in ("value", *PARTS)}
