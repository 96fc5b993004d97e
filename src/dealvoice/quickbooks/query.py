"""
Ask QuickBooks in its query language, page by page.

Statements are posted, so only the language's own quoting matters. ``Id`` is not sortable any more, so pages go by creation time;
rows can still shift while one pages, so callers store by id.

Source: data queries page of the Accounting API; ``Id`` no longer sortable since January 2026.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec

from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.faults import Envelope

PAGE_SIZE = 1000
"""Most rows of one answer (MAXRESULTS)."""

T = TypeVar("T", bound=msgspec.Struct)


class Rows(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The value of ``QueryResponse``; without a match it is empty."""

    rows: list[T] = []
    total: int | None = msgspec.field(default=None, name="totalCount")


class QueryAnswer(Envelope, Generic[T], frozen=True, kw_only=True):
    """An answer to a query; made for each entity by ``_answer_type``."""

    response: Rows[T] | None = None

    def complete(self) -> bool:
        return self.response is not None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """The value of ``QueryResponse`` when one only counts."""

    total: int = msgspec.field(default=0, name="totalCount")


class CountAnswer(Envelope, frozen=True, kw_only=True):
    """An answer to ``SELECT COUNT(*)``."""

    response: Count | None = msgspec.field(name="QueryResponse", default=None)

    def complete(self) -> bool:
        return self.response is not None


def quote(text: str) -> str:
    """Write a text as a literal: quotes around, backslash and apostrophe escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def moment(at: datetime) -> str:
    """Write a time as a literal, in UTC and whole seconds (rounded down)."""
    if at.tzinfo is None:
        raise ValueError("a time needs its zone")
    return quote(at.astimezone(UTC).replace(microsecond=0).isoformat())


def one_of(values: Sequence[str]) -> str:
    """Write the list of an ``IN``."""
    return f"({', '.join(quote(value) for value in values)})"


def rows(client: QuickBooks, entity: str, type_: type[T], *, tail: str) -> list[T]:
    """Run one statement, ``SELECT * FROM entity`` and the given tail, and give its rows."""
    statement = f"SELECT * FROM {entity} {tail}".rstrip()  # noqa: S608 - no SQL: the vendor's language, literals by ``quote``
    answer = client.query(statement, _answer_type(entity, type_), entity=entity.lower())
    return answer.response.rows if answer.response is not None else []


def pages(
    client: QuickBooks,
    entity: str,
    type_: type[T],
    *,
    where: str = "",
    order: str = "MetaData.CreateTime",
    size: int = PAGE_SIZE,
) -> Iterator[list[T]]:
    """
    Walk over all rows in pages of ``size``; an empty result gives no page.

    Args:
        where: Conditions joined by AND, literals written by ``quote``. Name lists hide inactive rows unless this holds
            ``Active IN (true, false)``.
        order: What to sort by; empty leaves it to the vendor, for entities that know no creation time.
    """
    start = 1
    while True:
        found = page(client, entity, type_, start=start, where=where, order=order, size=size)
        if found:
            yield found
        # Advance by what was asked: TaxCode answers carry its pseudo codes on top of the page.
        if len(found) < size:
            return
        start += size


def page(
    client: QuickBooks,
    entity: str,
    type_: type[T],
    *,
    start: int,
    where: str = "",
    order: str = "MetaData.CreateTime",
    size: int = PAGE_SIZE,
) -> list[T]:
    """Give one page, from the row at ``start`` (the first is 1); conditions and order as for ``pages``."""
    condition = f"WHERE {where} " if where else ""
    sorting = f"ORDERBY {order} " if order else ""
    return rows(client, entity, type_, tail=f"{condition}{sorting}STARTPOSITION {start} MAXRESULTS {size}")


def every(
    client: QuickBooks, entity: str, type_: type[T], *, where: str = "", order: str = "MetaData.CreateTime"
) -> list[T]:
    """Give all rows at once; for lists known to be short."""
    return [row for found in pages(client, entity, type_, where=where, order=order) for row in found]


def count(client: QuickBooks, entity: str, *, where: str = "") -> int:
    """Count rows without fetching them."""
    condition = ("WHERE", where) if where else ()
    answer = client.query(" ".join(("SELECT COUNT(*) FROM", entity, *condition)), CountAnswer, entity=entity.lower())
    return answer.response.total if answer.response is not None else 0


def _answer_type(entity: str, type_: type[T]) -> type[QueryAnswer[T]]:
    return cast(type[QueryAnswer[T]], _made(entity, type_))


@cache
def _made(entity: str, type_: Any) -> type[msgspec.Struct]:
    found = msgspec.defstruct(
        f"{entity}Rows",
        [("rows", list[type_], msgspec.field(default_factory=list, name=entity))],
        bases=(Rows,),
        frozen=True,
        kw_only=True,
    )
    return msgspec.defstruct(
        f"{entity}Query",
        [("response", found | None, msgspec.field(default=None, name="QueryResponse"))],
        bases=(QueryAnswer,),
        frozen=True,
        kw_only=True,
    )
