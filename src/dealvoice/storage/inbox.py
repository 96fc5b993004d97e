"""The webhook inbox: events seen, and the records they marked dirty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    case,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment
from dealvoice.storage.bulk import as_table, insert_rows

_UNSYNCHRONIZED = {"synchronize_session": False}
_SEEN = ("tenant", "connection_id", "entity", "quickbooks_id", "marks", "marked_at")


class EventRow(Base):
    """An event that came once. Deleted after thirty days: no vendor repeats one for so long."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "received_at"),)

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Moment)


class DirtyRow(Base):
    """A QuickBooks record that changed and was not fetched since. Deleted by the fetch that saw it."""

    __tablename__ = "dirty"
    __table_args__ = (
        UniqueConstraint("tenant", "connection_id", "entity", "quickbooks_id"),
        Index(None, "connection_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    entity: Mapped[str] = mapped_column(String(32))
    quickbooks_id: Mapped[str] = mapped_column(String(32))
    marks: Mapped[int] = mapped_column(Integer, default=1)
    """Raised by every event, so that a fetch deletes only what it has seen."""
    void_told: Mapped[int] = mapped_column(Integer, default=0)
    """An event said that it was voided."""
    marked_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Mark:
    """One event about one record, or a reason of our own to read it again (then without an event)."""

    tenant: str
    connection_id: str
    entity: str
    quickbooks_id: str
    event_id: str = ""
    voided: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What an event is known by: the same event may concern several connections."""
        return self.tenant, f"{self.connection_id}:{self.event_id}"[:80]


class Inbox:
    """The inbox of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def mark(self, connection_id: str, entity: str, quickbooks_ids: Iterable[str], now: datetime) -> None:
        """Mark records dirty without an event: something else told that they must be read again."""
        marks = [Mark(self._tenant, connection_id, entity, one) for one in quickbooks_ids]
        _put_marks(self._session, marks, now)

    def dirty(self, connection_id: str, *, each: int = 1000) -> list[DirtyRow]:
        """Return dirty records, of each kind at most ``each`` and the oldest first."""
        ours = (DirtyRow.tenant == self._tenant, DirtyRow.connection_id == connection_id)
        kinds = self._session.scalars(select(DirtyRow.entity).where(*ours).distinct().order_by(DirtyRow.entity))
        found: list[DirtyRow] = []
        for kind in kinds.all():
            rows = select(DirtyRow).where(*ours, DirtyRow.entity == kind).order_by(DirtyRow.id).limit(each)
            found += self._session.scalars(rows)
        return found

    def waiting(self, connection_id: str) -> dict[tuple[str, str], datetime]:
        """Return what is dirty, by kind and id, and since when."""
        rows = self._session.execute(
            select(DirtyRow.entity, DirtyRow.quickbooks_id, DirtyRow.marked_at).where(
                DirtyRow.tenant == self._tenant, DirtyRow.connection_id == connection_id
            )
        )
        return {(entity, quickbooks_id): at for entity, quickbooks_id, at in rows}

    def count(self, connection_id: str) -> int:
        """Count what is dirty."""
        wanted = (DirtyRow.tenant == self._tenant, DirtyRow.connection_id == connection_id)
        return int(self._session.scalar(select(func.count()).select_from(DirtyRow).where(*wanted)) or 0)

    def clean(self, rows: Sequence[DirtyRow]) -> None:
        """
        Take marks off, but only those that the fetch had seen.

        On PostgreSQL one that is being raised at this moment is passed over: it stays anyway, and nobody waits.
        """
        if not rows:
            return
        table = DirtyRow.__table__.c
        values = [{name: getattr(row, name) for name in _SEEN} for row in rows]
        if self._session.get_bind().dialect.name == "sqlite":
            seen = delete(DirtyRow).where(*(table[name] == bindparam(f"seen_{name}") for name in _SEEN))
            self._session.connection().execute(seen, [{f"seen_{name}": row[name] for name in row} for row in values])
            return
        given = as_table(self._session, DirtyRow, values)
        same = (table[name] == given.c[name] for name in _SEEN)  # a row made anew meanwhile is another mark
        free = select(DirtyRow.id).where(*same).correlate(None).with_for_update(of=DirtyRow, skip_locked=True)
        self._session.execute(delete(DirtyRow).where(DirtyRow.id.in_(free)), execution_options=_UNSYNCHRONIZED)


class AllInboxes:
    """Events and dirty records over all tenants: events name only a realm, and the worker goes through all."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_in(self, marks: Sequence[Mark], now: datetime) -> list[Mark]:
        """Keep the events of many deliveries at once and mark what they are about; returns the new ones."""
        first: dict[tuple[str, str], Mark] = {}
        for mark in marks:
            first.setdefault(mark.key, mark)
        if not first:
            return []
        # In one order, so that two processes that are told the same events never wait for each other in a ring.
        rows = [{"tenant": tenant, "event_id": event_id, "received_at": now} for tenant, event_id in sorted(first)]
        kept = insert_rows(self._session, EventRow, rows, _if_new)
        new = [first[row.tenant, row.event_id] for row in kept]
        _put_marks(self._session, new, now)
        return new

    def connections(self) -> list[tuple[str, str]]:
        """Return (tenant, connection) of every connection with dirty records."""
        rows = self._session.execute(select(DirtyRow.tenant, DirtyRow.connection_id).distinct())
        return [(tenant, connection_id) for tenant, connection_id in rows]


def _if_new(made: Any) -> Any:
    return made.on_conflict_do_nothing().returning(EventRow.tenant, EventRow.event_id)


def _put_marks(session: Session, marks: Sequence[Mark], now: datetime) -> None:
    raised: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for mark in marks:
        key = (mark.tenant, mark.connection_id, mark.entity, mark.quickbooks_id)
        row = raised.setdefault(
            key,
            {
                "tenant": mark.tenant, "connection_id": mark.connection_id, "entity": mark.entity,
                "quickbooks_id": mark.quickbooks_id, "marks": 0, "void_told": 0, "marked_at": now,
            },
        )  # fmt: skip
        row["marks"] += 1
        row["void_told"] = max(row["void_told"], int(mark.voided))
    if raised:
        insert_rows(session, DirtyRow, [raised[key] for key in sorted(raised)], _raised)  # in one order, too


def _raised(made: Any) -> Any:
    known, new = DirtyRow.__table__.c, made.excluded
    return made.on_conflict_do_update(
        index_elements=["tenant", "connection_id", "entity", "quickbooks_id"],
        set_={
            "marks": known.marks + new.marks,
            "void_told": case((new.void_told > known.void_told, new.void_told), else_=known.void_told),
        },
    )
