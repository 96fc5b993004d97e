"""
OAuth of Pipedrive between servers: tokens for codes, refresh, revocation, with the vendor's words for what is wrong.

Source: Marketplace OAuth pages and status codes. The page in a browser is ``consent``, what is kept is ``grants``.
"""

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dealvoice_sandbox.pipedrive import consent, grants
from dealvoice_sandbox.pipedrive.consent import HOST_USER_COOKIE

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

__all__ = ["HOST_USER_COOKIE", "routes"]
Row = dict[str, Any]


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the OAuth routes, the consent page's among them."""

    async def token(request: Request) -> Response:
        form = await _form(request)
        refusal = _refusal(emulator, request, form)
        if form is None or refusal is not None:
            return refusal or _not_a_form()
        answer: Response = emulator.act(lambda: _token(emulator, form))
        answer.headers["cache-control"] = "no-store"
        return answer

    async def revoke(request: Request) -> Response:
        form = await _form(request)
        refusal = _refusal(emulator, request, form)
        if form is None or refusal is not None:
            return refusal or _not_a_form()
        if not form.get("token"):
            return _refuse("invalid_request", "Missing parameter: `token`")
        emulator.act(lambda: grants.revoke(emulator, form["token"]))
        return JSONResponse({"success": True})

    return [
        *consent.routes(emulator),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/token/", token, methods=["POST"]),
        Route("/oauth/revoke", revoke, methods=["POST"]),
    ]


def _token(emulator: "PipedriveEmulator", form: dict[str, str]) -> Response:
    try:
        match form.get("grant_type"):
            case "authorization_code":
                return _for_code(emulator, form)
            case "refresh_token":
                return JSONResponse(grants.refresh(emulator, form.get("refresh_token", "")))
            case "exchange_api_token":
                return JSONResponse(grants.exchange(emulator, form.get("api_token", "")))
            case None | "":
                return _refuse("invalid_request", "Missing parameter: `grant_type`")
            case _:
                return _refuse("unsupported_grant_type", "Unsupported grant type")
    except grants.BadGrant as bad:
        return _refuse("invalid_grant", f"Invalid grant: {bad}")


def _for_code(emulator: "PipedriveEmulator", form: dict[str, str]) -> Response:
    redirect = form.get("redirect_uri", "")
    if urlsplit(redirect).scheme not in ("http", "https"):
        return _refuse("invalid_request", "Invalid request: `redirect_uri` is not a valid URI")
    tokens = grants.redeem(emulator, form.get("code", ""), redirect)
    if tokens is None:
        return _refuse("invalid_request", "Invalid request: `redirect_uri` is invalid")
    return JSONResponse(tokens)


async def _form(request: Request) -> dict[str, str] | None:
    if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
        return None
    return {name: str(value) for name, value in (await request.form()).items()}


def _refusal(emulator: "PipedriveEmulator", request: Request, form: dict[str, str] | None) -> Response | None:
    if form is None:
        return _not_a_form()
    client = _client(request.headers.get("authorization", ""), form)
    status = int(emulator.switches["invalid_client_status"])
    if client is None:
        return _refuse("invalid_client", "Invalid client: cannot retrieve client credentials", status)
    if not emulator.portal.knows(*client):
        return _refuse("invalid_client", "Invalid client: client is invalid", status)
    return None


def _client(header: str, form: dict[str, str]) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (name, secret) if colon else None
    return (form["client_id"], form.get("client_secret", "")) if "client_id" in form else None


def _not_a_form() -> Response:
    return _refuse("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")


def _refuse(error: str, message: str, status: int = 400) -> Response:
    return JSONResponse({"success": False, "message": message, "error": error}, status)
