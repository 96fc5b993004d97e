"""What is used of the vendors' budgets: counted in memory, written down together, and nothing lost at the end."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dealvoice.connections.used import Budgets
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from dealvoice.storage.usage import READS, TOKENS
from playground.house import a_house

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def commits() -> list[str]:
    return []


@pytest.fixture
def database(tmp_path: Path, commits: list[str]) -> Iterator[Database]:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(engine)
    yield Database(engine, commit_hook=commits.append)
    engine.dispose()


def test_calls_are_written_down_together_at_the_end(database: Database, commits: list[str]) -> None:
    budgets = Budgets(database, now=lambda: NOON, every=60)
    for _ in range(3):
        budgets.read("a")
        budgets.tokens("b", 10)
    assert commits == []

    budgets.close()

    assert commits.count("after") == 1
    with database.everyone_read() as lobby:
        assert lobby.of("a").usage.of(READS, "2026-11") == 3
        assert lobby.of("b").usage.of(TOKENS, "2026-11-26") == 30
        assert lobby.of("b").usage.of(READS, "2026-11") == 0


def test_later_bundles_add_to_earlier_ones(database: Database) -> None:
    budgets = Budgets(database, now=lambda: NOON, every=60)
    for _ in range(2):
        budgets.read("a")
        budgets.flush()
    budgets.close()

    with database.everyone_read() as lobby:
        assert lobby.usage.total(READS, "2026-11") == 2


def test_close_waits_for_what_is_being_written(database: Database) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def commit(moment: str) -> None:
        writing.set()
        assert go_on.wait(30)

    budgets = Budgets(Database(database.engine, commit_hook=commit), now=lambda: NOON, every=0.01)
    budgets.read("a")
    assert writing.wait(30)
    closing = threading.Thread(target=budgets.close)
    closing.start()
    closing.join(0.2)
    early = not closing.is_alive()
    go_on.set()
    closing.join(30)

    assert not early
    assert not closing.is_alive()
    with database.everyone_read() as lobby:
        assert lobby.usage.total(READS, "2026-11") == 1


def test_what_the_sandbox_saw_is_what_was_counted(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.forget_journals()
        house.connect(house.install())
        reads = [row for row in house.journal("quickbooks") if row["path"].startswith("/v3/")]
        store, month = house.settings.store_url, f"{house.app.now():%Y-%m}"
        house.close()
        database = Database(open_engine(store))
        with database.everyone_read() as lobby:
            counted = lobby.usage.total(READS, month)
        database.close()

    assert counted > 0
    # The first look at the company is made before there is a connection to count it for.
    assert 0 <= len(reads) - counted <= 2
