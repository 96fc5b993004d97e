"""
Delivers webhooks: one thread an emulator, with the vendor's timetable of retries.

Deliveries can be held, released, lost, sent twice, reordered and replayed; each is kept in a log. What waits is not
kept over a restart, as little as a vendor promises to deliver. Pauses go by the vendor's clock: moving it on makes
retries due.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx2

_KEPT = 500
PASSING = frozenset({0, 408, 500, 502, 503, 504})
"""Answers after which a vendor tries again unless it says otherwise; 0 is no answer."""


@dataclass(slots=True)
class Delivery:
    """One message to an address."""

    url: str
    body: bytes
    headers: dict[str, str]
    about: str
    """What it tells, for people."""
    retry_after: tuple[float, ...]
    """Seconds before each next try."""
    timeout: float = 3.0
    auth: tuple[str, str] | None = None
    method: str = "POST"
    retry_on: frozenset[int] | None = PASSING
    """Statuses after which it is tried again; None means all but 2xx."""
    retry_for_ever: bool = False
    """Whether the last of the pauses comes again and again."""
    wait: float = 0.0
    """Seconds before the first try, in which it may still be added to."""
    in_order: bool = True
    """Whether later messages wait until this one is acknowledged or given up."""
    body_of: Callable[[int], bytes] | None = field(default=None, repr=False)
    """Prints the body of an attempt, from 1 on, where it differs from try to try."""
    prepare: Callable[["Delivery"], None] | None = field(default=None, repr=False)
    """Sets body and headers just before each try; in the first one, what was added until then is in."""
    on_try: Callable[["Delivery"], None] | None = field(default=None, repr=False)
    on_end: Callable[["Delivery"], None] | None = field(default=None, repr=False)
    number: int = 0
    attempts: int = 0
    state: str = "waiting"
    """``waiting``, ``delivered``, ``lost``, ``failed``."""
    gave_up: bool = False
    """Whether it failed because the timetable was over, and not because the answer was final."""
    status: int = 0
    ms: float = 0.0
    at: str = ""
    due: float = 0.0
    round: int = 0
    """Which life of the queue it belongs to; one from before a reset is not put back."""

    @property
    def succeeded(self) -> bool:
        """Tell whether the last answer was a 2xx."""
        return 200 <= self.status < 300

    def shown(self) -> dict[str, Any]:
        """Return it for the log."""
        names = ("number", "method", "url", "about", "attempts", "state", "status", "ms", "at")
        return {name: getattr(self, name) for name in names}


class Deliveries:
    """The delivery thread of one emulator."""

    def __init__(self, now: Callable[[], datetime], *, retry_scale: float = 1.0) -> None:
        self._now, self.retry_scale = now, retry_scale
        self._queue: deque[Delivery] = deque()
        self.log: deque[Delivery] = deque(maxlen=_KEPT)
        self._numbers = itertools.count(1)
        self._wake = threading.Condition()
        self.held = False
        self._let_go = 0
        self._drop = self._twice = self._round = 0
        self._reorder = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        """Begun with the first delivery: an emulator that delivers nothing needs neither it nor its HTTP client."""

    def send(self, delivery: Delivery) -> None:
        """Queue a delivery; the next scripted mishap befalls it."""
        with self._wake:
            self._begin()
            now = self._now()
            delivery.number, delivery.at, delivery.round = next(self._numbers), now.isoformat(), self._round
            delivery.due = now.timestamp() + delivery.wait
            self.log.append(delivery)
            if self._drop:
                self._drop -= 1
                delivery.state = "lost"
                return
            self._queue.append(delivery)
            if self._twice:
                self._twice -= 1
                self._again(delivery)
            if self._reorder and len(self._queue) > 1:
                self._queue.appendleft(self._queue.pop())
            self._wake.notify()

    def add_to(self, delivery: Delivery, work: Callable[[], None]) -> bool:
        """Do some work on a delivery that was not tried yet, and tell whether that was in time."""
        with self._wake:
            waits = delivery.round == self._round and not delivery.attempts
            if waits:
                work()
            return waits

    def prepared(self) -> list[Delivery]:
        """Return the log, oldest first, with every message made up as it would go out now."""
        with self._wake:
            found = list(self.log)
            for one in found:
                if one.prepare is not None and one.state == "waiting":
                    one.prepare(one)
        return found

    def wake(self) -> None:
        """Look again what is due: the clock was moved on."""
        with self._wake:
            self._wake.notify()

    def control(self, values: dict[str, Any]) -> dict[str, Any]:
        """
        Hold, release, drop, duplicate, reorder, replay, or set ``retry_scale``.

        ``release`` takes true, or how many to let go while the others stay held; ``drop`` and ``duplicate`` how many of
        the next; ``replay`` how many of the last, or their numbers in the log.

        Raises:
            ValueError: An act is unknown.
        """
        unknown = set(values) - {"hold", "release", "drop", "duplicate", "reorder", "replay", "retry_scale"}
        if unknown:
            raise ValueError(f"deliveries cannot {sorted(unknown)}")
        with self._wake:
            if values.get("hold"):
                self.held = True
            if values.get("release") is True:
                self.held, self._let_go = False, 0
            elif values.get("release"):
                self._let_go = int(values["release"])
            self._drop = int(values.get("drop", self._drop))
            self._twice = int(values.get("duplicate", self._twice))
            self._reorder = bool(values.get("reorder", self._reorder))
            self.retry_scale = float(values.get("retry_scale", self.retry_scale))
            if values.get("replay"):
                for one in self._chosen(values["replay"]):
                    self._again(one)
            self._wake.notify()
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """Return switches and log, newest first."""
        with self._wake:
            return {
                "held": self.held,
                "waiting": len(self._queue),
                "retry_scale": self.retry_scale,
                "deliveries": [one.shown() for one in reversed(self.log)],
            }

    def clear(self) -> None:
        """Forget everything queued, logged and scripted."""
        with self._wake:
            self._queue.clear()
            self.log.clear()
            self._round += 1
            self._drop = self._twice = self._let_go = 0
            self.held = self._reorder = False

    def stop(self) -> None:
        """End the thread."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _begin(self) -> None:
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._run, daemon=True, name="deliveries")
            self._thread.start()

    def _chosen(self, wanted: Any) -> list[Delivery]:
        done = [one for one in self.log if one.state == "delivered"]
        if isinstance(wanted, list):
            return [one for one in done if one.number in wanted]
        return done[-int(wanted) :]

    def _again(self, delivery: Delivery) -> None:
        # The same message once more, with an entry of its own in the log.
        copy = replace(
            delivery, number=next(self._numbers), at=self._now().isoformat(), attempts=0, state="waiting", status=0,
            due=self._now().timestamp(), round=self._round, headers=dict(delivery.headers),
        )  # fmt: skip
        self.log.append(copy)
        self._queue.append(copy)

    def _run(self) -> None:
        with httpx2.Client(trust_env=False, follow_redirects=False) as http:
            while True:
                delivery = self._next()
                if delivery is None:
                    return
                self._try(http, delivery)

    def _next(self) -> Delivery | None:
        with self._wake:
            while not self._stopped:
                soon = 0.5
                now = self._now().timestamp()
                for delivery in () if self.held and not self._let_go else tuple(self._queue):
                    if delivery.due <= now:
                        self._queue.remove(delivery)
                        self._let_go -= self.held
                        delivery.attempts += 1
                        return delivery
                    soon = min(soon, delivery.due - now)
                    if delivery.in_order:
                        break
                self._wake.wait(max(soon, 0.001))
        return None

    def _try(self, http: httpx2.Client, delivery: Delivery) -> None:
        started = time.monotonic()
        if delivery.prepare is not None:
            delivery.prepare(delivery)
        body = delivery.body_of(delivery.attempts) if delivery.body_of else delivery.body
        try:
            answer = http.request(
                delivery.method, delivery.url, content=body, headers=delivery.headers, timeout=delivery.timeout,
                auth=httpx2.BasicAuth(*delivery.auth) if delivery.auth else httpx2.USE_CLIENT_DEFAULT,
            )  # fmt: skip
            delivery.status = answer.status_code
        except (httpx2.HTTPError, httpx2.InvalidURL):
            delivery.status = 0
        delivery.ms = round((time.monotonic() - started) * 1000, 1)
        if delivery.on_try is not None:
            delivery.on_try(delivery)
        again = not delivery.succeeded if delivery.retry_on is None else delivery.status in delivery.retry_on
        pauses = delivery.retry_after
        if again and pauses and (delivery.attempts <= len(pauses) or delivery.retry_for_ever):
            pause = pauses[min(delivery.attempts, len(pauses)) - 1] * self.retry_scale
            delivery.due = self._now().timestamp() + pause
            with self._wake:
                if delivery.round == self._round:
                    self._queue.appendleft(delivery)
            return
        delivery.state = "delivered" if delivery.succeeded else "failed"
        delivery.gave_up = again
        if delivery.on_end is not None:
            delivery.on_end(delivery)
