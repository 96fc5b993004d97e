"""Who looks at the host page: the user that was chosen, his theme; a call from another page is refused here."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dealvoice_sandbox.host.words import LANGUAGES
from dealvoice_sandbox.pipedrive.answers import Refused
from dealvoice_sandbox.pipedrive.errors import Archived, NotAllowed, NotFound
from dealvoice_sandbox.pipedrive.oauth import HOST_USER_COOKIE

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
Act = Callable[[Request, Row], Any]
THEME_COOKIE = "host_theme"
_YEAR = 31_536_000


class BadWish(ValueError):
    """Something a page asked for that makes no sense; its text is shown."""


def user_of(emulator: "PipedriveEmulator", request: Request) -> int:
    """Return who works at the page: whom the browser has chosen, else the company's first user."""
    value, users = request.cookies.get(HOST_USER_COOKIE, ""), emulator.table("users")
    return int(value if value in users else next(iter(users)))


def language_of(user: Row) -> str:
    """Return the language of a user's screen, English when the page does not speak his."""
    code = str((user.get("language") or {}).get("language_code", "en"))
    return code if code in LANGUAGES else "en"


def theme_of(request: Request) -> str:
    """Return light or dark."""
    return "dark" if request.cookies.get(THEME_COOKIE) == "dark" else "light"


def keep(answer: Response, name: str, value: str) -> Response:
    """Keep a choice in this browser."""
    answer.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="lax")
    return answer


def from_own_page(request: Request) -> bool:
    """Tell whether a call comes from a page of this host; browsers name the origin of every POST."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def acting(work: Act) -> Callable[[Request], Awaitable[Response]]:
    """
    Turn what a page may do into an endpoint: JSON in, JSON out.

    What the page's own user may not see is 404, what makes no sense 400, and a call from elsewhere 403.
    """

    async def answer(request: Request) -> Response:
        if not from_own_page(request):
            return _said(403, "This call came from another page.")
        try:
            found = work(request, await _values(request))
        except NotFound:
            return _said(404, "There is nothing like that.")
        except Archived:
            return _said(400, "An archived deal cannot be changed.")
        except NotAllowed as error:
            return _said(400, f"{error.field}: {error.reason}")
        except Refused as refusal:
            return _said(400, str(refusal.body.get("error", "")))
        except BadWish as error:
            return _said(400, str(error))
        return found if isinstance(found, Response) else JSONResponse(found if found is not None else {"ok": True})

    return answer


async def _values(request: Request) -> Row:
    raw = await request.body()
    try:
        values = json.loads(raw) if raw else {}
    except (ValueError, RecursionError) as error:
        raise BadWish("The body is no JSON.") from error
    if not isinstance(values, dict):
        raise BadWish("The body is no JSON object.")
    return values


def _said(status: int, words: str) -> JSONResponse:
    return JSONResponse({"error": words}, status)
