"""One gate for several processes: together they stay inside the limits that each alone would keep."""

import threading
import time
from collections.abc import Iterator

import pytest

from dealvoice.connections.budgets import Limits, Seen
from dealvoice.connections.shared_gate import SharedGate, give_up
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
    gates = [SharedGate(database, "quickbooks", limits, process=f"p{n}") for n, database in enumerate(databases)]
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
    one, other = (
        SharedGate(database, "quickbooks", limits, process=f"p{n}", sleep=sleep) for n, database in enumerate(databases)
    )
    one.acquire("9")
    one.report("9", 429)

    with pytest.raises(Opened):
        other.acquire("9")
    other.acquire("8")

    assert waited == [pytest.approx(60.0, abs=5.0)]


def test_report_never_takes_an_answer_away(databases: list[Database]) -> None:
    away = Database(open_engine("postgresql+psycopg://product@127.0.0.1:1/gone"))

    SharedGate(away, "quickbooks", Limits(), process="p").report("9", 200)


def test_calls_of_a_buried_process_are_given_up_and_those_of_the_living_are_not(databases: list[Database]) -> None:
    """A kill in the middle of a call would have others wait for three minutes."""
    limits = Limits(per_second=100, per_minute=1000, at_once=3)
    dead, alive = (
        SharedGate(database, "quickbooks", limits, process=name)
        for name, database in zip(("vm-1-aa", "vm-1-aab"), databases, strict=True)
    )
    for realm in ("8", "9"):
        dead.acquire(realm)
        dead.acquire(realm)
        alive.acquire(realm)

    with databases[1].everyone_write() as lobby:
        give_up(lobby, ["vm-1-aa", "vm-2-bb"])

    flying = {}
    with databases[1].everyone_write() as lobby:
        for realm in ("8", "9"):
            raw, _ = lobby.gates.take(f"quickbooks:{realm}")
            flying[realm] = list(raw["flying"])
    assert flying == {"8": ["vm-1-aab.1"], "9": ["vm-1-aab.2"]}
    alive.acquire("9")
    alive.acquire("9")
