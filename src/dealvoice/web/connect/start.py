"""The pages of the set-up: the start page, the steps between the sign-ins, and a page for each way it can end."""

import base64
import binascii
import json
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dealvoice.connections.sessions import Refused
from dealvoice.web import pages
from dealvoice.web.bodies import Form
from dealvoice.web.callers import (
    SESSION_COOKIE,
    BrowserCaller,
    Product,
    browser_caller,
    check_csrf,
    is_https,
    read_cookie,
    set_cookie,
)
from dealvoice.workflows.errors import Taken, Trouble
from dealvoice.workflows.setup import connect, hand_over

router = APIRouter()

_NOTICE_COOKIE = "dealvoice_notice"
_NOTICE_SECONDS = 300


def trouble_at(app: Product, error: Trouble | Refused) -> RedirectResponse:
    """
    Send the browser from a callback to the page that says what went wrong.

    Callbacks answer 302 only, so that no code or state stays in an address; names of companies and people travel in a
    cookie of five minutes, not in the address.
    """
    if isinstance(error, Taken):
        return RedirectResponse("/connect", 302)  # the page that names the holder, with the ways out
    params = error.params if isinstance(error, Trouble) else {}
    return notice(app, error.code, params)


def notice(app: Product, code: str, params: Mapping[str, str]) -> RedirectResponse:
    """Send the browser to the page of a code."""
    answer = RedirectResponse("/connect/stopped", 302)
    kept = base64.urlsafe_b64encode(json.dumps({"code": code, "params": dict(params)}).encode()).decode()
    set_cookie(answer, _NOTICE_COOKIE, kept, https=is_https(app), seconds=_NOTICE_SECONDS)
    return answer


@router.get("/")
def start(request: Request) -> Response:
    """Show the start page; a signed-in user goes on where he is."""
    try:
        browser_caller(request)
    except Refused:
        return pages.own_page(request, "connect/start.html")
    return RedirectResponse("/connect", 302)


@router.get("/connect")
def show_steps(request: Request, app: Product, browser: BrowserCaller) -> HTMLResponse:
    """Show the step between the two sign-ins; once connected, what was found."""
    view = connect.view(app, browser.who)
    return pages.own_page(request, "connect/connect.html", view=view, done=False, csrf=browser.csrf)


@router.post("/connect/ask")
def ask_holder(app: Product, browser: BrowserCaller, form: Form) -> RedirectResponse:
    """Ask the colleague who holds the connection to hand it over."""
    check_csrf(browser.csrf, form)
    hand_over.ask(app, browser.who)
    return RedirectResponse("/connect", 303)


@router.post("/connect/take-over")
def take_over(app: Product, browser: BrowserCaller, form: Form) -> RedirectResponse:
    """Take the connection over; only an administrator may, and has ticked that he knows what happens."""
    check_csrf(browser.csrf, form)
    if form.get("sure") == "1":
        hand_over.take(app, browser.who)
    return RedirectResponse("/connect", 303)


@router.get("/connect/done")
def show_done(request: Request, app: Product, browser: BrowserCaller) -> Response:
    """Show the checks of a connection that was just made."""
    view = connect.view(app, browser.who)
    if view.connection is None:
        return RedirectResponse("/connect", 302)
    return pages.own_page(request, "connect/connect.html", view=view, done=True, csrf=browser.csrf)


@router.get("/connect/desktop")
def show_desktop(request: Request) -> HTMLResponse:
    """Say that QuickBooks Desktop cannot be connected, to whoever uses it."""
    return pages.own_page(
        request, "connect/stopped.html", code="connection.desktop", params={}, told="", signed_in=True
    )


@router.get("/connect/cancelled")
def show_cancelled(request: Request) -> HTMLResponse:
    """Say that a consent was refused and that nothing was stored."""
    again = "/quickbooks/connect" if read_cookie(request, SESSION_COOKIE) else "/pipedrive/install"
    quickbooks = request.query_params.get("from") == "quickbooks"
    return pages.own_page(request, "connect/cancelled.html", quickbooks=quickbooks, again=again)


@router.get("/connect/stopped")
def show_stopped(request: Request, app: Product) -> HTMLResponse:
    """Say why a sign-in ended without a connection."""
    code, params = _read_notice(read_cookie(request, _NOTICE_COOKIE))
    told = pages.fault_text(pages.speech_of(request), code, params)
    signed_in = bool(read_cookie(request, SESSION_COOKIE))
    page = pages.own_page(
        request, "connect/stopped.html", status=409, code=code, params=params, told=told, signed_in=signed_in
    )
    set_cookie(page, _NOTICE_COOKIE, "", https=is_https(app), seconds=0)
    return page


def _read_notice(kept: str) -> tuple[str, dict[str, str]]:
    try:
        found = json.loads(base64.urlsafe_b64decode(kept.encode()))
        return str(found["code"]), {str(name): str(value) for name, value in found["params"].items()}
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError):
        return "connection.stale_link", {}
