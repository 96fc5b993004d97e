"""The command line: run the product, look after its database and keys."""

import base64
import json
import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from dealvoice.bootstrap import build
from dealvoice.bootstrap.doctor import Level, Line, examine
from dealvoice.bootstrap.watching import watching
from dealvoice.engine.durable import make_tables
from dealvoice.engine.executors import ExclusiveLock, Held
from dealvoice.engine.fleet import Fleet
from dealvoice.i18n import Speech
from dealvoice.observability import configure
from dealvoice.settings import Settings
from dealvoice.storage.encryption import KeyRing, SealBroken
from dealvoice.storage.engine import open_engine
from dealvoice.storage.move import NotEmpty, move
from dealvoice.storage.rewrap import rewrap
from dealvoice.storage.schema import upgrade
from dealvoice.storage.tenants import Tenant
from dealvoice.storage.unit_of_work import Database, Unreachable
from dealvoice.web.findings import fault
from dealvoice.web.problems.words import words_of
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotPossible, Trouble
from dealvoice.workflows.insight import mending
from dealvoice.workflows.insight.problems import Actor, all_problems
from dealvoice.workflows.insight.views import Problem, Remedy, Tab
from dealvoice.workflows.sync.import_state import connections_told

cli = typer.Typer(help="Invoices from Pipedrive deals, in QuickBooks Online.", no_args_is_help=True)
database = typer.Typer(help="The business database.", no_args_is_help=True)
cli.add_typer(database, name="database")
connections = typer.Typer(help="The connected QuickBooks companies.", no_args_is_help=True)
cli.add_typer(connections, name="connections")
invoices = typer.Typer(help="What went wrong with invoices, and its ways out.", no_args_is_help=True)
cli.add_typer(invoices, name="invoices")
sync = typer.Typer(help="The comparison with QuickBooks.", no_args_is_help=True)
cli.add_typer(sync, name="sync")
keys = typer.Typer(help="The keys that secrets are sealed with.", no_args_is_help=True)
cli.add_typer(keys, name="keys")


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
    # The server gives a signal back once it has stopped; by default that would end the process before it is closed.
    signal.signal(signal.SIGTERM, _leave)
    with _alone(settings):
        product = build(settings, background=background, when_lost=_end_soon)
        product.launch()
        try:
            with watching(product.app, settings.watch_port):
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
        with watching(product.app, settings.watch_port):
            ended.wait()
    finally:
        product.close()


@cli.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no vendor's address.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Doubts count as wrong.")] = False,
) -> None:
    """
    Look at everything and say what is wrong and what to do; changes nothing, and may run beside the product.

    Ends with 0 when nothing is wrong, 1 when something is, 2 when the settings cannot be read.
    """
    configure("console", level=logging.WARNING)
    found = examine(_settings(), environment=os.environ, now=datetime.now(UTC), offline=offline)
    told: list[Line] = []
    for line in found:
        told.append(line)
        if not as_json:
            typer.echo(f"{_MARKS[line.level]:<6}{line.part:<12}{line.says}")
            typer.echo(f"{'':<18}-> {line.do}\n" if line.do else "", nl=False)
    bad = [line for line in told if line.level is Level.WRONG or (strict and line.level is Level.DOUBT)]
    if as_json:
        typer.echo(json.dumps({"well": not bad, "lines": [asdict(line) for line in told]}, indent=2))
    elif not bad:
        typer.echo("All good." if all(line.level is Level.GOOD for line in told) else "Nothing is wrong.")
    if bad:
        raise typer.Exit(1)


_MARKS = {Level.GOOD: "good", Level.DOUBT: "look", Level.WRONG: "WRONG"}


@keys.command("new")
def new_key() -> None:
    """Make an encryption key for DEALVOICE_KEYS; put it before the old ones, comma separated, to rotate."""
    typer.echo(f"k{os.urandom(3).hex()}:{base64.b64encode(os.urandom(32)).decode()}")


Company = Annotated[int | None, typer.Option(help="Only this Pipedrive company, by its number.")]
_PATIENCE = 60.0
_OPERATOR = "command line"


