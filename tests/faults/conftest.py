"""A house on each database, whose product reads the vendors' clock; whatever a test does there, every invariant holds after it."""

from collections.abc import Iterator

import pytest

from playground.accountant import Accountant, at_vendors_clock
from playground.invariants import Watch, a_log
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a database of its own; empty for SQLite."""
    if request.param == "sqlite":
        return ""
    cluster: Postgres = request.getfixturevalue("postgres")
    return cluster.migrated()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[tuple[Accountant, Watch]]:
    with a_log() as log, at_vendors_clock(tmp_path_factory.mktemp("house"), database_url=database_url) as accountant:
        accountant.house.sandbox.pipedrive.deliveries.control({"hold": True})
        yield accountant, Watch(accountant.house, log)


@pytest.fixture
def books(both: tuple[Accountant, Watch]) -> Iterator[Accountant]:
    accountant, watch = both
    yield accountant
    for emulator in (accountant.house.sandbox.quickbooks, accountant.house.sandbox.pipedrive):
        emulator.faults.clear()
    accountant.lose()
    accountant.house.settle(8)
    watch.check(texts=True)
