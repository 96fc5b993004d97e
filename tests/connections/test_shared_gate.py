"""One gate for several processes: together they stay inside the limits that each alone would keep."""

import threading
import time
from collections.abc import Iterator

import pytest

from dealvoice.connections.budgets import Limits, Seen
from dealvoice.connections.shared_gate import SharedGate
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.slow


@pytest.fixture
def databases(postgres: Postgres) -> Iterator[list[Database]]:
    address = postgres.database()
    engines = [open_engine(address) for _ in range(2)]
    upgrade(engines[0])
    yield [Database(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


def test_two_processes_together_never_exceed_the_limits(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(per_second=10, per_minute=40, at_once=3)
    gates = [SharedGate(database, "quickbooks", limits) for database in databases]
    most, flying, lock = 0, 0, threading.Lock()
    admitted: dict[str, float] = {}
    admit = Seen.admit

    def noted(seen: Seen, call: str, now: float, limits: Limits, *, background: bool) -> float:
        wait = admit(seen, call, now, limits, background=background)
        if wait == 0:
            admitted[call] = now  # told anew when another process was first
        return wait

    monkeypatch.setattr(Seen, "admit", noted)

    def work(gate: SharedGate) -> None:
        nonlocal most, flying
        for _ in range(5):
            gate.acquire("9")
            with lock:
                flying += 1
                most = max(most, flying)
            time.sleep(0.05)
            with lock:
                flying -= 1
            gate.report("9", 200)

    threads = [threading.Thread(target=work, args=(gate,)) for gate in gates for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    began = sorted(admitted.values())
    assert len(began) == 40
    assert most <= 3
    assert all(late - early >= 1 for early, late in zip(began, began[10:], strict=False))


def test_429_of_one_process_shuts_the_gate_of_the_other(databases: list[Database]) -> None:
    waited: list[float] = []

    class Opened(Exception):
        """Raised instead of waiting."""

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        raise Opened

    limits = Limits(pause_seconds=60.0)
    one, other = (SharedGate(database, "quickbooks", limits, sleep=sleep) for database in databases)
    one.acquire("9")
    one.report("9", 429)

    with pytest.raises(Opened):
        other.acquire("9")
    other.acquire("8")

    assert waited == [pytest.approx(60.0, abs=5.0)]


def test_report_never_takes_an_answer_away(databases: list[Database]) -> None:
    away = Database(open_engine("postgresql+psycopg://product@127.0.0.1:1/gone"))

    SharedGate(away, "quickbooks", Limits()).report("9", 200)
