"""
How long each table keeps its rows: the one list that the forgetting follows and ``docs/operations.md`` shows.

A table is kept for a time after a moment of its rows, or until what it belongs to is deleted; nothing else may be left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Date, Table, delete, select, tuple_
from sqlalchemy.orm import Session

from dealvoice.storage.tables import metadata


@dataclass(frozen=True, slots=True)
class Kept:
    """When the rows of a table go."""

    after: timedelta | None = None
    """Time after the moment in ``column``; None: not by time."""
    column: str = ""
    until: str = ""
    """In words, where they do not go by time."""


_WITH_TENANT: Final = "the company's data are removed"
_MIRROR: Final = Kept(until="QuickBooks has it no more, or the company's data are removed")


def _after(column: str, **time: float) -> Kept:
    return Kept(after=timedelta(**time), column=column)


RETENTION: Final[Mapping[str, Kept]] = {
    "accounts": _MIRROR,
    "audit": Kept(until="the company left a month ago"),
    "choices": _MIRROR,
    "connections": Kept(until=_WITH_TENANT),
    "contacts_seen": _after("checked_at", days=90),
    "customer_links": Kept(until="it is unlinked, or the company's data are removed"),
    "customers": _MIRROR,
    "deal_fields": Kept(until=_WITH_TENANT),
    "deal_heads": Kept(until="ninety days of silence on a deal without invoices, or the company's data are removed"),
    "deal_invoices": Kept(until="it is unlinked, or the company's data are removed"),
    "deals_seen": Kept(until=_WITH_TENANT),
    "deals_told": Kept(until=_WITH_TENANT),
    "dirty": Kept(until="the record was read"),
    "document_numbers": _MIRROR,
    "events": _after("received_at", days=30),
    "exchange_rates": _after("day", days=366),
    "fields": Kept(until="Pipedrive has it no more, or the company's data are removed"),
    "forms": _after("opened_at", days=7),
    "gates": Kept(until="the database is made anew; one row a company, with the calls of its last minute"),
    "help_votes": Kept(until="the company's data are removed; it names nobody"),
    "hook_events": _after("heard_at", days=7),
    "hook_marks": Kept(until="the record was read"),
    "hook_sets": Kept(until=_WITH_TENANT),
    "import_parts": Kept(until="the next import"),
    "installations": Kept(until="the company left a month ago"),
    "invoices": Kept(until=_WITH_TENANT),
    "item_links": Kept(until="it is unlinked, or the company's data are removed"),
    "items": _MIRROR,
    "leases": Kept(until="the work is done"),
    "names": _MIRROR,
    "once": _after("until", seconds=0),
    "operations": Kept(until=_WITH_TENANT),
    "payment_links": _MIRROR,
    "payments": _MIRROR,
    "preferences": Kept(until=_WITH_TENANT),
    "problem_marks": Kept(until="it is brought back, or the company's data are removed"),
    "reserved_numbers": Kept(until="the invoice was made or refused"),
    "sessions": _after("until", seconds=0),
    "set_aside": Kept(until="the record could be read"),
    "sweeps": _after("ended_at", days=30),
    "tax_codes": _MIRROR,
    "templates": Kept(until="it is deleted, or the company's data are removed"),
    "tenants": Kept(until="the company left a month ago"),
    "terms": _MIRROR,
    "usage": Kept(until="thirteen months after its period, or the company's data are removed"),
    "user_choices": Kept(until=_WITH_TENANT),
}


def forget(session: Session, now: datetime, *, most: int = 5000) -> int:
    """Delete rows whose time is over, at most ``most`` of each table; returns how many. Safe to repeat."""
    return sum(
        _forget(session, metadata.tables[name], kept.column, now - kept.after, most)
        for name, kept in RETENTION.items()
        if kept.after is not None
    )


def _forget(session: Session, table: Table, column: str, before: datetime, most: int) -> int:
    moment = table.c[column]
    limit: datetime | date = before.date() if isinstance(moment.type, Date) else before
    key = tuple_(*table.primary_key.columns)
    # What somebody is changing at this moment is in use, or goes the next time: nobody waits.
    old = select(*table.primary_key.columns).where(moment < limit).limit(most).with_for_update(skip_locked=True)
    return int(getattr(session.execute(delete(table).where(key.in_(old))), "rowcount", 0))
