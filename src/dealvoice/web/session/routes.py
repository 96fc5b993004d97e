"""Sessions of frames: renewed with a fresh signed token, carried into a tab by a ticket; and the keys that work in them."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from dealvoice.web.bodies import Form
from dealvoice.web.callers import SESSION_COOKIE, FrameCaller, Product, is_https, set_cookie
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
