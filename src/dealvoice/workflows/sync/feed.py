"""
Reads all that changed since a moment, in as few calls as it takes: one, when the feed tells it all.

The feed has no pages and takes a thousand objects. When it held more, the kinds that were cut are read by queries in
the order of their last change, and the others are asked for again. It reaches back thirty days: beyond that all is
read by queries. Queries never tell of deletions, so then the kinds concerned are ``unsure`` until they are compared.

Source: change data capture page (look-back, limit, totalCount larger than the list), data queries page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dealvoice.quickbooks import cdc, company, unreadable
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.query import PAGE_SIZE, moment
from dealvoice.quickbooks.sales_models import Entity
from dealvoice.quickbooks.unreadable import Unreadable
from dealvoice.workflows.sync.mirror import ENTITIES

LOOK_BACK = timedelta(days=29)
"""How far back the feed is trusted: a day less than the vendor promises."""
DELETABLE = ("Invoice", "Payment", "CreditMemo", "SalesReceipt")
"""Kinds whose records can be deleted; names of people and products are only made inactive."""
_WITH_INACTIVE = frozenset({"Account", "Class", "Customer", "Department", "Employee", "Item", "Term", "Vendor"})


@dataclass(slots=True)
class Reading:
    """What was read beside the changes themselves."""

    at: datetime
    """QuickBooks' own time of the first answer: where the next reading starts, less an overlap."""
    by_pages: bool = False
    unsure: set[str] = field(default_factory=set)
    """Kinds of which deletions may have been missed."""


def read(client: QuickBooks, since: datetime, *, now: datetime, take: Callable[[cdc.Changes], None]) -> Reading:
    """
    Read all that changed since a moment of QuickBooks' clock and hand it on, part by part.

    Args:
        client: Of the company.
        since: Where to start.
        now: By our clock; only tells whether the feed reaches back that far.
        take: Takes a part; called in order, each before the next is asked for.
    """
    if now - since > LOOK_BACK:
        reading = Reading(at=cdc.changes(client, ["Term"], now - timedelta(minutes=1)).at, by_pages=True)
        for entity in ENTITIES:
            _pages(client, entity, since, reading, take)
        return reading
    first = cdc.changes(client, ENTITIES, since)
    reading = Reading(at=first.at)
    _more(client, ENTITIES, since, first, reading, take)
    return reading


def _more(
    client: QuickBooks,
    entities: Sequence[str],
    since: datetime,
    found: cdc.Changes,
    reading: Reading,
    take: Callable[[cdc.Changes], None],
) -> None:
    take(found)
    if not found.truncated:
        return
    cut = [one for one in entities if one in found.truncated_entities or len(entities) == 1]
    for entity in cut:
        _pages(client, entity, since, reading, take)
    rest = [one for one in entities if one not in cut]
    # The answer was full, so what stood behind the cut may be missing without a word; with nothing named, halve.
    for some in [rest] if cut else [rest[: len(rest) // 2], rest[len(rest) // 2 :]]:
        if some:
            _more(client, some, since, cdc.changes(client, some, since), reading, take)


def _pages(
    client: QuickBooks, entity: str, since: datetime, reading: Reading, take: Callable[[cdc.Changes], None]
) -> None:
    reading.by_pages = True
    if entity in DELETABLE:
        reading.unsure.add(entity)
    for rows, bad in changed_since(client, entity, since):
        take(cdc.gathered(reading.at, {entity: rows}, unreadable=bad))


def changed_since(
    client: QuickBooks, entity: str, since: datetime, *, size: int = PAGE_SIZE
) -> Iterator[tuple[list[Entity], list[Unreadable]]]:
    """
    Read what changed since a moment page by page, in the order of its last change.

    Each page starts at the time where the last one ended, so that a record that is changed meanwhile, and so moves to
    the end, shifts no other out of sight. Within one and the same second pages overlap by half for the same reason.
    """
    if entity in ("CompanyInfo", "Preferences"):
        yield [company.info(client) if entity == "CompanyInfo" else company.preferences(client)], []
        return
    also = " AND Active IN (true, false)" if entity in _WITH_INACTIVE else ""
    at, start = since, 1
    while True:
        tail = f"WHERE MetaData.LastUpdatedTime >= {moment(at)}{also} ORDERBY MetaData.LastUpdatedTime"
        raw = unreadable.raw_rows(client, entity, tail=f"{tail} STARTPOSITION {start} MAXRESULTS {size}")
        rows, bad = unreadable.sort_out(entity, raw, cdc.KINDS[entity])
        if raw:
            yield rows, bad
        if len(raw) < size:
            return
        last = max((_changed_at(one) or at for one in rows), default=at)
        if last.replace(microsecond=0) > at.replace(microsecond=0):
            at, start = last, 1
        else:
            start += max(size // 2, 1)


def _changed_at(one: Entity) -> datetime | None:
    return one.meta_data.last_updated_time if one.meta_data is not None else None
