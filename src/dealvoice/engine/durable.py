"""
The product's engine: DBOS Transact, which keeps a journal of finished steps in a database of its own.

The only module that knows DBOS. How a run maps onto it: the workflow's id is the operation's id, its name the task's,
its one input the operation's id; each attempt of a step is one journal entry holding a small verdict (done, again and
when, failed) and never a text of the outside world. Runs are started directly, in a thread of this process; DBOS's
queue is used only to take up what an earlier process, or an error, left behind.

Facts of DBOS 3.4 that shaped this module:

- It is one per process, so a second engine may be launched only after the first was closed.
- Pending runs are taken up by the next launch under the same executor id and application version. Two live processes
  under one executor id run a step twice: hold ``executors.ExclusiveLock`` on SQLite, lease the id elsewhere.
- ``DBOS.sleep`` holds its thread for the whole time and with it the end of the process. A wait is therefore written
  into the journal as the moment to go on at, and waited out here, where closing can end it.
- An exception outside ``Exception`` leaves the run pending, which is what closing wants.
"""

import contextvars
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from dealvoice.engine.attempts import Attempts
from dealvoice.engine.fleet import DEAD_AFTER, Fleet
from dealvoice.engine.port import Outcome, Pulse, Step, StepResult, Task, UnknownTask
from dealvoice.engine.schedules import Schedules
from dealvoice.observability import RUNS, get_logger, log_context
from dealvoice.storage.engine import open_engine, retire
from dealvoice.storage.fence import Process, TakenForDead

APPLICATION_VERSION: Final = "wf-1"
"""Runs are taken up only by the version that began them. Raise it when the steps of a released task must change."""

_PURGE: Final = "engine.purge"
"""The schedule that forgets runs which ended long ago."""
_AT_ONCE: Final = 200

_TAKEN_OVER: Final = "taken-over"
"""The queue of runs that a dead process left; polled where background work is done."""

_LOOKED_AFTER: Final = 3.0
"""Seconds between two looks into that queue: it holds something only after a process died."""

_LOST_AFTER: Final = timedelta(seconds=15)
"""A pending run that no thread of this process holds for so long was dropped, not just begun."""

_MOST_COUNTED: Final = 10_000
"""Runs that ``unfinished_by_version`` looks at."""
_LONGEST_WAIT: Final = timedelta(minutes=10).total_seconds()
"""For waits written down by a release that did not keep how long they were."""

_log = get_logger(__name__)


class RunFailed(Exception):
    """A step raised: the run is over until somebody starts it again. Carries names only, for it is kept."""


class _Stopped(BaseException):
    """The engine closes: leave the run as it is, for the next launch."""


class _Verdict(TypedDict, total=False):
    outcome: str
    """``done``, ``again`` or ``failed``."""
    at: float
    """For ``again``: the moment to go on at, in seconds since 1970."""
    after: float
    """For ``again``: the longest to wait, whatever becomes of the clock meanwhile, in seconds."""


class _OnlyOne:
    """DBOS is one per process; so is a launched engine."""

    lock = threading.Lock()
    holder: "DurableEngine | None" = None


