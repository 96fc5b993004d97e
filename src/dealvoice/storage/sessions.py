"""Sessions of users, by the hash of their secret; one table for frames and top-level pages."""

from datetime import datetime

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment


class SessionRow(Base):
    """A session. The secret itself is never stored; a row may be deleted once it is past ``until``."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    surface: Mapped[str] = mapped_column(String(16))
    until: Mapped[datetime] = mapped_column(Moment)


class SessionRows:
    """Finds sessions before the tenant is known."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, hash_: str) -> SessionRow | None:
        """Return a session by the hash of its secret."""
        return self._session.get(SessionRow, hash_)

    def add(self, row: SessionRow) -> None:
        """Add a session."""
        self._session.add(row)

    def end_all(self, installation_id: str) -> None:
        """End every session of an installation."""
        self._session.execute(delete(SessionRow).where(SessionRow.installation_id == installation_id))
