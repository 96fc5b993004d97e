"""A copy made while the product runs, put back elsewhere: the product goes on there, and no invoice is made twice."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dealvoice.cli import cli
from dealvoice.engine.fleet import Fleet
from dealvoice.storage.engine import open_engine
from dealvoice.workflows.sync import sweep
from playground.house import House, a_house
from playground.ordinary import FOUNTAIN, filled, invoiced, number_of, pay
from playground.person import people
from playground.postgres import Postgres, _tool, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parent.parent.parent / "docs/operations.md"
Carry = Callable[[House], None]
"""Put the copy back in another place, and let the house stand there."""


def _documented(word: str) -> str:
    """Return the one command of the page that has this word."""
    (found,) = [line for line in PAGE.read_text().splitlines() if re.match(rf"(\S+=\S.*? )?{word}\b", line)]
    return found


def _shell(command: str, folder: Path, **environment: str) -> None:
    path = f"{Path(_tool('pg_dump')).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=os.environ | {"PATH": path} | environment, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _command(house: House, *words: str) -> str:
    environment = {
        "DEALVOICE_DATA_DIR": str(house.settings.data_dir),
        "DEALVOICE_DATABASE_URL": house.settings.database_url,
    }
    done = CliRunner().invoke(cli, words, env=environment)
    assert done.exit_code == 0, done.output
    return done.stdout


def _embedded(house: House, folder: Path) -> Carry:
    _command(house, "database", "backup", str(folder / "copy"))

    def carry(house: House) -> None:
        elsewhere = folder / "elsewhere"
        house.folder, house.settings = elsewhere, house.settings.model_copy(update={"data_dir": elsewhere})
        assert "sent again: 1" in _command(house, "database", "restore", str(folder / "copy"))

    return carry


def _on_server(house: House, folder: Path, server: Postgres) -> Carry:
    _shell(_documented("pg_dump"), folder, DATABASE=_plain(house.settings.database_url))

    def carry(house: House) -> None:
        empty = server.database()
        _shell(_documented("pg_restore"), folder, EMPTY_DATABASE=_plain(empty))
        house.settings = house.settings.model_copy(update={"database_url": empty})
        assert "sent again: 1" in _command(house, *_documented("dealvoice database restored").split()[1:])

    return carry


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.mark.parametrize("kind", ["embedded", "postgresql"])
def test_copy_made_at_work_goes_on_elsewhere_without_a_duplicate(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    with a_house(tmp_path / "product") as house:
        if server is not None:
            house.close()
            house.settings = house.settings.model_copy(update={"database_url": server.database()})
            house.open()
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            paid_deal, paid = invoiced(ola)
            deal = ola.deal(FOUNTAIN)
            house.run()
            accepted = filled(ola, deal)
            ola.post("/modal/invoice", accepted.pairs())
            carry = _embedded(house, tmp_path) if server is None else _on_server(house, tmp_path, server)
            house.run()
        count = len(house.books("select * from Invoice maxresults 1000"))
        house.close()
        house.quickbooks("POST", "/_sandbox/switches", json={"replay_hours": 0})

        carry(house)
        house.open()
        house.forget_journals()
        sweep.start_unfinished(house.app)
        house.run()

        assert [row for row in house.journal("quickbooks") if row["path"].endswith("/invoice")] == []
        assert len(house.books("select * from Invoice maxresults 1000")) == count
        pay(house, paid)
        with people(house, 101) as (ola,):
            ola.post("/panel/refresh", {"deal": str(paid_deal)})
            assert "Paid" in ola.panel(paid_deal).text
            assert "Open" in ola.panel(deal).text
            assert number_of(filled(ola, ola.deal(FOUNTAIN)).create())


def test_restored_is_refused_while_somebody_works_on_the_database(postgres: Postgres) -> None:
    url = postgres.database()
    engine = open_engine(url)
    fleet = Fleet(engine)
    fleet.enter()

    done = CliRunner().invoke(cli, ["database", "restored"], env={"DEALVOICE_DATABASE_URL": url})

    fleet.leave()
    engine.dispose()
    assert done.exit_code == 1
    assert "Stop them first" in done.stderr