@invoices.command("problems")
def list_problems(tab: Annotated[Tab, typer.Option(help="Which list.")] = Tab.NEEDS, company: Company = None) -> None:
    """List what was refused, is unclear, goes on by itself, was fixed, or was set aside."""
    with _acting() as (app, _):
        speech, found = Speech("en", "en_US", "UTC"), 0
        for tenant, name, problem in _problems(app, company):
            if problem.tab is not tab:
                continue
            found += 1
            told = words_of(speech, problem, app.now())
            typer.echo(f"{_short(problem)}  {problem.at:%Y-%m-%d %H:%M}  {name} ({tenant.name}): {told.title}")
            typer.echo("".join(f"    {line}\n" for line in (told.means, problem.reason) if line), nl=False)
            ways = [remedy.value for remedy, _ in problem.remedies if remedy in _BY_COMMAND]
            if ways:
                typer.echo(f"    ways out: {', '.join(ways)}")
        if not found:
            typer.echo("Nothing to fix." if tab is Tab.NEEDS else "Nothing here.")


@invoices.command()
def retry(
    problem: Annotated[list[str] | None, typer.Argument(help="Problems, by the first letters of their ids.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that need no decision.")] = False,
    remedy: Annotated[
        Remedy | None, typer.Option(help="A way out that the list names; else look or try again.")
    ] = None,
    company: Company = None,
) -> None:
    """Try problems again, each after a look; a running product does the work, else it is done here."""
    if not problem and not everything:
        typer.echo("Name problems, or say --all.", err=True)
        raise typer.Exit(2)
    with _acting(work=True) as (app, alone):
        tried: list[tuple[str, str]] = []
        failed = 0
        for tenant, _, one in _chosen(app, company, problem, everything=everything):
            way = remedy or one.repeats
            if way not in _BY_COMMAND:
                failed += 0 if everything else 1
                continue
            try:
                helped = mending.mend(app, _operator(tenant.tenant), one.key, way, start=alone)
            except Trouble as error:
                failed += 1
                typer.echo(f"{_short(one)}  {fault(Speech('en', 'en_US', 'UTC'), error.code, error.params)}", err=True)
                continue
            tried.append((tenant.tenant, one.key.partition(":")[2]))
            typer.echo(f"{_short(one)}  {'accepted' if helped else 'still not in QuickBooks; nothing was sent'}")
        if alone:
            _wait(app, tried)
        left = " The running product goes on with it." if tried and not alone else ""
        typer.echo(f"{len(tried)} tried.{left}")
        if failed:
            typer.echo(f"{failed} need a decision or were refused; see: dealvoice invoices problems", err=True)
            raise typer.Exit(1)


@invoices.command()
def ignore(
    problem: Annotated[list[str], typer.Argument(help="Problems, by the first letters of their ids.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the problem and in the audit trail.")],
    company: Company = None,
) -> None:
    """Set problems aside with a reason; nothing is changed in QuickBooks or Pipedrive."""
    with _acting() as (app, _):
        for tenant, _, one in _chosen(app, company, problem, everything=False):
            try:
                done = mending.set_aside(app, _operator(tenant.tenant), [one.key], reason)
            except NotPossible as error:
                typer.echo("Say why: --reason.", err=True)
                raise typer.Exit(2) from error
            typer.echo(f"{_short(one)}  {'set aside' if done else 'is not waiting for anybody'}")


_BY_COMMAND = (Remedy.TRY_AGAIN, Remedy.LOOK_AGAIN, Remedy.CREATE, Remedy.ACCEPT, Remedy.USE_DATE, Remedy.USE_NUMBER)


@contextmanager
def _acting(*, work: bool = False) -> Iterator[tuple[App, bool]]:
    """
    Open the product for a command, and tell whether it is alone with the database.

    Beside a running product it only writes rows, and the product's sweeper acts on them.

    Args:
        work: Where no product runs, begin one here for as long as the command takes.
    """
    settings = _settings()
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


def _operator(tenant: str) -> Actor:
    return Actor(tenant=tenant, name=_OPERATOR, installation_id=None, user_id=None, time_zone="UTC")


