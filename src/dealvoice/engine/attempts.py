"""
How often each step of a run was begun: one row per operation and step, written before the step.

The durable engine's own journal is written after a step, so it cannot tell a first attempt from one that follows a
crash. Written by ``durable`` only; rows of a run are removed when it finishes well.
"""

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, delete, insert, select, update

_metadata = MetaData()
_attempts = Table(
    "dealvoice_attempts",
    _metadata,
    Column("operation_id", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("begun", Integer, nullable=False),
)


class Attempts:
    """The counters, in the engine's database."""

    def __init__(self, database: Engine) -> None:
        self._database = database.execution_options(transaction="IMMEDIATE")

    def prepare(self) -> None:
        """Make the table when it is missing."""
        with self._database.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310513)")  # two processes may start at once
            _metadata.create_all(connection)

    def begin(self, operation_id: str, step: str) -> int:
        """Count one more attempt, durably, and return its number (1 for the first)."""
        key = (_attempts.c.operation_id == operation_id) & (_attempts.c.step == step)
        with self._database.begin() as connection:
            begun = connection.execute(
                update(_attempts).where(key).values(begun=_attempts.c.begun + 1).returning(_attempts.c.begun)
            ).scalar()
            if begun is None:
                connection.execute(insert(_attempts).values(operation_id=operation_id, step=step, begun=1))
                return 1
            return int(begun)

    def begun(self, operation_id: str, step: str) -> int:
        """How often the step was begun so far."""
        key = (_attempts.c.operation_id == operation_id) & (_attempts.c.step == step)
        with self._database.connect() as connection:
            return connection.execute(select(_attempts.c.begun).where(key)).scalar() or 0

    def forget(self, operation_id: str) -> None:
        """Remove the counters of a run that finished well."""
        with self._database.begin() as connection:
            connection.execute(delete(_attempts).where(_attempts.c.operation_id == operation_id))
