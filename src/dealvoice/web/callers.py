"""
Who is calling, route by route.

A frame proves itself by a header and nothing else: its cookies are not read. A tab of its own has a cookie, and each
of its forms a CSRF token.
"""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from dealvoice.connections.sessions import Browser, Refused
from dealvoice.connections.who import Who
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import Forged
from dealvoice.web.pools import Pools
from dealvoice.workflows.app import App

SESSION_COOKIE = "dealvoice"
FLOW_COOKIE = "dealvoice_flow"
"""Binds a sign-in under way to the browser it began in."""


def product(request: Request) -> App:
    """Return the product that this server serves."""
    app: App = request.app.state.dealvoice
    return app


async def pools(request: Request) -> Pools:
    """Return this server's pools."""
    found: Pools = request.app.state.pools
    return found


def frame_caller(request: Request) -> Who:
    """
    Return the user behind a frame's session.

    Raises:
        Refused: No session, or it is over.
        TooMany: It asks too often.
    """
    app, session = product(request), _bearer(request)
    request.app.state.pace.count(session, app.now())
    who = app.sessions.caller(session)
    request.state.who = who
    return who


def browser_caller(request: Request) -> Browser:
    """
    Return the user behind a cookie.

    Raises:
        Refused: No session, or it is over.
        TooMany: It asks too often.
    """
    cookie = read_cookie(request, SESSION_COOKIE)
    if not cookie:
        raise Refused("session.expired")
    app = product(request)
    request.app.state.pace.count(cookie, app.now())
    browser = app.sessions.browser(cookie)
    request.state.who = browser.who
    return browser


@dataclass(frozen=True, slots=True)
class Caller:
    """A user in a frame or in a tab of its own."""

    who: Who
    csrf: str
    """What his forms must carry; empty in a frame, whose header cannot be forged by another site."""

    @property
    def framed(self) -> bool:
        """Whether he is inside Pipedrive."""
        return not self.csrf


def any_caller(request: Request) -> Caller:
    """
    Return the user of a page that lives in both places.

    Raises:
        Refused: No session, or it is over.
    """
    if "authorization" in request.headers:
        return Caller(frame_caller(request), "")
    browser = browser_caller(request)
    return Caller(browser.who, browser.csrf)


def check_csrf(csrf: str, fields: Fields) -> None:
    """
    Refuse a form that another site may have sent.

    Raises:
        Forged: Its token is not this session's.
    """
    if csrf and not hmac.compare_digest(csrf.encode(), fields.get("csrf").encode()):
        raise Forged


def read_cookie(request: Request, name: str) -> str:
    """Return a cookie that ``set_cookie`` set; empty without it."""
    return request.cookies.get(_on_the_wire(name, https=request.app.state.https), "")


def set_cookie(answer: Response, name: str, value: str, *, https: bool, seconds: int | None = None) -> None:
    """Set a host-only cookie that no script and no other site's form can use; zero seconds take it away."""
    wire = _on_the_wire(name, https=https)
    answer.set_cookie(wire, value, max_age=seconds, path="/", secure=https, httponly=True, samesite="lax")


def _on_the_wire(name: str, *, https: bool) -> str:
    """Return the name that browsers take only over https, without a domain: a neighbour's host cannot plant it."""
    return f"__Host-{name}" if https else name


def is_https(app: App) -> bool:
    """Whether the product is reached by https."""
    return app.public_url.startswith("https:")


def _bearer(request: Request) -> str:
    scheme, _, session = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not session:
        raise Refused("session.expired")
    return session


async def _product(request: Request) -> App:
    return product(request)  # a dependency that is no coroutine costs a thread's time


Product = Annotated[App, Depends(_product)]
Threads = Annotated[Pools, Depends(pools)]
FrameCaller = Annotated[Who, Depends(frame_caller)]
BrowserCaller = Annotated[Browser, Depends(browser_caller)]
AnyCaller = Annotated[Caller, Depends(any_caller)]