class DurableEngine:
    """
    Durable execution on DBOS. See ``port.Engine`` for what each method means.

    Args:
        database_url: SQLAlchemy address of the engine's own database (``sqlite:///…`` or ``postgresql+psycopg://…``),
            never the business file.
        executor_id: Who we are to DBOS on SQLite, stable across restarts. On PostgreSQL ``process`` says who we are, kept
            alive by a heartbeat (``fleet``); what a dead process left behind is taken up by the living.
        process: This process, as those that share a PostgreSQL know it; launched once.
        background: Whether the schedules run here, and what dead processes left; without, ``wake`` asks the others.
        when_lost: Called when the others took us for dead: the process must end, for its work is theirs now.
        when_buried: Called with the processes that were taken for dead, before their work is taken over, which goes on
            should it fail; and again, here or elsewhere, until it has come to its end once.
        dead_after: Silence of a process after which its work is taken over.
        patience: How long ``close`` waits for steps under way.
        kept: How long runs that ended are remembered; their operations are final, and stay.
    """

    def __init__(
        self,
        database_url: str,
        *,
        executor_id: str,
        process: Process | None = None,
        background: bool = True,
        when_lost: Callable[[], None] = lambda: None,
        when_buried: Callable[[Sequence[str]], None] = lambda _buried: None,
        dead_after: timedelta = DEAD_AFTER,
        patience: timedelta = timedelta(seconds=30),
        kept: timedelta = timedelta(days=7),
    ) -> None:
        if executor_id in {"", "local"}:  # DBOS's default, which every other process would share
            raise ValueError("the executor needs an id of its own")
        self._database_url = database_url
        self._executor_id = executor_id
        self._process = process or Process()
        self._background, self._dead_after = background, dead_after
        self._when_lost, self._when_buried = when_lost, when_buried
        self._patience, self._kept = patience, kept
        self._fleet: Fleet | None = None
        self._heart: threading.Thread | None = None
        self._tasks: dict[str, Task] = {}
        self._workflows: dict[str, Callable[[str], None]] = {}
        self._schedules = Schedules()
        self._schedules.add(_PURGE, timedelta(hours=1), self._purge)
        self._database: Database | None = None
        self._attempts: Attempts | None = None
        self._launched, self._stopping = threading.Event(), threading.Event()
        self._present: set[str] = set()
        """Operations a thread of this process is at work on."""
        self._missed: dict[str, float] = {}
        """Pending runs of ours that no thread was seen to hold, and since when."""
        self._changed = threading.Condition()

    def register(self, tasks: Sequence[Task]) -> None:
        """Make tasks known, before launch."""
        if self._database is not None:
            raise RuntimeError("tasks are registered before launch")
        for task in tasks:
            if task.name in self._tasks:
                raise ValueError(f"task {task.name} is registered already")
            self._tasks[task.name] = task

    def launch(self) -> None:
        """Open the database, take up what is pending under our executor id, begin the schedules."""
        with _OnlyOne.lock:
            if _OnlyOne.holder is not None:
                raise RuntimeError("another engine of this process is launched: close it first")
            _OnlyOne.holder = self
        try:
            self._open()
        except BaseException:
            self._shut()
            raise
        if self._background:
            self._schedules.begin(self._fleet)

    def start(self, operation_id: str, task: str) -> None:
        """Run a task for an operation, unless it runs already or finished well."""
        if task not in self._tasks:
            raise UnknownTask(task)
        if self._database is None or self._stopping.is_set():
            raise RuntimeError("the engine is not launched")
        # A step may start other operations. DBOS would file those as its children, so it must not see where we are.
        contextvars.Context().run(self._start, operation_id, task)

    def every(self, name: str, interval: timedelta, work: Callable[[], None], *, shared: bool = False) -> None:
        """Do something again and again, in a thread of this process."""
        self._schedules.add(name, interval, work, shared=shared)

    def wake(self, name: str) -> None:
        """Do a schedule's work now, here or in another process."""
        if self._background or self._fleet is None:
            self._schedules.wake(name)
        else:
            self._fleet.wake(name)

    def is_running(self, operation_id: str) -> bool:
        """Whether a run is under way or waits for its turn."""
        if self._database is None:
            return False
        status = contextvars.Context().run(DBOS.get_workflow_status, operation_id)
        if status is None or status.status not in {"PENDING", "ENQUEUED", "DELAYED"}:
            return False
        return status.status != "PENDING" or not self._is_lost(status)

    def pulse(self) -> Pulse:
        """Tell how it is."""
        with self._changed:
            at_work = len(self._present)
        launched = self._database is not None and not self._stopping.is_set()
        return Pulse(launched=launched, at_work=at_work, beats=self._schedules.beats())

    def close(self, *, wait: bool = True) -> None:
        """Stop. Runs under way stay pending once their present step has ended."""
        if self._database is None:
            return
        self._stopping.set()
        # Whoever was taken for dead has nothing to bring to an end: its work is somebody else's.
        patience = self._patience if wait and self._process.is_trusted else timedelta(0)
        calm = self._schedules.end(patience=patience)
        with self._changed:
            calm = self._changed.wait_for(lambda: not self._present, patience.total_seconds()) and calm
        if wait and not calm:
            _log.warning("engine_closed_at_work", operations=sorted(self._present))
        self._shut()

    def _open(self) -> None:
        self._database = open_engine(
            self._database_url, process=self._process
        )  # first, for it switches the file to WAL
        self._attempts = Attempts(self._database)
        if self._database.dialect.name == "postgresql":
            self._fleet = Fleet(self._database, self._process, dead_after=self._dead_after)
            self._fleet.enter()
            self._executor_id = self._fleet.id
            # Before the rest, which may take long when the engine's tables are new.
            self._heart = threading.Thread(target=self._live, args=(self._fleet,), name="heartbeat", daemon=True)
            self._heart.start()
        self._attempts.prepare()
        _quieten()
        DBOS(config=self._config())
        if self._fleet is not None:
            DBOS.listen_queues([_TAKEN_OVER] if self._background else [])
        for task in self._tasks.values():
            self._workflows[task.name] = DBOS.workflow(name=task.name)(self._workflow(task))
        DBOS.launch()
        if self._fleet is not None and self._background:
            DBOS.register_queue(_TAKEN_OVER, polling_interval_sec=_LOOKED_AFTER)
        self._launched.set()

    def _live(self, fleet: Fleet) -> None:
        """Say again and again that we are alive, and take up the work of those who are not."""
        beat = fleet.dead_after / 5
        while not self._stopping.wait(beat.total_seconds()):
            try:
                if not _beats(fleet):
                    _log.error("executor_lost", executor=fleet.id)
                    self._stopping.set()
                    self._when_lost()
                    return
                if self._launched.is_set() and fleet.take_turn("reaper", beat, woken=False):
                    try:
                        self._take_over(fleet)
                    finally:
                        fleet.end_turn("reaper")
            except Exception:  # noqa: BLE001 - the database may be away for a while: told, and tried again
                _log.exception("heartbeat_failed", executor=fleet.id)

    def _take_over(self, fleet: Fleet) -> None:
        """Bury who fell silent and resume the runs of the buried, wherever background work is done."""
        buried = fleet.bury()
        for silent in buried:
            _log.warning("executor_buried", executor=silent)
        if buried:
            try:
                self._when_buried(buried)
                fleet.settle(buried)
            except Exception:  # noqa: BLE001 - told, and tried again by whoever comes next: their runs need not wait for it
                _log.exception("burial_not_ended", executors=buried)
        pending = DBOS.list_workflows(
            status="PENDING", app_version=APPLICATION_VERSION, load_input=False, load_output=False
        )
        # Who is known is asked after what is pending: a run that began in between is not mistaken for an orphan.
        known = set(fleet.known())
        for run in pending:
            if run.executor_id not in known:
                _log.warning("run_taken_over", operation=run.workflow_id, task=run.name, executor=run.executor_id)
                DBOS.resume_workflow(run.workflow_id, queue_name=_TAKEN_OVER)

    def _purge(self) -> None:
        """Forget runs that ended long ago, some at a time, so that the engine's tables stay as small as its work."""
        before = (datetime.now(UTC) - self._kept).isoformat()
        while not self._stopping.is_set():
            ended = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, limit=_AT_ONCE, load_input=False,
                load_output=False,
            )  # fmt: skip
            if not ended:
                return
            DBOS.delete_workflows([run.workflow_id for run in ended])
            for run in ended:
                self._counters.forget(run.workflow_id)

    def _shut(self) -> None:
        self._stopping.set()
        if self._heart is not None and self._heart is not threading.current_thread():
            self._heart.join(self._patience.total_seconds())
        DBOS.destroy(destroy_registry=True)
        if self._fleet is not None:
            try:
                self._fleet.leave()
            except (SQLAlchemyError, TakenForDead):
                _log.warning("leaving_not_told", executor=self._fleet.id)  # the others see it by our silence
            else:
                self._process.leave()
            self._fleet = self._heart = None
        if self._database is not None:
            retire(self._database)
        self._database = None
        with _OnlyOne.lock:
            if _OnlyOne.holder is self:
                _OnlyOne.holder = None

    def _config(self) -> DBOSConfig:
        # On PostgreSQL DBOS writes through our connections, which are cut when we are taken for dead.
        shared = {} if self._fleet is None else {"system_database_engine": self._database}
        return {
            **shared,  # type: ignore[typeddict-item] # a part of it
            "name": "dealvoice",
            "system_database_url": self._database_url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self._executor_id,
            "serializer": DBOSPortableJSONSerializer(),
            "enable_otlp": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.25,  # never listened to; its thread ends that soon
            "scheduler_polling_interval_sec": 600.0,  # DBOS's own timetable stays empty
        }

    def _start(self, operation_id: str, task: str) -> None:
        known = DBOS.get_workflow_status(operation_id)
        if known is None:
            with SetWorkflowID(operation_id):
                DBOS.start_workflow(self._workflows[task], operation_id)
            return
        if known.name != task:
            raise ValueError(f"operation {operation_id} runs {known.name}, not {task}")
        match known.status:
            case "SUCCESS" | "ENQUEUED" | "DELAYED":
                return
            case "ERROR":
                _log.info("run_restarted", operation=operation_id, task=task)
                DBOS.rewind_workflow(operation_id, start_step=_first_unfinished(operation_id))
            case "PENDING":
                if self._is_lost(known):
                    _log.warning("run_was_lost", operation=operation_id, task=task)
                    DBOS.resume_workflow(operation_id)
            case _:  # cancelled by hand, or taken up too often
                DBOS.resume_workflow(operation_id)

    def _is_lost(self, status: WorkflowStatus) -> bool:
        if status.executor_id != self._executor_id:
            return False  # another process's; it or its reaper decides
        with self._changed:
            if status.workflow_id in self._present:
                return False
            since = self._missed.setdefault(status.workflow_id, time.monotonic())
        return time.monotonic() - since > _LOST_AFTER.total_seconds()

    def _workflow(self, task: Task) -> Callable[[str], None]:
        def run(operation_id: str) -> None:
            with self._at_work(operation_id), log_context(operation=operation_id, task=task.name):
                for name, step in task.steps:
                    self._run_step(task.name, operation_id, name=name, step=step)
                self._counters.forget(operation_id)
                RUNS.labels(task=task.name, outcome="done").inc()

        return run

    def _run_step(self, task: str, operation_id: str, *, name: str, step: Step) -> None:
        while True:
            if self._stopping.is_set():
                raise _Stopped
            verdict = DBOS.run_step({"name": name}, self._attempt, task, operation_id, name, step)
            match verdict["outcome"]:
                case Outcome.DONE:
                    return
                case Outcome.AGAIN:
                    wait = min(verdict["at"] - time.time(), verdict.get("after", _LONGEST_WAIT))
                    if self._stopping.wait(max(0.0, wait)):
                        raise _Stopped
                case _:
                    RUNS.labels(task=task, outcome="failed").inc()
                    raise RunFailed(f"{task} {operation_id} failed in {name}")

    def _attempt(self, task: str, operation_id: str, name: str, step: Step) -> _Verdict:
        attempt = self._counters.begin(operation_id, name)
        try:
            result = step(operation_id, attempt)
        except Exception:  # noqa: BLE001 - told by log and counter; the engine goes on
            _log.exception("step_failed", task=task, step=name, attempt=attempt)
            verdict: _Verdict = {"outcome": "failed"}
        else:
            verdict = _verdict_of(result)
        if not self._process.is_trusted:
            raise _Stopped  # the run is somebody else's by now: nothing more is written down of it here
        return verdict

    @property
    def _counters(self) -> Attempts:
        if self._attempts is None:
            raise RuntimeError("the engine is not launched")
        return self._attempts

    @contextmanager
    def _at_work(self, operation_id: str) -> Iterator[None]:
        """Hold an operation; a second thread of this process waits for the first to let go."""
        with self._changed:
            self._changed.wait_for(lambda: operation_id not in self._present)
            self._present.add(operation_id)
            self._missed.pop(operation_id, None)
        try:
            yield
        finally:
            with self._changed:
                self._present.discard(operation_id)
                self._changed.notify_all()


