"""
An engine for tests: deterministic, in memory, without threads and without a clock of its own.

Nothing runs by itself: ``start`` puts a run in line, ``run_pending`` runs steps, ``advance`` moves the virtual clock,
``run_schedule`` does a schedule's work. To play the end of a process, drop the engine and build another: with the
``memory`` of the old one it takes up what was left, as the durable engine does from its file; with none it plays the
loss of that file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from dealvoice.engine.port import Outcome, Pulse, Task, UnknownSchedule, UnknownTask
from dealvoice.engine.schedules import run_logged


class _State(StrEnum):
    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class _Run:
    task: str
    state: _State = _State.UNDER_WAY
    next_step: int = 0
    due: timedelta = timedelta(0)
    attempts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """What an engine keeps across processes."""

    runs: dict[str, _Run] = field(default_factory=dict)
    now: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that ended in an exception."""

    operation_id: str
    task: str
    step: str
    error: Exception


class SyncEngine:
    """The port, driven by hand. See ``port.Engine`` for what each method means."""

    def __init__(self, *, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.failures: list[Failure] = []
        """Every exception of a step so far, newest last."""
        self._tasks: dict[str, Task] = {}
        self._schedules: dict[str, Callable[[], None]] = {}
        self._woken: list[str] = []
        self._launched = False

    def register(self, tasks: Sequence[Task]) -> None:
        """Make tasks known, before launch."""
        if self._launched:
            raise RuntimeError("tasks are registered before launch")
        for task in tasks:
            if task.name in self._tasks:
                raise ValueError(f"task {task.name} is registered already")
            self._tasks[task.name] = task

    def launch(self) -> None:
        """Open for work; runs of a given memory are in line again."""
        self._launched = True

    def start(self, operation_id: str, task: str) -> None:
        """Put a run in line, unless it is there already or finished well."""
        if task not in self._tasks:
            raise UnknownTask(task)
        if not self._launched:
            raise RuntimeError("the engine is not launched")
        known = self.memory.runs.get(operation_id)
        if known is None:
            self.memory.runs[operation_id] = _Run(task, due=self.memory.now)
            return
        if known.task != task:
            raise ValueError(f"operation {operation_id} runs {known.task}, not {task}")
        if known.state is _State.FAILED:
            known.state, known.due = _State.UNDER_WAY, self.memory.now

    def every(self, name: str, interval: timedelta, work: Callable[[], None], *, shared: bool = False) -> None:
        """Remember repeated work; it is done only by ``run_schedule`` and after ``wake``."""
        del shared
        if interval <= timedelta(0):
            raise ValueError(f"schedule {name} needs an interval above zero")
        if name in self._schedules:
            raise ValueError(f"schedule {name} exists already")
        self._schedules[name] = work

    def wake(self, name: str) -> None:
        """Have a schedule's work done by the next ``run_pending``."""
        if name not in self._schedules:
            raise UnknownSchedule(name)
        if name not in self._woken:
            self._woken.append(name)

    def is_running(self, operation_id: str) -> bool:
        """Whether a run is in line or waits for the clock."""
        run = self.memory.runs.get(operation_id)
        return run is not None and run.state is _State.UNDER_WAY

    def pulse(self) -> Pulse:
        """Tell whether it is launched; nothing runs by itself."""
        return Pulse(launched=self._launched)

    def close(self, *, wait: bool = True) -> None:
        """Stop; what is unfinished stays in ``memory``. Nothing is ever under way here, so there is nothing to wait for."""
        del wait
        self._launched = False

    def run_pending(self, limit: int = 1000) -> int:
        """
        Do woken schedules, then run what is due, one step at a time and oldest start first, until nothing is due.

        Returns:
            How many steps were run.

        Raises:
            RuntimeError: Steps were still due after ``limit`` of them.
            BaseException: What a step raised outside ``Exception``; its run is left unfinished.
        """
        ran = 0
        while True:
            while self._woken:
                self.run_schedule(self._woken.pop(0))
            operation_id = self._next_due()
            if operation_id is None:
                return ran
            if ran >= limit:
                raise RuntimeError(f"steps are still due after {limit}")
            self._run_one(operation_id)
            ran += 1

    def advance(self, by: timedelta) -> None:
        """Move the virtual clock; what becomes due is run by the next ``run_pending``."""
        if by < timedelta(0):
            raise ValueError("the clock does not go back")
        self.memory.now += by

    def run_schedule(self, name: str) -> None:
        """Do a schedule's work once, here and now; what it raises is logged, as in the durable engine."""
        if name not in self._schedules:
            raise UnknownSchedule(name)
        run_logged(name, self._schedules[name])

    def _next_due(self) -> str | None:
        for operation_id, run in self.memory.runs.items():
            if run.state is _State.UNDER_WAY and run.due <= self.memory.now and run.task in self._tasks:
                return operation_id
        return None

    def _run_one(self, operation_id: str) -> None:
        if not self._launched:
            raise RuntimeError("the engine is not launched")
        run = self.memory.runs[operation_id]
        task = self._tasks[run.task]
        name, step = task.steps[run.next_step]
        attempt = run.attempts[name] = run.attempts.get(name, 0) + 1
        try:
            result = step(operation_id, attempt)
        except Exception as error:  # noqa: BLE001 - the port's promise: anything a step raises ends the run, not the engine
            run.state = _State.FAILED
            self.failures.append(Failure(operation_id, run.task, name, error))
            return
        if result is not None and result.outcome is Outcome.AGAIN:
            run.due = self.memory.now + result.after
            self.memory.runs[operation_id] = self.memory.runs.pop(operation_id)  # to the end of the line
            return
        run.next_step += 1
        if run.next_step == len(task.steps):
            run.state = _State.DONE