def _problems(app: App, company: int | None) -> Iterator[tuple[Tenant, str, Problem]]:
    with app.database.everyone_read() as lobby:
        tenants = [one for one in lobby.tenants.all() if company in (None, one.company_id)]
    for tenant in tenants:
        for problem in all_problems(app, _operator(tenant.tenant)):
            yield tenant, problem.by or "Dealvoice", problem


def _chosen(
    app: App, company: int | None, wanted: list[str] | None, *, everything: bool
) -> list[tuple[Tenant, str, Problem]]:
    """Return the problems that a command names; each beginning must fit exactly one."""
    waiting = [one for one in _problems(app, company) if one[2].tab is Tab.NEEDS]
    if everything:
        return waiting
    chosen = []
    for beginning in wanted or []:
        fits = [one for one in waiting if _short(one[2], whole=True).startswith(beginning)]
        if len(fits) != 1:
            typer.echo(f"{beginning}: {'no such problem' if not fits else 'more than one begins so'}", err=True)
            raise typer.Exit(2)
        chosen.append(fits[0])
    return chosen


def _short(problem: Problem, *, whole: bool = False) -> str:
    """Return a problem's id as commands take it: without the name of the most usual source."""
    key = problem.key.removeprefix("operation:")
    return key if whole else key[:12]


def _wait(app: App, tried: list[tuple[str, str]]) -> None:
    """Wait until what was tried has ended, or waits for its next try, which the next start of the product makes."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        going = 0
        for tenant, operation_id in tried:
            with app.database.read(tenant) as store:
                operation = store.operations.get(operation_id)
            going += operation is not None and not operation.is_final and not operation.waits
        if not going:
            return
        time.sleep(0.2)


@keys.command()
def rotate() -> None:
    """Seal everything with the first key of DEALVOICE_KEYS, while the product runs; then the old keys may go."""
    settings = _settings()
    store = Database(open_engine(settings.store_url))
    try:
        done = rewrap(store, KeyRing(settings.key_ring, next(iter(settings.key_ring))))
    except SealBroken as error:
        typer.echo(f"A secret cannot be opened: {error}. Put the key back that it names, then rotate again.", err=True)
        raise typer.Exit(1) from error
    finally:
        store.close()
    typer.echo(f"Sealed anew: {done.sealed}. Still with an older key: {done.left}.")
    if done.left:
        typer.echo("They changed meanwhile. Rotate again before you take the older key away.", err=True)
        raise typer.Exit(1)


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to the newest schema; serve does so by itself where its role may."""
    settings = _settings()
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


@sync.command()
def now(company: Company = None) -> None:
    """Have companies compared with QuickBooks at once, by the running product or when it starts next."""
    with _reading() as store:
        moment = datetime.now(UTC)
        with store.everyone_write() as lobby:
            wanted = {one.tenant for one in lobby.tenants.all() if company in (None, one.company_id)}
            found = {one.id for one in lobby.connections.live() if one.tenant in wanted}
            lobby.connections.sweep_soon(found, moment, not_within=timedelta(0))
    typer.echo(f"{len(found)} are compared next; see: dealvoice connections list")


@database.command()
def restore(source: Path) -> None:
    """Put a backup in the place of the embedded database; the product must be stopped. The former one is kept beside."""
    settings = _settings()
    if settings.database_url:
        typer.echo(
            "This restores the embedded database only. Use pg_restore for PostgreSQL, then: dealvoice database restored",
            err=True,
        )
        raise typer.Exit(1)
    with _alone(settings):
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
    settings = _settings()
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


_LOOKED_AFTER = (
    "Work in hand at the time of the backup, looked after before anything is sent again: {unsure}.\n"
    "Invoices made since the backup are found again by the next look at QuickBooks."
)


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
    settings = _settings()
    address = os.environ.get(to_env, "")
    if settings.database_url or not address.startswith("postgresql"):
        typer.echo(f"Moves from the embedded database to the PostgreSQL named by ${to_env}.", err=True)
        raise typer.Exit(1)
    with _alone(settings):
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


def _leave(_signal: int, _frame: object) -> None:
    """End in order: everything that was opened is closed on the way out."""
    raise SystemExit(0)


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
