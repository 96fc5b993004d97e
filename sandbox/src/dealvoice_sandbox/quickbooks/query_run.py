"""
Runs a parsed statement over the objects of one entity: checks what may be asked, filters, sorts, projects.

Filters are made once a statement and are plain functions of an object, so that a hundred thousand objects are looked
through in a moment. Source: data queries page of the Accounting API.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.query import Condition, Statement, Value, as_number
from dealvoice_sandbox.quickbooks.writing import PACIFIC

Row = dict[str, Any]
Get = Callable[[Row], Any]
Test = Callable[[Row], bool]
_INNER = ("value", "Address", "FreeFormNumber", "URI")
"""What a property with parts is compared by: a reference by its id, a telephone number or address by its text."""
_WANTED: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}


@dataclass(frozen=True, slots=True)
class Askable:
    """What a query may ask of an entity."""

    entity: str
    names: dict[str, str]
    """Properties by their name in small letters; those of MetaData with its name and a dot before."""
    filterable: frozenset[str]
    sortable: frozenset[str]
    is_list: bool
    """A name list: inactive objects are hidden unless asked for, and the default order is by name."""

    def spelled(self, path: str) -> str:
        """
        Return a path as the vendor spells it.

        Raises:
            Refusal: 4001, there is no such property.
        """
        found = self.names.get(path.lower())
        if found is None:
            root, dot, rest = path.partition(".")
            found = self.names.get(root.lower())
            if found is None or found == "MetaData":
                raise _wrong(f"Property {path} not found for Entity {self.entity}")
            found += dot + rest
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement that has been checked, ready to run."""

    ids: tuple[str, ...] | None
    """Only these can be meant; None means any."""
    tests: tuple[Test, ...]
    orders: tuple[tuple[Get, bool], ...]

    def run(self, rows: dict[str, Row], *, mixed: int = 0) -> list[Row]:
        """Return what was asked for, in order, equal rows shuffled by ``mixed`` if any; paging is left to the caller."""
        found: Iterable[Row] = rows.values()
        if self.ids is not None:
            found = [rows[one] for one in self.ids if one in rows]
        for test in self.tests:
            found = filter(test, found)
        kept = list(found)
        if mixed:
            random.Random(mixed).shuffle(kept)
        for get, descending in reversed(self.orders):
            kept.sort(key=get, reverse=descending)
        return kept


def plan(statement: Statement, askable: Askable, *, today: str, sortable_id: bool, not_equal: bool) -> Plan:
    """
    Check a statement and make it ready.

    Args:
        statement: What was asked.
        askable: What may be asked.
        today: What CURRENT_DATE means.
        sortable_id: ``Id`` may be sorted by.
        not_equal: ``!=`` is known.

    Raises:
        Refusal: 4001 for a property that does not exist or cannot be asked for.
    """
    ids: tuple[str, ...] | None = None
    tests: list[Test] = []
    asks_active = False
    for condition in statement.where:
        path = askable.spelled(condition.path)
        if path.partition(".")[0] not in askable.filterable and path not in askable.filterable:
            raise _wrong(f"property '{condition.path}' is not queryable")
        if condition.operator == "!=" and not not_equal:
            raise Refusal(
                "4000", 'QueryParserError: Invalid content. Lexical error.  Encountered: "!" (33), after : ""'
            )
        asks_active = asks_active or path == "Active"
        if path == "Id":
            if condition.operator not in ("=", "in"):
                raise _wrong("property 'Id' takes = and IN only")
            asked = dict.fromkeys(value.text for value in condition.values)
            ids = tuple(asked if ids is None else (one for one in ids if one in asked))
            continue
        tests.append(_test(path, condition, today))
    if askable.is_list and not asks_active:
        tests.append(lambda row: row.get("Active") is not False)
    return Plan(ids, tuple(tests), tuple(_orders(statement, askable, sortable_id=sortable_id)))


def project(rows: list[Row], statement: Statement, askable: Askable) -> list[Row]:
    """
    Leave of each object what was asked for, its domain and whether it is sparse.

    Raises:
        Refusal: 4001, there is no such property.
    """
    if statement.fields is None:
        return rows
    wanted: dict[str, Any] = {"domain": None, "sparse": None}
    for path in statement.fields:
        here = wanted
        *outer, last = askable.spelled(path).split(".")
        for name in outer:
            inner = here.setdefault(name, {})
            if inner is None:
                break
            here = inner
        else:
            if last == "*":
                here["*"] = None
            else:
                here[last] = None
    return [_part(row, wanted) for row in rows]


def _part(value: Any, wanted: dict[str, Any] | None) -> Any:
    if wanted is None or "*" in wanted:
        return value
    if isinstance(value, list):
        return [_part(one, wanted) for one in value]
    if not isinstance(value, dict):
        return value
    lower = {name.lower(): inner for name, inner in wanted.items()}
    return {name: _part(inner, lower[name.lower()]) for name, inner in value.items() if name.lower() in lower}


