"""
Field definitions and the values of custom fields: what may be written, and how webhooks type them.

Source: Fields API v2 and custom fields pages.
"""

import copy
import secrets
import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import checking
from dealvoice_sandbox.pipedrive.checking import Check
from dealvoice_sandbox.pipedrive.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
TABLES = {"deal": "deals", "person": "persons", "organization": "organizations", "product": "products"}
"""Table by the kind of field."""
_FIRST_NUMBERS = {"deal": 12450, "person": 9030, "organization": 4000, "product": 20}
KINDS = {table: kind for kind, table in TABLES.items()}
CREATABLE = (
    "varchar", "text", "double", "phone", "date", "daterange", "time", "timerange", "set", "enum", "varchar_auto",
    "address", "monetary", "org", "people", "user",
)  # fmt: skip
_TIME = {"value": checking.clock, "timezone_id": checking.whole, "timezone_name": checking.text()}
_VALUES: dict[str, Check] = {
    "varchar": checking.text(255),
    "varchar_auto": checking.text(255),
    "text": checking.text(),
    "phone": checking.text(255),
    "double": checking.number(),
    "date": checking.day,
    "daterange": checking.keyed({"value": checking.day, "until": checking.day}, needed="value"),
    "time": checking.keyed(_TIME, needed="value"),
    "timerange": checking.keyed({**_TIME, "until": checking.clock}, needed="value"),
    "address": checking.address,
    "monetary": checking.keyed({"value": checking.number(), "currency": checking.currency}, needed="value"),
    "org": checking.whole,
    "people": checking.whole,
    "user": checking.whole,
}


def definition(emulator: "PipedriveEmulator", kind: str, code: str) -> Row:
    """
    Return a field's definition.

    Raises:
        NotFound: There is none.
    """
    field = next((one for one in emulator.fields(kind) if one["field_code"] == code), None)
    if field is None:
        raise NotFound("Field")
    return field


def number(emulator: "PipedriveEmulator", kind: str, field: Row) -> int:
    """Return a field's numeric id of v1; it stays the same, whatever fields come and go."""
    numbers = emulator.table("field_numbers").setdefault(kind, {})
    for one in emulator.fields(kind):
        numbers.setdefault(one["field_code"], _FIRST_NUMBERS[kind] + len(numbers))
    return int(numbers[field["field_code"]])


def create(emulator: "PipedriveEmulator", kind: str, values: Row) -> Row:
    """Define a custom field; every record of the kind has it from now on, empty."""
    field = {
        "field_name": values["field_name"],
        "field_code": secrets.token_hex(20),
        "description": values.get("description"),
        "field_type": values["field_type"],
        "options": _options(emulator, values.get("options") or []) or None,
        "subfields": None,
        "is_custom_field": True,
        "is_optional_response_field": False,
    }
    emulator.fields(kind).append(field)
    for row in emulator.table(TABLES[kind]).values():
        row["custom_fields"][field["field_code"]] = None
    return field


def change(emulator: "PipedriveEmulator", kind: str, code: str, values: Row) -> Row:
    """Rename or describe a field."""
    field = definition(emulator, kind, code)
    field.update({name: value for name, value in values.items() if name in ("field_name", "description")})
    return field


def remove(emulator: "PipedriveEmulator", kind: str, code: str) -> Row:
    """Take a custom field away, with its values."""
    field = custom(emulator, kind, code)
    emulator.fields(kind).remove(field)
    for row in emulator.table(TABLES[kind]).values():
        row["custom_fields"].pop(code, None)
    return field


def custom(emulator: "PipedriveEmulator", kind: str, code: str) -> Row:
    """
    Return a field that is the company's own.

    Raises:
        NotAllowed: It is the vendor's.
    """
    field = definition(emulator, kind, code)
    if not field["is_custom_field"]:
        raise NotAllowed("field_code", "is not a custom field")
    return field


def add_options(emulator: "PipedriveEmulator", kind: str, code: str, values: list[Row]) -> list[Row]:
    """Add choices to a field and return the new ones."""
    field = _with_options(emulator, kind, code)
    added = _options(emulator, values)
    field["options"] = [*(field["options"] or []), *added]
    return added


def change_options(emulator: "PipedriveEmulator", kind: str, code: str, values: list[Row]) -> list[Row]:
    """Rename choices, all or none, and return them."""
    known = {option["id"]: option for option in _with_options(emulator, kind, code)["options"] or []}
    _all_known(known, values)
    for value in values:
        known[value["id"]].update({name: value[name] for name in ("label", "color") if name in value})
    return [known[value["id"]] for value in values]


