"""Sessions of users, by the hash of their secret; one table for frames and top-level pages."""

from datetime import datetime

from sqlalchemy import String, and_, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key
from dealvoice.storage.installations import Installation
from dealvoice.storage.tenants import Tenant


class SessionRow(Base):
    """A session. The secret itself is never stored; a row may be deleted once it is past ``until``."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    surface: Mapped[str] = mapped_column(String(16))
    until: Mapped[datetime] = mapped_column(Moment)


_BEHIND = (
    select(SessionRow, Tenant, Installation)
    .join(Tenant, Tenant.tenant == SessionRow.tenant)
    .join(
        Installation,
        and_(Installation.id == SessionRow.installation_id, Installation.tenant == SessionRow.tenant),
    )
    .where(SessionRow.hash == bindparam("hash"))
)


class SessionRows:
    """Finds sessions before the tenant is known."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, hash_: str) -> SessionRow | None:
        """Return a session by the hash of its secret."""
        return by_key(self._session, SessionRow, hash_)

    def behind(self, hash_: str) -> tuple[SessionRow, Tenant, Installation] | None:
        """Return a session by the hash of its secret, with whose it is."""
        found = self._session.execute(_BEHIND, {"hash": hash_}).one_or_none()
        return None if found is None else (found[0], found[1], found[2])

    def add(self, row: SessionRow) -> None:
        """Add a session."""
        self._session.add(row)

    def of(self, installation_id: str, now: datetime) -> list[SessionRow]:
        """Return the sessions of an installation that are not over, the one used last first."""
        rows = self._session.scalars(
            select(SessionRow)
            .where(SessionRow.installation_id == installation_id, SessionRow.until > now)
            .order_by(SessionRow.until.desc(), SessionRow.hash)
        )
        return list(rows)

    def end(self, row: SessionRow) -> None:
        """End one session."""
        self._session.delete(row)

    def end_all(self, installation_id: str) -> None:
        """End every session of an installation."""
        self._session.execute(delete(SessionRow).where(SessionRow.installation_id == installation_id))
