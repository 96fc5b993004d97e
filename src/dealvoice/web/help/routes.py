"""Help, what happens to data and on what terms, and whether the page helped."""

import re
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dealvoice.connections.sessions import Refused
from dealvoice.connections.who import Who
from dealvoice.web import pages
from dealvoice.web.bodies import Form
from dealvoice.web.callers import Product, browser_caller, is_https, read_cookie, set_cookie
from dealvoice.web.errors import Forged
from dealvoice.workflows import help as help_desk

router = APIRouter()


_READER_COOKIE = "dealvoice_reader"
_YEAR = 366 * 24 * 3600


@router.get("/help")
def show_help(request: Request, app: Product) -> HTMLResponse:
    """Show the help page, in the browser's language or the signed-in user's."""
    who = _signed_in(request)
    voter = _voter(request, who) or secrets.token_hex(16)
    page = pages.own_page(request, "help/help.html", view=help_desk.help_view(app, voter), done=False)
    if who is None:
        # Another site's form does not carry this cookie, so it cannot vote.
        set_cookie(page, _READER_COOKIE, voter, https=is_https(app), seconds=_YEAR)
    return page


@router.post("/help/vote")
async def vote(request: Request, app: Product, form: Form) -> HTMLResponse:
    """Count whether the page helped; a reader may change his mind."""
    who = _signed_in(request)
    voter = _voter(request, who)
    if not voter or form.get("helped") not in {"1", "0"}:
        raise Forged
    helped, language = form.get("helped") == "1", pages.speech_of(request).language
    view = help_desk.vote(app, voter, who, helped=helped, language=language)
    return pages.own_page(request, "help/help.html", view=view, done=True)


@router.get("/privacy")
def show_privacy(request: Request, app: Product) -> HTMLResponse:
    """Show what is kept, who sees it, and when it goes."""
    return pages.own_page(request, "help/privacy.html", contact=app.contact)


@router.get("/terms")
def show_terms(request: Request, app: Product) -> HTMLResponse:
    """Show on what terms it is used."""
    return pages.own_page(request, "help/terms.html", contact=app.contact)


def _signed_in(request: Request) -> Who | None:
    try:
        return browser_caller(request).who
    except Refused:
        return None


def _voter(request: Request, who: Who | None) -> str:
    """Return who votes: an installation, else this browser; empty when it has not been here."""
    kept = read_cookie(request, _READER_COOKIE)
    return who.installation_id if who is not None else (kept if re.fullmatch(r"[0-9a-f]{32}", kept) else "")
