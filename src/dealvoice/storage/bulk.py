"""
Writes many rows at once: one statement a page, whichever database it is.

SQLite lives in this process and is given row after row. PostgreSQL is given all rows as one value, a JSON array, and
unfolds it into the types of the table's own columns. Figures, and why neither arrays for ``unnest`` nor ``COPY``:
``docs/adr/0006-rows-as-one-array.md``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Result,
    Table,
    TableValuedAlias,
    Text,
    cast,
    func,
    inspect,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dealvoice.storage.base import Base

Ending = Callable[[Any], Any]
"""Adds to an ``insert`` what becomes of a row that is there already, and what is returned."""


def upsert(session: Session, rows: Sequence[Base], *, newer: str = "") -> None:
    """
    Insert rows, or replace those of the same primary key; columns that were not set keep what they hold.

    What the session has loaded of the table is read anew when it is asked for.

    Args:
        session: An open transaction.
        rows: New row objects, of one or several tables; of two with the same key the last one counts.
        newer: A column with a moment: a stored row that has a later one stays as it is, because pages may arrive late.
    """
    session.flush()
    for batch in _batches(rows).values():
        kind = type(batch[0])
        table = _table(kind)
        values = list({tuple(row[key.name] for key in table.primary_key): row for row in map(_values, batch)}.values())
        insert_rows(session, kind, values, _replacing(table, list(values[0]), newer))
        for loaded in list(session.identity_map.values()):
            if type(loaded) is kind:
                session.expire(loaded)


def insert_missing(session: Session, rows: Sequence[Base]) -> None:
    """Insert rows; those that a unique constraint finds there already are left out."""
    session.flush()
    for batch in _batches(rows).values():
        insert_rows(
            session, type(batch[0]), [_values(row) for row in batch], lambda made: made.on_conflict_do_nothing()
        )


def insert_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]], ending: Ending) -> Result[Any]:
    """
    Insert rows by one statement and return its result; columns that are not named get their defaults.

    Args:
        session: An open transaction.
        kind: Row class of the table.
        rows: At least one, all with the same columns; no two with one key where ``ending`` replaces.
        ending: What becomes of a row that is there already, and what is returned.
    """
    table = _table(kind)
    if session.get_bind().dialect.name == "sqlite":
        return session.execute(ending(sqlite.insert(table)), list(rows))
    given = as_table(session, kind, rows)
    return session.execute(ending(postgresql.insert(table).from_select(list(rows[0]), select(given))))


def as_table(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    """Return rows as something to select from, with the column types of a table. PostgreSQL only."""
    table = _table(kind)
    columns = [table.c[name] for name in rows[0]]
    dialect = session.get_bind().dialect
    writers = [(column.name, column.type.bind_processor(dialect)) for column in columns]
    plain = [{name: write(row[name]) if write else row[name] for name, write in writers} for row in rows]
    array = cast(literal(msgspec.json.encode(plain).decode(), Text()), JSON)
    shape: ColumnElement[Any] = literal_column(f'NULL::"{table.name}"')
    return func.json_populate_recordset(shape, array).table_valued(*columns, name="given")


def insert_of(session: Session) -> Any:
    """Return the ``insert`` of the session's database, which knows ``ON CONFLICT``; for a single row."""
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _replacing(table: Table, names: Sequence[str], newer: str) -> Ending:
    """Replace the named columns of a row that is there already, unless it is the newer one."""
    keys = list(table.primary_key)

    def ending(made: Any) -> Any:
        where = None
        if newer and newer in table.c:
            held, seen = table.c[newer], made.excluded[newer]
            where = or_(held.is_(None), seen.is_(None), seen >= held)
        taken = {name: made.excluded[name] for name in names if name not in table.primary_key.columns}
        return made.on_conflict_do_update(index_elements=keys, set_=taken, where=where)

    return ending


def _batches(rows: Sequence[Base]) -> dict[tuple[type[Base], frozenset[str]], list[Base]]:
    """Sort rows by table and by which columns are set: a statement has one shape."""
    found: dict[tuple[type[Base], frozenset[str]], list[Base]] = {}
    for row in rows:
        found.setdefault((type(row), frozenset(row.__dict__)), []).append(row)
    return found


def _table(kind: type[Base]) -> Table:
    return inspect(kind).local_table  # type: ignore[return-value] # every row class has a table of its own


def _values(row: Base) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if name != "_sa_instance_state"}
