"""No connection is lost while threads and processes race to refresh it; ``DEALVOICE_SOAK=1`` asks 100,000 times."""

import os
import time
from pathlib import Path

import pytest

from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from playground.postgres import Postgres, postgres
from playground.racing import Course, race

__all__ = ["postgres"]

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
ASKS = 100_000 if SOAK else 1_600
CONNECTIONS = 8

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600 if SOAK else 180)]


def _told(database: str, course: Course) -> None:
    started = time.monotonic()

    done = race(course, ASKS)

    print(
        f"{database}: {done.asked:,} concurrent refreshes of {course.connections} connections by {course.processes} x "
        f"{course.threads} threads: {done.renewals:,} renewals, {done.shown_dead} dead tokens shown, "
        f"{done.lost} connections lost, {time.monotonic() - started:.0f} s"
    )
    assert (done.asked, done.shown_dead, done.lost) == (ASKS, 0, 0)
    assert done.renewals >= CONNECTIONS


def test_threads_of_one_process_lose_no_connection(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()

    _told("SQLite", Course(url, tmp_path / "unsaved", processes=1, threads=16, connections=CONNECTIONS))


def test_processes_on_one_database_lose_no_connection(postgres: Postgres, tmp_path: Path) -> None:
    course = Course(postgres.migrated(), tmp_path / "unsaved", processes=2, threads=8, connections=CONNECTIONS)

    _told("PostgreSQL", course)
