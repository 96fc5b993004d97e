"""What waits, over all tenants: for readiness, metrics and the doctor. Numbers and moments only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Label, func, select
from sqlalchemy.orm import Session

from dealvoice.storage.connections import Connection
from dealvoice.storage.hooks import HookMark
from dealvoice.storage.inbox import DirtyRow
from dealvoice.storage.operations import FINAL, Operation
from dealvoice.storage.usage import UsageRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, and since when."""

    operations: dict[str, int]
    """Operations that are not final, by kind."""
    oldest_operation: datetime | None
    inbox: dict[str, int]
    """Records that were marked and not read since, by vendor."""
    oldest_mark: dict[str, datetime | None]
    connections: dict[str, int]
    """Those that are not ended, by state."""
    sweep_due: datetime | None
    """When the sweep that is due first of all is, or was, due."""
    sweep_oldest: datetime | None
    """The last good sweep of the live connection that waits longest for one."""


class AllWaiting:
    """Reads what waits; each call is a handful of aggregates."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Waiting:
        """Return all of it."""
        ask = self._session
        unfinished = Operation.state.not_in([state.value for state in FINAL])
        live = Connection.state == "live"
        kinds = ask.execute(select(Operation.kind, _count()).where(unfinished).group_by(Operation.kind))
        states = ask.execute(
            select(Connection.state, _count()).where(Connection.state != "ended").group_by(Connection.state)
        )
        dirty = ask.execute(select(_count(), func.min(DirtyRow.marked_at))).one()
        hooks = ask.execute(select(_count(), func.min(HookMark.marked_at))).one()
        return Waiting(
            operations={row[0]: row[1] for row in kinds},
            oldest_operation=ask.scalar(select(func.min(Operation.created_at)).where(unfinished)),
            inbox={"quickbooks": dirty[0], "pipedrive": hooks[0]},
            oldest_mark={"quickbooks": dirty[1], "pipedrive": hooks[1]},
            connections={row[0]: row[1] for row in states},
            sweep_due=ask.scalar(select(func.min(Connection.next_sweep_at)).where(live)),
            sweep_oldest=ask.scalar(select(func.min(Connection.swept_at)).where(live)),
        )

    def ending(self, before: datetime) -> list[Connection]:
        """Return live connections whose sign-in ends for good before a moment, the first one first."""
        asked = select(Connection).where(Connection.state == "live", Connection.hard_until < before)
        return list(self._session.scalars(asked.order_by(Connection.hard_until)))

    def used(self, budget: str, period: str) -> tuple[int, int]:
        """Return what all tenants together, and the one with most, have used of a budget in a period."""
        asked = select(func.coalesce(func.sum(UsageRow.used), 0), func.coalesce(func.max(UsageRow.used), 0))
        every, most = self._session.execute(asked.where(UsageRow.budget == budget, UsageRow.period == period)).one()
        return int(every), int(most)


def _count() -> Label[int]:
    return func.count().label("count")
