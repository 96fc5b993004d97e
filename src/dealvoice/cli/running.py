"""Run the product, and look at it from outside."""

import gc
import json
import logging
import os
import signal
import sys
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
import uvicorn

from dealvoice.bootstrap import build
from dealvoice.bootstrap.doctor import Level, Line, examine
from dealvoice.bootstrap.watching import watching
from dealvoice.cli.opening import alone, settings_of
from dealvoice.observability import configure

_MARKS = {Level.GOOD: "good", Level.DOUBT: "look", Level.WRONG: "WRONG"}


def serve(
    background: Annotated[bool, typer.Option(help="Do the background work too; without, a worker must run.")] = True,
) -> None:
    """Run the product: web server and worker in one process, on the address of DEALVOICE_HOST and DEALVOICE_PORT."""
    settings = settings_of()
    if not background and not settings.database_url:
        typer.echo("On the embedded database one process does everything: leave --no-background out.", err=True)
        raise typer.Exit(1)
    configure(settings.log_format)
    # The server gives a signal back once it has stopped; by default that would end the process before it is closed.
    signal.signal(signal.SIGTERM, _leave)
    with alone(settings):
        product = build(settings, background=background, when_lost=_end_soon)
        product.launch()
        settle()
        try:
            with watching(product.app, settings.watch_port):
                uvicorn.run(
                    product.web, host=settings.host, port=settings.port, log_config=None, access_log=False,
                    server_header=False, timeout_graceful_shutdown=5,
                )  # fmt: skip
        finally:
            product.close()


def worker() -> None:
    """Do background work beside as many servers and workers as wanted; needs PostgreSQL (DEALVOICE_DATABASE_URL)."""
    settings = settings_of()
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
    settle()
    try:
        with watching(product.app, settings.watch_port):
            ended.wait()
    finally:
        product.close()


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
    found = examine(settings_of(), environment=os.environ, now=datetime.now(UTC), offline=offline)
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


def settle() -> None:
    """
    Make this process answer evenly; once, when all of it is loaded.

    What is there by now stays for good, so no later collection looks through it. And a thread that is reckoning gives way
    to one that waits for its turn after half a millisecond instead of five: the server's loop waits for one after every
    call of the system, which under a burst of webhooks was most of an answer's time.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)


def _leave(_signal: int, _frame: object) -> None:
    """End in order: everything that was opened is closed on the way out."""
    raise SystemExit(0)


def _end_soon() -> None:
    """End this process in order, as its supervisor would."""
    os.kill(os.getpid(), signal.SIGTERM)
