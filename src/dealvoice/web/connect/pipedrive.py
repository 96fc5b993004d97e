"""Pipedrive's sign-in: begun here or by the Marketplace; and the call that says a user removed the app."""

import base64
import hmac
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dealvoice.connections.sessions import Entered
from dealvoice.web import pages
from dealvoice.web.bodies import Form, read_body, whole
from dealvoice.web.callers import FLOW_COOKIE, SESSION_COOKIE, Product, Threads, is_https, read_cookie, set_cookie
from dealvoice.web.connect.start import trouble_at
from dealvoice.web.errors import Forged, Unreadable
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Trouble
from dealvoice.workflows.setup import install

router = APIRouter()

_FLOW_SECONDS = 900


@router.get("/pipedrive/install")
def begin(request: Request, app: Product) -> RedirectResponse:
    """Send the browser to Pipedrive's consent."""
    going = install.begin(app, browser=read_cookie(request, FLOW_COOKIE))
    answer = RedirectResponse(going.url, 302)
    set_cookie(answer, FLOW_COOKIE, going.browser, https=is_https(app), seconds=_FLOW_SECONDS)
    return answer


@router.get("/pipedrive/callback")
async def come_back(
    request: Request, app: Product, threads: Threads, code: str = "", state: str = "", error: str = ""
) -> RedirectResponse:
    """Take the browser back from Pipedrive; always a 302."""
    browser = read_cookie(request, FLOW_COOKIE)

    def work() -> RedirectResponse:
        if error or not code:
            install.cancel(app, state=state, browser=browser)
            return RedirectResponse("/connect/cancelled?from=pipedrive", 302)
        try:
            came = install.finish(app, code=code, state=state, browser=browser)
        except Trouble as trouble:
            return trouble_at(app, trouble)
        if isinstance(came, Entered):
            return _signed_in(app, came)
        answer = RedirectResponse("/pipedrive/confirm?ticket=" + came.ticket, 302)
        set_cookie(answer, FLOW_COOKIE, came.browser, https=is_https(app), seconds=_FLOW_SECONDS)
        return answer

    return await threads.vendor.run("", work)


@router.get("/pipedrive/confirm")
def ask(request: Request, app: Product, ticket: str = "") -> HTMLResponse:
    """Name the user and company of an install that nobody here began, and ask."""
    browser = read_cookie(request, FLOW_COOKIE)
    waiting = install.waiting(app, ticket=ticket, browser=browser)
    return pages.own_page(request, "connect/confirm.html", waiting=waiting, csrf=_csrf(browser, ticket))


@router.post("/pipedrive/confirm")
async def confirm(request: Request, app: Product, threads: Threads, form: Form) -> RedirectResponse:
    """Install what waited for the button."""
    browser, ticket = read_cookie(request, FLOW_COOKIE), form.get("ticket")
    if not browser or not hmac.compare_digest(_csrf(browser, ticket).encode(), form.get("csrf").encode()):
        raise Forged

    def work() -> RedirectResponse:
        try:
            return _signed_in(app, install.confirm(app, ticket=ticket, browser=browser))
        except Trouble as trouble:
            return trouble_at(app, trouble)

    return await threads.vendor.run("", work)


@router.delete("/pipedrive/callback")
async def removed(request: Request, app: Product, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Take the news that a user removed the app; only Pipedrive knows the app's own secret."""
    if not _is_pipedrive(request.headers.get("authorization", ""), app):
        return Response(status_code=401)
    try:
        found = json.loads(body)
        company_id, user_id = whole(str(found["company_id"])), whole(str(found["user_id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable from error
    await request.app.state.pools.vendor.run("", lambda: install.uninstall(app, company_id=company_id, user_id=user_id))
    return Response(status_code=200)


def _signed_in(app: App, entered: Entered) -> RedirectResponse:
    answer = RedirectResponse("/connect", 302)
    set_cookie(answer, SESSION_COOKIE, entered.session, https=is_https(app))
    return answer


def _csrf(browser: str, ticket: str) -> str:
    """Return the token of the page with the button: only this browser's cookie can make it."""
    return hmac.new(browser.encode(), f"confirm {ticket}".encode(), "sha256").hexdigest()


def _is_pipedrive(header: str, app: App) -> bool:
    known = base64.b64encode(":".join(app.pipedrive_basic).encode())
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "basic" and hmac.compare_digest(given.encode(), known)
