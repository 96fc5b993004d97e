"""
Budgets: keeps each company's calls inside the vendor's limits, before they are sent.

QuickBooks allows 500 a minute, 10 a second and 10 at once for a realm (facts: "Throttling"); a fifth is left for the
customer's other apps. A 429 shuts the gate for a minute; and as we were inside our limits, others use the company more than
a fifth, so our pace is halved for ten minutes after it. Work that nobody waits for leaves room for people.

``Seen`` holds the rules and no clock; ``Gate`` keeps it for one process, ``shared_gate`` for several.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count

SLOW_SECONDS = 600.0
"""How long the pace is halved after a 429."""
_WINDOW = 60.0
_LOST_AFTER = 180.0
"""A call in flight for so long belongs to a process that died; the longest time-out of a call is far below."""
_LEFT_AT_ONCE = 2
_ASK_AGAIN = 0.02

_nobody_waits: ContextVar[bool] = ContextVar("nobody_waits", default=False)


@contextmanager
def in_background() -> Iterator[None]:
    """Mark the calls of this block as ones that nobody waits for."""
    before = _nobody_waits.set(True)
    try:
        yield
    finally:
        _nobody_waits.reset(before)


def is_background() -> bool:
    """Tell whether nobody waits for what is being done."""
    return _nobody_waits.get()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one company of a vendor may be sent."""

    per_second: int = 8
    per_minute: int = 400
    at_once: int = 8
    pause_seconds: float = 60.0
    """How long everything waits after a 429."""

    def now(self, *, slow: bool, background: bool) -> tuple[int, int, int]:
        """Return calls a second, a minute and at once as they are just now; each at least one."""
        second, minute, at_once = self.per_second, self.per_minute, self.at_once
        if slow:
            second, minute = second // 2, minute // 2
        if background:
            second, minute, at_once = second * 4 // 5, minute * 4 // 5, at_once - _LEFT_AT_ONCE
        return max(1, second), max(1, minute), max(1, at_once)


@dataclass(slots=True)
class Seen:
    """The calls to one company, as far as its limits look back. Times in seconds of any one clock."""

    latest: list[float] = field(default_factory=list)
    """When the latest calls were sent, as many as a second may hold."""
    minute: list[tuple[float, int]] = field(default_factory=list)
    """Calls of the last minute by whole seconds: when the second's last one was sent, and how many."""
    flying: dict[str, float] = field(default_factory=dict)
    """Calls without an answer so far: when each is taken for lost."""
    shut_until: float = 0.0
    slow_until: float = 0.0

    def admit(self, call: str, now: float, limits: Limits, *, background: bool) -> float:
        """Note one more call and return 0, or note nothing and return after how many seconds to ask again."""
        self.minute = [part for part in self.minute if part[0] > now - _WINDOW]
        self.flying = {one: lost for one, lost in self.flying.items() if lost > now}
        second, minute, at_once = limits.now(slow=self.slow_until > now, background=background)
        if self.shut_until > now:
            return self.shut_until - now
        if sum(sent for _, sent in self.minute) >= minute:
            return self.minute[0][0] + _WINDOW - now
        if len(self.latest) >= second and self.latest[-second] > now - 1:
            return self.latest[-second] + 1 - now
        if len(self.flying) >= at_once:
            return _ASK_AGAIN
        self.latest = [*self.latest[1 - limits.per_second :], now] if limits.per_second > 1 else [now]
        if self.minute and int(self.minute[-1][0]) == int(now):
            self.minute[-1] = (now, self.minute[-1][1] + 1)
        else:
            self.minute.append((now, 1))
        self.flying[call] = now + _LOST_AFTER
        return 0.0

    def end(self, call: str, status: int, now: float, limits: Limits) -> None:
        """Note how a call ended: its status, or 0 when no answer came."""
        self.flying.pop(call, None)
        if status == 429:
            self.shut_until = now + limits.pause_seconds
            self.slow_until = self.shut_until + SLOW_SECONDS


class Gate:
    """One gate for all companies of one vendor, of one process."""

    def __init__(
        self,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits, self._clock, self._sleep = limits, clock, sleep
        self._realms: dict[str, Seen] = {}
        self._calls = count()
        self._lock = threading.Lock()

    def acquire(self, realm_id: str) -> None:
        """Wait until this company may send one more call."""
        while (wait := self._try(realm_id)) > 0:
            self._sleep(wait)

    def report(self, realm_id: str, status: int) -> None:
        """Tell how a call ended: its status, or 0 when no answer came."""
        with self._lock:
            seen = self._realms.setdefault(realm_id, Seen())
            # Any of this company's calls does: they differ in nothing but their end.
            seen.end(next(iter(seen.flying), ""), status, self._clock(), self._limits)

    def _try(self, realm_id: str) -> float:
        with self._lock:
            seen = self._realms.setdefault(realm_id, Seen())
            return seen.admit(str(next(self._calls)), self._clock(), self._limits, background=is_background())
