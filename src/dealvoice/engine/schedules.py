"""Repeated work in threads: a timetable that lives and dies with the process. Shared by engines that run in real time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from dealvoice.engine.port import UnknownSchedule
from dealvoice.observability import SCHEDULE_FAILURES, get_logger

_log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Schedule:
    name: str
    interval: timedelta
    work: Callable[[], None]
    due: threading.Event = field(default_factory=threading.Event)
    """Set by ``wake`` and by the end of the timetable."""


class Schedules:
    """A thread for each piece of repeated work. ``begin`` once, ``end`` once; works may be added before and between."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._schedules: dict[str, _Schedule] = {}
        self._threads: list[threading.Thread] = []
        self._begun = False
        self._ended = threading.Event()

    def add(self, name: str, interval: timedelta, work: Callable[[], None]) -> None:
        """Put work on the timetable; it is first done soon after ``begin``, or soon when that was before."""
        if interval <= timedelta(0):
            raise ValueError(f"schedule {name} needs an interval above zero")
        schedule = _Schedule(name, interval, work)
        with self._lock:
            if name in self._schedules:
                raise ValueError(f"schedule {name} exists already")
            self._schedules[name] = schedule
            if self._begun:
                self._spawn(schedule)

    def begin(self) -> None:
        """Start the timetable."""
        with self._lock:
            self._begun = True
            for schedule in self._schedules.values():
                self._spawn(schedule)

    def wake(self, name: str) -> None:
        """Have the work done now, or once more when it is under way."""
        with self._lock:
            schedule = self._schedules.get(name)
        if schedule is None:
            raise UnknownSchedule(name)
        schedule.due.set()

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
        thread.start()

    def _repeat(self, schedule: _Schedule) -> None:
        while not self._ended.is_set():
            schedule.due.clear()
            if self._ended.is_set():  # set between the look and the clearing
                return
            run_logged(schedule.name, schedule.work)
            schedule.due.wait(schedule.interval.total_seconds())


def run_logged(name: str, work: Callable[[], None]) -> None:
    """Do a schedule's work once; what it raises is logged and counted, never passed on."""
    try:
        work()
    except Exception:  # noqa: BLE001 - told by log and counter; the engine goes on
        SCHEDULE_FAILURES.labels(schedule=name).inc()
        _log.exception("schedule_failed", schedule=name)
