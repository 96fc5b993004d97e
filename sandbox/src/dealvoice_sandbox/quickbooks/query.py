"""
The query language: a statement's text in, a ``Statement`` out, or the vendor's fault.

Source: data queries page of the Accounting API; the texts of faults come from recordings. ``query_run`` runs a
statement, ``query_answers`` shapes what it found.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dealvoice_sandbox.quickbooks.faults_text import Refusal

_GRAMMAR = r"""
start: SELECT projection FROM NAME where? orderby? _paging?
projection: STAR (_COMMA path)*       -> all
          | COUNT _OPEN STAR _CLOSE   -> count
          | path (_COMMA path)*       -> fields
where: _WHERE condition (_AND condition)*
condition: path OPERATOR value                           -> compare
         | path _LIKE value                              -> like
         | path _IN _OPEN value (_COMMA value)* _CLOSE   -> isin
orderby: (_ORDERBY | _ORDER _BY) sort (_COMMA sort)*
sort: path DIRECTION?
_paging: startposition maxresults? | maxresults startposition?
startposition: _STARTPOSITION INT
maxresults: _MAXRESULTS INT
path: NAME (_DOT (NAME | STAR))*
value: STRING | NUMBER | BOOL | TODAY
SELECT.3: /select\b/i
FROM.3: /from\b/i
COUNT.3: /count(?=\s*\()/i
_WHERE.3: /where\b/i
_AND.3: /and\b/i
_LIKE.3: /like\b/i
_IN.3: /in\b/i
_ORDERBY.3: /orderby\b/i
_ORDER.3: /order\b/i
_BY.3: /by\b/i
_STARTPOSITION.3: /startposition\b/i
_MAXRESULTS.3: /maxresults\b/i
DIRECTION.3: /(?:asc|desc)\b/i
BOOL.3: /(?:true|false)\b/i
TODAY.3: /current_date\b/i
NAME: /[A-Za-z_][A-Za-z0-9_]*/
STRING: /'(?:\\.|[^'\\])*'/s
NUMBER: /-?\d+(?:\.\d+)?/
INT.2: /\d{1,9}(?!\d)/
OPERATOR: "<=" | ">=" | "!=" | "=" | "<" | ">"
STAR: "*"
_COMMA: ","
_DOT: "."
_OPEN: "("
_CLOSE: ")"
%ignore /\s+/
"""
_KEYWORDS = {
    "SELECT", "FROM", "COUNT", "WHERE", "AND", "LIKE", "IN", "ORDERBY", "ORDER", "BY", "STARTPOSITION", "MAXRESULTS",
}  # fmt: skip
_KINDS = {
    "NAME": "<ID>", "STRING": "<QUOTED_STRING>", "NUMBER": "<INTEGER>", "INT": "<INTEGER>", "BOOL": "<BOOLEAN>",
    "TODAY": "<ID>", "OPERATOR": "<OPERATOR>", "DIRECTION": "<ID>", "STAR": '"*"', "COMMA": '","', "DOT": '"."',
    "OPEN": '"("', "CLOSE": '")"', "$END": "<EOF>",
}  # fmt: skip
MOST = 1000
"""Rows of one page."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    text: str
    """What it says, escapes undone."""
    pattern: str = ""
    """The same for LIKE: a regular expression in which ``%`` is any text."""
    today: bool = False
    """The current date of the company."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; all of them must hold."""

    path: str
    operator: str
    """``=``, ``!=``, ``<``, ``>``, ``<=``, ``>=``, ``like`` or ``in``."""
    values: tuple[Value, ...]


