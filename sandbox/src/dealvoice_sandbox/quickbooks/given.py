"""Reads what a client gives: numbers, days, references, lists; what cannot be read is the vendor's fault, not a crash."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal

Row = dict[str, Any]
CENT = Decimal("0.01")
_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:T.*|Z|[+-]\d{2}:\d{2})?$")
_MAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$")


def cents(value: Decimal) -> Decimal:
    """Round to two places, half up and away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def number(value: Any, element: str, *, most: Decimal = Decimal(10) ** 13) -> Decimal:
    """
    Read a number, also one that comes as text, as some clients send them.

    Raises:
        Refusal: 2090 for none, 2140 for one that is too large.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Refusal("2090", f"Invalid Number : {value}", element)
    try:
        read = Decimal(str(value))
    except InvalidOperation as error:
        raise Refusal("2090", f"Invalid Number : {value}", element) from error
    if not read.is_finite() or abs(read) >= most:
        raise Refusal("2140", f"Invalid Amount : {value}", element)
    return read


def day(value: Any, element: str) -> str:
    """
    Read a date; the time of a date-time is left out.

    Raises:
        Refusal: 2060 for what has another form, 2070 for a day that does not exist.
    """
    found = _DAY.match(str(value))
    if found is None:
        raise Refusal("2060", f"Invalid Date format : {value}", element)
    try:
        return date.fromisoformat(found[1]).isoformat()
    except ValueError as error:
        raise Refusal("2070", f"Invalid Date : {value}", element) from error


def ref(value: Any, element: str) -> str:
    """
    Return the id that a reference names; "" when there is none.

    Raises:
        Refusal: 2010 for something else than a reference.
    """
    if value in (None, ""):
        return ""
    if not isinstance(value, dict):
        raise unreadable(element)
    found = value.get("value")
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise unreadable(element)
    return str(found)


def rows(value: Any, element: str) -> list[Row]:
    """
    Return a list of objects.

    Raises:
        Refusal: 2010 for something else.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unreadable(element)
    return list(value)


def group(value: Any, element: str) -> Row:
    """
    Return an object; empty when there is none.

    Raises:
        Refusal: 2010 for something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(element)
    return dict(value)


def mails(value: Any, element: str, *, most: int = 100) -> str:
    """
    Return the addresses of an EmailAddress; several may be parted by a comma or semicolon.

    Raises:
        Refusal: 2210.
    """
    text = group(value, element).get("Address")
    if text in (None, ""):
        return ""
    if (
        not isinstance(text, str)
        or len(text) > most
        or not all(_MAIL.match(one.strip()) for one in re.split("[,;]", text))
    ):
        raise Refusal("2210", f"Invalid Email Address format : supplied value {text}", element)
    return text


def text(value: Any, element: str, most: int) -> str:
    """
    Return a text.

    Raises:
        Refusal: 2050 when it is too long.
    """
    found = "" if value is None else str(value)
    if len(found) > most:
        detail = (
            "String length specified does not match the supported length. "
            f"Min:0 Max:{most} supported. Supplied length:{len(found)}"
        )
        raise Refusal("2050", detail, element)
    return found


def blanks_out(body: Row) -> Row:
    """
    Return a body whose empty texts are nothing, as the service takes them; clients send them for what they leave open.

    The number of a document is the exception: an empty one is stored (seen).
    """
    return {name: value if name == "DocNumber" else _blank_out(value) for name, value in body.items()}


def _blank_out(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _blank_out(inner) for name, inner in value.items() if inner != ""}
    if isinstance(value, list):
        return [_blank_out(inner) for inner in value]
    return None if value == "" else value


def unreadable(element: str) -> Refusal:
    """Return the fault of a property whose value is of another kind."""
    return Refusal("2010", f"Property Name:{element} specified is unsupported or invalid", element)
