"""
Many processes on one database: who is alive, whose work is orphaned, whose turn it is.

Time is the database's own clock throughout, so that processes whose clocks differ agree on who is dead. PostgreSQL only;
on SQLite one process holds everything (``executors.ExclusiveLock``).

A process without work asks little: what is one statement is sent without a transaction around it, and before it tries
for a turn it looks at all turns together, once a second for all of its threads.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    String,
    Table,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
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
_buried = Table("dealvoice_buried", SHARED, Column("id", String(64), primary_key=True))
"""A row for each process that was taken for dead, until all that it held is ended: who was about to may die of it too."""
_NOW = func.clock_timestamp()
_CUT = text(
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = ANY(:buried)"
)
_TRUST = 0.9
"""Share of the silence after which a process doubts itself: before the others can."""
_WOKEN = timedelta(days=1)
"""Age of a turn that somebody asked for: longer than any turn takes, and than any interval."""
_LOOK_HOLDS = 1.0
"""Seconds for which one look at all turns is believed."""


class _Turn(NamedTuple):
    """A turn as it was when it was looked at."""

    is_free: bool
    age: timedelta
    """Since it was last taken or ended; below zero when a clock was set back."""


class Fleet:
    """The processes of one installation, as one of them sees it. Every call is short, and may come from any thread."""

    def __init__(self, database: Engine, process: Process | None = None, *, dead_after: timedelta = DEAD_AFTER) -> None:
        self._database, self.dead_after = database, dead_after
        self.process = process or Process()
        self._looking = threading.Lock()
        self._looked_at = float("-inf")
        self._turns: dict[str, _Turn] = {}

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
        with self._one_statement() as connection:
            done = connection.execute(update(_executors).where(_executors.c.id == self.id).values(seen_at=_NOW))
        if done.rowcount == 1:
            self.process.confirm(at, self.dead_after * _TRUST)
        return done.rowcount == 1

    def leave(self) -> None:
        """Say that we are going: what we leave behind may be taken over at once."""
        with self._one_statement() as connection:
            connection.execute(delete(_executors).where(_executors.c.id == self.id))

    def bury(self) -> list[str]:
        """
        Take the processes that fell silent for dead: for good, whether they ever wake up again or not.

        Their connections are cut, so that what they were writing is undone and nobody waits for their locks; those of
        another role cannot be, and end by the time-out of an idle transaction.

        Returns:
            Who they were, and who was buried before and not said to be settled: what they held is still to be ended.
        """
        silent = delete(_executors).where(_executors.c.seen_at < _NOW - self.dead_after).returning(_executors.c.id)
        gone = silent.cte("gone")
        with self._one_statement() as connection:
            connection.execute(upsert(_buried).from_select(["id"], select(gone.c.id)).on_conflict_do_nothing())
            buried = list(connection.scalars(select(_buried.c.id).order_by(_buried.c.id)))
            if buried:
                connection.execute(_CUT, {"buried": buried})
        return buried

    def settle(self, buried: Sequence[str]) -> None:
        """Say that nothing is held any more by these buried processes."""
        with self._one_statement() as connection:
            connection.execute(delete(_buried).where(_buried.c.id.in_(buried)))

    def alive(self) -> Sequence[str]:
        """Return everybody who was seen of late, the eldest first."""
        with self._one_statement() as connection:
            there = select(_executors.c.id).where(_executors.c.seen_at >= _NOW - self.dead_after)
            return list(connection.scalars(there.order_by(_executors.c.begun_at, _executors.c.id)))

    def known(self) -> Sequence[str]:
        """Return everybody who was not buried, us included, the eldest first."""
        with self._one_statement() as connection:
            there = select(_executors.c.id).order_by(_executors.c.begun_at, _executors.c.id)
            return list(connection.scalars(there))

    def take_turn(self, name: str, interval: timedelta, *, woken: bool, shared: bool = False) -> bool:
        """
        Claim a piece of repeated work for this time, unless somebody is at it or did it within the interval.

        Args:
            name: The schedule's name.
            interval: Pause between two ends of the work, over all processes.
            woken: Somebody asked for it now: the interval does not count.
            shared: Several may be at it at once: they begin an interval apart, and each claims its own pieces.
        """
        if not woken and not self._may_be_due(name, interval, shared=shared):
            return False
        # A moment ahead of the clock was written before that was set back.
        due = [] if woken else [or_(_turns.c.at <= _NOW - interval, _turns.c.at > _NOW)]
        free = [] if shared else [self._is_free()]
        ours = {"holder": self.id, "busy": True, "at": _NOW}
        claim = update(_turns).where(_turns.c.name == name, *free, *due).values(**ours)
        with self._one_statement() as connection:
            taken = connection.execute(claim).rowcount == 1
            if not taken:  # or nobody ever took it
                first = upsert(_turns).values(name=name, **ours).on_conflict_do_nothing().returning(_turns.c.name)
                taken = connection.execute(first).first() is not None
        self._forget_look()
        return taken

    def wake(self, name: str) -> None:
        """Have repeated work done soon by whoever does it: its interval counts as over."""
        with self._one_statement() as connection:
            connection.execute(update(_turns).where(_turns.c.name == name).values(at=_NOW - _WOKEN))
        self._forget_look()

    def end_turn(self, name: str) -> None:
        """Say that the work is done for this time."""
        ours = (_turns.c.name == name) & (_turns.c.holder == self.id)
        woken = _turns.c.at < _NOW - _WOKEN / 2  # meanwhile: what it was woken for may not be in what was done
        with self._one_statement() as connection:
            connection.execute(update(_turns).where(ours).values(busy=False, at=case((woken, _turns.c.at), else_=_NOW)))
        self._forget_look()

    def _is_free(self) -> ColumnElement[bool]:
        """Whether nobody else is at it. Who asks is not at it: if the row says so, its end could not be told."""
        here = select(_executors.c.id).where(_executors.c.seen_at >= _NOW - self.dead_after)
        return or_(_turns.c.busy.is_(False), _turns.c.holder == self.id, _turns.c.holder.not_in(here))

    def _may_be_due(self, name: str, interval: timedelta, *, shared: bool) -> bool:
        """Tell by the last look at all turns whether it is worth trying for one; what nobody ever took is."""
        with self._looking:
            since = self.process.tick() - self._looked_at
            if since > _LOOK_HOLDS:
                asked = select(_turns.c.name, self._is_free(), (_NOW - _turns.c.at))
                with self._one_statement() as connection:
                    self._turns = {row[0]: _Turn(row[1], row[2]) for row in connection.execute(asked)}
                since, self._looked_at = 0.0, self.process.tick()
            turn = self._turns.get(name)
        if turn is None:
            return True
        return (turn.is_free or shared) and not timedelta(0) <= turn.age < interval - timedelta(seconds=since)

    def _forget_look(self) -> None:
        with self._looking:
            self._looked_at = float("-inf")

    @contextmanager
    def _one_statement(self) -> Iterator[Connection]:
        """Open a connection on which each statement stands for itself: no BEGIN and COMMIT are sent around it."""
        with self._database.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")
