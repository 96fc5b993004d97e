"""Several processes on one PostgreSQL: a dead one's work is taken over, repeated work is done by one at a time."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.fleet import Fleet
from dealvoice.engine.port import Task
from dealvoice.storage.engine import open_engine
from dealvoice.storage.fence import Process, TakenForDead
from dealvoice.storage.leases import holder_of
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from playground.looking import wait_until
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.slow

SOON = timedelta(seconds=1.5)
OTHER = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.port import Task

url, folder = sys.argv[1], Path(sys.argv[2])

def slow(operation_id, attempt):
    (folder / "begun").write_text(str(attempt))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (folder / "go").exists():
        time.sleep(0.02)
    (folder / "other").write_text(str(attempt))

engine = DurableEngine(
    url, executor_id="other", dead_after=timedelta(seconds=1.5), when_lost=(folder / "lost").touch
)
engine.register([Task("invoice.create", (("slow", slow), ("last", lambda *_: (folder / "other-last").touch())))])
engine.launch()
engine.start("op1", "invoice.create")
time.sleep(60)
"""


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.database()


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def other(url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has begun a step and does not come to its end."""
    running = subprocess.Popen([sys.executable, "-c", OTHER, url, str(tmp_path)], cwd=tmp_path)
    wait_until((tmp_path / "begun").exists)
    yield running
    running.kill()
    running.wait(5)


def test_work_of_a_killed_process_is_taken_over(url: str, tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    attempts: list[int] = []
    engine = DurableEngine(url, executor_id="here", dead_after=SOON)
    engine.register([Task("invoice.create", (("slow", lambda _op, n: attempts.append(n)), ("last", lambda *_: None)))])
    engine.launch()
    try:
        time.sleep(2 * SOON.total_seconds())
        assert attempts == [], "taken from a living process"

        other.kill()
        wait_until(lambda: not engine.is_running("op1"))

        assert attempts == [2], "the step must know that it was begun before"
        assert not (tmp_path / "other").exists()
    finally:
        engine.close()


def test_work_is_taken_over_although_what_the_dead_held_cannot_be_ended(
    url: str, other: subprocess.Popen[bytes]
) -> None:
    attempts, tried = list[int](), list[Sequence[str]]()

    def fail(buried: Sequence[str]) -> None:
        tried.append(buried)
        raise OSError("the table is away")

    engine = DurableEngine(url, executor_id="here", dead_after=SOON, when_buried=fail)
    engine.register([Task("invoice.create", (("slow", lambda _op, n: attempts.append(n)), ("last", lambda *_: None)))])
    engine.launch()
    try:
        other.kill()
        wait_until(lambda: not engine.is_running("op1") and len(tried) > 1)
    finally:
        engine.close()

    assert attempts == [2]


def test_process_frozen_for_too_long_ends_and_does_nothing_more(
    url: str, tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    attempts: list[int] = []
    engine = DurableEngine(url, executor_id="here", dead_after=SOON)
    engine.register([Task("invoice.create", (("slow", lambda _op, n: attempts.append(n)), ("last", lambda *_: None)))])
    engine.launch()
    try:
        other.send_signal(signal.SIGSTOP)
        wait_until(lambda: attempts == [2] and not engine.is_running("op1"))

        (tmp_path / "go").touch()
        other.send_signal(signal.SIGCONT)
        wait_until((tmp_path / "lost").exists)
        wait_until((tmp_path / "other").exists)
        time.sleep(0.5)

        assert not (tmp_path / "other-last").exists(), "the frozen process went on with work that was taken over"
        assert attempts == [2]
    finally:
        engine.close()


def test_what_a_process_leaves_when_it_closes_is_taken_over(url: str) -> None:
    ran: list[int] = []
    first = DurableEngine(url, executor_id="here", dead_after=SOON, patience=timedelta(0))
    first.register([Task("invoice.create", (("wait", lambda _op, n: ran.append(n) or _never(first)),))])
    first.launch()
    first.start("op1", "invoice.create")
    wait_until(lambda: ran == [1])
    first.close(wait=False)

    second = DurableEngine(url, executor_id="here", dead_after=SOON)
    second.register([Task("invoice.create", (("wait", lambda _op, n: ran.append(n)),))])
    second.launch()
    try:
        wait_until(lambda: not second.is_running("op1"))
    finally:
        second.close()

    assert ran == [1, 2]


def test_connection_of_a_run_that_outlasts_its_engine_is_closed(url: str, database: Engine) -> None:
    """DBOS writes how a run ended in a thread that nobody waits for."""
    writing = threading.Event()

    def dawdle(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "UPDATE dbos.workflow_status" in statement and threading.current_thread().name.startswith("dbos-executor"):
            writing.set()
            time.sleep(1.5)

    engine = DurableEngine(url, executor_id="here", dead_after=SOON)
    engine.register([Task("invoice.create", (("only", lambda *_: None),))])
    engine.launch()
    event.listen(Engine, "before_cursor_execute", dawdle)
    try:
        engine.start("op1", "invoice.create")
        assert writing.wait(60)
        engine.close()
    finally:
        event.remove(Engine, "before_cursor_execute", dawdle)

    wait_until(lambda: _others_connected(database) == 0)


def _others_connected(database: Engine) -> int:
    with database.connect() as connection:
        return connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()


def _never(engine: DurableEngine) -> None:
    engine._stopping.wait(20)
    raise SystemExit


def test_turn_is_one_process_at_a_time_and_one_interval_over_all(database: Engine) -> None:
    one, two = Fleet(database, dead_after=SOON), Fleet(database, dead_after=SOON)
    one.enter()
    two.enter()
    hour = timedelta(hours=1)

    assert one.take_turn("sweep", hour, woken=False)
    assert not two.take_turn("sweep", hour, woken=True), "while the other is at it"
    one.end_turn("sweep")
    assert not two.take_turn("sweep", hour, woken=False), "within the interval"
    assert two.take_turn("sweep", hour, woken=True)
    two.end_turn("sweep")
    one.wake("sweep")
    assert two.take_turn("sweep", hour, woken=False)
    one.wake("sweep")
    two.end_turn("sweep")
    assert one.take_turn("sweep", hour, woken=False), "woken while the other was at it"


def test_shared_turn_is_joined_an_interval_later(database: Engine) -> None:
    one, two = Fleet(database, dead_after=SOON), Fleet(database, dead_after=SOON)
    one.enter()
    two.enter()
    hour, soon = timedelta(hours=1), timedelta(milliseconds=200)

    assert one.take_turn("sweep", hour, woken=False, shared=True)
    assert not two.take_turn("sweep", hour, woken=False, shared=True), "within the interval"
    time.sleep(soon.total_seconds())
    assert two.take_turn("sweep", soon, woken=False, shared=True), "while the other is at it"
    one.end_turn("sweep")
    assert not one.take_turn("sweep", hour, woken=True), "the other is at it still"


def test_processes_that_wait_for_their_turn_look_once_a_second(database: Engine) -> None:
    one, asked = Fleet(database, dead_after=SOON), list[str]()
    one.enter()
    names = [f"work{n}" for n in range(8)]
    for name in names:
        assert one.take_turn(name, timedelta(hours=1), woken=False)
        one.end_turn(name)
    event.listen(database, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))

    taken = [one.take_turn(name, timedelta(hours=1), woken=False) for _ in range(5) for name in names]

    assert not any(taken)
    assert len(asked) <= 2, asked


def test_turn_of_a_dead_process_is_free(database: Engine) -> None:
    one, two = Fleet(database, dead_after=SOON), Fleet(database, dead_after=SOON)
    one.enter()
    two.enter()
    assert one.take_turn("sweep", timedelta(0), woken=False)

    time.sleep(SOON.total_seconds() + 0.2)
    two.beat()

    assert two.take_turn("sweep", timedelta(0), woken=False)
    assert two.bury() == [one.id]
    assert two.known() == [two.id]
    assert not one.beat()


def test_turn_whose_end_could_not_be_told_is_taken_again_by_its_holder(database: Engine) -> None:
    """The database was away when the work ended: the row says for ever that we are at it."""
    one, two = Fleet(database, dead_after=timedelta(minutes=1)), Fleet(database, dead_after=timedelta(minutes=1))
    one.enter()
    two.enter()
    assert one.take_turn("sweep", timedelta(0), woken=False)

    assert not two.take_turn("sweep", timedelta(0), woken=False)
    assert one.take_turn("sweep", timedelta(0), woken=False)


def test_leases_of_the_buried_end_and_those_of_the_living_stay(database: Engine) -> None:
    upgrade(database)
    store, now = Database(database), datetime.now(UTC)
    dead, living = Fleet(database, dead_after=SOON), Fleet(database, dead_after=timedelta(minutes=1))
    dead.enter()
    living.enter()
    for fleet in (dead, living):
        with store.write("t1") as one:
            holder = holder_of(fleet.id, "x")
            assert one.leases.take(f"note:{fleet.id}", holder=holder, life=timedelta(hours=1), now=now)

    with store.everyone_write() as lobby:
        lobby.leases.end_of([dead.id])

    with store.write("t1") as one:
        assert one.leases.take(f"note:{dead.id}", holder="another", life=timedelta(hours=1), now=now)
        assert not one.leases.take(f"note:{living.id}", holder="another", life=timedelta(hours=1), now=now)


def test_who_dies_while_burying_leaves_the_rest_to_the_next(url: str, database: Engine) -> None:
    """What a dead process held is ended by whoever comes next, and by nobody once it is ended."""
    dead, gravedigger = Fleet(database, dead_after=SOON), Fleet(database, dead_after=SOON)
    dead.enter()
    gravedigger.enter()
    time.sleep(SOON.total_seconds() + 0.2)
    gravedigger.beat()
    assert gravedigger.bury() == [dead.id]  # and dies here

    tried: list[list[str]] = []

    def end(buried: Sequence[str]) -> None:
        tried.append(list(buried))
        if len(tried) == 1:
            raise OSError("the database is away")

    engine = DurableEngine(url, executor_id="next", dead_after=SOON, when_buried=end)
    engine.launch()
    try:
        wait_until(lambda: any(gravedigger.id in buried for buried in tried[1:]))
    finally:
        engine.close()

    assert [dead.id in buried for buried in tried[:2]] == [True, True]
    assert not any(dead.id in buried for buried in tried[2:])


def test_buried_process_cannot_write_any_more(url: str) -> None:
    """Its open transaction is undone with its connection, and a new connection is refused."""
    process = Process()
    mine, others = open_engine(url, process=process), open_engine(url)
    try:
        one, two = Fleet(mine, process, dead_after=SOON), Fleet(others, dead_after=SOON)
        one.enter()
        two.enter()
        with mine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE late (n int)")
            time.sleep(SOON.total_seconds() + 0.2)
            assert not process.is_trusted
            two.beat()
            assert two.bury() == [one.id]
            with pytest.raises(OperationalError):
                connection.commit()
        with pytest.raises(TakenForDead):
            mine.connect()
        with others.connect() as connection:
            assert connection.exec_driver_sql("SELECT to_regclass('late')").scalar() is None
    finally:
        mine.dispose()
        others.dispose()


def test_lease_is_judged_by_the_database_and_not_by_clocks_that_differ(database: Engine) -> None:
    upgrade(database)
    store, now = Database(database), datetime.now(UTC)

    def takes(holder: str, skew: timedelta) -> bool:
        with store.write("t1") as one:
            return one.leases.take("sweep:c1", holder=holder, life=timedelta(seconds=45), now=now + skew)

    assert takes("slow", timedelta(minutes=-5))
    assert not takes("fast", timedelta(minutes=5))
    assert takes("slow", timedelta(hours=-6))
