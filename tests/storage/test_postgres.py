"""PostgreSQL: the same tables, a wall between tenants that holds when a query forgets, one writer a tenant at a time."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError

from dealvoice.storage.deals import DealSeen
from dealvoice.storage.engine import open_engine, retire
from dealvoice.storage.schema import upgrade
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import Database
from dealvoice.storage.walls import is_walled
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]


pytestmark = pytest.mark.slow


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    opened = open_engine(postgres.database())
    upgrade(opened)
    yield opened
    opened.dispose()


def _seen(tenant: str) -> DealSeen:
    return DealSeen(
        tenant=tenant, user_id=1, deal_id=7, allowed=True, title="A deal", value=Decimal("0.10"), currency="USD",
        checked_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )  # fmt: skip


def test_migrations_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_every_table_with_tenants_is_walled(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        walled = set(
            connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
        )
        assert is_walled(connection)

    assert walled == {table.name for table in metadata.sorted_tables if "tenant" in table.c}


def test_connection_does_not_wait_for_ever_for_a_server_that_vanished(engine: Engine) -> None:
    with engine.connect() as connection:
        asked = connection.connection.driver_connection.info.get_parameters()

    waits = {name: int(asked[name]) for name in ("connect_timeout", "keepalives_idle", "tcp_user_timeout")}
    assert waits == {"connect_timeout": 10, "keepalives_idle": 15, "tcp_user_timeout": 30_000}


def test_query_that_forgets_its_tenant_sees_only_its_rows(engine: Engine) -> None:
    database = Database(engine)
    for tenant in ("t1", "t2"):
        with database.write(tenant) as store:
            store.deals.put(_seen(tenant))

    with database.read("t1") as store:
        seen = list(store._session.scalars(select(DealSeen.tenant)))
    with engine.connect() as connection:
        outside = list(connection.scalars(select(DealSeen.tenant)))

    assert seen == ["t1"]
    assert outside == []


def test_row_of_another_tenant_cannot_be_written(engine: Engine) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), Database(engine).write("t1") as store:
        store.deals.put(_seen("t2"))


def test_writers_of_one_tenant_wait_for_each_other_and_for_nobody_else(engine: Engine) -> None:
    database, order = Database(engine), list[str]()
    inside = threading.Event()

    def second() -> None:
        inside.wait(60)
        with database.write("t1"):
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with database.write("t1"):
        inside.set()
        with database.write("t2"):
            order.append("another")
        time.sleep(0.3)
        order.append("first")
    waiting.join(60)

    assert order == ["another", "first", "second"]


def test_two_processes_that_start_at_once_upgrade_once(postgres: Postgres) -> None:
    url, failed = postgres.database(), list[BaseException]()

    def start() -> None:
        opened = open_engine(url)
        try:
            upgrade(opened)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            opened.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []


def test_connections_at_work_when_an_engine_ends_are_closed_when_they_come_back(postgres: Postgres) -> None:
    engine = open_engine(postgres.database())
    connection = engine.connect()
    early = connection.connection.dbapi_connection

    retire(engine)
    connection.close()
    with engine.connect() as another:  # somebody who has not heard of the end
        late = another.connection.dbapi_connection

    assert [bool(each and each.closed) for each in (early, late)] == [True, True]
