"""
The row in which this process's writers stand on SQLite.

SQLite lets one writer in at a time. One that finds it taken sleeps and asks again, each time longer, while others that ask
just then pass it by. Here writers stand in a row and are woken in their order; those of other processes still meet at
SQLite's own lock.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from sqlalchemy.exc import TimeoutError as PoolTimeout

_PATIENCE = 30.0
"""Seconds; as long as SQLite itself is patient (``engine.open_engine``)."""


class Writers:
    """Lets one in at a time, in the order in which they came."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Event] = deque()

    @contextmanager
    def one(self) -> Iterator[None]:
        """
        Wait until it is our turn, and be the one writer until the block ends.

        Raises:
            PoolTimeout: It did not come; the database counts as away.
        """
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = Event()
            self._waiting.append(mine)
        if mine.wait(self._patience):
            return
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise PoolTimeout("the writers before this one did not end")

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
