"""Scripted faults: what a test or a curious person makes go wrong, as middleware around a whole emulator."""

import asyncio
import random
import re
import threading
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Fault:
    """One scripted fault. ``action``: status, drop_before, drop_after, truncate, garble, delay."""

    action: str
    method: str = ""
    path: str = ""
    """Regular expression, searched in the path with its query."""
    status: int = 503
    body: str = ""
    content_type: str = "application/json"
    delay_ms: int = 0
    times: int = 1
    """How often it strikes; 0 means for ever."""
    probability: float = 1.0
    seed: int = 0
    struck: int = 0

    def fits(self, method: str, target: str) -> bool:
        """Tell whether it strikes a call; counts when it does."""
        if self.method and self.method.upper() != method:
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.times and self.struck >= self.times:
            return False
        if self.probability < 1 and random.Random(f"{self.seed}:{self.struck}:{target}").random() > self.probability:
            return False
        self.struck += 1
        return True


_ACTIONS = frozenset({"status", "drop_before", "drop_after", "truncate", "garble", "delay"})


class Faults:
    """The faults of one emulator."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, values: dict[str, Any]) -> None:
        """
        Script a fault; ``drop`` with ``before`` or ``after`` is understood too.

        Raises:
            ValueError: Its action or a field is unknown.
        """
        values = dict(values)
        if "drop" in values:
            values["action"] = f"drop_{values.pop('drop')}"
        values.setdefault("action", "status" if "status" in values else "delay")
        unknown = set(values) - set(Fault.__slots__)
        if unknown or values["action"] not in _ACTIONS:
            raise ValueError(f"a fault has no {sorted(unknown) or values['action']}")
        with self._lock:
            self._faults.append(Fault(**values))

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()

    def strike(self, method: str, target: str) -> Fault | None:
        """Return the fault that strikes a call."""
        with self._lock:
            return next((fault for fault in self._faults if fault.fits(method, target)), None)


class FaultyApp:
    """Middleware: plays the scripted faults. A dropped connection is one that ends without a whole answer."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        target = scope["path"] + "?" + scope["query_string"].decode("latin-1")
        fault = self._faults.strike(scope["method"], target)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        match fault.action:
            case "status":
                await _answer(send, fault.status, fault.body.encode(), fault.content_type)
            case "drop_before":
                await _cut(send)
            case "drop_after":
                await self._app(scope, receive, _swallow)
                await _cut(send)
            case "truncate" | "garble":
                await self._app(scope, receive, _spoiling(send, garble=fault.action == "garble"))
            case _:
                await self._app(scope, receive, send)


async def _answer(send: Send, status: int, body: bytes, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    # Promising more than is sent makes the server close the connection in the middle of the answer.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})


async def _swallow(_message: Message) -> None:
    """Let the work happen and keep its answer back."""


def _spoiling(send: Send, *, garble: bool) -> Send:
    async def spoil(message: Message) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            body = message["body"]
            spoiled = bytes(byte ^ 0x15 for byte in body) if garble else body[: len(body) // 2]
            message = {**message, "body": spoiled}
        await send(message)

    return spoil
