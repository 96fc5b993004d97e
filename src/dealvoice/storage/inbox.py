"""The webhook inbox: events seen, and the records they marked dirty."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment


class EventRow(Base):
    """An event that came once. May be deleted after thirty days."""

    __tablename__ = "events"

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


class Inbox:
    """The inbox of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def is_new(self, event_id: str, now: datetime) -> bool:
        """Keep an event's id and tell whether it had not come before."""
        try:
            with self._session.begin_nested():
                self._session.add(EventRow(tenant=self._tenant, event_id=event_id, received_at=now))
        except IntegrityError:
            return False
        return True

    def mark(self, connection_id: str, entity: str, quickbooks_id: str, now: datetime, *, voided: bool = False) -> None:
        """Mark a record dirty."""
        row = self._session.scalar(
            select(DirtyRow).where(
                DirtyRow.tenant == self._tenant,
                DirtyRow.connection_id == connection_id,
                DirtyRow.entity == entity,
                DirtyRow.quickbooks_id == quickbooks_id,
            )
        )
        if row is None:
            row = DirtyRow(
                tenant=self._tenant, connection_id=connection_id, entity=entity, quickbooks_id=quickbooks_id, marks=0,
                void_told=0, marked_at=now,
            )  # fmt: skip
            self._session.add(row)
        row.marks += 1
        if voided:
            row.void_told = 1

    def dirty(self, connection_id: str, *, limit: int = 1000) -> list[DirtyRow]:
        """Return dirty records, oldest first."""
        return list(
            self._session.scalars(
                select(DirtyRow)
                .where(DirtyRow.tenant == self._tenant, DirtyRow.connection_id == connection_id)
                .order_by(DirtyRow.id)
                .limit(limit)
            )
        )

    def clean(self, rows: list[DirtyRow]) -> None:
        """Take marks off, but only those that the fetch had seen."""
        for row in rows:
            self._session.execute(
                delete(DirtyRow).where(
                    DirtyRow.tenant == self._tenant, DirtyRow.id == row.id, DirtyRow.marks == row.marks
                )
            )


class AllInboxes:
    """Dirty records over all tenants, for the worker."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def connections(self) -> list[tuple[str, str]]:
        """Return (tenant, connection) of every connection with dirty records."""
        rows = self._session.execute(select(DirtyRow.tenant, DirtyRow.connection_id).distinct())
        return [(tenant, connection_id) for tenant, connection_id in rows]
