"""
Moves a whole installation to another database: every row of every table, counted on both sides.

Nothing may write meanwhile (the caller holds the embedded database's lock). The engine's own tables stay behind: the
operation rows are the truth, and what is not final is started again where it arrives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, func, insert, select, text

from dealvoice.storage.schema import upgrade
from dealvoice.storage.tables import metadata
from dealvoice.storage.walls import EVERYONE

_BATCH: Final = 1000


class NotEmpty(Exception):
    """The target holds rows already: nothing was written."""


class Differs(Exception):
    """After copying, a table does not hold what the source holds: nothing was kept."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows of one table were copied."""

    table: str
    rows: int


def move(source: Engine, target: Engine, *, tables: MetaData = metadata) -> list[Moved]:
    """
    Copy everything in one transaction of the target; the source is only read.

    Raises:
        NotEmpty: The target is in use.
        Differs: The counts differ; the target was left empty.
    """
    upgrade(source)
    upgrade(target)
    with (
        source.connect().execution_options(transaction="IMMEDIATE") as from_,
        target.connect().execution_options(transaction="IMMEDIATE") as to,
        to.begin(),
    ):
        for connection in (from_, to):
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT set_config('dealvoice.tenant', :all, true)"), {"all": EVERYONE})
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        used = [table.name for table in tables.sorted_tables if _count(to, table)]
        if used:
            raise NotEmpty(", ".join(used))
        moved = [Moved(table.name, _copy(from_, to, table)) for table in tables.sorted_tables]
        for one, table in zip(moved, tables.sorted_tables, strict=True):
            there = _count(to, table)
            if not one.rows == there == _count(from_, table):
                raise Differs(f"{table.name}: {one.rows} read, {there} arrived")
            _continue_counting(to, table)
        from_.rollback()
    return moved


def _copy(source: Connection, target: Connection, table: Table) -> int:
    copied = 0
    for batch in _batches(source, table):
        target.execute(insert(table), batch)
        copied += len(batch)
    return copied


def _batches(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    for part in source.execute(select(table).order_by(*table.primary_key)).mappings().partitions(_BATCH):
        yield [dict(row) for row in part]


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _continue_counting(connection: Connection, table: Table) -> None:
    """Let the database's own numbers go on behind the highest that was copied."""
    counted: Column[Any] | None = table.autoincrement_column
    if connection.dialect.name != "postgresql" or counted is None or not isinstance(counted.type, Integer):
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, counted.name)))
    highest = connection.scalar(select(func.max(counted)))
    if sequence and highest is not None:
        connection.execute(select(func.setval(sequence, highest)))
