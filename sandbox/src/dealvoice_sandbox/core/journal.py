"""Every call that a vendor received, in order: what tests and curious people read."""

import itertools
import threading
from collections import deque
from datetime import datetime
from typing import Any

KEPT = 10_000
_RECORDINGS_KEPT = 2_000
_MOST = 262_144


class Journal:
    """The last calls of one emulator."""

    def __init__(self) -> None:
        self._rows: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.recordings = Recordings()

    def write(self, *, at: datetime, **facts: Any) -> int:
        """Write one call down and return its number."""
        with self._lock:
            number = next(self._numbers)
            self._rows.append({"n": number, "at": at.isoformat(), **facts})
            return number

    def rows(self) -> list[dict[str, Any]]:
        """Return the calls, oldest first."""
        with self._lock:
            return list(self._rows)

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        with self._lock:
            self._rows.clear()


class Recordings:
    """Whole calls, request and answer, for comparing them with a vendor's own documents; off until turned on."""

    def __init__(self) -> None:
        self._rows: deque[dict[str, Any]] = deque(maxlen=_RECORDINGS_KEPT)
        self._lock = threading.Lock()
        self.on = False
        self.most = _MOST
        """Bytes kept of a body."""

    def control(self, values: dict[str, Any]) -> dict[str, Any]:
        """
        Turn recording ``on`` or off, or set ``most``, the bytes kept of a body. A reset of the emulator changes nothing.

        Raises:
            ValueError: Something else is asked, or of another kind.
        """
        for name, value in values.items():
            if name not in ("on", "most") or type(value) is not type(getattr(self, name)):
                raise ValueError(f"recordings take on (true or false) and most (bytes), not {name}={value!r}")
        for name, value in values.items():
            setattr(self, name, value)
        return {"on": self.on, "most": self.most, "kept": len(self._rows)}

    def write(self, **call: Any) -> None:
        """Keep one call."""
        with self._lock:
            self._rows.append(call)

    def rows(self) -> list[dict[str, Any]]:
        """Return the calls, oldest first."""
        with self._lock:
            return list(self._rows)

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._rows.clear()
