"""Sessions: a frame's is renewed with a fresh signed token and carried into a tab by a ticket; a user sees and ends his own."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dealvoice.web import pages
from dealvoice.web.bodies import Form
from dealvoice.web.callers import (
    SESSION_COOKIE,
    BrowserCaller,
    FrameCaller,
    Product,
    check_csrf,
    is_https,
    read_cookie,
    set_cookie,
)
from dealvoice.web.errors import Foreign, Unreadable
from dealvoice.workflows.setup import keys, tickets

router = APIRouter()


@router.post("/session")
def renew(app: Product, form: Form) -> JSONResponse:
    """Begin a new session with the token that the page just got from Pipedrive."""
    return JSONResponse({"session": app.sessions.enter_frame(form.get("token")).session})


@router.post("/tickets")
def make_ticket(app: Product, who: FrameCaller, form: Form) -> JSONResponse:
    """Return an address that opens a page of ours in a new tab, signed in as this user."""
    try:
        return JSONResponse({"url": tickets.ticket(app, who, to=form.get("to", "/settings"))})
    except ValueError as error:
        raise Unreadable from error


@router.post("/session/keys")
def switch_keys(app: Product, who: FrameCaller, form: Form) -> Response:
    """Switch the caller's single keys on or off."""
    keys.switch_single_keys(app, who, on=form.get("on") == "1")
    return Response(status_code=204)


@router.get("/tickets/{value}")
def use_ticket(request: Request, app: Product, value: str) -> RedirectResponse:
    """
    Sign the tab in and go on.

    Only our own frame leads here. A ticket in somebody else's link would sign its reader in as the one who sent it, and the
    next consent would give the reader's books to him.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Foreign
    entered, to = tickets.redeem(app, value)
    answer = RedirectResponse(to, 302)
    set_cookie(answer, SESSION_COOKIE, entered.session, https=is_https(app))
    return answer


@router.get("/signed-in")
def show_sessions(request: Request, app: Product, browser: BrowserCaller) -> HTMLResponse:
    """Show where the user is signed in, with a way out of each."""
    sessions = app.sessions.open_of(browser.who, read_cookie(request, SESSION_COOKIE))
    return pages.own_page(
        request, "session/signed_in.html", sessions=sessions, person=browser.who.name, csrf=browser.csrf
    )


@router.post("/signed-in/end")
def end_session(request: Request, app: Product, browser: BrowserCaller, form: Form) -> RedirectResponse:
    """End one of the user's sessions, or all of them; this tab is signed out when its own is among them."""
    check_csrf(browser.csrf, form)
    wanted, here = form.get("session"), app.sessions.name_of(read_cookie(request, SESSION_COOKIE))
    if wanted == "all":
        app.sessions.end_all(browser.who)
    else:
        app.sessions.end(browser.who, wanted)
    if wanted not in ("all", here):
        return RedirectResponse("/signed-in", 303)
    answer = RedirectResponse("/signed-out", 303)
    set_cookie(answer, SESSION_COOKIE, "", https=is_https(app), seconds=0)
    return answer


@router.get("/signed-out")
def show_signed_out(request: Request) -> HTMLResponse:
    """Say that this tab is signed out, and how to come back."""
    return pages.own_page(request, "session/signed_out.html")
