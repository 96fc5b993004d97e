"""
HTTP of OAuth 2.0 and OpenID Connect: consent, tokens, revocation, userinfo, keys, discovery, and the person's apps.

``grants`` holds what is allowed to whom, ``identity`` who signed in. Source: OAuth pages of the developer site.
"""

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import grants, identity
from dealvoice_sandbox.quickbooks.faults_text import GatewayRefusal
from dealvoice_sandbox.quickbooks.grants import Denied
from dealvoice_sandbox.quickbooks.oauth_pages import chooser, my_apps, page

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_UNKEPT = {"cache-control": "no-cache, no-store", "pragma": "no-cache"}


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the routes of signing in and of the tokens."""
    asked = _Asked(emulator)
    tokens = _Tokens(emulator)
    told = _Told(emulator)
    places = [
        Route("/connect/oauth2", asked.consent, methods=["GET"]),
        Route("/connect/oauth2", asked.decide, methods=["POST"]),
        Route("/app/apps", asked.apps, methods=["GET"]),
        Route("/app/apps", asked.act, methods=["POST"]),
        Route("/oauth2/v1/tokens/bearer", tokens.bearer, methods=["POST"]),
        # The first address stands in the discovery document, the second in older pages and clients.
        Route("/v2/oauth2/tokens/revoke", tokens.revoke, methods=["POST"]),
        Route("/oauth2/v1/tokens/revoke", tokens.revoke, methods=["POST"]),
        Route("/v1/openid_connect/userinfo", told.userinfo, methods=["GET"]),
        Route("/op/v1/jwks", told.keys, methods=["GET"]),
    ]
    for name in ("openid_configuration", "openid_sandbox_configuration"):
        places += [Route(f"/.well-known/{name}{end}", told.discovery, methods=["GET"]) for end in ("", "/")]
    return places


class _Asked:
    """What the person at QuickBooks is asked, in the browser."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    async def consent(self, request: Request) -> Response:
        """Show the company chooser, or say what is wrong with the request."""
        asked = dict(request.query_params)
        return self._refusal(asked) or HTMLResponse(chooser(self._emulator, asked))

    async def decide(self, request: Request) -> Response:
        """Go back to the app with a code or with the person's no."""
        if _is_foreign(request):
            return HTMLResponse(page("Refused", "<p>This form came from elsewhere.</p>"), 403)
        form = {name: str(value) for name, value in (await request.form()).items()}
        refusal = self._refusal(form)
        if refusal is not None:
            return refusal
        if form.get("decision") != "connect":
            return _back(form, error="access_denied")
        signs_in = set(form["scope"].split()) <= grants.IDENTITY
        realm = "" if signs_in else form.get("realm", "")
        if not signs_in and realm not in self._emulator.store.tree["companies"]:
            return HTMLResponse(page("Choose a company", ""), 400)
        code = grants.new_code(
            self._emulator, realm=realm, client=form["client_id"], scope=form["scope"], redirect=form["redirect_uri"]
        )
        return _back(form, code=code, **({"realmId": realm} if realm else {}))

    async def apps(self, _request: Request) -> Response:
        """Show the apps that are connected to the person's companies."""
        return HTMLResponse(my_apps(self._emulator))

    async def act(self, request: Request) -> Response:
        """Launch the app, or disconnect it; either way the browser ends at the app."""
        if _is_foreign(request):
            return HTMLResponse(page("Refused", "<p>This form came from elsewhere.</p>"), 403)
        form = await request.form()
        realm = str(form.get("realm", ""))
        if realm not in self._emulator.store.tree["companies"]:
            return HTMLResponse(page("There is no such company", ""), 404)
        if form.get("act") == "launch":
            return RedirectResponse(self._emulator.portal.launch_url, 302)
        return RedirectResponse(grants.disconnect(self._emulator, realm)["redirect"], 302)

    def _refusal(self, asked: dict[str, str]) -> Response | None:
        # An address that is not the app's is never sent anything; the app hears the rest.
        portal = self._emulator.portal
        if not asked.get("client_id") or not portal.knows(asked["client_id"]):
            return HTMLResponse(page("This app is not known here", "<p>The client id is wrong.</p>"), 400)
        if not asked.get("redirect_uri") or not portal.takes_redirect(asked["redirect_uri"]):
            return HTMLResponse(page("The redirect address is not registered", "<p>Check the app's settings.</p>"), 400)
        if not asked.get("state") or asked.get("response_type") != "code":
            return HTMLResponse(page("The request is incomplete", "<p>state and response_type are needed.</p>"), 400)
        scopes = set(asked.get("scope", "").split())
        return None if scopes and scopes <= grants.SCOPES else _back(asked, error="invalid_scope")


