"""The doctor names what is wrong and what to do, and changes nothing; on a company at work."""

import base64
import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pydantic import SecretStr
from sqlalchemy import text
from typer.testing import CliRunner

from dealvoice.bootstrap.doctor.configured import names
from dealvoice.cli import cli
from dealvoice.engine import durable
from dealvoice.engine.port import Task, again
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from playground.environment import environment_of
from playground.house import House
from playground.one_house import house
from playground.ordinary import FOUNTAIN, filled
from playground.person import people
from playground.postgres import Postgres, postgres
from playground.stage import _free_port

__all__ = ["house", "postgres"]

ROOT = Path(__file__).parent.parent.parent
DAY = timedelta(days=1)
Doctor = Callable[..., Result]
Lines = list[dict[str, str]]


def run(house: House, *words: str, vendor: dict[str, str] | None = None, **changes: Any) -> Result:
    """Run the command with a house's settings, some of them changed."""
    changed = environment_of(house.settings.model_copy(update=changes))
    return CliRunner().invoke(cli, ["doctor", *words], env=changed | (vendor or {}))


def lines(house: House, *words: str, **changes: Any) -> tuple[int, Lines]:
    done = run(house, "--json", *words, **changes)
    found: Lines = json.loads(done.stdout)["lines"]
    return done.exit_code, found


def said(found: Lines, part: str, level: str) -> str:
    return "\n".join(
        f"{line['says']} -> {line['do']}" for line in found if (line["part"], line["level"]) == (part, level)
    )


