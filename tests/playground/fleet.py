"""
A fleet: several processes of the product on one PostgreSQL beside one sandbox, some of which die or freeze on the way.

A victim does what the web server does when a person presses (its own work, no timetable); workers keep the timetable and
take over what a victim leaves.
"""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from sqlalchemy import Engine, text

from dealvoice.bootstrap import build
from dealvoice.engine.fleet import DEAD_AFTER
from dealvoice.settings import Settings
from dealvoice.storage.engine import open_engine
from dealvoice_sandbox import serving_all
from playground.forking import begin, forks, require_fork
from playground.house import House, settings_for
from playground.killed import KILLED, Subject
from playground.killing import settings_of
from playground.looking import first_user, is_quiet, wait_until
from playground.points import PointedTransport, Points, kill_self
from playground.postgres import Postgres


class NamedPoints(Points):
    """Stops at the first point whose name fits, or at a number."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__(stop)
        self.look_for("0")

    def look_for(self, where: str) -> None:
        """Set where to stop: a number, 0 for nowhere, or a pattern of a name."""
        self._where = re.compile(where) if not where.isdigit() else None
        self._number = int(where) if where.isdigit() else 0

    def begin(self) -> None:
        """Begin to count."""
        self.arm(self._number)

    def pass_by(self, what: str) -> None:
        """Count a moment; one who was frozen and woke up goes on, and does not stop again."""
        if not self.armed or self.stopped:
            return
        if self._where is not None and self._where.search(what):
            self.stopped = True
            self._stop()
        else:
            super().pass_by(what)


class AheadOfChecks(httpx2.BaseTransport):
    """A point before everything that may refuse a call."""

    def __init__(self, points: Points, inner: httpx2.BaseTransport) -> None:
        self._points, self._inner = points, inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._points.pass_by(f"ahead of {request.method} {request.url.path}")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def freeze_self() -> None:
    """Stop as a machine does that is suspended: nothing runs until somebody wakes it."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.5)  # another thread may take the signal, and this one must not run on meanwhile


def work(settings: str) -> None:
    """Be a worker until told to end."""
    require_fork()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    product = build(Settings.model_validate_json(settings), when_lost=ended.set)
    product.launch()
    ended.wait()
    product.close()


class Press(NamedTuple):
    """What somebody does in a process that stops on the way."""

    what: str
    """An act of ``killed.KILLED``."""
    where: str
    """The point to stop at: its number, 0 for none, or a pattern of its name."""
    subject: Subject = Subject()


def press(settings: str, how: str, said: Path, orders: Any) -> None:
    """
    Be a web server whose user presses something, and stop on the way.

    Args:
        settings: The product's.
        how: ``kill`` or ``freeze``.
        said: Told how the process went on once it was awake again.
        orders: Brings each ``Press`` once everything is launched, and None after the last.
    """
    require_fork()
    lost = threading.Event()
    points = NamedPoints(kill_self if how == "kill" else freeze_self)
    product = build(
        Settings.model_validate_json(settings),
        transport=PointedTransport(points),
        commit_hook=points.commit_hook,
        background=False,
        when_lost=lost.set,
    )
    product._http._transport = AheadOfChecks(points, product._http._transport)
    product.launch()
    passed = list[int]()
    try:
        for order in iter(orders.recv, None):
            points.look_for(order.where)
            KILLED[order.what].act(product.app, first_user(product.app), order.subject, points.begin)
            wait_until(lambda: lost.is_set() or is_quiet(product.app))
            points.disarm()
            passed.append(len(points.seen))
        said.write_text(f"lost {lost.is_set()}, stopped {points.stopped}, points {' '.join(map(str, passed))}")
    except Exception as error:
        lost.wait(60)
        said.write_text(f"lost {lost.is_set()}, stopped {points.stopped}, {type(error).__name__}")
        raise
    finally:
        product.close()


class Spare(NamedTuple):
    """A process that is launched, or about to be, and waits for what its user presses."""

    process: BaseProcess
    orders: Any


@dataclass(frozen=True)
class Death:
    """A process that was killed."""

    executor: str
    at: float
    """By the monotonic clock."""


