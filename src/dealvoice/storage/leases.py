"""Leases: who is alone at something, without an open transaction."""

from datetime import datetime

from sqlalchemy import String, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment
from dealvoice.storage.connections import Connection
from dealvoice.storage.installations import Installation


class LeaseRow(Base):
    """A named lease. A holder whose time is over has lost it."""

    __tablename__ = "leases"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(Moment)


class Leases:
    """The leases of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def take(self, name: str, *, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that is free, over, or ours already; tell whether we have it."""
        taken = self._session.execute(
            update(LeaseRow)
            .where(
                LeaseRow.tenant == self._tenant,
                LeaseRow.name == name,
                or_(LeaseRow.until < now, LeaseRow.holder == holder),
            )
            .values(holder=holder, until=until)
        )
        if getattr(taken, "rowcount", 0) == 1:
            return True
        try:
            with self._session.begin_nested():
                self._session.add(LeaseRow(tenant=self._tenant, name=name, holder=holder, until=until))
        except IntegrityError:
            return False
        return True

    def give_back(self, name: str, *, holder: str) -> None:
        """Give a lease back."""
        self._session.execute(
            delete(LeaseRow).where(LeaseRow.tenant == self._tenant, LeaseRow.name == name, LeaseRow.holder == holder)
        )


class AllLeases:
    """Leases over all tenants."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def end_all(self) -> None:
        """End every lease: nobody but this process has the database, so whoever held one is dead."""
        self._session.execute(delete(LeaseRow))
        self._session.execute(update(Connection).values(lease_holder=None, lease_until=None))
        self._session.execute(update(Installation).values(lease_holder=None, lease_until=None))