class _Tokens:
    """What the app's server asks with its keys."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    async def bearer(self, request: Request) -> Response:
        """Exchange a code or a refresh token."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            client = self._client(request, form)
            with self._emulator.store.lock:
                try:
                    answer = self._answer(form, client, hard=_wants_hard_life(request))
                finally:
                    self._emulator.store.save()
        except Denied as denied:
            return JSONResponse(denied.body(), denied.status, headers=_UNKEPT)
        return JSONResponse(answer, headers=_UNKEPT)

    def _answer(self, form: dict[str, str], client: str, *, hard: bool) -> Row:
        emulator = self._emulator
        match form.get("grant_type"):
            case "authorization_code":
                if not form.get("code") or not form.get("redirect_uri"):
                    raise Denied("invalid_request")
                answer, held = grants.exchange(emulator, form["code"], redirect=form["redirect_uri"], client=client)
                if "openid" in held["scope"].split():
                    answer["id_token"] = identity.id_token(held)
            case "refresh_token":
                if not form.get("refresh_token"):
                    raise Denied("invalid_request")
                answer, held = grants.renew(emulator, form["refresh_token"], client=client)
            case None:
                raise Denied("invalid_request")
            case _:
                raise Denied("unsupported_grant_type")
        if hard:
            answer["x_refresh_token_hard_expires_in"] = grants.hard_life(emulator, held)
        return answer

    async def revoke(self, request: Request) -> Response:
        """End a grant or an access token."""
        try:
            form = await _form_or_json(request)
            self._client(request, form)
            with self._emulator.store.lock:
                grants.end(self._emulator, form.get("token", ""))
                self._emulator.store.save()
        except Denied as denied:
            return JSONResponse(denied.body(), denied.status, headers=_UNKEPT)
        return Response(status_code=200, headers=_UNKEPT)

    def _client(self, request: Request, form: dict[str, str]) -> str:
        """Return the client id of the app whose keys came, in the header or in the form."""
        header = request.headers.get("authorization", "")
        keys = _basic(header) if header else (form.get("client_id", ""), form.get("client_secret", ""))
        if keys is None or not keys[0] or not self._emulator.portal.knows(*keys):
            raise Denied("invalid_client", status=401)
        return keys[0]


class _Told:
    """What everybody, or the holder of a token, may know."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    async def userinfo(self, request: Request) -> Response:
        """Tell who signed in."""
        try:
            held = grants.behind(self._emulator, request.headers.get("authorization", ""))
        except GatewayRefusal:
            return JSONResponse({"error": "invalid_token"}, 401, headers={"www-authenticate": "Bearer"})
        if "openid" not in held["scope"].split():
            return JSONResponse({"error": "insufficient_scope"}, 403)
        return JSONResponse(identity.userinfo(held))

    async def keys(self, _request: Request) -> Response:
        """Tell the key that id_tokens are signed with."""
        return JSONResponse(identity.keys())

    async def discovery(self, request: Request) -> Response:
        """Tell where everything is."""
        base = self._emulator.url or str(request.base_url)
        return JSONResponse(identity.discovery(base.rstrip("/")))


async def _form_or_json(request: Request) -> dict[str, str]:
    if "json" not in request.headers.get("content-type", ""):
        return {name: str(value) for name, value in (await request.form()).items()}
    try:
        told = json.loads(await request.body())
    except ValueError as error:
        raise Denied("invalid_request") from error
    return {name: str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _back(asked: dict[str, str], **told: str) -> Response:
    redirect = asked["redirect_uri"]
    told["state"] = asked["state"]
    return RedirectResponse(f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(told)}", 302)


def _is_foreign(request: Request) -> bool:
    host = request.headers.get("host", "")
    return (urlsplit(request.headers.get("origin", "")).netloc or host) != host


def _wants_hard_life(request: Request) -> bool:
    return request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret
