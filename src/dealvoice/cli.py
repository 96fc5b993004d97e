"""The command line: run the product, look after its database and keys."""

import base64
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from dealvoice.bootstrap import build
from dealvoice.engine.executors import ExclusiveLock, Held
from dealvoice.observability import configure
from dealvoice.settings import Settings
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from dealvoice.workflows.sync.import_state import connections_told

cli = typer.Typer(help="Invoices from Pipedrive deals, in QuickBooks Online.", no_args_is_help=True)
database = typer.Typer(help="The business database.", no_args_is_help=True)
cli.add_typer(database, name="database")
connections = typer.Typer(help="The connected QuickBooks companies.", no_args_is_help=True)
cli.add_typer(connections, name="connections")


@cli.command()
def serve(
    background: Annotated[bool, typer.Option(help="Do the background work too; without, a worker must run.")] = True,
) -> None:
    """Run the product: web server and worker in one process, on the address of DEALVOICE_HOST and DEALVOICE_PORT."""
    settings = _settings()
    if not background and not settings.database_url:
        typer.echo("On the embedded database one process does everything: leave --no-background out.", err=True)
        raise typer.Exit(1)
    configure(settings.log_format)
    with _alone(settings):
        product = build(settings, background=background, when_lost=_end_soon)
        product.launch()
        try:
            uvicorn.run(
                product.web, host=settings.host, port=settings.port, log_config=None, access_log=False,
                server_header=False, timeout_graceful_shutdown=5,
            )  # fmt: skip
        finally:
            product.close()


@cli.command()
def worker() -> None:
    """Do background work beside as many servers and workers as wanted; needs PostgreSQL (DEALVOICE_DATABASE_URL)."""
    settings = _settings()
    if not settings.database_url:
        typer.echo(
            "A worker needs PostgreSQL (DEALVOICE_DATABASE_URL). On the embedded database serve does it.", err=True
        )
        raise typer.Exit(1)
    configure(settings.log_format)
    ended = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: ended.set())
    product = build(settings, when_lost=ended.set)
    product.launch()
    try:
        ended.wait()
    finally:
        product.close()


@cli.command()
def doctor() -> None:
    """Tell whether the settings are complete and the database can be opened."""
    settings = _settings()
    typer.echo(f"Public address   {settings.public_url}")
    typer.echo(f"Database         {settings.store_url}")
    typer.echo(f"QuickBooks       {settings.quickbooks.api_url}")
    typer.echo(f"Pipedrive        {settings.pipedrive.authorize_url}")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(open_engine(settings.store_url))
    typer.echo("The database is at the newest schema. All good.")


@cli.command()
def keys() -> None:
    """Make an encryption key for DEALVOICE_KEYS; put it before the old ones, comma separated, to rotate."""
    typer.echo(f"k{os.urandom(3).hex()}:{base64.b64encode(os.urandom(32)).decode()}")


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to the newest schema; serve does so by itself."""
    settings = _settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(open_engine(settings.store_url))
    typer.echo("The database is at the newest schema.")


@database.command()
def backup(target: Path) -> None:
    """Copy the embedded database to a file while the product runs."""
    settings = _settings()
    if settings.database_url:
        typer.echo("This copies the embedded database only. Use pg_dump for PostgreSQL.", err=True)
        raise typer.Exit(1)
    with sqlite3.connect(settings.data_dir / "dealvoice.sqlite3") as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    typer.echo(f"Copied to {target}.")


@connections.command("list")
def list_connections() -> None:
    """Tell of each connection: how far its import is, whether the counts agree, what it has used of the budgets."""
    with _reading() as store:
        for told in connections_told(store, now=datetime.now(UTC)):
            typer.echo(told)


def main() -> None:
    """Run the command line."""
    cli()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the embedded database's lock; on PostgreSQL there is nothing to hold."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.database_url:
        yield
        return
    lock = ExclusiveLock(settings.data_dir / "dealvoice.lock")
    try:
        lock.acquire()
    except Held as error:
        typer.echo(f"Another process (pid {error.pid}) already uses {settings.data_dir}. Stop it first.", err=True)
        raise typer.Exit(1) from error
    with lock:
        yield


def _end_soon() -> None:
    """End this process in order, as its supervisor would."""
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _reading() -> Iterator[Database]:
    """Open the business database for a command that only reads; it works while the product runs."""
    settings = _settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.store_url)
    upgrade(engine)
    database = Database(engine)
    try:
        yield database
    finally:
        database.close()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            typer.echo(str(problem["msg"]).removeprefix("Value error, "), err=True)
        raise typer.Exit(2) from error
