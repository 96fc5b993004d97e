"""How a command opens an installation: its settings, its lock, its database, or all of the product."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer
from pydantic import ValidationError

from dealvoice.bootstrap import build
from dealvoice.engine.executors import ExclusiveLock, Held
from dealvoice.observability import configure
from dealvoice.settings import Settings
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database
from dealvoice.workflows.app import App

Company = Annotated[int | None, typer.Option(help="Only this Pipedrive company, by its number.")]


def settings_of() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            typer.echo(str(problem["msg"]).removeprefix("Value error, "), err=True)
        raise typer.Exit(2) from error


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
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


@contextmanager
def reading() -> Iterator[Database]:
    """Open the business database for a command that only reads; it works while the product runs."""
    settings = settings_of()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.store_url)
    upgrade(engine)
    database = Database(engine)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def acting(*, work: bool = False) -> Iterator[tuple[App, bool]]:
    """
    Open the product for a command, and tell whether it is alone with the database.

    Beside a running product it only writes rows, and the product's sweeper acts on them.

    Args:
        work: Where no product runs, begin one here for as long as the command takes.
    """
    settings = settings_of()
    configure(settings.log_format, level=logging.WARNING)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = ExclusiveLock(settings.data_dir / "dealvoice.lock")
    alone = False
    if work and not settings.database_url:
        with suppress(Held):
            lock.acquire()
            alone = True
    product = build(settings)
    try:
        if alone:
            product.launch()
        yield product.app, alone
    finally:
        product.close()
        if alone:
            lock.release()
