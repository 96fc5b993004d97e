"""
How many calls a company takes: by the minute, by the second, and at once.

Source: limits and throttles (REST API features). A refused call is not counted.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime

PER_MINUTE = 500
"""A realm, all its apps together."""
PER_SECOND = 10
"""A realm and app."""
AT_ONCE = 10
"""A realm and app; the older wording of the burst limit, and both are obeyed."""
BATCHES_PER_MINUTE = 40
"""A realm and app."""
ALL_BATCHES_PER_MINUTE = 120
"""A realm, all its apps together."""

# Not emulated: the limit on reports, and the month's allowance of metered calls in the partner program.

Key = tuple[str, ...]


class Limits:
    """The calls of the last minute, by the sandbox's clock, and those under way."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: defaultdict[Key, deque[float]] = defaultdict(deque)
        self._under_way: defaultdict[Key, int] = defaultdict(int)

    def begin(self, realm: str, app: str) -> int:
        """Count a call in and return how many are under way, this one included."""
        self._under_way[realm, app] += 1
        return self._under_way[realm, app]

    def end(self, realm: str, app: str) -> None:
        """Count a call out."""
        self._under_way[realm, app] -= 1

    def take(self, realm: str, app: str, *, batch: bool, under_way: int) -> bool:
        """Count a call and tell whether it may pass."""
        now = self._now().timestamp()
        caps: list[tuple[Key, int, float]] = [
            (("all", realm), PER_MINUTE, 60.0),
            (("app", realm, app), PER_SECOND, 1.0),
        ]
        if batch:
            caps += [
                (("batches", realm, app), BATCHES_PER_MINUTE, 60.0),
                (("all batches", realm), ALL_BATCHES_PER_MINUTE, 60.0),
            ]
        if under_way > AT_ONCE or any(self._is_full(key, most, within, now) for key, most, within in caps):
            return False
        for key, _most, _within in caps:
            self._seen[key].append(now)
        return True

    def _is_full(self, key: Key, most: int, within: float, now: float) -> bool:
        seen = self._seen[key]
        while seen and seen[0] <= now - within:
            seen.popleft()
        return len(seen) >= most
