"""Brings the business database to the newest schema; the same steps on SQLite and PostgreSQL."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from dealvoice.storage.tables import metadata
from dealvoice.storage.walls import EVERYONE, raise_walls

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply every migration that is missing, up to a revision. Safe to repeat."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect().execution_options(transaction="IMMEDIATE") as connection:
        if connection.dialect.name == "sqlite" and _is_at(connection, revision):
            return
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310511)")  # two processes may start at once
            connection.exec_driver_sql(f"SELECT set_config('dealvoice.tenant', '{EVERYONE}', true)")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if connection.dialect.name == "postgresql":
            raise_walls(connection, metadata)
        connection.commit()


def _is_at(connection: Connection, revision: str) -> bool:
    """Tell whether there is nothing to apply: asking costs a twentieth of what the machinery of migrations does."""
    return revision == "head" and MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
