"""
Many processes on one database: who is alive, whose work is orphaned, whose turn it is.

Time is the database's own clock throughout, so that processes whose clocks differ agree on who is dead. PostgreSQL only;
on SQLite one process holds everything (``executors.ExclusiveLock``).
"""

import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Boolean, Column, DateTime, Engine, String, Table, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dealvoice.storage.fence import EXECUTORS, SHARED, Process

DEAD_AFTER: Final = timedelta(seconds=15)
"""Silence after which a process counts as dead and its work is taken over; it says five times as often that it lives."""

_executors = EXECUTORS
_turns = Table(
    "dealvoice_turns",
    SHARED,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("busy", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
_NOW = func.clock_timestamp()
_CUT = text(
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = ANY(:buried)"
)
_TRUST = 0.9
"""Share of the silence after which a process doubts itself: before the others can."""


class Fleet:
    """The processes of one installation, as one of them sees it. Every call is one short transaction."""

    def __init__(self, database: Engine, process: Process | None = None, *, dead_after: timedelta = DEAD_AFTER) -> None:
        self._database, self.dead_after = database, dead_after
        self.process = process or Process()

    @property
    def id(self) -> str:
        """Who we are."""
        return self.process.id

    def enter(self) -> None:
        """Make the tables when they are missing, and say that we are alive."""
        at = self.process.tick()
        with self._database.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310512)")  # two processes may start at once
            SHARED.create_all(connection)
            values = {"id": self.id, "host": socket.gethostname()[:255], "begun_at": _NOW, "seen_at": _NOW}
            connection.execute(insert(_executors).values(**values))
        self.process.confirm(at, self.dead_after * _TRUST)

    def beat(self) -> bool:
        """Say that we are alive; False when we were taken for dead, so that our work is somebody else's now."""
        at = self.process.tick()
        with self._database.begin() as connection:
            done = connection.execute(update(_executors).where(_executors.c.id == self.id).values(seen_at=_NOW))
        if done.rowcount == 1:
            self.process.confirm(at, self.dead_after * _TRUST)
        return done.rowcount == 1

    def leave(self) -> None:
        """Say that we are going: what we leave behind may be taken over at once."""
        with self._database.begin() as connection:
            connection.execute(delete(_executors).where(_executors.c.id == self.id))

    def bury(self) -> list[str]:
        """
        Take the processes that fell silent for dead: for good, whether they ever wake up again or not.

        Their connections are cut, so that what they were writing is undone and nobody waits for their locks; those of
        another role cannot be, and end by the time-out of an idle transaction.

        Returns:
            Who they were.
        """
        with self._database.begin() as connection:
            silent = delete(_executors).where(_executors.c.seen_at < _NOW - self.dead_after).returning(_executors.c.id)
            buried = list(connection.scalars(silent))
        if buried:
            with self._database.begin() as connection:
                connection.execute(_CUT, {"buried": buried})
        return buried

    def alive(self) -> Sequence[str]:
        """Return everybody who was seen of late, the eldest first."""
        with self._database.connect() as connection:
            there = select(_executors.c.id).where(_executors.c.seen_at >= _NOW - self.dead_after)
            return list(connection.scalars(there.order_by(_executors.c.begun_at, _executors.c.id)))

    def known(self) -> Sequence[str]:
        """Return everybody who was not buried, us included, the eldest first."""
        with self._database.connect() as connection:
            there = select(_executors.c.id).order_by(_executors.c.begun_at, _executors.c.id)
            return list(connection.scalars(there))

    def take_turn(self, name: str, interval: timedelta, *, woken: bool) -> bool:
        """
        Claim a piece of repeated work for this time, unless somebody is at it or did it within the interval.

        Args:
            name: The schedule's name.
            interval: Pause between two ends of the work, over all processes.
            woken: Somebody asked for it now: the interval does not count.
        """
        with self._database.begin() as connection:
            first = upsert(_turns).values(name=name, holder="", busy=False, at=_NOW - interval - timedelta(days=1))
            connection.execute(first.on_conflict_do_nothing())
            here = select(_executors.c.id).where(_executors.c.seen_at >= _NOW - self.dead_after)
            # Who asks is not at it: if the row says so, its end could not be told. A moment ahead of the clock was
            # written before that was set back.
            free = or_(_turns.c.busy.is_(False), _turns.c.holder == self.id, _turns.c.holder.not_in(here))
            due = [] if woken else [or_(_turns.c.at <= _NOW - interval, _turns.c.at > _NOW)]
            claim = update(_turns).where(_turns.c.name == name, free, *due).values(holder=self.id, busy=True, at=_NOW)
            return connection.execute(claim).rowcount == 1

    def wake(self, name: str) -> None:
        """Have repeated work done soon by whoever does it: its interval counts as over."""
        with self._database.begin() as connection:
            connection.execute(update(_turns).where(_turns.c.name == name).values(at=_NOW - timedelta(days=1)))

    def end_turn(self, name: str) -> None:
        """Say that the work is done for this time."""
        with self._database.begin() as connection:
            ours = (_turns.c.name == name) & (_turns.c.holder == self.id)
            connection.execute(update(_turns).where(ours).values(busy=False, at=_NOW))
