"""
Saved filters: conditions on fields joined by *and* and by *or*, used by ``filter_id`` of lists.

Source: v1 filters and their helpers (operators, relative dates). Not emulated: teams, stage history, rotten time.
"""

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import fields
from dealvoice_sandbox.pipedrive.errors import NotFound

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
TABLES = {
    "deals": "deals",
    "people": "persons",
    "org": "organizations",
    "products": "products",
    "activity": "activities",
}
"""Table by the type of a filter."""
TYPES = (*TABLES, "leads", "projects")
_COMPARED = {"=": "is", "!=": "is not", ">": "is more than", "<": "is less than", ">=": "is more or equal to",
             "<=": "is less or equal to"}  # fmt: skip
_SAME = {"=": "is", "!=": "is not"}
_EMPTY = {"IS NULL": "is empty", "IS NOT NULL": "is not empty"}
_TEXT = {"LIKE '%$%'": "contains", "LIKE '$%'": "starts with", "NOT LIKE '$%'": "does not start with"}
_OLD = {"NOT LIKE '%$%'": "does not contain", "LIKE '%$'": "ends with", "NOT LIKE '%$'": "does not end with"}
_MEMBER = {"contains": "contains", "not_contains": "does not contain"}
OPERATORS = frozenset({*_COMPARED, *_EMPTY, *_TEXT, *_OLD, *_MEMBER})
HELPERS: Row = {
    "operators": {
        **dict.fromkeys(("int", "double", "monetary", "date", "time"), _COMPARED | _EMPTY),
        "varchar": _SAME | _EMPTY | _TEXT, "set": _MEMBER | _EMPTY,
        **dict.fromkeys(("enum", "user", "person", "organization"), _SAME | _EMPTY),
        **dict.fromkeys(("status", "visible_to", "currency", "pipeline", "stage"), _SAME),
    },
    "deprecated_operators": _OLD,
    "relative_dates": {"Relative dates": {"yesterday": "yesterday", "today": "today", "tomorrow": "tomorrow"}},
    "address_field_components": {"route": "Street/road name", "locality": "City/town/village/locality"},
}  # fmt: skip
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1, "1_week_ago": -7, "in_1_week": 7}


def visible(row: Row, user_id: int) -> bool:
    """Tell whether a user may use a filter: it is his own, or shared with the company."""
    return bool(row["active_flag"] and (row["user_id"] == user_id or row["visible_to"] != "1"))


def living(emulator: "PipedriveEmulator", filter_id: int, user_id: int) -> Row:
    """
    Return a filter that a user may use.

    Raises:
        NotFound: There is none for him.
    """
    row = emulator.table("filters").get(str(filter_id))
    if row is None or not visible(row, user_id):
        raise NotFound("Filter")
    return row


def fits(emulator: "PipedriveEmulator", saved: Row, row: Row) -> bool:
    """Tell whether a record fits a filter: every condition of the first group, and one of the second if it has any."""
    codes = _codes(emulator, saved)
    both, either = saved["conditions"]["conditions"]
    today = emulator.clock.now().date()
    return all(_holds(one, codes, row, today) for one in both["conditions"]) and (
        not either["conditions"] or any(_holds(one, codes, row, today) for one in either["conditions"])
    )


def _codes(emulator: "PipedriveEmulator", saved: Row) -> dict[str, str]:
    kind = {"deals": "deal", "people": "person", "org": "organization", "products": "product"}.get(saved["type"], "")
    known = emulator.fields(kind) if kind else []
    return {str(fields.number(emulator, kind, field)): field["field_code"] for field in known}


def _holds(condition: Row, codes: dict[str, str], row: Row, today: date) -> bool:
    code = condition.get("field_code") or codes.get(str(condition["field_id"]), str(condition["field_id"]))
    held: Any = row.get(code, row.get("custom_fields", {}).get(code))
    held = held["value"] if isinstance(held, dict) and "value" in held else held
    wanted: Any = condition.get("value")
    operator: str = condition["operator"]
    if operator in _EMPTY:
        return bool(held in (None, "", [])) == (operator == "IS NULL")
    if wanted in _DAYS:
        wanted = (today + timedelta(days=_DAYS[wanted])).isoformat()
    if operator in _MEMBER:
        members = [str(one) for one in held] if isinstance(held, list) else []
        return (str(wanted) in members) == (operator == "contains")
    if operator in _COMPARED:
        return _compared(operator, held, wanted)
    text, term = str(held or "").casefold(), str(wanted or "").casefold()
    found = {"LIKE '%$%'": term in text, "LIKE '$%'": text.startswith(term), "LIKE '%$'": text.endswith(term)}
    return not found[operator.removeprefix("NOT ")] if operator.startswith("NOT ") else found[operator]


def _compared(operator: str, held: Any, wanted: Any) -> bool:
    if operator in ("=", "!="):
        same = held is not None and bool(str(held).casefold() == str(wanted).casefold() or _numbers(held, wanted, "="))
        return same == (operator == "=")
    if held is None or wanted is None:
        return False
    try:
        Decimal(str(held))
    except InvalidOperation:
        length = len(str(wanted))
        return _ordered(operator, str(held)[:length], str(wanted))
    return _numbers(held, wanted, operator)


def _numbers(held: Any, wanted: Any, operator: str) -> bool:
    try:
        return _ordered(operator, Decimal(str(held)), Decimal(str(wanted)))
    except InvalidOperation:
        return False


def _ordered(operator: str, held: Any, wanted: Any) -> bool:
    match operator:
        case "=":
            return bool(held == wanted)
        case ">":
            return bool(held > wanted)
        case "<":
            return bool(held < wanted)
        case ">=":
            return bool(held >= wanted)
        case _:
            return bool(held <= wanted)
