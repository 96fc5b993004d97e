"""Opens the business database and sets each connection up."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event

from dealvoice.storage.fence import Process


def open_engine(url: str, *, process: Process | None = None) -> Engine:
    """
    Open the database at an SQLAlchemy address.

    On SQLite: WAL, foreign keys, a patient writer, deleted content written over, and transactions that we begin
    ourselves, so that a writer takes its lock at once instead of failing half-way (see ``unit_of_work``). On PostgreSQL:
    limits on how long a statement, a wait for a lock, an idle transaction and a server's silence may last. Errors name no
    parameters: they are customers' data and tokens.

    Args:
        url: The address.
        process: Whose connections they are: they bear its name, and are refused once it was buried. PostgreSQL only.
    """
    if not url.startswith("sqlite"):
        # Nothing here runs long or waits long: a statement that does is a defect, and must not hold a pool's connection.
        limits = "-c statement_timeout=30000 -c lock_timeout=20000 -c idle_in_transaction_session_timeout=60000"
        # Nor for a server that vanished without a word: seconds, but for the last, which is milliseconds.
        reach = {"connect_timeout": 10, "keepalives_idle": 15, "keepalives_interval": 5, "tcp_user_timeout": 30_000}
        named = {"application_name": process.id} if process else {}
        opened = create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=20, pool_timeout=15,
            connect_args={"options": limits, **reach, **named},
        )  # fmt: skip
        if process:
            process.guard(opened)
        return opened
    engine = create_engine(
        url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30}, pool_size=20
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # no implicit BEGIN: ours says what kind
        for pragma in (
            "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=30000", "secure_delete=ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("transaction", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def retire(engine: Engine) -> None:
    """
    Close every connection of an engine for good: those at rest now, those at work when their work comes back.

    Disposing alone lets go of a connection that is at work, and nobody ever closes it.
    """
    event.listen(engine, "checkin", lambda _connection, record: record.invalidate())  # the next pool keeps it too
    engine.dispose()
