"""
What PostgreSQL costs: ways to write many rows into it, and what a process without work asks of it. A server of the tests' own.

    python bench/postgres.py            all of it, printed; ``product.py`` writes it into ``docs/figures.md``
    python bench/postgres.py idle       the second only

A way of writing is told by the wall time of the commit (and the CPU of the client), an idle process by its statements.

The ways beside the product's own (``storage/bulk``) are what it was chosen among: ``docs/adr/0006-rows-as-one-array.md``.
"""

import logging
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import structlog
from sqlalchemy import column, func, literal, select, table
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from dealvoice.bootstrap import build
from dealvoice.settings import Settings
from dealvoice.storage.base import Base
from dealvoice.storage.bulk import insert_rows
from dealvoice.storage.engine import open_engine
from dealvoice.storage.inbox import EventRow
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.unit_of_work import Database
from playground.fleet import a_fleet, work
from playground.killing import begin, settings_of
from playground.postgres import Postgres, a_postgres

Rows = list[dict[str, Any]]
Ending = Callable[[Any], Any]
Way = Callable[[Session, type[Base], Rows, Ending], object]
Told = Callable[[str, str], object]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def one_by_one(session: Session, kind: type[Base], rows: Rows, ending: Ending) -> None:
    """The driver's executemany: a statement a row, sent without waiting for each answer."""
    session.execute(ending(insert(kind)), rows)


def many_values(session: Session, kind: type[Base], rows: Rows, ending: Ending) -> None:
    """One statement with a parameter a value."""
    session.execute(ending(insert(kind).values(rows)))


def arrays(session: Session, kind: type[Base], rows: Rows, ending: Ending) -> None:
    """One statement with an array a column, for ``unnest``."""
    columns = [kind.__table__.c[name] for name in rows[0]]
    given = func.unnest(*(literal([row[one.name] for row in rows], ARRAY(one.type, dimensions=1)) for one in columns))
    shaped = given.table_valued(*(one.name for one in columns)).render_derived()
    session.execute(ending(insert(kind).from_select(list(rows[0]), select(*shaped.c))))


