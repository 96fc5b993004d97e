"""Writes many rows at once: one statement a page, whichever database it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, inspect, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dealvoice.storage.base import Base


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
        table = _table(batch[0])
        values = list({tuple(row[key.name] for key in table.primary_key): row for row in map(_values, batch)}.values())
        statement = insert_of(session)(table)
        keys = {key.name for key in table.primary_key}
        taken = {name: statement.excluded[name] for name in values[0] if name not in keys}
        where = None
        if newer and newer in table.c:
            held, seen = table.c[newer], statement.excluded[newer]
            where = or_(held.is_(None), seen.is_(None), seen >= held)
        session.execute(
            statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=taken, where=where), values
        )
        for loaded in list(session.identity_map.values()):
            if type(loaded) is type(batch[0]):
                session.expire(loaded)


def insert_missing(session: Session, rows: Sequence[Base]) -> None:
    """Insert rows; those that a unique constraint finds there already are left out."""
    session.flush()
    for batch in _batches(rows).values():
        statement = insert_of(session)(_table(batch[0])).on_conflict_do_nothing()
        session.execute(statement, [_values(row) for row in batch])


def _batches(rows: Sequence[Base]) -> dict[tuple[type[Base], frozenset[str]], list[Base]]:
    """Sort rows by table and by which columns are set: a statement has one shape."""
    found: dict[tuple[type[Base], frozenset[str]], list[Base]] = {}
    for row in rows:
        found.setdefault((type(row), frozenset(row.__dict__)), []).append(row)
    return found


def _table(row: Base) -> Table:
    return inspect(type(row)).local_table  # type: ignore[return-value] # every row class has a table of its own


def _values(row: Base) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if name != "_sa_instance_state"}


def insert_of(session: Session) -> Any:
    """Return the ``insert`` of the session's database, which knows ``ON CONFLICT``."""
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