@dataclass
class Fleet:
    """A house whose product is several processes; ``house.open`` gives the tests a look at the store."""

    house: House
    database: Engine
    workers: list[BaseProcess] = field(default_factory=list)
    victims: list[BaseProcess] = field(default_factory=list)
    said: dict[BaseProcess, Path] = field(default_factory=dict)
    """Where a victim tells how it went on."""
    spares: list[Spare] = field(default_factory=list)
    """Processes that were launched ahead."""
    deaths: list[Death] = field(default_factory=list)
    """Those who were not seen buried yet."""
    left: dict[str, Death] = field(default_factory=dict)
    """Runs that nobody has taken up yet."""
    waits: list[float] = field(default_factory=list)
    """Seconds that each run was nobody's."""
    anew: int = 0
    """Workers that were taken for dead, ended, and were started anew: on a machine so busy that one was silent for too long."""

    def hire(self, count: int = 2) -> None:
        """Start workers, and wait until they are there."""
        self.workers += [begin(work, settings_of(self.house)) for _ in range(count)]
        wait_until(lambda: all(map(self.executor, self.workers)))

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for what the workers do; who was taken for dead is started anew, as whatever runs them in earnest does."""

        def kept() -> bool:
            for at, worker in enumerate(self.workers):
                if worker.exitcode is not None:
                    assert worker.exitcode == 0, worker.exitcode
                    self.workers[at] = begin(work, settings_of(self.house))
                    self.anew += 1
            return done()

        wait_until(kept)

    def press_all(self, wanted: Sequence[Press], *, how: str, hurry: bool = False) -> list[BaseProcess]:
        """
        Launch a process for each, and have one after the other begin, until it has stopped or come to its end.

        Nobody who is frozen is taken for dead before all are: who takes up its work could do what another is about to do.
        With ``hurry`` who dies need not fall silent first, so that the next does not wait for what the dead one holds.
        """
        self.launch(len(wanted), how=how)
        victims, frozen = self._launched(len(wanted)), list[str]()
        for (victim, orders), one in zip(victims, wanted, strict=True):
            executor = self.executor(victim)
            _order(orders, one)
            while not is_frozen(victim) and victim.exitcode is None:
                self._look()
                if frozen:
                    self._seen(frozen)
                victim.join(0.05)
            if victim.exitcode == -signal.SIGKILL:
                self._died(executor)
                if hurry:
                    self.hurry()
            elif victim.exitcode is None:
                frozen.append(executor)
        return [victim for victim, _ in victims]

    def launch(self, count: int, *, how: str) -> None:
        """Have so many processes wait for what their users press; they come up while something else goes on."""
        while len(self.spares) < count:
            told, orders = forks().Pipe(duplex=False)
            said = self.house.folder / f"said-{os.urandom(4).hex()}"
            self.spares.append(Spare(begin(press, settings_of(self.house), how, said, told), orders))
            told.close()
            self.victims.append(self.spares[-1].process)
            self.said[self.spares[-1].process] = said

    def go_through(self, wanted: Sequence[Press]) -> list[int]:
        """Have one process do all of these, one after the other, without a stop; returns how many points each has."""
        self.launch(1, how="kill")
        ((victim, orders),) = self._launched(1)
        _order(orders, *wanted)
        self.until(lambda: victim.exitcode is not None)
        assert victim.exitcode == 0, victim.exitcode
        return [int(one) for one in self.said[victim].read_text().rpartition("points ")[2].split()]

    def _launched(self, count: int) -> list[Spare]:
        """Take so many of those who wait, once they are there."""
        taken, self.spares = self.spares[:count], self.spares[count:]
        self.until(lambda: all(self.executor(one.process) or one.process.exitcode is not None for one in taken))
        return taken

    def executor(self, victim: BaseProcess) -> str:
        """Return how the others know a process; empty when they do not."""
        return next((one for one in self.known() if f"-{victim.pid}-" in one), "")

    def _died(self, executor: str) -> None:
        death = Death(executor, time.monotonic())
        runs = "SELECT workflow_uuid FROM dbos.workflow_status WHERE executor_id = :id AND status = 'PENDING'"
        self.left |= {row[0]: death for row in self.ask(runs, id=executor)}
        self.deaths.append(death)

    def _seen(self, frozen: list[str]) -> None:
        """Have these count as alive for now."""
        with self.database.begin() as connection:
            now = text("UPDATE dealvoice_executors SET seen_at = clock_timestamp() WHERE id = ANY(:frozen)")
            connection.execute(now, {"frozen": frozen})

    def _look(self) -> None:
        """Notice who has taken up what the dead have left."""
        if not self.left:
            return
        held = dict(tuple(row) for row in self.ask("SELECT workflow_uuid, executor_id FROM dbos.workflow_status"))
        taken = [run for run, death in self.left.items() if held[run] != death.executor]
        self.waits.extend(time.monotonic() - self.left.pop(run).at for run in taken)

    def hurry(self) -> None:
        """Let the silence of the dead be over: nothing of theirs happens in it, so that it need not be waited for."""
        dead = [death.executor for death in self.deaths]
        with self.database.begin() as connection:
            aged = text("UPDATE dealvoice_executors SET seen_at = seen_at - :silence WHERE id = ANY(:dead)")
            connection.execute(aged, {"silence": DEAD_AFTER, "dead": dead})

    def wake(self, schedule: str) -> None:
        """Have a piece of repeated work done soon by one of the processes."""
        with self.database.begin() as connection:
            woken = text("UPDATE dealvoice_turns SET at = at - interval '1 day' WHERE name = :name")
            connection.execute(woken, {"name": schedule})

    def bury(self) -> float:
        """Wait until others hold all that the dead have left; returns the longest that a run of theirs was nobody's."""
        dead = {death.executor for death in self.deaths}

        def done() -> bool:
            self._look()
            return not self.left and not dead & set(self.known()) and not self._held_by(dead)

        self.until(done)
        longest = max(self.waits, default=0.0)
        self.deaths.clear()
        self.waits.clear()
        return longest

    def _held_by(self, dead: set[str]) -> list[Any]:
        """Return what others would have to wait for: leases, and calls to a vendor that nobody makes any more."""
        held = (
            "SELECT name FROM leases WHERE split_part(holder, '.', 1) = ANY(:dead)"
            " UNION ALL SELECT key FROM gates, unnest(:dead) AS one WHERE position(one IN seen) > 0"
        )
        return self.ask(held, dead=list(dead))

    def ask(self, statement: str, **values: Any) -> list[Any]:
        """Ask the database."""
        with self.database.connect() as connection:
            connection.execute(text("SELECT set_config('dealvoice.tenant', '*', true)"))
            return list(connection.execute(text(statement), values))

    def known(self) -> list[str]:
        """Return the processes that count as alive."""
        if self.ask("SELECT to_regclass('dealvoice_executors')")[0][0] is None:
            return []  # the first one has not come up yet
        return [row[0] for row in self.ask("SELECT id FROM dealvoice_executors")]

    def stop(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.join(40)
            assert worker.exitcode == 0, worker.exitcode
        self.workers.clear()

    def kill(self) -> None:
        """End what is left, whatever state it is in."""
        for process in (*self.workers, *self.victims):
            process.kill()


def _order(orders: Any, *wanted: Press) -> None:
    """Tell a process what its user presses; one that has died meanwhile hears nothing."""
    with suppress(BrokenPipeError), orders:
        for one in (*wanted, None):
            orders.send(one)


def is_frozen(process: BaseProcess) -> bool:
    """Whether a process is stopped by a signal."""
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


@contextmanager
def a_fleet(postgres: Postgres, folder: Path, *, workers: int = 2) -> Iterator[Fleet]:
    """Set the product up on a new database, with one company connected, and start workers."""
    with ExitStack() as stack:
        sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, seed="us", app_url="http://localhost:8100")
        settings = settings_for(sandbox, folder).model_copy(update={"database_url": postgres.migrated()})
        house = House(sandbox=sandbox, folder=folder, settings=settings)
        stack.callback(house.stop)
        house.open()
        house.connect(house.install())
        house.quickbooks("POST", "/_sandbox/switches", json={"sandbox_mail_limit": False})
        database = open_engine(settings.store_url)
        stack.callback(database.dispose)
        fleet = Fleet(house, database)
        stack.callback(fleet.kill)
        if workers:
            fleet.hire(workers)
        yield fleet
        fleet.stop()
