"""
Stop points: every moment before and after a call to a vendor and before and after a commit.

They are counted by wrappers at the transport and the commit hook, so a new call or commit is a new point by itself.
"""

import os
import signal
from collections.abc import Callable

import httpx2


class Stop(BaseException):
    """Plays a stop of the process; no handler for errors may catch it."""


def raise_stop() -> None:
    """Stop by raising."""
    raise Stop


def kill_self() -> None:
    """Stop for real."""
    os.kill(os.getpid(), signal.SIGKILL)


class Points:
    """Counts moments and stops at the chosen one."""

    def __init__(self, stop: Callable[[], None] = raise_stop) -> None:
        self._stop = stop
        self.seen: list[str] = []
        self.armed = False
        self.stop_at = 0
        self.stopped = False

    def arm(self, stop_at: int) -> None:
        """Begin to count; ``stop_at`` 0 only counts."""
        self.seen, self.armed, self.stop_at, self.stopped = [], True, stop_at, False

    def disarm(self) -> None:
        self.armed = False

    def pass_by(self, what: str) -> None:
        if not self.armed:
            return
        if self.stopped:
            self._stop()  # what is dead does nothing more, not even tidy up behind itself
        self.seen.append(what)
        if len(self.seen) == self.stop_at:
            self.stopped = True
            self._stop()

    def commit_hook(self, moment: str) -> None:
        self.pass_by(f"{moment} commit")


class PointedTransport(httpx2.BaseTransport):
    """The network with a point before and after every call."""

    def __init__(
        self,
        points: Points,
        before: Callable[[httpx2.Request], None] = lambda _request: None,
        *,
        inner: httpx2.BaseTransport | None = None,
    ) -> None:
        """
        Args:
            points: Told of every call.
            before: Told of every call that is about to go out.
            inner: Has the vendors answer; the wire when not given.
        """
        self._points, self._before = points, before
        # Everything is on this machine: to read the certificates of the world would cost more than the rest.
        self._inner = inner or httpx2.HTTPTransport(trust_env=False, verify=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        what = f"{request.method} {request.url.path}"
        self._points.pass_by(f"before {what}")
        self._before(request)
        response = self._inner.handle_request(request)
        response.read()
        self._points.pass_by(f"after {what}")
        return response

    def close(self) -> None:
        self._inner.close()
