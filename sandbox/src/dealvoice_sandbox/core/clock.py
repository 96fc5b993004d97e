"""The sandbox's clock: real time and an offset that only grows. Vendors' tokens, due dates and retries read it."""

import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

_DURATION = re.compile(
    r"^P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)


def parse_duration(text: str) -> timedelta:
    """
    Read an ISO 8601 duration such as ``P1D`` or ``PT2H30M``.

    Raises:
        ValueError: It is not one.
    """
    found = _DURATION.match(text)
    given = {name: int(value) for name, value in found.groupdict().items() if value} if found else {}
    if not given or text.endswith("T"):
        raise ValueError(f"{text!r} is not a duration such as P1D or PT2H")
    return timedelta(**given)


class Clock:
    """
    Tells the sandbox's time, UTC.

    Args:
        folder: Where the offset is kept, so that a restart does not turn the vendors' time back; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._path = folder / "clock.txt" if folder else None
        self.offset = timedelta(0)
        if self._path is not None and self._path.exists():
            self.offset = timedelta(seconds=int(self._path.read_text()))

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> datetime:
        """
        Move the clock on; it never goes back.

        Raises:
            ValueError: Backwards.
        """
        if by < timedelta(0):
            raise ValueError("the clock never goes back")
        with self._lock:
            self.offset += by
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(str(int(self.offset.total_seconds())))
        return self.now()
