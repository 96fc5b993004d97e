"""A clock for the product: it runs as the real one does, and may be moved on."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The real time, and what it was moved on by."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead
