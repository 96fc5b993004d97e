"""What sweeps found: where the mirror differed from QuickBooks, and why. Kept for thirty days."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment

DETAILS = 50
"""Most single differences that are kept of one sweep; the counts are always whole."""


class SweepRow(Base):
    """A sweep that found a difference or failed; one that found nothing only moves the connection's ``swept_at``."""

    __tablename__ = "sweeps"
    __table_args__ = (Index(None, "tenant", "connection_id", "ended_at"), Index(None, "ended_at"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    """``feed``: the change feed told all; ``pages``: some was read page by page; ``compared``: counted, too."""
    began_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    since: Mapped[datetime | None] = mapped_column(Moment)
    """Where it began, by QuickBooks' clock."""
    differed: Mapped[int] = mapped_column(Integer, default=0)
    lost: Mapped[int] = mapped_column(Integer, default=0)
    """No event had told of it."""
    waiting: Mapped[int] = mapped_column(Integer, default=0)
    """An event had told of it, and the record was not fetched yet."""
    fresh: Mapped[int] = mapped_column(Integer, default=0)
    """It changed so shortly before that its event may still come."""
    ours: Mapped[int] = mapped_column(Integer, default=0)
    """A call of ours did it, whose answer we never got."""
    set_aside: Mapped[int] = mapped_column(Integer, default=0)
    details: Mapped[Any] = mapped_column(Json)
    """At most ``DETAILS`` of: entity, id, number, what changed, why."""
    fault: Mapped[str] = mapped_column(Text, default="")
    """Why it failed; empty when it did not."""


class Sweeps:
    """The sweeps of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def add(self, row: SweepRow) -> SweepRow:
        """Keep one."""
        row.tenant = self._tenant
        self._session.add(row)
        return row

    def newest(self, connection_id: str, *, limit: int = 1) -> list[SweepRow]:
        """Return the newest that found something or failed, newest first."""
        return list(
            self._session.scalars(
                select(SweepRow)
                .where(SweepRow.tenant == self._tenant, SweepRow.connection_id == connection_id)
                .order_by(SweepRow.ended_at.desc(), SweepRow.id.desc())
                .limit(limit)
            )
        )

    def last_differed(self, connection_id: str) -> SweepRow | None:
        """Return the newest that found a difference."""
        return self._session.scalar(
            select(SweepRow)
            .where(SweepRow.tenant == self._tenant, SweepRow.connection_id == connection_id, SweepRow.differed > 0)
            .order_by(SweepRow.ended_at.desc(), SweepRow.id.desc())
            .limit(1)
        )
