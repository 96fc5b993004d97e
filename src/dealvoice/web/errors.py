"""
Turns a refusal into an answer: a real status code, and words in the user's language.

A part of a page gets a part to swap in, a frame a page that starts the SDK all the same (else Pipedrive hides it), a
tab of its own a plain page, a script JSON.
"""

import secrets
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from dealvoice.connections.sessions import Refused
from dealvoice.connections.who import Who
from dealvoice.observability import get_logger
from dealvoice.web import pages
from dealvoice.web.counting import route_of
from dealvoice.web.security import put_on
from dealvoice.workflows import errors as trouble

_log = get_logger(__name__)

_STATUS: Mapping[type[trouble.Trouble], int] = {
    trouble.NoAccess: 403,
    trouble.NotSeen: 404,
    trouble.NotFound: 404,
    trouble.NotPossible: 409,
    trouble.StaleLink: 409,
    trouble.WrongCompany: 409,
    trouble.Taken: 409,
    trouble.SignedOut: 409,
    trouble.Busy: 503,
}
"""401 is kept for our own sessions: the script answers it by asking Pipedrive for a fresh token."""

RETRY_SECONDS = 10
_REFUSALS = frozenset({401, 403, 429})
"""Answers that are written down: a door that somebody found shut."""


class TooLarge(Exception):
    """A body or field above its limit."""


class Unreadable(Exception):
    """A request that no screen of ours sends."""


class Forged(Exception):
    """A form of a browser session without its CSRF token."""


class Foreign(Exception):
    """A sign-in that began on another site's page."""


class TooMany(Exception):
    """More requests of one session than any screen of ours makes."""


class Crowded(Exception):
    """Too many calls wait for a vendor already."""


def status_of(error: trouble.Trouble) -> int:
    """Return the status that a refusal of a workflow is answered with."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def install(app: FastAPI) -> None:
    """Register the answers to everything that a route may raise."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101 - the handler is registered for this class alone
        return await _answer(request, 401, error.code)

    async def troubled(request: Request, error: Exception) -> Response:
        assert isinstance(error, trouble.Trouble)  # noqa: S101 - as above
        return await _answer(request, status_of(error), error.code, error.params)

    async def not_read(request: Request, _: Exception) -> Response:
        return await _answer(request, 422, "web.unreadable")

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        code = "web.not_found" if error.status_code == 404 else "web.unreadable"
        return await _answer(request, error.status_code, code, headers=error.headers)

    async def failed(request: Request, error: Exception) -> Response:
        reference = secrets.token_hex(4).upper()
        _log.error("request_failed", route=route_of(request.scope), reference=reference, exc_info=error)
        answer = await _answer(request, 500, "web.failed", {"reference": f"{reference[:4]}-{reference[4:]}"})
        # This answer is made outside of all middleware.
        put_on(answer.headers, request.url.path, https=request.app.state.https)
        return answer

    async def away(request: Request, error: Exception) -> Response:
        _log.warning("database_away", route=route_of(request.scope), error=type(error).__name__)
        return await _answer(request, 503, "web.away")

    def plain(status: int, code: str) -> object:
        async def answer(request: Request, _: Exception) -> Response:
            return await _answer(request, status, code)

        return answer

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(trouble.Trouble, troubled)
    app.add_exception_handler(RequestValidationError, not_read)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, failed)
    for gone in trouble.DATABASE_AWAY:
        app.add_exception_handler(gone, away)
    for kind, status, code in (
        (TooLarge, 413, "web.too_large"),
        (Unreadable, 422, "web.unreadable"),
        (Forged, 403, "session.csrf"),
        (Foreign, 409, "connection.stale_link"),
        (TooMany, 429, "web.too_many"),
        (Crowded, 503, "web.crowded"),
    ):
        app.add_exception_handler(kind, plain(status, code))  # type: ignore[arg-type] # an async handler, as asked


async def _answer(
    request: Request,
    status: int,
    code: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if status in _REFUSALS or code == trouble.NoAccess.code:
        _log.info("request_refused", reason=code, status=status, route=route_of(request.scope), tenant=_tenant(request))
    kept = dict(headers or {})
    if status in {429, 503}:
        kept["Retry-After"] = str(RETRY_SECONDS)
    return await run_in_threadpool(_told, request, status, code, params or {}, kept)


def _told(request: Request, status: int, code: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    speech = pages.speech_of(request)
    told = pages.fault_text(speech, code, params)
    if _wants_json(request):
        return JSONResponse({"code": code, "text": told}, status, headers=dict(headers))
    context: pages.Shown = {
        "code": code,
        "told": told,
        "params": params,
        "retry": RETRY_SECONDS if status in {500, 503} else 0,
    }
    if _is_part(request):
        in_panel = request.url.path in {"/panel/part", "/panel/contact/part"} or (
            # Whoever may see it no longer must not go on looking at it.
            status == 404 and request.url.path in {"/panel/changes", "/panel/contact/changes"}
        )
        name = "panel/_trouble.html" if in_panel else "errors/_trouble.html"
        answer = pages.part(request, name, status=status, **context)
        if not in_panel:
            answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#trouble", "innerHTML"
    elif pages.in_frame(request):
        answer = pages.frame_page(request, "errors/frame.html", status=status, **context)
    else:
        answer = pages.own_page(request, "errors/page.html", status=status, **context)
    answer.headers.update(headers)
    return answer


def _tenant(request: Request) -> str:
    who: Who | None = getattr(request.state, "who", None)
    return who.tenant_id if who is not None else ""


def _is_part(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
