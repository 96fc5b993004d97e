"""
How many requests a session may make: far more than any screen of ours does, and too few to wear the product out.

Counted in this process alone: several processes together allow a multiple, which is no less a bound.
"""

from collections import OrderedDict
from datetime import datetime

from dealvoice.connections.secrets import hash_of
from dealvoice.web.errors import TooMany

AT_ONCE = 600
PER_SECOND = 10.0
"""What comes back to a session each second, up to ``AT_ONCE``."""
_MOST_SESSIONS = 20_000


class Pace:
    """Counts the requests of each session."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def count(self, session: str, now: datetime) -> None:
        """
        Count a request.

        Raises:
            TooMany: The session has used up what it may.
        """
        key = hash_of(session)
        left, since = self._left.pop(key, (float(AT_ONCE), now))
        left = min(float(AT_ONCE), left + max(0.0, (now - since).total_seconds()) * PER_SECOND)
        self._left[key] = (max(0.0, left - 1), now)
        if len(self._left) > _MOST_SESSIONS:
            self._left.popitem(last=False)
        if left < 1:
            raise TooMany
