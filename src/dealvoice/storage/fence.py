"""
A process among those that share a PostgreSQL: whether the others may have taken it for dead.

One that was frozen for long wakes up in the middle of a line, with work that is somebody else's by then. It must change
nothing any more, and two things see to that. Whoever buries a process takes its row away and cuts its connections, and a
connection of a process without a row is refused: so nothing of it reaches the database. And a process that was not
confirmed for as long as the others wait sends nothing to a vendor: so it does not even have to ask.
"""

import os
import socket
import time
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import Column, DateTime, Engine, MetaData, String, Table, event

_AWAKE_OR_NOT: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""The clock that goes on while the machine sleeps; Linux has it."""
SHARED: Final = MetaData()
"""Tables of the processes' own, beside the business ones; made by whoever enters first."""
EXECUTORS: Final = Table(
    "dealvoice_executors",
    SHARED,
    Column("id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
"""A row for each process that lives, written by itself; deleted when it leaves, or by who buries it."""


class TakenForDead(RuntimeError):
    """The others may have taken this process for dead: it must change nothing any more, and end."""


class Process:
    """This process, as the others know it."""

    def __init__(self) -> None:
        self.id = f"{socket.gethostname()[:10]}-{os.getpid()}-{token_hex(6)}"
        """Never used twice, so that nobody takes up work of ours while we are alive. At most 31 characters."""
        self._listed = False
        self._trusted_until = float("inf")

    @staticmethod
    def tick() -> float:
        """Seconds of a clock that nobody sets, and that goes on while the process or its machine is frozen."""
        return time.monotonic() if _AWAKE_OR_NOT is None else time.clock_gettime(_AWAKE_OR_NOT)

    def confirm(self, at: float, life: timedelta) -> None:
        """Keep that the others know us to be alive: for a life from ``at``, a ``tick`` from before they were told."""
        self._listed, self._trusted_until = True, at + life.total_seconds()

    def leave(self) -> None:
        """Stand alone again: nothing is shared with the others any more."""
        self._listed, self._trusted_until = False, float("inf")

    @property
    def is_trusted(self) -> bool:
        """Whether the others surely have not taken us for dead; always, where there are none."""
        return self.tick() < self._trusted_until

    def require_trust(self) -> None:
        """
        Pass only a process that is trusted.

        Raises:
            TakenForDead: It is not.
        """
        if not self.is_trusted:
            raise TakenForDead(self.id)

    def guard(self, engine: Engine) -> None:
        """Refuse new connections of a PostgreSQL once we were buried; those that were open are cut by who buried us."""

        @event.listens_for(engine, "connect")
        def _admit(connection: Any, _record: Any) -> None:
            if not self._listed:
                return
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM dealvoice_executors WHERE id = %s", (self.id,))
                known = cursor.fetchone()
            connection.rollback()
            if known is None:
                raise TakenForDead(self.id)