@dataclass(slots=True)
class Statement:
    """A parsed statement."""

    entity: str
    fields: tuple[str, ...] | None
    """None means all of them."""
    count: bool = False
    where: tuple[Condition, ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()
    """Path and whether descending."""
    start: int = 1
    most: int = 100
    spaced: bool = False
    """ORDER BY in two words."""


def literal(text: str) -> Value:
    """Return the value of a text without quotes or escapes."""
    pattern = ".*".join(re.escape(part) for part in text.split("%"))
    return Value(text, pattern)


def _quoted(token: str) -> Value:
    # A backslash makes the next character plain, the wildcard included.
    text, pattern = "", ""
    parts = iter(token[1:-1])
    for one in parts:
        plain = next(parts, "") if one == "\\" else one
        text += plain
        pattern += ".*" if one == "%" else re.escape(plain)
    return Value(text, pattern)


class _Build(Transformer[Token, Any]):
    def path(self, parts: list[Token]) -> str:
        return ".".join(str(part) for part in parts)

    def value(self, parts: list[Token]) -> Value:
        token = parts[0]
        if token.type == "STRING":
            return _quoted(str(token))
        return Value("", today=True) if token.type == "TODAY" else literal(str(token))

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], str(parts[1]), (parts[2],))

    def like(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "like", (parts[1],))

    def isin(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "in", tuple(parts[1:]))

    def sort(self, parts: list[Any]) -> tuple[str, bool]:
        return parts[0], len(parts) > 1 and str(parts[1]).lower() == "desc"

    def start(self, parts: list[Any]) -> Statement:
        (kind, paths), entity = parts[1], str(parts[3])
        made = Statement(entity, tuple(paths) if kind == "fields" else None, count=kind == "count")
        for name, content in parts[4:]:
            setattr(made, name, content)
        return made

    def all(self, _parts: list[Any]) -> tuple[str, list[str]]:
        return "all", []

    def count(self, _parts: list[Any]) -> tuple[str, list[str]]:
        return "count", []

    def fields(self, parts: list[Any]) -> tuple[str, list[str]]:
        return "fields", parts

    def where(self, parts: list[Any]) -> tuple[str, tuple[Any, ...]]:
        return "where", tuple(parts)

    def orderby(self, parts: list[Any]) -> tuple[str, tuple[Any, ...]]:
        return "orders", tuple(parts)

    def startposition(self, parts: list[Token]) -> tuple[str, int]:
        return "start", int(parts[0])

    def maxresults(self, parts: list[Token]) -> tuple[str, int]:
        return "most", int(parts[0])


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=512)
def parse(text: str) -> Statement:
    """
    Parse a statement; the same text gives the same object, which nobody changes.

    Raises:
        Refusal: 4000 for what the grammar does not know, 4001 for paging out of range.
    """
    if not text.strip():
        raise _unreadable('Encountered "<EOF>" at line 0, column 0.', {"SELECT"})
    try:
        made: Statement = _Build().transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _told(text, error) from error
    made.spaced = bool(made.orders) and re.search(r"\border\s+by\b", text, re.IGNORECASE) is not None
    for number in (made.start, made.most):
        if number < 1:
            raise Refusal("4001", f"QueryValidationError: value {number} is too small. Min allowed value is 1")
    return made


def _told(text: str, error: UnexpectedInput) -> Refusal:
    match error:
        case UnexpectedToken():
            token = error.token
            if token.type == "$END":
                last = text.rstrip()
                line, column = last.count("\n") + 1, len(last) - (last.rfind("\n") + 1)
                return _unreadable(f'Encountered "<EOF>" at line {line}, column {column}.', error.expected)
            name = token.type.lstrip("_")
            kind = f"<{name}>" if name in _KEYWORDS else _KINDS.get(name, "<ID>")
            where = f"line {token.line}, column {token.column}"
            return _unreadable(f'Encountered " {kind} "{token} "" at {where}.', error.expected)
        case UnexpectedCharacters():
            found = text[error.pos_in_stream or 0]
            detail = (
                f"Invalid content. Lexical error at line {error.line}, column {error.column}.  "
                f'Encountered: "{found}" ({ord(found)}), after : ""'
            )
            return Refusal("4000", f"QueryParserError: {detail}")
        case _:
            raise AssertionError(error)


def _unreadable(what: str, expected: set[str]) -> Refusal:
    names = sorted({name.lstrip("_") for name in expected})
    words = [f'"{name.lower()}"' if name in _KEYWORDS else _KINDS.get(name, f"<{name}>") for name in names]
    of = "Was expecting:" if len(words) == 1 else "Was expecting one of:"
    return Refusal(
        "4000", f"QueryParserError: {what}\n{of}\n" + "".join(f"    {word} ...\n" for word in words) + "    "
    )


def as_number(text: str) -> Decimal | None:
    """Read a literal as a number; None when it is none."""
    return Decimal(text) if re.fullmatch(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*", text, re.ASCII) else None
