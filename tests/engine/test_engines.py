"""One suite for both engines: what a task may rely on, whichever engine runs it."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.executors import ExclusiveLock, Held
from dealvoice.engine.port import DONE, Engine, StepResult, Task, UnknownTask, again
from dealvoice.engine.testing import Memory, SyncEngine
from playground.postgres import postgres

__all__ = ["postgres"]


class Bench:
    """Opens an engine on the same files again and again."""

    def __init__(self, url: str, kind: str) -> None:
        self._url, self._kind = url, kind
        self._memory = Memory()
        self.engine: Engine | None = None

    def open(self, *tasks: Task) -> Engine:
        self.engine = (
            SyncEngine(memory=self._memory)
            if self._kind == "sync"
            else DurableEngine(self._url, executor_id="t1", dead_after=timedelta(seconds=1))
        )
        self.engine.register(tasks)
        self.engine.launch()
        return self.engine

    def settle(self, operation_id: str, *, seconds: float = 20) -> None:
        engine = self.engine
        assert engine is not None
        if isinstance(engine, SyncEngine):
            for _ in range(5):
                engine.run_pending()
                engine.advance(timedelta(minutes=5))
            return
        deadline = time.monotonic() + seconds
        while engine.is_running(operation_id):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()
            self.engine = None


@pytest.fixture(params=["sync", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    url = f"sqlite:///{tmp_path / 'engine.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").database()
    made = Bench(url, request.param)
    yield made
    made.close()


def _task(*steps: Callable[[str, int], StepResult | None]) -> Task:
    return Task("invoice.create", tuple((f"s{n}", step) for n, step in enumerate(steps)))


def test_steps_run_once_in_order(bench: Bench) -> None:
    ran: list[str] = []
    engine = bench.open(_task(lambda op, _n: ran.append(f"a {op}"), lambda op, _n: ran.append(f"b {op}")))

    engine.start("op1", "invoice.create")
    engine.start("op1", "invoice.create")
    bench.settle("op1")
    engine.start("op1", "invoice.create")
    bench.settle("op1")

    assert ran == ["a op1", "b op1"]


def test_step_that_wants_again_is_run_again_and_told_so(bench: Bench) -> None:
    attempts: list[int] = []

    def step(_op: str, attempt: int) -> StepResult | None:
        attempts.append(attempt)
        return again(timedelta(milliseconds=50)) if attempt < 3 else DONE

    engine = bench.open(_task(step))
    engine.start("op1", "invoice.create")
    bench.settle("op1")

    assert attempts == [1, 2, 3]


def test_failed_run_goes_on_from_its_first_unfinished_step(bench: Bench) -> None:
    ran: list[str] = []

    def fails_once(_op: str, attempt: int) -> None:
        ran.append(f"b{attempt}")
        if attempt == 1:
            raise RuntimeError("a defect")

    engine = bench.open(_task(lambda _op, n: ran.append(f"a{n}"), fails_once))
    engine.start("op1", "invoice.create")
    bench.settle("op1")
    engine.start("op1", "invoice.create")
    bench.settle("op1")

    assert ran == ["a1", "b1", "b2"]


def test_wait_survives_closing_and_opening_anew(bench: Bench) -> None:
    attempts: list[int] = []

    def step(_op: str, attempt: int) -> StepResult | None:
        attempts.append(attempt)
        return again(timedelta(seconds=1)) if attempt == 1 else DONE

    first = bench.open(_task(step))
    first.start("op1", "invoice.create")
    if isinstance(first, SyncEngine):
        first.run_pending()
    else:
        while not attempts:
            time.sleep(0.01)
    bench.close()
    second = bench.open(_task(step))
    second.start("op1", "invoice.create")
    bench.settle("op1")

    assert attempts[0] == 1
    assert attempts[-1] == len(attempts) >= 2


def test_unknown_task_is_refused(bench: Bench) -> None:
    engine = bench.open(_task(lambda _op, _n: None))

    with pytest.raises(UnknownTask):
        engine.start("op1", "no.such")


def test_one_holder_of_a_lock_file(tmp_path: Path) -> None:
    first, second = ExclusiveLock(tmp_path / "lock"), ExclusiveLock(tmp_path / "lock")
    first.acquire()

    with pytest.raises(Held):
        second.acquire()
    first.release()

    second.acquire()
    assert second.is_held
    second.release()
