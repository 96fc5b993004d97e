"""
What each tenant uses of the vendors' budgets, counted in memory and written down by the bundle.

QuickBooks' metered reads are counted by the calendar month, Pipedrive's tokens by the day (UTC; the vendor's own day ends at
midnight of its server's zone). A process that is killed loses at most the last seconds of counting: a figure to judge by.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from dealvoice.observability import get_logger
from dealvoice.storage.unit_of_work import Database, DatabaseAway
from dealvoice.storage.usage import READS, TOKENS, Used

_EVERY_SECONDS: Final = 5.0
_log = get_logger(__name__)


def month_of(now: datetime) -> str:
    """Return the period of a monthly budget."""
    return f"{now:%Y-%m}"


def day_of(now: datetime) -> str:
    """Return the period of a daily budget."""
    return f"{now:%Y-%m-%d}"


class Budgets:
    """Counts for all tenants; ``close`` writes down the rest."""

    def __init__(self, database: Database, *, now: Callable[[], datetime], every: float = _EVERY_SECONDS) -> None:
        self._database, self._now, self._every = database, now, every
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._counted: Counter[tuple[str, str, str]] = Counter()
        self._timer: threading.Timer | None = None
        self._closed = False

    def read(self, tenant: str) -> None:
        """Count one metered read of QuickBooks."""
        self._add((tenant, READS, month_of(self._now())), 1)

    def tokens(self, tenant: str, tokens: int) -> None:
        """Count tokens of Pipedrive."""
        self._add((tenant, TOKENS, day_of(self._now())), tokens)

    def flush(self) -> None:
        """Write down what was counted since the last time; kept for the next one when the database is away."""
        with self._writing:  # one that is under way is waited for, so that nothing is written once we are closed
            with self._lock:
                counted, self._counted, self._timer = self._counted, Counter(), None
            if not counted:
                return
            try:
                with self._database.everyone_write() as lobby:
                    lobby.usage.add([Used(*key, used) for key, used in sorted(counted.items())])
            except DatabaseAway as error:
                _log.warning("budgets.not_written", error=type(error).__name__)
                with self._lock:
                    self._counted.update(counted)

    def close(self) -> None:
        """Write down the rest and count no more in the background."""
        with self._lock:
            self._closed, timer = True, self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        self.flush()

    def _add(self, key: tuple[str, str, str], used: int) -> None:
        with self._lock:
            self._counted[key] += used
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(self._every, self.flush)
                self._timer.daemon = True
                self._timer.start()
