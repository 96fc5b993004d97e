"""Looks at a database from outside, for the doctor: opens it for reading only and changes nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.pool import NullPool

from dealvoice.storage.schema import MIGRATIONS
from dealvoice.storage.walls import is_walled

_WRITES = text("SELECT NOT pg_is_in_recovery() AND has_table_privilege('operations', 'INSERT')")
_SIZE = text("SELECT pg_database_size(current_database())")
_HELD = text("SELECT to_regclass('operations') IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a database is like."""

    revision: str | None
    """Of its schema; None: it holds none of ours."""
    newest: str
    """The schema that this release wants."""
    knows_revision: bool
    """False: its schema is of a newer release."""
    size: int
    """Bytes."""
    writable: bool
    walled: bool
    """Row level security binds our role; always so on SQLite, which has no roles."""
    clock: datetime | None
    """The server's time; None on SQLite, whose clock is this machine's."""


@contextmanager
def open_for_reading(url: str) -> Iterator[Engine]:
    """
    Open a database so that nothing can be written, and close it again.

    Raises:
        FileNotFoundError: There is no such SQLite file.
    """
    if url.startswith("sqlite"):
        path = file_of(url)
        if not path.exists():
            raise FileNotFoundError(path)
        # Without a log beside it nobody is at work on the file; reading it so makes no files of its own.
        alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
        address = f"sqlite:///file:{path.absolute()}?mode=ro{alone}&uri=true"
        engine = create_engine(address, poolclass=NullPool)
    else:
        read_only = "-c default_transaction_read_only=on -c statement_timeout=10000"
        engine = create_engine(url, poolclass=NullPool, connect_args={"options": read_only, "connect_timeout": 5})
    try:
        yield engine
    finally:
        engine.dispose()


def file_of(url: str) -> Path:
    """Return the file of an SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


def inspect(engine: Engine, url: str) -> Inspected:
    """Look at a database that was opened for reading; raises ``DatabaseAway`` when it does not answer."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {script.revision for script in scripts.walk_revisions()}
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        on_server = connection.dialect.name == "postgresql"
        held = on_server and bool(connection.scalar(_HELD))
        return Inspected(
            revision=revision,
            newest=str(scripts.get_current_head()),
            knows_revision=revision is None or revision in known,
            size=int(connection.scalar(_SIZE) or 0) if on_server else _size(file_of(url)),
            writable=bool(connection.scalar(_WRITES)) if held else on_server or _is_writable(file_of(url)),
            walled=is_walled(connection) if on_server else True,
            clock=connection.scalar(select(func.clock_timestamp())) if on_server else None,
        )


def _size(path: Path) -> int:
    parts = (path.with_name(path.name + suffix) for suffix in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _is_writable(path: Path) -> bool:
    """SQLite writes a log beside its file, so both must be writable."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