def _content(folder: Path) -> dict[str, str]:
    """Return what the files hold; the index of the log is where readers say that they read."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_company_at_work_is_well_and_nothing_is_changed(house: House) -> None:
    assert house.built is not None
    house.built._budgets.flush()  # nothing of the product's own is written meanwhile
    before = _content(house.folder)

    code, found = lines(house)

    assert code == 0, found
    assert said(found, "database", "good").startswith(str(house.folder / "dealvoice.sqlite3"))
    assert "secrets are sealed" in said(found, "keys", "good")
    assert re.search(r"dealvoice [\d.]+, dbos [\d.]+.*workflows wf-1", said(found, "versions", "good"))
    reached = said(found, "reach", "good")
    for address in (house.settings.quickbooks.token_url, house.settings.pipedrive.revoke_url):
        assert address in reached
    assert "differ by" in said(found, "clock", "good")
    assert "1 connected, 1 of them live" in said(found, "connections", "good")
    assert {line["level"] for line in found} <= {"good", "doubt"}
    assert all(line["do"] for line in found if line["level"] != "good")
    assert _content(house.folder) == before


def test_people_read_it_too_and_doubts_count_only_when_strict(house: House) -> None:
    plain, strict = run(house, "--offline"), run(house, "--offline", "--strict")

    assert (plain.exit_code, strict.exit_code) == (0, 1)
    assert "look  settings    demo values: DEALVOICE_QUICKBOOKS_CLIENT_ID" in plain.stdout
    assert plain.stdout.endswith("Nothing is wrong.\n")


def test_before_the_first_start_nothing_is_made(house: House, tmp_path: Path) -> None:
    code, found = lines(house, "--offline", data_dir=tmp_path / "new")

    assert code == 0
    assert "is not there yet" in said(found, "database", "doubt")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("revision", "code", "words"), [("0019", 0, "this release wants"), ("9999", 1, "of a newer release")]
)
def test_another_schema_is_told_and_left_alone(
    house: House, tmp_path: Path, revision: str, code: int, words: str
) -> None:
    made = open_engine(f"sqlite:///{tmp_path / 'dealvoice.sqlite3'}")
    upgrade(made, "0019")
    with made.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :one"), {"one": revision})
    made.dispose()

    ended, found = lines(house, "--offline", data_dir=tmp_path)

    assert ended == code
    assert words in said(found, "database", "wrong" if code else "doubt")
    with closing(sqlite3.connect(tmp_path / "dealvoice.sqlite3")) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)


@pytest.mark.parametrize(("key_id", "words"), [("other", "not in DEALVOICE_KEYS"), ("demo", "does not open them")])
def test_secrets_that_no_key_opens_are_counted_by_key(house: House, key_id: str, words: str) -> None:
    key = SecretStr(f"{key_id}:{base64.b64encode(bytes(range(32))).decode()}")

    code, found = lines(house, "--offline", keys=key)

    assert code == 1
    told = said(found, "keys", "wrong")
    assert re.match(r"\d+ secrets are sealed with demo", told)
    assert words in told


def test_runs_that_no_release_here_would_take_up_are_told(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgraded = open_engine(f"sqlite:///{tmp_path / 'dealvoice.sqlite3'}")
    upgrade(upgraded)
    upgraded.dispose()
    monkeypatch.setattr(durable, "APPLICATION_VERSION", "wf-0")
    engine = durable.DurableEngine(f"sqlite:///{tmp_path / 'engine.sqlite3'}", executor_id="old-1")
    begun = threading.Event()

    def step(_run: str, _attempt: int) -> Any:
        begun.set()
        return again(DAY)

    engine.register([Task("some.work", (("wait", step),))])
    engine.launch()
    engine.start("operation1", "some.work")
    assert begun.wait(10)
    engine.close()
    monkeypatch.undo()

    code, found = lines(house, "--offline", data_dir=tmp_path)

    assert code == 1
    assert "1 runs of the workflow version wf-0" in said(found, "runs", "wrong")


def test_an_address_that_does_not_answer_and_a_clock_that_is_off_are_told(house: House) -> None:
    closed = f"http://127.0.0.1:{_free_port()}/revoke"
    with _ten_minutes_ahead() as ahead:
        vendor = {"DEALVOICE_QUICKBOOKS_REVOKE_URL": closed, "DEALVOICE_QUICKBOOKS_APP_URL": ahead}
        done = run(house, "--json", vendor=vendor)
        found = json.loads(done.stdout)["lines"]

    assert done.exit_code == 1
    assert f"{closed} did not answer" in said(found, "reach", "wrong")
    assert "differ by 6" in said(found, "clock", "wrong")
    assert "NTP" in said(found, "clock", "wrong")
    assert "reach" not in {line["part"] for line in lines(house, "--offline")[1]}


def test_what_waits_and_who_must_sign_in_is_told(house: House) -> None:
    now = datetime.now(UTC)
    with people(house, 101) as (ola,):
        ola.post("/modal/invoice", filled(ola, ola.deal(FOUNTAIN)).pairs())
    with house.app.database.write(house.who.tenant_id) as store:
        row = store.connections.current()
        assert row is not None
        kept = (row.hard_until, row.next_sweep_at, row.state)
        row.hard_until, row.next_sweep_at = now + 9 * DAY, now - DAY
        for waiting in store.problems.waiting(now + DAY, by=None, limit=99):
            waiting.created_at = now - DAY
        store.inbox.mark(row.id, "Invoice", ["1"], now - DAY)
    _, due = lines(house, "--offline")
    with house.app.database.write(house.who.tenant_id) as store:
        row = store.connections.current()
        assert row is not None
        row.state = "needs_reconnect"
    _, ended = lines(house, "--offline")
    with house.app.database.write(house.who.tenant_id) as store:
        row = store.connections.current()
        assert row is not None
        row.hard_until, row.next_sweep_at, row.state = kept
    house.run()

    assert "are not finished, the oldest since" in said(due, "work", "doubt")
    assert "events of quickbooks wait since" in said(due, "work", "doubt")
    assert "comparison due since" in said(due, "lag", "doubt")
    assert f"ends for good on {now + 9 * DAY:%Y-%m-%d}" in said(due, "connections", "doubt")
    assert "needs a new sign-in" in said(ended, "connections", "doubt")


def test_tokens_that_the_database_did_not_take_are_told(house: House, tmp_path: Path) -> None:
    made = open_engine(f"sqlite:///{tmp_path / 'dealvoice.sqlite3'}")
    upgrade(made)
    made.dispose()
    (tmp_path / "unsaved/quickbooks").mkdir(parents=True)
    (tmp_path / "unsaved/quickbooks/c1.pair").write_text("sealed")

    _, found = lines(house, "--offline", data_dir=tmp_path)

    assert "1 pairs of tokens wait" in said(found, "keys", "doubt")


def test_settings_that_are_misspelt_or_refused_are_named(house: House) -> None:
    misspelt = run(house, "--offline", vendor={"DEALVOICE_SWEEP_SECOND": "5"})
    refused = run(house, "--offline", public_url="https://dealvoice.example.com")

    assert "DEALVOICE_SWEEP_SECOND is read by nothing" in misspelt.stdout
    assert refused.exit_code == 2
    assert "still has its demo value" in refused.stderr


def test_the_doctor_knows_the_names_that_are_documented() -> None:
    written = set(re.findall(r"`(DEALVOICE_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text()))

    assert written <= names()


@pytest.mark.slow
def test_on_postgresql_role_clock_and_rights_are_told(house: House, postgres: Postgres) -> None:
    url = postgres.database()
    made = open_engine(url)
    upgrade(made)
    made.dispose()
    superuser = url.replace("product@", "owner@")

    plain, free = (lines(house, "--offline", database_url=one) for one in (url, superuser))
    away = lines(house, "--offline", database_url=re.sub(r":\d+/", f":{_free_port()}/", url))

    assert plain[0] == 0, plain[1]
    assert f"127.0.0.1:{postgres.port}/" in said(plain[1], "database", "good")
    assert "the database's clock and ours differ by" in said(plain[1], "clock", "good")
    assert free[0] == 1
    assert "row level security does not bind" in said(free[1], "database", "wrong")
    assert away[0] == 1
    assert "cannot be opened" in said(away[1], "database", "wrong")


@contextmanager
def _ten_minutes_ahead() -> Iterator[str]:
    class Ahead(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(405)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or datetime.now(UTC).timestamp()) + 600)

        def log_message(self, *_: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Ahead)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
