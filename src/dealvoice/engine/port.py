"""
The port of durable execution: what the product may ask of an engine, whichever engine it is.

A task is a named list of steps. A run of a task is named by the id of an operation, a row of our own store, and that
row is the truth: an engine only remembers which steps of a run are finished and how often each was begun. Losing an
engine's memory therefore loses no work; a sweeper starts every operation that is not final again.

Read ``durable`` for the engine of the product, ``testing`` for the deterministic one, ``schedules`` for repeated work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """How a step ended, short of an exception."""

    DONE = "done"
    """Finished for good; the next step follows and this one is never run again."""
    AGAIN = "again"
    """Not finished; run the same step once more after a while."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step hands back; ``None`` in its place means done."""

    outcome: Outcome
    after: timedelta = timedelta(0)
    """How long to wait before the step is run again; counts only for ``AGAIN``."""

    def __post_init__(self) -> None:
        """Refuse a wait that lies in the past."""
        if self.after < timedelta(0):
            raise ValueError("a step cannot be run again in the past")


DONE = StepResult(Outcome.DONE)


def again(after: timedelta) -> StepResult:
    """Answer of a step that wants to be run once more after a while."""
    return StepResult(Outcome.AGAIN, after)


Step = Callable[[str, int], StepResult | None]
"""
One step: called with the operation's id and the attempt, 1 for the first.

The attempt counts every time the step was begun, also when the process died in it, so anything above 1 means *look
before you act*. 1 means that this engine remembers no earlier attempt. A step that raises ends the run; a later
``start`` goes on from that step. A step that raises a ``BaseException`` outside ``Exception`` plays a stop of the
process: the run is left unfinished.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A named list of steps, run in order. The order of a released task never changes."""

    name: str
    """``noun.verb``, such as ``invoice.create``."""
    steps: tuple[tuple[str, Step], ...]
    """Name and function of each step; names are unique within the task and are part of what is remembered."""

    def __post_init__(self) -> None:
        """Refuse a task that could not be remembered."""
        names = [name for name, _ in self.steps]
        if not names:
            raise ValueError(f"task {self.name} has no steps")
        if len(set(names)) != len(names):
            raise ValueError(f"task {self.name} names a step twice")


@dataclass(frozen=True, slots=True)
class Beat:
    """How one piece of repeated work is, as one process sees it."""

    name: str
    alive: bool
    """Its thread runs."""
    interval: timedelta
    idle: timedelta
    """Since it last ended here, or was left to another process; since the launch when it never did."""
    busy: timedelta | None = None
    """How long it has been at work; None while it waits."""

    @property
    def is_well(self) -> bool:
        """Whether it runs, and neither hangs nor was forgotten."""
        return self.alive and max(self.busy or timedelta(0), self.idle - self.interval) < HANGS_AFTER


@dataclass(frozen=True, slots=True)
class Pulse:
    """How an engine is."""

    launched: bool
    """It takes work: launched, not closing, and not taken for dead by the others."""
    at_work: int = 0
    """Runs that have a thread of this process."""
    beats: tuple[Beat, ...] = ()
    """The timetable; empty where another process keeps it."""


HANGS_AFTER = timedelta(minutes=15)
"""Repeated work that takes longer, or was not done for so long over its interval, hangs."""


class UnknownTask(LookupError):
    """No task of that name is registered."""


class UnknownSchedule(LookupError):
    """No schedule of that name exists."""


class Engine(Protocol):
    """Durable execution as the product sees it. Every method may be called from any thread."""

    def register(self, tasks: Sequence[Task]) -> None:
        """Make tasks known. Only before ``launch``; a name may be registered once."""

    def launch(self) -> None:
        """Open the engine's files, take up the runs that an earlier process left unfinished, begin the schedules."""

    def start(self, operation_id: str, task: str) -> None:
        """
        Run a task for an operation, in the background.

        Safe to repeat: nothing happens while the run is under way or once it finished well. A run that ended in an
        error goes on from its first unfinished step, its attempts counted on.

        Raises:
            UnknownTask: No such task is registered.
        """

    def every(self, name: str, interval: timedelta, work: Callable[[], None], *, shared: bool = False) -> None:
        """
        Do something again and again: soon after launch, then one interval after each end.

        Never twice at once within a process; an exception is logged and counted, and the next time comes as usual.
        Nothing is remembered: the work itself must be safe to repeat.

        Args:
            name: The schedule's name.
            interval: From an end to the next begin.
            work: What is done.
            shared: Several processes may be at it at once, for the work claims what it does piece by piece; without,
                one at a time where processes share a database.
        """

    def wake(self, name: str) -> None:
        """
        Do a schedule's work now, or once more after the present time when it is under way.

        Raises:
            UnknownSchedule: No such schedule exists.
        """

    def is_running(self, operation_id: str) -> bool:
        """Whether a run of the operation is under way or waits for its turn."""

    def pulse(self) -> Pulse:
        """Tell how it is; from memory, at once."""

    def close(self, *, wait: bool = True) -> None:
        """
        Stop: begin no further step, and leave unfinished runs to the next launch.

        Args:
            wait: Let the steps and schedules under way come to their end first (bounded by the engine's patience).
        """
