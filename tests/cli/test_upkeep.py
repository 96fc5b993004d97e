"""The command line's upkeep: backup and restore, moving to PostgreSQL, rotating keys; on a company that is at work."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select
from typer.testing import CliRunner

from dealvoice.cli import cli
from dealvoice.engine.executors import ExclusiveLock
from dealvoice.settings import DEMO_KEY
from dealvoice.storage.engine import open_engine
from dealvoice.storage.tables import metadata
from dealvoice.workflows.sync import pipedrive_hooks, sweep
from playground.house import House, a_house
from playground.ordinary import FOUNTAIN, filled, in_books, invoiced, pay
from playground.person import people
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.slow
NEW_KEY = f"new:{base64.b64encode(bytes(range(32))).decode()}"

Run = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path / "product") as opened:
        opened.who = opened.install()
        opened.connect(opened.who)
        yield opened


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DEALVOICE_DATA_DIR", str(house.folder))
    return lambda *words: CliRunner().invoke(cli, words)


def test_backup_restored_forgets_what_came_later_and_finds_it_again(house: House, run: Run, tmp_path: Path) -> None:
    with people(house, 101) as (ola,):
        deal, before = invoiced(ola)
        assert run("database", "backup", str(tmp_path / "copy")).exit_code == 0
        _, after = invoiced(ola)
    house.close()

    done = run("database", "restore", str(tmp_path / "copy"))
    assert done.exit_code == 0, done.output

    house.open()
    pay(house, before)
    with people(house, 101) as (ola,):
        assert "Open" in ola.panel(deal).text
        ola.post("/panel/refresh", {"deal": str(deal)})
        assert "Paid" in ola.panel(deal).text
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        assert store.invoices.of_quickbooks(connection.id, in_books(house, after)["Id"]) is not None


def test_work_in_hand_at_the_backup_is_looked_after_and_not_sent_twice(house: House, run: Run, tmp_path: Path) -> None:
    with people(house, 101) as (ola,):
        deal = ola.deal(FOUNTAIN)
        house.run()
        ola.post("/modal/invoice", filled(ola, deal).pairs())
        assert run("database", "backup", str(tmp_path / "copy")).exit_code == 0
        house.run()
        made = house.books("select * from Invoice orderby MetaData.CreateTime desc maxresults 1")[0]
    house.close()
    house.quickbooks("POST", "/_sandbox/switches", json={"replay_hours": 0})

    done = run("database", "restore", str(tmp_path / "copy"))
    assert "looked after before anything is sent again: 1" in done.output
    house.open()
    house.forget_journals()
    sweep.start_unfinished(house.app)
    house.run()

    assert [row for row in house.journal("quickbooks") if row["path"].endswith("/invoice")] == []
    with house.app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(12345)
        assert tenant is not None
        kept = lobby.of(tenant.tenant).invoices.of_deal(deal)
    assert [row.quickbooks_id for row in kept] == [made["Id"]]


def test_restore_refuses_while_the_product_runs_and_what_is_not_whole(house: House, run: Run, tmp_path: Path) -> None:
    assert run("database", "backup", str(tmp_path / "copy")).exit_code == 0
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "torn").write_bytes(whole[: len(whole) // 2])
    with ExclusiveLock(house.folder / "dealvoice.lock"):
        assert "already uses" in run("database", "restore", str(tmp_path / "torn")).output
    house.close()

    refused = run("database", "restore", str(tmp_path / "torn"))

    assert refused.exit_code == 1
    house.open()
    with house.app.database.read(house.who.tenant_id) as store:
        assert store.connections.current() is not None


def test_moved_to_postgresql_with_every_row_and_goes_on_there(
    house: House, run: Run, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with people(house, 101) as (ola,):
        deal, number = invoiced(ola)
    house.close()
    url = postgres.database()
    monkeypatch.setenv("NEW_HOME", url)

    done = run("database", "move", "--to-env", "NEW_HOME")
    assert done.exit_code == 0, done.output
    assert _counts(f"sqlite:///{house.folder / 'dealvoice.sqlite3'}") == _counts(_owner(url))
    assert "in use" in run("database", "move", "--to-env", "NEW_HOME").output

    house.settings = house.settings.model_copy(update={"database_url": url})
    house.open()
    pay(house, number)
    with people(house, 101) as (ola,):
        ola.post("/panel/refresh", {"deal": str(deal)})
        assert "Paid" in ola.panel(deal).text
        assert invoiced(ola)[1] == str(int(number) + 1)


def test_keys_are_rotated_while_the_product_runs(house: House, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pipedrive_hooks.care_for_all(house.app)
    house.run()
    monkeypatch.setenv("DEALVOICE_KEYS", f"{NEW_KEY},demo:{DEMO_KEY}")
    done = run("keys", "rotate")
    assert done.exit_code == 0, done.output
    assert "Sealed anew: 5. Still with an older key: 0" in done.output
    assert "Sealed anew: 0." in run("keys", "rotate").output

    house.close()
    house.settings = house.settings.model_copy(update={"keys": type(house.settings.keys)(NEW_KEY)})
    house.open()
    with people(house, 101) as (ola,):
        deal, _ = invoiced(ola)
        ola.post("/panel/refresh", {"deal": str(deal)})
        assert ola.last_status == 200
    with house.app.database.read(house.who.tenant_id) as store:
        hooks = store.hooks.current()
    assert hooks is not None
    assert all(pipedrive_hooks.secret(house.app, hooks))

    monkeypatch.setenv("DEALVOICE_KEYS", f"demo:{DEMO_KEY}")
    refused = run("keys", "rotate")
    assert refused.exit_code == 1
    assert "not in the ring" in refused.output


def _owner(url: str) -> str:
    return url.replace("product@", "owner@")  # whom the wall between tenants does not bind


def _counts(url: str) -> dict[str, int]:
    opened = open_engine(url)
    try:
        with opened.connect() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }
    finally:
        opened.dispose()