def _orders(statement: Statement, askable: Askable, *, sortable_id: bool) -> Iterable[tuple[Get, bool]]:
    if not statement.orders:
        # Observed: name lists by name, transactions by their last change, the newest first.
        yield (_by_name, False) if askable.is_list else (_moment_of("LastUpdatedTime"), True)
    for path, descending in statement.orders:
        spelled = askable.spelled(path)
        if spelled == "Id" and sortable_id:
            yield (lambda row: (len(row["Id"]), row["Id"])), descending
        elif spelled not in askable.sortable:
            raise _wrong(f"property '{path}' is not sortable")
        elif spelled.startswith("MetaData."):
            yield _moment_of(spelled.partition(".")[2]), descending
        else:
            yield _key(_getter(spelled)), descending


def _by_name(row: Row) -> str:
    return str(row.get("Name") or row.get("DisplayName") or "").casefold()


def _moment_of(name: str) -> Get:
    def moment(row: Row) -> float:
        text = row.get("MetaData", {}).get(name)
        return _moment(text) or 0.0 if text else 0.0

    return moment


def _key(get: Get) -> Get:
    def key(row: Row) -> tuple[int, Any]:
        value = get(row)
        match value:
            case None:
                return 0, ""
            case bool():
                return 1, value
            case int() | Decimal():
                return 2, value
            case _:
                return 4, str(value).casefold()

    return key


def _getter(path: str) -> Get:
    """Return what reads a property: quick for plain ones and references, careful for parts of them."""
    first, *rest = path.split(".")

    def plain(row: Row) -> Any:
        value = row.get(first)
        return _inner(value) if value.__class__ is dict else value

    def deep(row: Row) -> Any:
        value = row.get(first)
        for name in rest:
            if not isinstance(value, dict):
                return None
            if name not in value:
                name = next((key for key in value if key.lower() == name.lower()), name)  # noqa: PLW2901 - as stored
            value = value.get(name)
        return _inner(value) if isinstance(value, dict) else value

    return deep if rest else plain


def _inner(value: Row) -> Any:
    for name in _INNER:
        if name in value:
            return value[name]
    return None


@lru_cache(maxsize=200_000)
def _moment(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=PACIFIC)).timestamp()
    except (ValueError, OverflowError):
        return None


class _Literal:
    """A literal, read once in every way in which a stored value may need it."""

    __slots__ = ("flag", "folded", "moment", "number", "text")

    def __init__(self, value: Value, today: str) -> None:
        self.text = today if value.today else value.text
        self.folded = self.text.casefold()
        self.number = as_number(self.text)
        self.flag = {"true": True, "false": False}.get(self.folded)
        # A plus sign that was not encoded in the address arrives as a blank.
        self.moment = _moment(self.text.replace(" ", "+"))

    def order(self, value: Any) -> int | None:
        """Tell whether a stored value is smaller (-1), equal or larger; None when the two cannot be compared."""
        match value:
            case str():
                if self.moment is not None:
                    if value[10:11] == "T":
                        there = _moment(value)
                        return None if there is None else (there > self.moment) - (there < self.moment)
                    return (value > self.text[:10]) - (value < self.text[:10])
                text = value.casefold()
                return (text > self.folded) - (text < self.folded)
            case bool():
                return None if self.flag is None else value - self.flag
            case int() | Decimal():
                return None if self.number is None else (value > self.number) - (value < self.number)
            case _:
                return None


def _test(path: str, condition: Condition, today: str) -> Test:
    first, _, inside = path.partition(".")
    if first == "AttachableRef" and inside:
        # A list: one of its members must hold.
        one_of = _test(inside, condition, today)
        return lambda row: any(one_of(one) for one in row.get(first, []))
    get, literals = _getter(path), [_Literal(value, today) for value in condition.values]
    if condition.operator == "like":
        pattern = re.compile(condition.values[0].pattern, re.IGNORECASE | re.DOTALL)
        return lambda row: (value := get(row)) is not None and pattern.fullmatch(_printed(value)) is not None
    if condition.operator == "in":
        return lambda row: (value := get(row)) is not None and any(one.order(value) == 0 for one in literals)
    only, holds = literals[0], _WANTED[condition.operator]
    if condition.operator == "=" and path.endswith("Ref"):
        return lambda row: (value := row.get(path)) is not None and value.get("value") == only.text

    def test(row: Row) -> bool:
        value = get(row)
        if value is None:
            return False
        order = only.order(value)
        # Two values of different kinds are not equal, and neither is before the other.
        return condition.operator == "!=" if order is None else holds(order)

    return test


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _wrong(detail: str) -> Refusal:
    return Refusal("4001", f"QueryValidationError: {detail}")
