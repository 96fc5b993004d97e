"""
Records that are not as the vendor documents them: each is told apart, so that one never hides the others of an answer.

The envelope is read first and every record by itself. What is wrong is told by its place, never by its value.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.faults import scrub
from dealvoice.quickbooks.query import PAGE_SIZE, one_of, rows
from dealvoice.reading import decoder

T = TypeVar("T", bound=msgspec.Struct)

_LISTS = frozenset(
    {"Account", "Class", "Customer", "Department", "Employee", "Item", "PaymentMethod", "Term", "Vendor"}
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that does not fit its type."""

    entity: str
    id: str
    """Empty when not even that could be read."""
    reason: str


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    id: str | int = msgspec.field(default="", name="Id")


def sort_out(entity: str, raw: Iterable[msgspec.Raw], kind: type[T]) -> tuple[list[T], list[Unreadable]]:
    """Read records one by one; those that do not fit are told with the reason."""
    read = decoder(kind).decode
    good: list[T] = []
    bad: list[Unreadable] = []
    for one in raw:
        try:
            good.append(read(one))
        except msgspec.ValidationError as error:
            bad.append(Unreadable(entity, _id_of(one), scrub(str(error))[:200]))
    return good, bad


def by_ids(client: QuickBooks, entity: str, kind: type[T], ids: Iterable[str]) -> tuple[list[T], list[Unreadable]]:
    """Read many records of one kind, inactive ones too, a thousand a call; missing and deleted ones are absent."""
    unique = list(dict.fromkeys(ids))
    also = " AND Active IN (true, false)" if entity in _LISTS else ""
    good: list[T] = []
    bad: list[Unreadable] = []
    for start in range(0, len(unique), PAGE_SIZE):
        some = one_of(unique[start : start + PAGE_SIZE])
        found = raw_rows(client, entity, tail=f"WHERE Id IN {some}{also} MAXRESULTS {PAGE_SIZE}")
        read, unread = sort_out(entity, found, kind)
        good += read
        bad += unread
    return good, bad


def raw_rows(client: QuickBooks, entity: str, *, tail: str) -> list[msgspec.Raw]:
    """Run one query and give its rows unread."""
    found: Any = rows(client, entity, msgspec.Raw, tail=tail)
    return list(found)


def _id_of(one: msgspec.Raw) -> str:
    try:
        return str(decoder(_Named).decode(one).id)
    except msgspec.ValidationError:
        return ""
