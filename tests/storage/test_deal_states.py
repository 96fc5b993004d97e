"""What is kept of a deal's state, whoever wrote first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dealvoice.storage.deals import DealState
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(opened)
    yield Database(opened)
    opened.dispose()


def test_state_of_a_deal_never_heard_of_is_live_and_leaves_no_row(database: Database) -> None:
    with database.write("t1") as store:
        before = store.deals.put_state(7, DealState.LIVE, now=NOW)

    with database.read("t1") as store:
        assert (before, store.deals.state(7), store.deals.head(7)) == (DealState.LIVE, DealState.LIVE, None)


def test_state_written_tells_what_was_before_and_is_the_tenants_own(database: Database) -> None:
    with database.write("t1") as store:
        store.deals.put_state(7, DealState.ARCHIVED, now=NOW)
    with database.write("t1") as store:
        before = store.deals.put_state(7, DealState.LIVE, now=NOW)

    with database.read("t2") as other:
        assert (before, other.deals.state(7)) == (DealState.ARCHIVED, DealState.LIVE)


def test_survivor_of_two_merges_is_the_last_one_and_a_circle_ends(database: Database) -> None:
    with database.write("t1") as store:
        store.deals.put_state(1, DealState.MERGED, now=NOW, merged_into=2)
        store.deals.put_state(2, DealState.MERGED, now=NOW, merged_into=3)
        store.deals.put_state(8, DealState.MERGED, now=NOW, merged_into=9)
        store.deals.put_state(9, DealState.MERGED, now=NOW, merged_into=8)

    with database.read("t1") as store:
        assert [store.deals.survivor(deal) for deal in (1, 3, 8)] == [3, 3, 9]
        assert store.deals.parked([1, 2, 3]) == {1: DealState.MERGED, 2: DealState.MERGED}
