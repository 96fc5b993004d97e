"""
Leases: who is alone at something, without an open transaction.

Time is the database's own clock on PostgreSQL, so that processes whose clocks differ agree on who holds one. A holder's
name begins with its process (``fence.Process``), so that the leases of a dead one can be ended at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment
from dealvoice.storage.connections import Connection
from dealvoice.storage.installations import Installation

_LONGEST = timedelta(days=1)


def holder_of(process: str, name: str) -> str:
    """Return the name of a holder in a process."""
    return f"{process}.{name}"


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

    def clock(self, now: datetime) -> datetime:
        """Return what leases are judged by: the database's clock where several processes share it, else ``now``."""
        if self._session.get_bind().dialect.name != "postgresql":
            return now
        return self._session.scalar(select(func.clock_timestamp())) or now

    def take(self, name: str, *, holder: str, life: timedelta, now: datetime) -> bool:
        """
        Take a lease that is free, over, or ours already, for a life from now; tell whether we have it.

        One that would last longer than a day was written by a clock that was wrong: it is over.
        """
        now = self.clock(now)
        until = now + life
        taken = self._session.execute(
            update(LeaseRow)
            .where(
                LeaseRow.tenant == self._tenant,
                LeaseRow.name == name,
                or_(LeaseRow.until < now, LeaseRow.until > now + _LONGEST, LeaseRow.holder == holder),
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

    def end_of(self, processes: Sequence[str]) -> None:
        """End the leases of processes that are dead, those for the renewal of tokens too."""
        for process in processes:
            self._session.execute(delete(LeaseRow).where(_is_of(LeaseRow.holder, process)))
            for kept in (Connection, Installation):
                ended = update(kept).where(_is_of(kept.lease_holder, process))
                self._session.execute(ended.values(lease_holder=None, lease_until=None))


def _is_of(holder: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], process: str) -> ColumnElement[bool]:
    return holder.startswith(holder_of(process, ""), autoescape=True)
