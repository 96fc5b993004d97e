"""Middleware: counts and times every answer by its route, and names the route for the count of calls."""

import time

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dealvoice.observability import REQUEST_SECONDS, REQUESTS, name_action

_NONE = "none"
"""Stands for an address that no route takes: addresses are the caller's own words, and would be endless labels."""


class Counted:
    """Middleware: see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            route = route_of(scope)
            REQUESTS.labels(route, str(status)).inc()
            REQUEST_SECONDS.labels(route).observe(time.monotonic() - began)


async def name_route(request: Request) -> None:
    """Dependency of every route: calls made from here on are counted as the route's."""
    name_action(route_of(request.scope))


def route_of(scope: Scope) -> str:
    """Return a route as it is written, never what was put into it: that may be a ticket or a key."""
    return str(getattr(scope.get("route"), "path", _NONE))
