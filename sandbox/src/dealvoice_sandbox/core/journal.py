"""Every call that a vendor received, in order: what tests and curious people read."""

import itertools
import threading
from collections import deque
from datetime import datetime
from typing import Any

KEPT = 10_000


class Journal:
    """The last calls of one emulator."""

    def __init__(self) -> None:
        self._rows: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def write(self, *, at: datetime, **facts: Any) -> None:
        """Write one call down."""
        with self._lock:
            self._rows.append({"n": next(self._numbers), "at": at.isoformat(), **facts})

    def rows(self) -> list[dict[str, Any]]:
        """Return the calls, oldest first."""
        with self._lock:
            return list(self._rows)

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        with self._lock:
            self._rows.clear()
