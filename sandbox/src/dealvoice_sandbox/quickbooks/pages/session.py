"""Which company the accountant is in; a form of another page is refused; what was refused is said in words."""

from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dealvoice_sandbox.quickbooks.pages.books import Books

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

COMPANY_COOKIE = "books_company"
Endpoint = Callable[[Request], Awaitable[Response]]
_MOST = Decimal(10) ** 12


class BadForm(ValueError):
    """A field that makes no sense; its text is shown."""


def books_of(emulator: "QuickBooksEmulator", request: Request) -> Books:
    """Return the company that was chosen in this browser, the first one otherwise."""
    companies = emulator.store.tree["companies"]
    chosen = request.cookies.get(COMPANY_COOKIE, "")
    return Books(emulator, chosen if chosen in companies else next(iter(companies)))


def enter(answer: Response, realm: str) -> Response:
    """Go to a company in this browser."""
    answer.set_cookie(COMPANY_COOKIE, realm, httponly=True, samesite="lax")
    return answer


def own(endpoint: Endpoint) -> Endpoint:
    """Refuse a form that comes from another page; browsers name the origin of every form."""

    async def guarded(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            return HTMLResponse("<!doctype html><title>Refused</title><p>This form came from another page.</p>", 403)
        return await endpoint(request)

    return guarded


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; files are left out."""
    fields = await request.form()
    return {name: value.strip() for name, value in fields.items() if isinstance(value, str)}


def amount(text: str, what: str) -> Decimal:
    """
    Read an amount.

    Raises:
        BadForm: It is no number.
    """
    try:
        found = Decimal(text.replace(",", "").replace("$", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > _MOST:
        raise BadForm(f"{what}: {text!r} is not a number.")
    return found
