"""The sandbox's clock: real time and an offset that only grows. Vendors' tokens, due dates and retries read it."""

import re
import threading
from datetime import UTC, datetime, timedelta

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
    if found is None or text in {"P", "PT"}:
        raise ValueError(f"{text!r} is not a duration such as P1D or PT2H")
    return timedelta(**{name: int(value) for name, value in found.groupdict().items() if value})


class Clock:
    """Tells the sandbox's time, UTC."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock on; it never goes back."""
        if by < timedelta(0):
            raise ValueError("the clock never goes back")
        with self._lock:
            self.offset += by
        return self.now()
