"""
The query language: parsed by a grammar, then run over the objects of one entity.

Source: data queries page of the Accounting API. ``Id`` is not sortable since January 2026 (switch ``sortable_id``).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.writing import read_moment

_GRAMMAR = r"""
start: "select"i projection "from"i NAME where? (orderby | startposition | maxresults)*
projection: STAR ("," path)*      -> all
          | "count"i "(" "*" ")"  -> count
          | path ("," path)*      -> fields
where: "where"i condition ("and"i condition)*
condition: path OPERATOR value            -> compare
         | path "like"i value             -> like
         | path "in"i "(" value ("," value)* ")" -> isin
orderby: ("orderby"i | "order"i "by"i) sort ("," sort)*
sort: path DIRECTION?
startposition: "startposition"i INT
maxresults: "maxresults"i INT
path: NAME ("." NAME)*
value: STRING | NUMBER | BOOL
STAR: "*"
OPERATOR: "<=" | ">=" | "!=" | "=" | "<" | ">"
DIRECTION.2: /asc\b/i | /desc\b/i
BOOL.2: /true\b/i | /false\b/i
NAME: /(?!(?:where|and|in|like|orderby|order|by|startposition|maxresults|asc|desc|from)\b)[A-Za-z_][A-Za-z0-9_]*/i
STRING: /'(?:\\.|[^'\\])*'/
NUMBER: /-?\d+(\.\d+)?/
INT.2: /\d+/
%ignore /\s+/
"""

Value = str | bool | Decimal


@dataclass(slots=True)
class Condition:
    """One condition; all of them must hold."""

    path: str
    operator: str
    values: tuple[Value, ...]


@dataclass(slots=True)
class Statement:
    """A parsed statement."""

    entity: str
    fields: tuple[str, ...] | None
    """None means all of them."""
    count: bool = False
    where: list[Condition] = field(default_factory=list)
    orders: list[tuple[str, bool]] = field(default_factory=list)
    """Path and whether descending."""
    start: int = 1
    most: int = 100


class _Build(Transformer[Token, Any]):
    def path(self, parts: list[Token]) -> str:
        return ".".join(str(part) for part in parts)

    def value(self, parts: list[Token]) -> Value:
        token = parts[0]
        if token.type == "STRING":
            return re.sub(r"\\(.)", r"\1", str(token)[1:-1])
        if token.type == "BOOL":
            return token.lower() == "true"
        return Decimal(str(token))

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], str(parts[1]), (parts[2],))

    def like(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "like", (parts[1],))

    def isin(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "in", tuple(parts[1:]))

    def sort(self, parts: list[Any]) -> tuple[str, bool]:
        return parts[0], len(parts) > 1 and str(parts[1]).lower() == "desc"

    def start(self, parts: list[Any]) -> Statement:
        kind, paths = parts[0]
        made = Statement(entity=str(parts[1]), fields=tuple(paths) if kind == "fields" else None, count=kind == "count")
        for name, content in parts[2:]:
            match name:
                case "where":
                    made.where = content
                case "orderby":
                    made.orders = content
                case "startposition":
                    made.start = content
                case _:
                    made.most = content
        return made

    def all(self, _parts: list[Any]) -> tuple[str, list[str]]:
        return "all", []

    def count(self, _parts: list[Any]) -> tuple[str, list[str]]:
        return "count", []

    def fields(self, parts: list[Any]) -> tuple[str, list[str]]:
        return "fields", parts

    def where(self, parts: list[Any]) -> tuple[str, list[Any]]:
        return "where", parts

    def orderby(self, parts: list[Any]) -> tuple[str, list[Any]]:
        return "orderby", parts

    def startposition(self, parts: list[Token]) -> tuple[str, int]:
        return "startposition", int(parts[0])

    def maxresults(self, parts: list[Token]) -> tuple[str, int]:
        return "maxresults", int(parts[0])


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse(text: str) -> Statement:
    """
    Parse a statement.

    Raises:
        Refusal: 4000 for what the grammar does not know, 4001 for paging out of range.
    """
    try:
        made: Statement = _Build().transform(_parser().parse(text.strip().rstrip(";")))
    except UnexpectedInput as error:
        where = f"line {error.line}, column {error.column}"
        raise Refusal(
            "4000", f"Error parsing query : QueryParserError: Encountered something else at {where}."
        ) from error
    if made.start < 1:
        raise Refusal("4001", "QueryValidationError: value 0 is too small. Min allowed value is 1")
    made.most = min(made.most, 1000)
    return made


def run(
    statement: Statement, rows: Iterable[dict[str, Any]], *, queryable: Callable[[str], bool], is_list: bool,
    sortable_id: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """
    Run a statement over an entity's objects; paging is left to the caller.

    Args:
        statement: What was asked.
        rows: The entity's objects.
        queryable: Tells whether a property may stand in WHERE or ORDERBY.
        is_list: A name list: inactive rows are hidden unless asked for, and the default order is by name.
        sortable_id: Behaviour before January 2026.

    Raises:
        Refusal: 4001 for a property that cannot be asked for.
    """
    for path in [condition.path for condition in statement.where] + [path for path, _ in statement.orders]:
        if not queryable(path.split(".")[0]):
            raise Refusal("4001", f"QueryValidationError: property '{path}' is not queryable")
    for path, _ in statement.orders:
        if path.lower() == "id" and not sortable_id:
            raise Refusal("4001", "QueryValidationError: property 'Id' is not sortable")
    for condition in statement.where:
        if condition.path.lower() == "id" and condition.operator not in ("=", "in"):
            raise Refusal("4001", "QueryValidationError: property 'Id' takes = and IN only")
    asks_active = any(condition.path.lower() == "active" for condition in statement.where)
    found = [
        row
        for row in rows
        if (not is_list or asks_active or row.get("Active") is not False)
        and all(_holds(row, condition) for condition in statement.where)
    ]
    orders = statement.orders or ([("Name", False)] if is_list else [("MetaData.LastUpdatedTime", True)])
    for path, descending in reversed(orders):
        found.sort(key=partial(_order_of, path=path), reverse=descending)
    return found


def _order_of(row: dict[str, Any], path: str) -> tuple[int, Any]:
    return _sort_key(_look(row, path))


def _look(row: dict[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        wanted = name.lower()
        value = next((inner for key, inner in value.items() if key.lower() == wanted), None)
        if value is None and wanted == "name":
            value = row.get("DisplayName")
    if isinstance(value, dict):
        return value.get("value", value.get("Address", value.get("FreeFormNumber")))
    return value


def _holds(row: dict[str, Any], condition: Condition) -> bool:
    value = _look(row, condition.path)
    if condition.operator == "in":
        return any(_compare(value, wanted) == 0 for wanted in condition.values)
    wanted = condition.values[0]
    if condition.operator == "like":
        pattern = ".*".join(re.escape(part) for part in str(wanted).split("%"))
        return value is not None and re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
    order = _compare(value, wanted)
    if order is None:
        return condition.operator == "!=" and value is not None
    tests = {"=": order == 0, "!=": order != 0, "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}
    return tests[condition.operator]


def _compare(value: Any, wanted: Value) -> int | None:
    """Compare a stored value with a literal, in the stored value's own kind; None when it cannot be."""
    if value is None:
        return None
    try:
        left, right = _pair(value, wanted)
    except (ValueError, InvalidOperation):
        return None
    return int(left > right) - int(left < right)


def _pair(value: Any, wanted: Value) -> tuple[Any, Any]:
    if isinstance(value, bool):
        return value, wanted if isinstance(wanted, bool) else str(wanted).lower() == "true"
    if isinstance(value, int | Decimal):
        return Decimal(value), Decimal(str(wanted))
    text = str(value)
    if re.match(r"^\d{4}-\d\d-\d\dT", text):
        return read_moment(text), read_moment(str(wanted))
    return text.casefold(), str(wanted).casefold()


def _sort_key(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, ""
    if isinstance(value, bool):
        return 1, int(value)
    if isinstance(value, int | Decimal):
        return 2, Decimal(value)
    text = str(value)
    if re.match(r"^\d{4}-\d\d-\d\dT", text):
        return 3, datetime.fromisoformat(text).timestamp()
    return 4, text.casefold()
