"""Migrations make exactly the tables that the code knows; values come back as they went in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from dealvoice.bootstrap.transport import OutsideTransactions
from dealvoice.storage.deals import DealSeen
from dealvoice.storage.engine import open_engine
from dealvoice.storage.fence import Process
from dealvoice.storage.schema import upgrade
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import Database, in_transaction


@pytest.fixture
def engine(tmp_path: Path):
    opened = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(opened)
    yield opened
    opened.dispose()


def _seen(**more: object) -> DealSeen:
    values = {
        "tenant": "t1", "user_id": 1, "deal_id": 7, "allowed": True, "title": "A deal", "value": Decimal("0.10"),
        "currency": "USD", "checked_at": datetime(2026, 11, 24, 12, tzinfo=UTC),
    }  # fmt: skip
    return DealSeen(**{**values, **more})


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_upgrade_repeated_changes_nothing(engine: Engine) -> None:
    upgrade(engine)

    with Database(engine).read("t1") as store:
        assert store.deals.get(1, 7) is None


def test_value_written_comes_back_exactly_and_in_utc(engine: Engine) -> None:
    database = Database(engine)
    warsaw = timezone(timedelta(hours=1))

    with database.write("t1") as store:
        store.deals.put(_seen(checked_at=datetime(2026, 11, 24, 13, tzinfo=warsaw), value=Decimal("12345.10")))
    with database.read("t1") as store:
        found = store.deals.get(1, 7)

    assert found is not None
    assert found.value == Decimal("12345.10")
    assert found.checked_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert found.checked_at.tzinfo is not None


def test_moment_without_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="time zone"), Database(engine).write("t1") as store:
        store.deals.put(_seen(checked_at=datetime(2026, 11, 24)))


def test_write_that_fails_leaves_nothing(engine: Engine) -> None:
    database = Database(engine)

    def write_and_fail() -> None:
        with database.write("t1") as store:
            store.deals.put(_seen())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    with database.read("t1") as store:
        assert store.deals.get(1, 7) is None


def test_tenant_sees_only_its_own(engine: Engine) -> None:
    database = Database(engine)
    with database.write("t1") as store:
        store.deals.put(_seen())

    with database.read("t2") as store:
        assert store.deals.get(1, 7) is None


def test_call_inside_a_transaction_is_refused(engine: Engine) -> None:
    import httpx2

    reached = httpx2.MockTransport(lambda _request: httpx2.Response(200))
    with httpx2.Client(transport=OutsideTransactions(reached, Process())) as client:
        assert client.get("http://127.0.0.1/").status_code == 200

        with Database(engine).read("t1"), pytest.raises(RuntimeError, match="inside a transaction"):
            client.get("http://127.0.0.1/")
    assert not in_transaction()


def test_lease_is_held_by_one_until_it_is_over(engine: Engine) -> None:
    database = Database(engine)
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    later = now + timedelta(minutes=5)

    def take(holder: str, at: datetime) -> bool:
        with database.write("t1") as store:
            return store.leases.take("sweep", holder=holder, life=timedelta(minutes=1), now=at)

    assert [take("a", now), take("b", now), take("a", now), take("b", later)] == [True, False, True, True]


def test_status_field_of_an_earlier_release_is_kept(tmp_path: Path) -> None:
    opened = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    upgrade(opened, "0018")
    with opened.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO status_fields VALUES ('t1', 'ready', 'abc', 'Invoice status', '{\"open\":501}', '[\"x\"]', 1)"
        )
        connection.exec_driver_sql("INSERT INTO deal_statuses VALUES ('t1', 12, 'overdue'), ('t1', 13, '')")

    upgrade(opened)

    with Database(opened).read("t1") as store:
        field = store.deal_fields.ready()["status"]
        assert (field.code, field.name, field.options, field.before, field.tried) == (
            "abc", "Invoice status", {"open": 501}, ["x"], True,
        )  # fmt: skip
        assert store.deal_fields.told_all([12, 13]) == {12: {"status": "overdue"}, 13: {}}
    opened.dispose()
