"""Scripted faults: what a test or a curious person makes go wrong, as middleware around a whole emulator."""

import asyncio
import random
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ACTIONS = frozenset({"status", "drop_before", "drop_after", "truncate", "garble", "delay"})


@dataclass(slots=True)
class Fault:
    """One scripted fault. ``action``: status, drop_before, drop_after, truncate, garble, delay."""

    action: str
    method: str = ""
    path: str = ""
    """Regular expression, searched in the path with its query."""
    query: str = ""
    """Text that the query must contain."""
    status: int = 503
    body: str = ""
    """Nothing said: the vendor's own words for such a status, where the emulator knows them."""
    content_type: str = "application/json"
    code: str = ""
    """The vendor's fault code, where the emulator finds the words."""
    detail: str = ""
    retry_after: int = 0
    """Seconds that a written out answer asks to wait (``Retry-After``); 0 says nothing."""
    delay_ms: int = 0
    times: int = 1
    """How often it strikes; 0 means for ever."""
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    """Calls that it fitted, struck or spared; with ``seed`` it decides which of them are struck."""
    struck: int = 0

    def __post_init__(self) -> None:
        if self.action not in _ACTIONS:
            raise ValueError(f"a fault cannot {self.action!r}; it can {sorted(_ACTIONS)}")
        for one in fields(self):
            value = getattr(self, one.name)
            number = one.type is float and isinstance(value, int | float)
            if isinstance(value, bool) or not (number or isinstance(value, one.type)):  # type: ignore[arg-type] # plain classes, all of them
                raise ValueError(f"{one.name} of a fault cannot be {value!r}")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path of a fault is no regular expression: {error}") from error

    def strikes(self, method: str, target: str) -> bool:
        """Tell whether it strikes a call; counts it."""
        if self.method and self.method.upper() != method:
            return False
        if self.times and self.struck >= self.times:
            return False
        if (self.path and not re.search(self.path, target)) or self.query not in target.partition("?")[2]:
            return False
        self.seen += 1
        if self.probability < 1 and random.Random(f"{self.seed}:{self.seen}").random() >= self.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """The faults of one emulator."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, values: dict[str, Any]) -> None:
        """
        Script a fault; ``drop`` with ``before`` or ``after``, and true ``truncate`` or ``garble``, name its action too.

        Raises:
            ValueError: Its action or a field is unknown or of a wrong kind.
        """
        values = dict(values)
        if "drop" in values:
            values["action"] = f"drop_{values.pop('drop')}"
        for name in ("truncate", "garble"):
            if values.pop(name, False):
                values["action"] = name
        values.setdefault("action", "status" if "status" in values else "delay")
        unknown = set(values) - {one.name for one in fields(Fault)}
        if unknown:
            raise ValueError(f"a fault has no {sorted(unknown)}")
        fault = Fault(**values)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Return all faults with what they did so far."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, method: str, target: str) -> Fault | None:
        """Return the fault that strikes a call."""
        with self._lock:
            return next((fault for fault in self._faults if fault.strikes(method, target)), None)


class FaultyApp:
    """
    Middleware: plays the scripted faults.

    A dropped connection ends in the middle of the answer; a truncated or garbled answer arrives whole, but its text
    is cut in half or scrambled.

    Args:
        app: The emulator.
        faults: What may strike.
        words: Gives the vendor's answer for a scripted status whose body nobody has written out.
    """

    def __init__(self, app: ASGIApp, faults: Faults, words: Callable[[Fault, Scope], ASGIApp] | None = None) -> None:
        self._app, self._faults, self._words = app, faults, words

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
            case "status" if self._words is not None and not fault.body:
                await self._words(fault, scope)(scope, receive, send)
            case "status":
                await _answer(send, fault)
            case "drop_before":
                await _cut(send)
            case "drop_after":
                await self._app(scope, receive, _swallow)
                await _cut(send)
            case "truncate" | "garble":
                await self._app(scope, receive, _spoiling(send, garble=fault.action == "garble"))
            case _:
                await self._app(scope, receive, send)


async def _answer(send: Send, fault: Fault) -> None:
    body = fault.body.encode()
    headers = [(b"content-type", fault.content_type.encode()), (b"content-length", str(len(body)).encode())]
    if fault.retry_after:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(send: Send) -> None:
    # An answer that was promised longer and never completed makes the server close the connection (see ``serving``).
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _swallow(_message: Message) -> None:
    """Let the work happen and keep its answer back."""


def _spoiling(send: Send, *, garble: bool) -> Send:
    start: Message = {}
    whole = b""

    async def spoil(message: Message) -> None:
        nonlocal start, whole
        if message["type"] == "http.response.start":
            start = message
            return
        whole += message.get("body", b"")
        if message.get("more_body"):
            return
        spoiled = bytes(byte ^ 0x15 for byte in whole) if garble else whole[: len(whole) // 2]
        kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        headers = [*kept, (b"content-length", str(len(spoiled)).encode())]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": spoiled})

    return spoil
