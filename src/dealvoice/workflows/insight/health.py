"""How the product is: whether it can work, what waits, what is left of the budgets. Numbers only; no tenant is named."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dealvoice.connections.used import day_of, month_of
from dealvoice.engine.port import Pulse
from dealvoice.observability import (
    BUDGET_LEFT,
    BUDGET_USED,
    CONNECTIONS,
    ENDING,
    INBOX_AGE,
    INBOX_WAITING,
    OPERATIONS_AGE,
    OPERATIONS_WAITING,
    READY,
    SCHEDULE_AGE,
    SWEEP_AGE,
    SWEEP_OVERDUE,
)
from dealvoice.storage.usage import READS, TOKENS
from dealvoice.storage.waiting import Waiting
from dealvoice.workflows.app import App
from dealvoice.workflows.setup.ending import WARN_BEFORE

VENDORS = ("quickbooks", "pipedrive")
LONG = timedelta(minutes=15)
"""What waits for longer is behind: a lost event may cost as much, and no more."""


@dataclass(frozen=True, slots=True)
class Health:
    """How one process and its store are."""

    pulse: Pulse
    now: datetime
    answers: bool
    """The database does."""
    waiting: Waiting | None = None
    """None where the store was not asked, or did not answer."""

    @property
    def is_ready(self) -> bool:
        """Whether requests should be sent here."""
        return self.answers and self.pulse.launched

    @property
    def parts(self) -> dict[str, bool]:
        """Whether each part is well. The first two make a process unready, the others ask to be looked at."""
        return {
            "database": self.answers,
            "engine": self.pulse.launched,
            "schedules": all(beat.is_well for beat in self.pulse.beats),
            "backlog": self.waiting is not None and max(self.sweep_overdue, *self.inbox_age.values()) < LONG,
        }

    @property
    def sweep_overdue(self) -> timedelta:
        """How long the comparison that is due longest is overdue."""
        return self._age(self.waiting.sweep_due if self.waiting else None)

    @property
    def sweep_age(self) -> timedelta:
        """Time since the last good comparison of the company that waits longest."""
        return self._age(self.waiting.sweep_oldest if self.waiting else None)

    @property
    def operation_age(self) -> timedelta:
        """Age of the oldest operation that is not final; it may wait for a vendor that is away."""
        return self._age(self.waiting.oldest_operation if self.waiting else None)

    @property
    def inbox_age(self) -> dict[str, timedelta]:
        """Age of the oldest mark that was not read, by vendor."""
        return {vendor: self._age(self.waiting.oldest_mark[vendor] if self.waiting else None) for vendor in VENDORS}

    def _age(self, at: datetime | None) -> timedelta:
        return timedelta(0) if at is None else max(timedelta(0), self.now - at)


def glance(app: App) -> Health:
    """Look whether the store answers; raises what it raises when not."""
    with app.database.everyone_read() as lobby:
        lobby.tenants.of_company(0)
    return Health(app.engine.pulse(), app.now(), answers=True)


def health(app: App) -> Health:
    """Look at all of it: some aggregates of the store, the rest from memory; no vendor is asked. Raises as ``glance``."""
    with app.database.everyone_read() as lobby:
        waiting = lobby.waiting.all()
    return Health(app.engine.pulse(), app.now(), answers=True, waiting=waiting)


def blind(app: App) -> Health:
    """Tell what is known where the store does not answer."""
    return Health(app.engine.pulse(), app.now(), answers=False)


def measure(app: App, seen: Health) -> None:
    """Set every gauge to what was seen; counters count by themselves."""
    for part, well in seen.parts.items():
        READY.labels(part).set(well)
    for beat in seen.pulse.beats:
        SCHEDULE_AGE.labels(beat.name).set((beat.busy or beat.idle).total_seconds())
    if seen.waiting is None:
        return
    OPERATIONS_WAITING.clear()
    for kind, count in seen.waiting.operations.items():
        OPERATIONS_WAITING.labels(kind).set(count)
    for state in ("live", "needs_reconnect"):
        CONNECTIONS.labels(state).set(seen.waiting.connections.get(state, 0))
    for vendor, age in seen.inbox_age.items():
        INBOX_WAITING.labels(vendor).set(seen.waiting.inbox[vendor])
        INBOX_AGE.labels(vendor).set(age.total_seconds())
    OPERATIONS_AGE.set(seen.operation_age.total_seconds())
    SWEEP_OVERDUE.set(seen.sweep_overdue.total_seconds())
    SWEEP_AGE.set(seen.sweep_age.total_seconds())
    with app.database.everyone_read() as lobby:
        ENDING.set(len(lobby.waiting.ending(seen.now + WARN_BEFORE)))
        reads, _ = lobby.waiting.used(READS, month_of(seen.now))
        _, tokens = lobby.waiting.used(TOKENS, day_of(seen.now))
    for budget, used, allowed in ((READS, reads, app.reads_allowed), (TOKENS, tokens, app.tokens_allowed)):
        BUDGET_USED.labels(budget).set(used)
        BUDGET_LEFT.labels(budget).set(max(0, allowed - used))


def told(seen: Health) -> dict[str, object]:
    """Return it as plain values, for JSON; ages in whole seconds."""
    found: dict[str, object] = {"ready": seen.is_ready, "parts": seen.parts, "at_work": seen.pulse.at_work}
    found["schedules"] = {
        beat.name: {"well": beat.is_well, "idle": _seconds(beat.idle), "busy": _seconds(beat.busy or timedelta(0))}
        for beat in seen.pulse.beats
    }
    if seen.waiting is not None:
        found |= {
            "operations": seen.waiting.operations,
            "operations_oldest": _seconds(seen.operation_age),
            "inbox": seen.waiting.inbox,
            "inbox_oldest": {vendor: _seconds(age) for vendor, age in seen.inbox_age.items()},
            "sweep_overdue": _seconds(seen.sweep_overdue),
            "sweep_oldest": _seconds(seen.sweep_age),
            "connections": seen.waiting.connections,
        }
    return found


def _seconds(time: timedelta) -> int:
    return round(time.total_seconds())
