"""
Budgets: keeps each company's calls inside the vendor's limits, before they are sent.

QuickBooks allows 500 a minute, 10 a second and 10 at once for a realm (facts: "Throttling"); a fifth is left for the
customer's other apps. A 429 shuts the gate for a minute. One process; shared between processes by its successor.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Realm:
    recent: deque[float] = field(default_factory=deque)
    at_once: int = 0
    shut_until: float = 0.0


class Gate:
    """One gate for all companies of one vendor."""

    def __init__(
        self,
        *,
        per_second: int = 8,
        per_minute: int = 400,
        at_once: int = 8,
        pause_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second, self._per_minute, self._at_once = per_second, per_minute, at_once
        self._pause, self._clock, self._sleep = pause_seconds, clock, sleep
        self._realms: dict[str, _Realm] = {}
        self._lock = threading.Lock()

    def acquire(self, realm_id: str) -> None:
        """Wait until this company may send one more call."""
        while (wait := self._try(realm_id)) > 0:
            self._sleep(wait)

    def report(self, realm_id: str, status: int) -> None:
        """Tell how a call ended: its status, or 0 when no answer came."""
        with self._lock:
            realm = self._realms.setdefault(realm_id, _Realm())
            realm.at_once = max(0, realm.at_once - 1)
            if status == 429:
                realm.shut_until = self._clock() + self._pause

    def _try(self, realm_id: str) -> float:
        with self._lock:
            now = self._clock()
            realm = self._realms.setdefault(realm_id, _Realm())
            with suppress(IndexError):
                while realm.recent[0] <= now - 60:
                    realm.recent.popleft()
            if realm.shut_until > now:
                return realm.shut_until - now
            if len(realm.recent) >= self._per_minute:
                return realm.recent[0] + 60 - now
            if len(realm.recent) >= self._per_second and realm.recent[-self._per_second] > now - 1:
                return realm.recent[-self._per_second] + 1 - now
            if realm.at_once >= self._at_once:
                return 0.02
            realm.recent.append(now)
            realm.at_once += 1
            return 0.0
