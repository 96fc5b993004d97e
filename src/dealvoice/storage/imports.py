"""How far the import of a company's books has come, and how its counts compared with QuickBooks' at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key

FEED = "ChangeDataCapture"
"""The row of an import that keeps, by QuickBooks' clock, when it began."""


class ImportPart(Base):
    """
    One entity of one connection's latest import. Written by the import only; begun anew by the next one.

    ``position`` is the first row that is not stored yet, so that a stopped import goes on in the middle.
    """

    __tablename__ = "import_parts"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    """QuickBooks' word."""
    operation_id: Mapped[str] = mapped_column(String(32))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    total: Mapped[int] = mapped_column(Integer)
    """Rows that QuickBooks counted when it began."""
    position: Mapped[int] = mapped_column(Integer, default=1)
    """From 1, as QuickBooks counts."""
    read: Mapped[int] = mapped_column(Integer, default=0)
    walked: Mapped[bool] = mapped_column(Boolean, default=False)
    """All pages are stored."""
    proved_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When both sides were counted."""
    theirs: Mapped[int | None] = mapped_column(Integer, default=None)
    ours: Mapped[int | None] = mapped_column(Integer, default=None)
    mended: Mapped[int] = mapped_column(Integer, default=0)
    """Rows that were read again or found gone because the first counts differed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One entity's count at QuickBooks beside ours."""

    entity: str
    theirs: int
    ours: int
    at: datetime
    mended: int


class Imports:
    """The imports of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def part(self, connection_id: str, entity: str) -> ImportPart | None:
        """Return one entity's progress."""
        return by_key(self._session, ImportPart, self._tenant, connection_id, entity)

    def begin(self, connection_id: str, entity: str, *, operation_id: str, total: int, now: datetime) -> ImportPart:
        """Begin an entity, in place of what an earlier import left."""
        self._session.execute(
            delete(ImportPart).where(
                ImportPart.tenant == self._tenant,
                ImportPart.connection_id == connection_id,
                ImportPart.entity == entity,
            )
        )
        row = ImportPart(
            tenant=self._tenant, connection_id=connection_id, entity=entity, operation_id=operation_id, begun_at=now,
            total=total, position=1, read=0, walked=False, mended=0,
        )  # fmt: skip
        self._session.add(row)
        return row

    def parts(self, connection_id: str) -> Sequence[ImportPart]:
        """Return every entity's progress, in the order in which they were begun."""
        return self._session.scalars(
            select(ImportPart)
            .where(ImportPart.tenant == self._tenant, ImportPart.connection_id == connection_id)
            .order_by(ImportPart.begun_at, ImportPart.entity)
        ).all()

    def proofs(self, connection_id: str) -> list[Proof]:
        """Return what was counted on both sides, entity by entity."""
        return [
            Proof(part.entity, part.theirs, part.ours, part.proved_at, part.mended)
            for part in self.parts(connection_id)
            if part.proved_at is not None and part.theirs is not None and part.ours is not None
        ]