def remove_options(emulator: "PipedriveEmulator", kind: str, code: str, values: list[Row]) -> list[Row]:
    """Take choices away, all or none; values that held them become empty."""
    field = _with_options(emulator, kind, code)
    known = {option["id"]: option for option in field["options"] or []}
    _all_known(known, values)
    gone = {value["id"] for value in values}
    field["options"] = [option for option in field["options"] if option["id"] not in gone]
    for row in emulator.table(TABLES[kind]).values():
        held = row["custom_fields"].get(code)
        if isinstance(held, list):
            row["custom_fields"][code] = [one for one in held if one not in gone] or None
        elif held in gone:
            row["custom_fields"][code] = None
    return [known[value["id"]] for value in values]


def values_of(emulator: "PipedriveEmulator", kind: str) -> Check:
    """Return the check of a body's ``custom_fields``: every key known, every value of its field's type, null clears."""
    checks: dict[str, Check] = {
        field["field_code"]: checking.optional(_value_of(field))
        for field in emulator.fields(kind)
        if field["is_custom_field"]
    }
    return checking.keyed(checks)


def kept(emulator: "PipedriveEmulator", kind: str, values: Row, user_id: int) -> Row:
    """Return custom values as they are stored: addresses with all parts, money and times with the user's own."""
    user = emulator.user(user_id)
    kinds = {field["field_code"]: field["field_type"] for field in emulator.fields(kind)}
    found = dict(values)
    for code, value in values.items():
        if kinds.get(code) == "address" and value is not None:
            found[code] = {**(checking.whole_address(value) or {}), "formatted_address": value["value"]}
        if kinds.get(code) == "monetary" and value is not None:
            found[code] = {"value": value["value"], "currency": value.get("currency", user["default_currency"])}
        if kinds.get(code) in ("time", "timerange") and value is not None:
            zone = value.get("timezone_name", user["timezone_name"])
            found[code] = {**value, "timezone_id": value.get("timezone_id", _zone_number(zone)), "timezone_name": zone}
    return found


@cache
def _zone_number(name: str) -> int:
    # The vendor numbers the zones its own way (unconfirmed but for a few); here they are numbered by name.
    return 1 + sorted(zoneinfo.available_timezones() | {name}).index(name)


def labelled(emulator: "PipedriveEmulator", kind: str, values: Row) -> Row:
    """Return custom values with choices as objects of id and label."""
    found = dict(values)
    for field in emulator.fields(kind):
        labels = {option["id"]: option["label"] for option in field["options"] or []}
        held = found.get(field["field_code"])
        if held is None or field["field_type"] not in ("enum", "set"):
            continue
        chosen = [{"id": one, "label": labels.get(one)} for one in (held if isinstance(held, list) else [held])]
        found[field["field_code"]] = chosen if field["field_type"] == "set" else chosen[0]
    return found


def typed(emulator: "PipedriveEmulator", kind: str, values: Row) -> Row:
    """Return custom values the way webhooks v2 send them: objects that name their type."""
    kinds = {field["field_code"]: field["field_type"] for field in emulator.fields(kind)}
    return {code: _typed(kinds.get(code, "varchar"), value) for code, value in values.items()}


def _typed(kind: str, value: Any) -> Row | None:
    if value is None:
        return None
    match kind:
        case "enum" | "user" | "org" | "people":
            return {"type": kind, "id": value}
        case "set":
            return {"type": kind, "values": [{"id": one} for one in value]}
        case "daterange" | "timerange":
            ends = {"from": value["value"], "until": value.get("until")}
            zone = {"timezone_id": value["timezone_id"]} if "timezone_id" in value else {}
            return {"type": kind, **ends, **zone}
        case "monetary" | "time" | "address":
            return {"type": kind, **copy.deepcopy(value)}
        case _:
            return {"type": kind, "value": value}


def _value_of(field: Row) -> Check:
    ids = tuple(option["id"] for option in field["options"] or [])
    match field["field_type"]:
        case "enum":
            return checking.choice(*ids)
        case "set":
            return _filled(checking.each(checking.choice(*ids)))
        case kind:
            return _VALUES.get(kind, checking.text())


def _filled(inner: Callable[[Any], str | None]) -> Check:
    return lambda value: "must not be empty" if value == [] else inner(value)


def _options(emulator: "PipedriveEmulator", values: list[Row]) -> list[Row]:
    return [
        {
            "id": emulator.next_id("options", first=500),
            "label": value["label"],
            "color": value.get("color"),
            "add_time": emulator.stamp(),
            "update_time": None,
        }
        for value in values
    ]


def _with_options(emulator: "PipedriveEmulator", kind: str, code: str) -> Row:
    field = definition(emulator, kind, code)
    if field["field_type"] not in ("enum", "set"):
        raise NotAllowed("field_code", "is not a field with options")
    return field


def _all_known(known: Row, values: list[Row]) -> None:
    for value in values:
        if value.get("id") not in known:
            raise NotAllowed("id", f"option {value.get('id')} was not found")
