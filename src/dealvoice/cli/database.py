"""The business database: its schema, its copies, its move to PostgreSQL."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from dealvoice.cli.opening import alone, settings_of
from dealvoice.engine.durable import make_tables
from dealvoice.engine.fleet import Fleet
from dealvoice.storage.engine import open_engine
from dealvoice.storage.move import NotEmpty, move
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database, Unreachable

database = typer.Typer(help="The business database.", no_args_is_help=True)
_LOOKED_AFTER = (
    "Work in hand at the time of the backup, looked after before anything is sent again: {unsure}.\n"
    "Invoices made since the backup are found again by the next look at QuickBooks."
)


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to the newest schema; serve does so by itself where its role may."""
    settings = settings_of()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.store_url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    if settings.database_url:
        make_tables(settings.engine_url)
    typer.echo("The database is at the newest schema.")


@database.command()
def backup(target: Path) -> None:
    """Copy the embedded database to a file while the product runs."""
    settings = settings_of()
    if settings.database_url:
        typer.echo("This copies the embedded database only. Use pg_dump for PostgreSQL.", err=True)
        raise typer.Exit(1)
    with sqlite3.connect(settings.data_dir / "dealvoice.sqlite3") as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    typer.echo(f"Copied to {target}.")


@database.command()
def restore(source: Path) -> None:
    """Put a backup in the place of the embedded database; the product must be stopped. The former one is kept beside."""
    settings = settings_of()
    if settings.database_url:
        typer.echo(
            "This restores the embedded database only. Use pg_restore for PostgreSQL, then: dealvoice database restored",
            err=True,
        )
        raise typer.Exit(1)
    with alone(settings):
        with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as backup:
            if backup.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                typer.echo(f"{source} is not a whole database. Nothing was changed.", err=True)
                raise typer.Exit(1)
            # What has happened since the backup is unknown to it: the engine's memory of steps would be too new.
            for name in ("dealvoice.sqlite3", "engine.sqlite3"):
                for suffix in ("", "-wal", "-shm"):
                    old = settings.data_dir / f"{name}{suffix}"
                    if old.exists():
                        old.rename(old.with_name(f"{old.name}.before-restore"))
            with sqlite3.connect(settings.data_dir / "dealvoice.sqlite3") as target:
                backup.backup(target)
        store = Database(open_engine(settings.store_url))
        try:
            unsure = _distrust(store)
        finally:
            store.close()
    typer.echo(f"Restored. {_LOOKED_AFTER.format(unsure=unsure)}")


@database.command()
def restored() -> None:
    """Say that this PostgreSQL database was just put back from a backup, before anything is started on it."""
    settings = settings_of()
    if not settings.database_url:
        typer.echo("On the embedded database this is part of: dealvoice database restore", err=True)
        raise typer.Exit(1)
    store = Database(open_engine(settings.store_url))
    try:
        with suppress(Unreachable):  # no process was ever started on it
            if alive := Fleet(store.engine).alive():
                typer.echo(f"{len(alive)} processes work on it. Stop them first.", err=True)
                raise typer.Exit(1)
        unsure = _distrust(store)
    finally:
        store.close()
    typer.echo(_LOOKED_AFTER.format(unsure=unsure))


def _distrust(store: Database) -> int:
    """Take nothing for granted that a restored database says of work in hand; returns how much of it there is."""
    upgrade(store.engine)
    with store.everyone_write() as lobby:
        lobby.leases.end_all()
        return lobby.operations.distrust()


@database.command("move")
def move_database(
    to_env: Annotated[str, typer.Option(help="Name of the environment variable that holds the new address.")],
) -> None:
    """Copy the embedded database to PostgreSQL, with the rows counted on both sides; the product must be stopped."""
    settings = settings_of()
    address = os.environ.get(to_env, "")
    if settings.database_url or not address.startswith("postgresql"):
        typer.echo(f"Moves from the embedded database to the PostgreSQL named by ${to_env}.", err=True)
        raise typer.Exit(1)
    with alone(settings):
        source, target = open_engine(settings.store_url), open_engine(address)
        try:
            moved = move(source, target)
        except NotEmpty as error:
            typer.echo(f"The target is in use ({error}). Nothing was written.", err=True)
            raise typer.Exit(1) from error
        finally:
            source.dispose()
            target.dispose()
    for one in moved:
        typer.echo(f"{one.table:24}{one.rows:>10}")
    typer.echo(
        f"Moved {sum(one.rows for one in moved)} rows, all counted. Now set DEALVOICE_DATABASE_URL to ${to_env}."
    )