def copied(session: Session, kind: type[Base], rows: Rows, ending: Ending) -> None:
    """COPY into a temporary table and on from there: into the table itself it is refused, for rows are walled off."""
    connection, name, names = session.connection(), kind.__tablename__, list(rows[0])
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE IF NOT EXISTS staged (LIKE {name} INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    writers = [(one, kind.__table__.c[one].type.bind_processor(connection.dialect)) for one in names]
    with (
        connection.connection.driver_connection.cursor() as cursor,
        cursor.copy(f"COPY staged ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([write(row[one]) if write else row[one] for one, write in writers])
    staged = table("staged", *(column(one) for one in names))
    session.execute(ending(insert(kind).from_select(names, select(*staged.c))))


WAYS: dict[str, Way] = {
    "executemany": one_by_one,
    "VALUES (…), (…)": many_values,
    "arrays for unnest": arrays,
    "COPY to a temporary table": copied,
    "one JSON array (the product's)": insert_rows,
}


def missing(made: Any) -> Any:
    """Leave out what is there."""
    return made.on_conflict_do_nothing()


def replaced(made: Any) -> Any:
    """Replace what is there."""
    taken = {one.name: made.excluded[one.name] for one in InvoiceRow.__table__.c if one.name != "id"}
    return made.on_conflict_do_update(index_elements=["id"], set_=taken)


def invoice(number: str) -> dict[str, Any]:
    """Return all columns of an invoice."""
    return {
        "id": number, "tenant": "t1", "connection_id": "c1", "quickbooks_id": number, "number": number,
        "folded_number": number, "customer_id": "17", "customer_name": "Cool Cars of the Northern Suburbs",
        "currency": "USD", "total": 123450, "balance": 23450, "tax": 0, "issued_on": date(2026, 1, 1),
        "due_on": date(2026, 2, 1), "paid_on": None, "credited": 0, "email": "someone@example.com", "copies": "",
        "sent_at": None, "has_payments": False, "voided": False, "deleted": False, "ended_at": None, "ended_by": "",
        "last_total": 123450, "sync_token": "0", "updated_at": NOW, "created_at": NOW, "operation_id": None,
        "made_by": "", "fault": None, "version": 1,
    }  # fmt: skip


def event(number: str) -> dict[str, Any]:
    """Return all columns of an event."""
    return {"tenant": "t1", "event_id": number, "received_at": NOW}


def writing(cluster: Postgres, told: Told, *, rounds: int) -> None:
    """Write pages and bursts in every way, in turns, so that what else the machine does hits all alike."""
    engine = open_engine(cluster.migrated())
    database = Database(engine)
    took: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def write(what: str, way: str, kind: type[Base], rows: Rows, ending: Ending) -> None:
        started, cpu = time.perf_counter(), time.thread_time()
        with database.everyone_write() as lobby:
            WAYS[way](lobby._session, kind, rows, ending)  # noqa: SLF001 - the product's way is measured below its doors
        took.setdefault((what, way), []).append((time.perf_counter() - started, time.thread_time() - cpu))

    for number in range(rounds):
        for way in random.sample(list(WAYS), len(WAYS)):
            page = [invoice(f"{way[:9]}{number}.{n}") for n in range(1000)]
            write("new page", way, InvoiceRow, page, missing)
            write("replaced", way, InvoiceRow, page, replaced)
            for size in (1, 10, 100, 1000):
                burst = [event(f"{way}{number}.{size}.{n}") for n in range(size)]
                write(f"{size:,}", way, EventRow, burst, missing)
    engine.dispose()
    for way in WAYS:
        of_way = {what: [median(part) * 1000 for part in zip(*times, strict=True)]
                  for (what, of), times in took.items() if of == way}  # fmt: skip
        told(
            f"PostgreSQL, {way}: page of 1,000 invoices new, again; 1, 10, 100, 1,000 events",
            "; ".join(", ".join(f"{of_way[one][0]:.0f} ({of_way[one][1]:.0f})" for one in some) + " ms"
                      for some in (("new page", "replaced"), ("1", "10", "100", "1,000"))),
        )  # fmt: skip


_SETTLED = 65.0
"""Seconds after its launch from when a process counts as idle: in its first minute the engine looks for timetables."""
_ASKED = """
SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0),
    coalesce(sum(calls) FILTER (WHERE query LIKE '%%dbos%%' OR query LIKE '%%pg_try_advisory%%'), 0),
    coalesce(sum(calls) FILTER (WHERE query ~ '^(BEGIN|COMMIT|ROLLBACK)'), 0)
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s)
"""


def be_quiet() -> None:
    """Let this process tell only what went wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def toil(settings: str) -> None:
    """Be a worker."""
    be_quiet()
    work(settings)


def serve(settings: str) -> None:
    """Be a server that leaves background work to others, and that nobody calls."""
    be_quiet()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    product = build(Settings.model_validate_json(settings), background=False, when_lost=ended.set)
    product.launch()
    ended.wait()
    product.close()


def idle(cluster: Postgres, told: Told, *, seconds: float) -> None:
    """Count what a server, and then a worker, asks while nothing is to be done; one company is connected."""
    with tempfile.TemporaryDirectory() as folder, a_fleet(cluster, Path(folder), workers=0) as fleet:
        fleet.house.close()
        fleet.database.dispose()
        name = make_url(fleet.house.settings.store_url).database
        with psycopg.connect(cluster.address("postgres", "owner"), autocommit=True) as watching:
            watching.execute("CREATE EXTENSION pg_stat_statements")
            for what, run in (("server without background work", serve), ("worker", toil)):
                process = begin(run, settings_of(fleet.house))
                time.sleep(_SETTLED)
                watching.execute("SELECT pg_stat_statements_reset()")
                time.sleep(seconds)
                row = watching.execute(_ASKED, (name,)).fetchone()
                process.terminate()
                process.join(60)
                assert row is not None
                calls, busy, engine, around = (float(one) * 60 / seconds for one in row)
                told(
                    f"PostgreSQL, idle {what}: statements a minute (the engine's, BEGIN and COMMIT); server time",
                    f"{calls:,.0f} ({engine:,.0f}, {around:,.0f}); {busy:.0f} ms",
                )


def measure(told: Told, *, small: bool, only_idle: bool = False) -> None:
    """Measure all."""
    be_quiet()
    with a_postgres("shared_preload_libraries=pg_stat_statements") as cluster:
        if not only_idle:
            writing(cluster, told, rounds=5 if small else 20)
        idle(cluster, told, seconds=30 if small else 60)


if __name__ == "__main__":
    measure(
        lambda what, figure: print(f"{what}\n    {figure}", flush=True), small="--small" in sys.argv,
        only_idle="idle" in sys.argv,
    )  # fmt: skip
