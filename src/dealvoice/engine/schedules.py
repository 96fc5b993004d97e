"""
Repeated work in threads: a timetable that lives and dies with the process. Shared by engines that run in real time.

Where several processes keep the same timetable, each asks for its turn first, so that a piece of work is done by one of
them at a time, and once an interval over all. Work that divides itself may be shared: while one is still at it, another
joins in an interval later.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from dealvoice.engine.port import Beat, UnknownSchedule
from dealvoice.observability import SCHEDULE_FAILURES, get_logger

_log = get_logger(__name__)

_ASK_EVERY: Final = timedelta(seconds=2)
"""How often a process asks whether it is its turn; at most one short statement a second for the whole timetable."""

_GATHER: Final = 0.2
"""Seconds between two times: what wakes the work meanwhile is done together. The first wake never waits."""


class Turns(Protocol):
    """Says whose turn it is, over several processes."""

    def take_turn(self, name: str, interval: timedelta, *, woken: bool, shared: bool = False) -> bool:
        """Claim the work for this time; False when somebody is at it who does not share it, or did it within the interval."""

    def end_turn(self, name: str) -> None:
        """Say that it is done for this time."""


@dataclass(slots=True, eq=False)
class _Schedule:
    name: str
    interval: timedelta
    work: Callable[[], None]
    shared: bool = False
    due: threading.Event = field(default_factory=threading.Event)
    """Set by ``wake`` and by the end of the timetable."""
    thread: threading.Thread | None = None
    idle_since: float = 0.0
    """By the monotonic clock: when it last ended, or was left to another process."""
    busy_since: float | None = None


class Schedules:
    """A thread for each piece of repeated work. ``begin`` once, ``end`` once; works may be added before and between."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._schedules: dict[str, _Schedule] = {}
        self._threads: list[threading.Thread] = []
        self._begun = False
        self._ended = threading.Event()
        self._turns: Turns | None = None

    def add(self, name: str, interval: timedelta, work: Callable[[], None], *, shared: bool = False) -> None:
        """Put work on the timetable; it is first done soon after ``begin``, or soon when that was before."""
        if interval <= timedelta(0):
            raise ValueError(f"schedule {name} needs an interval above zero")
        schedule = _Schedule(name, interval, work, shared)
        with self._lock:
            if name in self._schedules:
                raise ValueError(f"schedule {name} exists already")
            self._schedules[name] = schedule
            if self._begun:
                self._spawn(schedule)

    def begin(self, turns: Turns | None = None) -> None:
        """Start the timetable; with ``turns`` it is one that several processes keep."""
        with self._lock:
            self._begun, self._turns = True, turns
            for schedule in self._schedules.values():
                self._spawn(schedule)

    def wake(self, name: str) -> None:
        """Have the work done now, or once more when it is under way."""
        with self._lock:
            schedule = self._schedules.get(name)
        if schedule is None:
            raise UnknownSchedule(name)
        schedule.due.set()

    def beats(self) -> tuple[Beat, ...]:
        """Tell how each piece of work is; nothing before ``begin``."""
        now = time.monotonic()
        with self._lock:
            begun = [one for one in self._schedules.values() if one.thread is not None]
        return tuple(
            Beat(
                one.name, alive=one.thread is not None and one.thread.is_alive(), interval=one.interval,
                idle=timedelta(seconds=now - one.idle_since),
                busy=None if (busy := one.busy_since) is None else timedelta(seconds=now - busy),
            )
            for one in begun
        )  # fmt: skip

    def end(self, *, patience: timedelta) -> bool:
        """Begin nothing more and wait for what is under way. Returns whether all of it ended in time."""
        self._ended.set()
        with self._lock:
            threads, self._threads = self._threads, []
            for schedule in self._schedules.values():
                schedule.due.set()
        for thread in threads:
            thread.join(patience.total_seconds())
        return not any(thread.is_alive() for thread in threads)

    def _spawn(self, schedule: _Schedule) -> None:
        thread = threading.Thread(target=self._repeat, args=(schedule,), name=f"every-{schedule.name}", daemon=True)
        self._threads.append(thread)
        schedule.thread, schedule.idle_since = thread, time.monotonic()
        thread.start()

    def _repeat(self, schedule: _Schedule) -> None:
        while not self._ended.is_set():
            woken = schedule.due.is_set()
            schedule.due.clear()
            if self._ended.is_set():  # set between the look and the clearing
                return
            schedule.busy_since = time.monotonic()
            work = schedule.work if self._turns is None else partial(self._in_turn, schedule, woken=woken)
            had_turn = run_logged(schedule.name, work)
            schedule.idle_since, schedule.busy_since = time.monotonic(), None
            self._ended.wait(_GATHER)
            if self._turns is None:
                schedule.due.wait(schedule.interval.total_seconds())
                continue
            # A wake that came while another process was at it is asked for again, not lost.
            if woken and not had_turn:
                schedule.due.set()
            schedule.due.wait(min(schedule.interval, _ASK_EVERY).total_seconds())

    def _in_turn(self, schedule: _Schedule, *, woken: bool) -> bool:
        """Do the work if it is our turn; tell whether it was."""
        turns = self._turns
        if turns is None or not turns.take_turn(schedule.name, schedule.interval, woken=woken, shared=schedule.shared):
            return False
        try:
            schedule.work()
        finally:
            turns.end_turn(schedule.name)
        return True


def run_logged(name: str, work: Callable[[], bool | None]) -> bool:
    """Do a schedule's work once; what it raises is logged and counted, never passed on. Tells what the work told."""
    try:
        return bool(work())
    except Exception:  # noqa: BLE001 - told by log and counter; the engine goes on
        SCHEDULE_FAILURES.labels(schedule=name).inc()
        _log.exception("schedule_failed", schedule=name)
        return False
