"""Values that are good once and for a short time: OAuth states, tickets, confirmations of an install."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment, by_key


class OnceRow(Base):
    """A one-time value by its hash. ``sealed`` holds a secret that must wait, such as tokens of an unconfirmed install."""

    __tablename__ = "once"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    """Empty while no tenant is known."""
    kind: Mapped[str] = mapped_column(String(32))
    browser: Mapped[str] = mapped_column(String(64))
    """Hash of the value that binds it to one browser; empty when it is bound to none."""
    data: Mapped[Any] = mapped_column(Json)
    sealed: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[datetime] = mapped_column(Moment)


class OnceRows:
    """Keeps and takes one-time values."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: OnceRow) -> None:
        """Keep a value."""
        self._session.add(row)

    def take(self, hash_: str, kind: str) -> OnceRow | None:
        """Return a value and delete it, so that nobody gets it twice; the caller checks browser and time."""
        row = by_key(self._session, OnceRow, hash_)
        if row is None or row.kind != kind:
            return None
        gone = self._session.execute(delete(OnceRow).where(OnceRow.hash == hash_))
        if getattr(gone, "rowcount", 0) != 1:
            return None
        self._session.expunge(row)
        return row

    def peek(self, hash_: str, kind: str) -> OnceRow | None:
        """Return a value and leave it."""
        row = by_key(self._session, OnceRow, hash_)
        return row if row is not None and row.kind == kind else None

    def purge(self, now: datetime) -> None:
        """Delete the ones that are over."""
        self._session.execute(delete(OnceRow).where(OnceRow.until < now))
