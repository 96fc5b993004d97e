"""Several processes that look for due work at once: each gets other pieces, and none waits for another."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from dealvoice.storage.connections import Connection
from dealvoice.storage.engine import open_engine
from dealvoice.storage.inbox import EventRow
from dealvoice.storage.retention import forget
from dealvoice.storage.unit_of_work import Database
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PROCESSES = 4
COMPANIES = 90


def _company(n: int) -> Connection:
    return Connection(
        id=f"c{n}", tenant=f"t{n}", realm_id=str(n), installation_id="i", steward_id="i", state="live", access="",
        refresh="", access_until=NOW, refresh_until=NOW, connected_at=NOW, next_sweep_at=NOW - timedelta(minutes=n),
    )  # fmt: skip


@pytest.fixture
def processes(postgres: Postgres) -> Iterator[list[Database]]:
    """As many pools of connections as there were processes, on one database with companies whose sweep is due."""
    url = postgres.migrated()
    opened = [Database(open_engine(url)) for _ in range(PROCESSES)]
    with opened[0].everyone_write() as lobby:
        lobby._session.add_all(_company(n) for n in range(COMPANIES))
    yield opened
    for one in opened:
        one.close()


def test_due_sweeps_are_divided_among_processes(processes: list[Database]) -> None:
    together = threading.Barrier(PROCESSES)

    def sweep(database: Database) -> list[tuple[str, str]]:
        mine: list[tuple[str, str]] = []
        together.wait(30)
        while True:
            with database.everyone_write() as lobby:
                claimed = lobby.connections.claim_for_sweep(NOW, most=7)
            if not claimed:
                return mine
            mine += claimed
            time.sleep(0.02)  # outside of the transaction, as the calls are

    with ThreadPoolExecutor(PROCESSES) as pool:
        shares = list(pool.map(sweep, processes))

    claimed = [one for share in shares for one in share]
    assert len(claimed) == len(set(claimed)) == COMPANIES
    assert all(shares), "one process had it all"


def test_claim_under_way_is_passed_over_and_not_waited_for(processes: list[Database]) -> None:
    with processes[0].everyone_write() as lobby:
        first = lobby.connections.claim_for_sweep(NOW, most=10)
        started = time.monotonic()
        with processes[1].everyone_write() as other:
            second = other.connections.claim_for_sweep(NOW, most=10)
        took = time.monotonic() - started

    assert not set(first) & set(second)
    assert len(first) == len(second) == 10
    assert took < 10, "a lock is waited for until its time-out"


def test_what_a_dead_process_had_claimed_is_due_again(processes: list[Database]) -> None:
    with processes[0].everyone_write() as lobby:
        claimed = lobby.connections.claim_for_sweep(NOW, most=COMPANIES)

    with processes[1].everyone_write() as lobby:
        at_once = lobby.connections.claim_for_sweep(NOW)
        later = lobby.connections.claim_for_sweep(NOW + timedelta(minutes=4), most=COMPANIES)

    assert len(claimed) == COMPANIES
    assert at_once == []
    assert set(later) == set(claimed)


def test_forgetting_passes_over_what_another_forgets(processes: list[Database]) -> None:
    with processes[0].everyone_write() as lobby:
        for n in range(6):
            lobby._session.add(EventRow(tenant="t1", event_id=str(n), received_at=NOW - timedelta(days=99)))

    with processes[0].everyone_write() as lobby:
        first = forget(lobby._session, NOW, most=4)
        with processes[1].everyone_write() as other:
            second = forget(other._session, NOW, most=4)
    with processes[0].everyone_read() as lobby:
        left = lobby._session.scalar(select(func.count()).select_from(EventRow))

    assert (first, second, left) == (4, 2, 0)
