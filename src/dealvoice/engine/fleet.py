"""
Many processes on one database: who is alive, whose work is orphaned, whose turn it is.

Time is the database's own clock throughout, so that processes whose clocks differ agree on who is dead. PostgreSQL only;
on SQLite one process holds everything (``executors.ExclusiveLock``).
"""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

DEAD_AFTER: Final = timedelta(seconds=15)
"""Silence after which a process counts as dead and its work is taken over; it says five times as often that it lives."""

_metadata = MetaData()
_executors = Table(
    "dealvoice_executors",
    _metadata,
    Column("id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
_turns = Table(
    "dealvoice_turns",
    _metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("busy", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
_NOW = func.clock_timestamp()


class Fleet:
    """The processes of one installation, as one of them sees it. Every call is one short transaction."""

    def __init__(self, database: Engine, *, dead_after: timedelta = DEAD_AFTER) -> None:
        self._database, self.dead_after = database, dead_after
        self.id = f"{socket.gethostname()[:24]}-{os.getpid()}-{uuid4().hex[:12]}"
        """Who we are: never used twice, so that nobody takes up work of ours while we are alive."""

    def enter(self) -> None:
        """Make the tables when they are missing, and say that we are alive."""
        with self._database.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310512)")  # two processes may start at once
            _metadata.create_all(connection)
            values = {"id": self.id, "host": socket.gethostname()[:255], "begun_at": _NOW, "seen_at": _NOW}
            connection.execute(insert(_executors).values(**values))

    def beat(self) -> bool:
        """Say that we are alive; False when we were taken for dead, so that our work is somebody else's now."""
        with self._database.begin() as connection:
            done = connection.execute(update(_executors).where(_executors.c.id == self.id).values(seen_at=_NOW))
            return done.rowcount == 1

    def leave(self) -> None:
        """Say that we are going: what we leave behind may be taken over at once."""
        with self._database.begin() as connection:
            long_ago = _NOW - timedelta(days=1)
            connection.execute(update(_executors).where(_executors.c.id == self.id).values(seen_at=long_ago))

    def bury(self) -> list[str]:
        """Forget the processes that fell silent; once all their work was handed on. Returns who they were."""
        with self._database.begin() as connection:
            silent = delete(_executors).where(_executors.c.seen_at < _NOW - self.dead_after).returning(_executors.c.id)
            return list(connection.scalars(silent))

    def alive(self) -> Sequence[str]:
        """Return everybody who is alive, us included, the eldest first."""
        with self._database.connect() as connection:
            there = select(_executors.c.id).where(_executors.c.seen_at >= _NOW - self.dead_after)
            return list(connection.scalars(there.order_by(_executors.c.begun_at, _executors.c.id)))

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
            free = or_(_turns.c.busy.is_(False), _turns.c.holder.not_in(here))
            due = [] if woken else [_turns.c.at <= _NOW - interval]
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
