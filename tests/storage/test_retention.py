"""What has been kept long enough goes, and nothing younger: every table of the list, on both databases."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, Table, func, insert, select
from sqlalchemy.types import TypeDecorator

from dealvoice.storage.base import Json, Moment
from dealvoice.storage.engine import open_engine
from dealvoice.storage.retention import RETENTION
from dealvoice.storage.schema import upgrade
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import Database
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OLD, YOUNG = 1, 3
"""Rows of each table of that age."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_old_rows_go_and_young_ones_stay(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    on_server = kind == "postgresql"
    server: Postgres | None = request.getfixturevalue("postgres") if on_server else None
    engine = open_engine(server.database() if server else f"sqlite:///{tmp_path / 'x.sqlite3'}")
    upgrade(engine)
    database = Database(engine)
    timed = {name: kept for name, kept in RETENTION.items() if kept.after is not None}
    with database.everyone_write() as lobby:
        for name, kept in timed.items():
            assert kept.after is not None
            end = NOW - kept.after
            table = metadata.tables[name]
            ages = [end - timedelta(days=2)] * OLD + [end + timedelta(days=2)] * YOUNG
            rows = [_row(table, number, kept.column, at) for number, at in enumerate(ages)]
            lobby._session.execute(insert(table), rows)

    with database.everyone_write() as lobby:
        gone = lobby.forget(NOW)
        again = lobby.forget(NOW)
        left = {name: lobby._session.scalar(select(func.count()).select_from(metadata.tables[name])) for name in timed}

    database.close()
    assert gone == OLD * len(timed)
    assert again == 0
    assert left == dict.fromkeys(timed, YOUNG)


def _row(table: Table, number: int, column: str, at: datetime) -> dict[str, Any]:
    """Return a row that holds what must be there, different from others in every word."""
    needed = [one for one in table.columns if not one.nullable and one.server_default is None]
    values = {one.name: _value(one, number) for one in needed if not (one.primary_key and one.autoincrement is True)}
    moment: datetime | date = at.date() if isinstance(table.c[column].type, Date) else at
    return values | {column: moment}


def _value(column: Column[Any], number: int) -> Any:
    match column.type:
        case Moment():
            return NOW
        case Json():
            return {}
        case Boolean():
            return False
        case Integer():
            return number
        case Date():
            return NOW.date()
        case TypeDecorator():
            return number
        case _:
            return f"w{number}"
