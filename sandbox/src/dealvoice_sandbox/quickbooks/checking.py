"""
Checks what a client sends before any rule of an entity is asked, in the vendor's order.

JSON and its properties (2010), required ones (2020), lengths (2050), then forms: characters, dates, enumerations,
addresses of e-mail. References and business rules come later, in the entity's own module. The checked body has each
value in its own kind: numbers exact, texts as texts; what was null or an empty number, date or choice is left out.

Source: error codes page; order and texts as recorded from the live service.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal, missing
from dealvoice_sandbox.quickbooks.schema import ENTITIES, ENUMS, TYPES, Property

Row = dict[str, Any]
_MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAMED = 40
_place = attrgetter("place")
UNREADABLE = "Property Name:failed to parse json object; a property specified is unsupported or invalid"


def check(entity: str, body: Any, *, operation: str) -> Row:
    """
    Return a body with every value in its own kind.

    Args:
        entity: What it is sent for.
        body: The parsed JSON.
        operation: ``create`` and ``update`` need what is required; ``sparse``, ``delete`` and ``void`` do not.

    Raises:
        Refusal: 2010, 2020, 2050, 2040, 2060, 2070, 2140, 2170 or 2210.
    """
    known = ENTITIES[entity]
    found = read(entity, known.properties, body)
    needed = known.required if operation in ("create", "update") else [n for n in known.required if n in found]
    for name in needed if operation not in ("delete", "void") else ():
        if _is_empty(found.get(name)):
            raise missing(name)
    faults = sorted(_faults(known.properties, found, entity), key=lambda fault: fault.code != "2050")
    if faults:
        raise faults[0]
    return found


def read(type_name: str, properties: dict[str, Property], value: Any) -> Row:
    """
    Read one object of a type.

    Raises:
        Refusal: 2010 for a property that the type does not have, or JSON of another kind.
    """
    if not isinstance(value, dict):
        raise _unreadable()
    for name in value:
        if name not in properties:
            raise unknown(type_name, properties, name)
    found: Row = {}
    for one in sorted([properties[name] for name in value], key=_place):
        name = one.name
        inner = value[name]
        if inner is None:
            continue
        if one.many:
            items = inner if isinstance(inner, list) else [inner]
            kept: Any = [_value(one, item) for item in items if item is not None]
        else:
            kept = _value(one, inner)
        if kept is not None:
            found[name] = kept
    return found


def unknown(type_name: str, properties: dict[str, Property], name: str) -> Refusal:
    """Return the fault of a property that a type does not have."""
    listed = ", ".join(f'"{one}"' for one in list(properties)[:_NAMED])
    cut = " [truncated]" if len(properties) > _NAMED else ""
    return Refusal(
        "2010",
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{type_name}), not marked as '
        f"ignorable ({len(properties)} known properties: {listed}{cut}]) specified is unsupported or invalid",
    )


def _value(one: Property, value: Any) -> Any:
    match one.type:
        case "any":
            return value
        case "string" | "id":
            return _text(value)
        case "boolean":
            return _boolean(value)
        case "decimal" | "integer":
            return _number(value, whole=one.type == "integer")
        case "date" | "datetime":
            return _moment(value)
        case name if name in ENUMS:
            return _text(value) or None
        case name:
            return read(name, TYPES[name], value)


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {}) or (isinstance(value, str) and not value.strip())


def _unreadable() -> Refusal:
    # Text of a recording of July 2026; older ones name the Java class that could not be made.
    return Refusal("2010", UNREADABLE)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case _:
            raise _unreadable()


def _boolean(value: Any) -> bool | None:
    match value:
        case bool():
            return value
        case "true" | "false":
            return bool(value == "true")
        case "":
            return None
        case int():
            return value != 0
        case _:
            raise _unreadable()


def _number(value: Any, *, whole: bool) -> Any:
    # A number in quotes is taken (clients print exact decimals that way).
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _unreadable()
    if value == "":
        return None
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise _unreadable() from error
    if not number.is_finite() or (whole and number != int(number)):
        raise _unreadable()
    return int(number) if whole else number


def _moment(value: Any) -> str | None:
    if isinstance(value, dict) and set(value) == {"date"}:
        value = value["date"]  # The documentation's "date object".
    return _text(value) or None


def _faults(properties: dict[str, Property], value: Row, entity: str, path: str = "") -> Iterator[Refusal]:
    for name, inner in value.items():
        one, element = properties[name], path or name
        for item in inner if one.many and isinstance(inner, list) else (inner,):
            if one.type in ENUMS:
                if item not in ENUMS[one.type]:
                    yield Refusal("2170", f"Invalid Enumeration : {item}", element)
            elif one.type in TYPES:
                yield from _faults(TYPES[one.type], item, entity, element)
                if one.type == "EmailAddress" and item.get("Address"):
                    yield from _mail(str(item["Address"]), element)
            elif isinstance(item, str):
                yield from _form(one, item, element)
            elif isinstance(item, Decimal) and abs(item) >= Decimal(10) ** 15:
                yield Refusal("2140", f"Invalid Amount : {item:f}", element)


def _form(one: Property, text: str, element: str) -> Iterator[Refusal]:
    if one.longest and len(text) > one.longest:
        yield Refusal(
            "2050",
            f"String length specified does not match the supported length. Min:0 Max:{one.longest} supported. "
            f"Supplied length:{len(text)}",
            element,
        )
    if one.type in _MOMENTS and not _MOMENTS[one.type](text):
        day = _DATE.match(text) is not None
        yield Refusal("2070" if day else "2060", f"Invalid Date{'' if day else ' format'} : {text}", element)
    elif one.type == "string" and _CONTROL.search(text):
        yield Refusal("2040", "Invalid String : the element contains invalid characters", element)


def _mail(addresses: str, element: str) -> Iterator[Refusal]:
    if not all(_MAIL.fullmatch(part.strip()) for part in re.split("[,;]", addresses)):
        yield Refusal("2210", f"Invalid Email Address format : supplied value {addresses}", element)


def _is_date(text: str) -> bool:
    # A date-time is cut to its day.
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return _DATE.match(text) is not None and (len(text) == 10 or _is_moment(text))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_MOMENTS = {"date": _is_date, "datetime": _is_moment}