def make_tables(database_url: str) -> None:
    """Make or renew the engine's tables on PostgreSQL, by a role that may; processes of one that may not find them there."""
    DBOS.migrate(database_url)
    database = open_engine(database_url)
    try:
        Attempts(database).prepare()
        fleet = Fleet(database)
        fleet.enter()
        fleet.leave()
    finally:
        database.dispose()


def unfinished_by_version(database: Database) -> dict[str, int]:
    """Count the runs that are not over by the workflow version that began them; reads only, in a database that has them."""
    client = DBOSClient(
        system_database_engine=database,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
        retry_connection_errors=False,
    )
    try:
        runs = client.list_workflows(
            status=["PENDING", "ENQUEUED", "DELAYED"], load_input=False, load_output=False, limit=_MOST_COUNTED
        )
    finally:
        client.destroy()
    return dict(Counter(run.app_version or "none" for run in runs))


def _beats(fleet: Fleet) -> bool:
    """Say that we are alive; False when we were buried, whether that is told by our row or by our connections."""
    try:
        return fleet.beat()
    except TakenForDead:
        return False


def _verdict_of(result: StepResult | None) -> _Verdict:
    if result is None or result.outcome is Outcome.DONE:
        return {"outcome": Outcome.DONE.value}
    after = result.after.total_seconds()
    return {"outcome": Outcome.AGAIN.value, "at": time.time() + after, "after": after}


def _first_unfinished(operation_id: str) -> int:
    """Number of the journal entry to run again: the failed one, or the one after the last."""
    entries: list[Any] = sorted(DBOS.list_workflow_steps(operation_id), key=lambda entry: entry["function_id"])
    for entry in entries:
        output = entry["output"]
        if not isinstance(output, dict) or output.get("outcome") not in {Outcome.DONE.value, Outcome.AGAIN.value}:
            return int(entry["function_id"])
    return len(entries) + 1


def _quieten() -> None:
    """Let DBOS's lines go where ours go: without a handler of its own it would write to the terminal itself."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Drop DBOS's echo of a failed run: the step's own exception is logged already."""
    return not (record.exc_info and isinstance(record.exc_info[1], RunFailed))
