"""What the vendors' limits and budgets have seen of us: calls of the last minute, and counts of a month or a day."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, String, Text, delete, func, select, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, by_key
from dealvoice.storage.bulk import insert_of, insert_rows

READS = "quickbooks.reads"
"""QuickBooks' metered reads, of one calendar month."""
TOKENS = "pipedrive.tokens"
"""Pipedrive's API tokens, of one day."""


class UsageRow(Base):
    """What one tenant has used of a budget in one period. May be deleted when the period is long over."""

    __tablename__ = "usage"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    budget: Mapped[str] = mapped_column(String(32), primary_key=True)
    """``quickbooks.reads`` or ``pipedrive.tokens``."""
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    """``2026-11`` or ``2026-11-26``, UTC."""
    used: Mapped[int] = mapped_column(BigInteger)


class GateRow(Base):
    """
    The calls that all processes together sent to one company of a vendor, as far as the limits look back.

    Written before each call by whoever sends it; losing it costs nothing but a pause. May always be deleted.
    """

    __tablename__ = "gates"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True, default="")
    """Empty: a limit is the vendor's for a company, whoever of us calls."""
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    seen: Mapped[Any] = mapped_column(Json)
    """Times of calls, who is in flight, and until when the gate is shut; see ``connections.shared_gate``."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was used of one budget in one period."""

    tenant: str
    budget: str
    period: str
    used: int


class Usage:
    """What one tenant has used."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def of(self, budget: str, period: str) -> int:
        """Return what was used of a budget in a period."""
        row = by_key(self._session, UsageRow, self._tenant, budget, period)
        return 0 if row is None else row.used


class AllUsage:
    """What all tenants have used."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, counted: list[Used]) -> None:
        """Add to what is stored; one statement for all."""
        if not counted:
            return
        rows = [{"tenant": one.tenant, "budget": one.budget, "period": one.period, "used": one.used} for one in counted]
        insert_rows(self._session, UsageRow, rows, _added)

    def total(self, budget: str, period: str) -> int:
        """Return what all tenants together have used of a budget in a period."""
        asked = select(func.coalesce(func.sum(UsageRow.used), 0)).where(
            UsageRow.budget == budget, UsageRow.period == period
        )
        return int(self._session.scalar(asked) or 0)

    def forget(self, before: str) -> None:
        """Delete periods that ended before a month (``2026-01``)."""
        self._session.execute(delete(UsageRow).where(UsageRow.period < before))


def _added(made: Any) -> Any:
    return made.on_conflict_do_update(
        index_elements=["tenant", "budget", "period"], set_={"used": UsageRow.used + made.excluded.used}
    )


class Gates:
    """The shared gates."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, key: str) -> tuple[dict[str, Any], int]:
        """Return what a gate has seen, alone with it until the transaction ends, and its version (0: never written)."""
        row = self._session.scalar(select(GateRow).where(GateRow.tenant == "", GateRow.key == key).with_for_update())
        return ({}, 0) if row is None else (dict(row.seen), row.version)

    def naming(self, process: str) -> list[str]:
        """Return the keys of the gates in which a process is named, in one order for all."""
        named = type_coerce(GateRow.seen, Text).contains(process, autoescape=True)
        return list(self._session.scalars(select(GateRow.key).where(GateRow.tenant == "", named).order_by(GateRow.key)))

    def clock(self) -> float:
        """Return the database's time in seconds since 1970, the same for every process."""
        if self._session.get_bind().dialect.name == "sqlite":
            return time.time()
        return float(self._session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)

    def keep(self, key: str, seen: dict[str, Any], version: int) -> bool:
        """Write back what a gate has seen; False when another process was first."""
        if version == 0:
            first = (
                insert_of(self._session)(GateRow)
                .values(tenant="", key=key, version=1, seen=seen)
                .on_conflict_do_nothing()
            )
            return self._session.execute(first.returning(GateRow.key)).first() is not None
        row = by_key(self._session, GateRow, "", key)
        if row is None or row.version != version:
            return False
        row.seen, row.version = seen, version + 1
        return True
