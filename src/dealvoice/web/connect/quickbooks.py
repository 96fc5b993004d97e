"""QuickBooks' sign-in: always begun here, by a signed-in user, and bound to his browser."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dealvoice.connections.sessions import Refused
from dealvoice.web import pages
from dealvoice.web.callers import (
    FLOW_COOKIE,
    BrowserCaller,
    Product,
    Threads,
    browser_caller,
    is_https,
    read_cookie,
    set_cookie,
)
from dealvoice.web.connect.start import trouble_at
from dealvoice.workflows.errors import Trouble
from dealvoice.workflows.setup import connect

router = APIRouter()

_FLOW_SECONDS = 900


@router.api_route("/quickbooks/connect", methods=["GET", "POST"])
def begin(request: Request, app: Product, browser: BrowserCaller) -> RedirectResponse:
    """Send the browser to QuickBooks' consent; it changes nothing here, so a link may lead to it."""
    try:
        going = connect.begin(app, browser.who, browser=read_cookie(request, FLOW_COOKIE))
    except Trouble as trouble:
        return trouble_at(app, trouble)
    answer = RedirectResponse(going.url, 302)
    set_cookie(answer, FLOW_COOKIE, going.browser, https=is_https(app), seconds=_FLOW_SECONDS)
    return answer


@router.get("/quickbooks/callback")
async def come_back(
    request: Request,
    app: Product,
    threads: Threads,
    code: str = "",
    state: str = "",
    realmId: str = "",  # noqa: N803 - QuickBooks' own spelling
    error: str = "",
) -> RedirectResponse:
    """Take the browser back from QuickBooks; always a 302."""
    flow = read_cookie(request, FLOW_COOKIE)

    def work() -> RedirectResponse:
        if error or not code:
            connect.cancel(app, state=state, browser=flow)
            return RedirectResponse("/connect/cancelled?from=quickbooks", 302)
        try:
            who = browser_caller(request).who
            connect.finish(app, who, code=code, state=state, realm_id=realmId, browser=flow)
        except (Trouble, Refused) as trouble:
            return trouble_at(app, trouble)
        return RedirectResponse("/connect/done", 302)

    return await threads.vendor.run("", work)


@router.get("/quickbooks/disconnected")
def disconnected(request: Request, app: Product, realmId: str = "") -> HTMLResponse:  # noqa: N803 - as above
    """Note that the app was disconnected inside QuickBooks; anybody may open this address, so nothing is believed."""
    connect.disconnected(app, realmId)
    return pages.own_page(request, "connect/disconnected.html")


@router.get("/quickbooks/launch")
def launch(request: Request) -> Response:
    """Come from QuickBooks' app list: on to settings when signed in here, else to the start page."""
    try:
        browser_caller(request)
    except Refused:
        return RedirectResponse("/", 302)
    return RedirectResponse("/settings", 302)
