"""Middleware that writes every vendor call into the journal and, when asked, keeps whole calls with their bodies."""

import base64
import re
import time
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.journal import Journal

_REALM = re.compile(r"^/v3/company/([^/]+)/")
_FACTS = "sandbox.facts"
_HEADERS = frozenset({b"accept", b"content-type"})


def tell(scope: Any, **facts: Any) -> None:
    """Add what an emulator knows of a call (company, user, cost) to its row of the journal; ``scope`` is the request's."""
    scope.setdefault(_FACTS, {}).update(facts)


class Recorded:
    """Middleware: one journal row a call; control calls and files of pages are left out."""

    def __init__(self, app: ASGIApp, journal: Journal, clock: Clock) -> None:
        self._app, self._journal, self._clock = app, journal, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/_sandbox", "/static", "/host/static")):
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0
        scope[_FACTS] = {}
        keeps = self._journal.recordings.on
        asked, answered = _Half(self._journal.recordings.most), _Half(self._journal.recordings.most)
        asked.headers = scope["headers"]

        async def hear() -> Message:
            message = await receive()
            if keeps and message["type"] == "http.request":
                asked.add(message.get("body", b""))
            return message

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status, answered.headers = message["status"], message["headers"]
            elif keeps:
                answered.add(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, hear, watch)
        finally:
            at, facts = self._clock.now(), self._facts(scope, status, started)
            number = self._journal.write(at=at, **facts)
            if keeps:
                self._journal.recordings.write(
                    n=number, at=at.isoformat(), method=scope["method"], path=scope["path"], query=facts["query"],
                    status=status, request=asked.shown(), answer=answered.shown(),
                )  # fmt: skip

    def _facts(self, scope: Scope, status: int, started: float) -> dict[str, Any]:
        query = scope["query_string"].decode("latin-1")
        headers = {name.decode("latin-1").lower() for name, _ in scope["headers"]}
        realm = _REALM.match(scope["path"])
        facts = {
            "method": scope["method"],
            "path": scope["path"],
            "query": query,
            "status": status,
            "request_id": parse_qs(query).get("requestid", [""])[0],
            "realm": realm.group(1) if realm else "",
            "cookie": "cookie" in headers,
            "ms": round((time.monotonic() - started) * 1000, 1),
        }
        return {**facts, **scope[_FACTS]}


class _Half:
    """One direction of a call: its body up to a length, and the headers that say what the body is."""

    def __init__(self, most: int) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self._most, self._body, self._length = most, b"", 0

    def add(self, part: bytes) -> None:
        """Take in a part of the body."""
        self._length += len(part)
        self._body += part[: self._most - len(self._body)]

    def shown(self) -> dict[str, Any]:
        """Return it for people and tests; what is no text comes in base64."""
        kept = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers if name in _HEADERS}
        try:
            body, encoding = self._body.decode(), "text"
        except UnicodeDecodeError:
            body, encoding = base64.b64encode(self._body).decode(), "base64"
        return {
            "headers": kept, "body": body, "encoding": encoding, "length": self._length,
            "whole": len(self._body) == self._length,
        }  # fmt: skip
