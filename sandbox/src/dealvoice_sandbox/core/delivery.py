"""
Delivers webhooks: one thread an emulator, in order, with the vendor's timetable of retries.

Deliveries can be held, released, lost, sent twice, reordered and replayed; each is kept in a log.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2

_KEPT = 500


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
    number: int = 0
    attempts: int = 0
    state: str = "waiting"
    """``waiting``, ``held``, ``delivered``, ``lost``, ``failed``."""
    status: int = 0
    ms: float = 0.0
    at: str = ""
    due: float = 0.0
    on_end: Callable[["Delivery"], None] | None = field(default=None, repr=False)

    def shown(self) -> dict[str, Any]:
        """Return it for the log."""
        names = ("number", "url", "about", "attempts", "state", "status", "ms", "at")
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
        self._drop = self._twice = 0
        self._reorder = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="deliveries")
        self._thread.start()

    def send(self, delivery: Delivery) -> None:
        """Queue a delivery; the next scripted mishap befalls it."""
        with self._wake:
            delivery.number, delivery.at = next(self._numbers), self._now().isoformat()
            self.log.append(delivery)
            if self._drop:
                self._drop -= 1
                delivery.state = "lost"
                return
            self._queue.append(delivery)
            if self._twice:
                self._twice -= 1
                self._queue.append(delivery)
            if self._reorder and len(self._queue) > 1:
                self._queue.appendleft(self._queue.pop())
            self._wake.notify()

    def control(self, values: dict[str, Any]) -> dict[str, Any]:
        """
        Hold, release, drop, duplicate, reorder, replay, or set ``retry_scale``.

        Raises:
            ValueError: An act is unknown.
        """
        unknown = set(values) - {"hold", "release", "drop", "duplicate", "reorder", "replay", "retry_scale"}
        if unknown:
            raise ValueError(f"deliveries cannot {sorted(unknown)}")
        with self._wake:
            if values.get("hold"):
                self.held = True
            if values.get("release"):
                self.held = False
            self._drop = int(values.get("drop", self._drop))
            self._twice = int(values.get("duplicate", self._twice))
            self._reorder = bool(values.get("reorder", self._reorder))
            self.retry_scale = float(values.get("retry_scale", self.retry_scale))
            if values.get("replay"):
                again = [one for one in self.log if one.state == "delivered"][-int(values["replay"]) :]
                self._queue.extend(again)
            self._wake.notify()
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """Return switches and log, newest first."""
        with self._wake:
            return {
                "held": self.held,
                "waiting": len(self._queue),
                "deliveries": [one.shown() for one in reversed(self.log)],
            }

    def clear(self) -> None:
        """Forget everything queued and logged."""
        with self._wake:
            self._queue.clear()
            self.log.clear()
            self.held = False

    def stop(self) -> None:
        """End the thread."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        with httpx2.Client(trust_env=False, follow_redirects=False) as http:
            while True:
                delivery = self._next()
                if delivery is None:
                    return
                self._try(http, delivery)

    def _next(self) -> Delivery | None:
        # Later messages wait until the first is acknowledged or given up, as at the vendor's.
        with self._wake:
            while not self._stopped:
                if self._queue and not self.held:
                    wait = self._queue[0].due - time.monotonic()
                    if wait <= 0:
                        return self._queue.popleft()
                    self._wake.wait(min(wait, 0.5))
                else:
                    self._wake.wait(0.5)
        return None

    def _try(self, http: httpx2.Client, delivery: Delivery) -> None:
        started = time.monotonic()
        delivery.attempts += 1
        try:
            answer = http.post(
                delivery.url, content=delivery.body, headers=delivery.headers, timeout=delivery.timeout,
                auth=httpx2.BasicAuth(*delivery.auth) if delivery.auth else httpx2.USE_CLIENT_DEFAULT,
            )  # fmt: skip
            delivery.status = answer.status_code
        except httpx2.HTTPError:
            delivery.status = 0
        delivery.ms = round((time.monotonic() - started) * 1000, 1)
        again = delivery.status in (0, 408, 500, 502, 503, 504)
        if not again:
            delivery.state = "delivered" if 200 <= delivery.status < 300 else "failed"
        elif delivery.attempts > len(delivery.retry_after):
            delivery.state = "failed"
        else:
            pause = delivery.retry_after[delivery.attempts - 1] * self.retry_scale
            delivery.due = time.monotonic() + pause
            with self._wake:
                if not self._stopped:
                    self._queue.appendleft(delivery)
            return
        if delivery.on_end is not None:
            delivery.on_end(delivery)
