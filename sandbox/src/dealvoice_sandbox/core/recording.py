"""Middleware that writes every vendor call into the journal."""

import re
import time
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.journal import Journal

_REALM = re.compile(r"^/v3/company/([^/]+)/")
_FACTS = "sandbox.facts"


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

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
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
            self._journal.write(at=self._clock.now(), **{**facts, **scope[_FACTS]})
