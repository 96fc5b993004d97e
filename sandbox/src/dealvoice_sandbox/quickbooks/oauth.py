"""
OAuth 2.0: consent with a company chooser, codes, tokens, rotation, revocation.

Source: OAuth pages of the developer site. The refresh token changes about every 24 hours; with ``strict_rotation`` at
every refresh, and the old value dies at once.
"""

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dealvoice_sandbox.quickbooks.faults_text import no_token, not_authenticated, not_authorized

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

ACCESS = timedelta(seconds=3600)
REFRESH = timedelta(days=101)
ROTATES = timedelta(hours=24)
_CODE = timedelta(minutes=10)
Row = dict[str, Any]


ACCOUNTING = "com.intuit.quickbooks.accounting"


def tokens(emulator: "QuickBooksEmulator", realm: str, *, scope: str = ACCOUNTING) -> Row:
    """
    Return a token pair without a browser.

    Raises:
        ValueError: There is no such company.
    """
    if realm not in emulator.store.tree["companies"]:
        raise ValueError(f"there is no company {realm!r}; there are {sorted(emulator.store.tree['companies'])}")
    with emulator.store.lock:
        answer = grant(emulator, realm, scope=scope) | {"realmId": realm}
        emulator.store.save()
    return answer


def grant(emulator: "QuickBooksEmulator", realm: str, *, client: str = "", scope: str = ACCOUNTING) -> Row:
    """Begin a grant for a company and return its first tokens."""
    grant_id = secrets.token_hex(8)
    emulator.store.tree["grants"][grant_id] = {
        "realm": realm, "client": client or emulator.portal.client_id, "scope": scope, "refresh": "", "rotated": "", "used": "", "live": True,
    }  # fmt: skip
    return _issue(emulator, grant_id, rotate=True)


def check(emulator: "QuickBooksEmulator", authorization: str, realm: str) -> None:
    """
    Let a bearer token in for a company.

    Raises:
        GatewayRefusal: 401 without a good token, 403 for another company or without the scope.
    """
    if not authorization.strip():
        raise no_token()
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise not_authenticated("Malformed bearer token: too short or too long")
    known = emulator.store.tree["access"].get(token)
    if known is None:
        raise not_authenticated("Token invalid")
    held = emulator.store.tree["grants"].get(known["grant"])
    if held is None or not held["live"]:
        raise not_authenticated("Token revoked")
    if datetime.fromisoformat(known["until"]) <= emulator.clock.now():
        raise not_authenticated(f"Token expired: {token[:6]}...")
    if held["realm"] != realm or ACCOUNTING not in held.get("scope", ACCOUNTING).split():
        raise not_authorized()


def app_of(emulator: "QuickBooksEmulator", authorization: str) -> str:
    """Return the client id that a bearer token was given to; empty for a token that nobody knows."""
    known = emulator.store.tree["access"].get(authorization.rpartition(" ")[2], {})
    held = emulator.store.tree["grants"].get(known.get("grant"), {})
    return str(held.get("client", ""))


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the OAuth routes."""

    async def consent(request: Request) -> Response:
        asked = request.query_params
        if not emulator.portal.knows(asked.get("client_id", "")):
            return HTMLResponse(_page("This app is not known here", "<p>The client id is wrong.</p>"), 400)
        if not emulator.portal.takes_redirect(asked.get("redirect_uri", "")):
            return HTMLResponse(
                _page("The redirect address is not registered", "<p>Check the app's settings.</p>"), 400
            )
        if not asked.get("state") or asked.get("response_type") != "code":
            return HTMLResponse(_page("The request is incomplete", "<p>state and response_type are needed.</p>"), 400)
        return HTMLResponse(_chooser(emulator, dict(asked)))

    async def decide(request: Request) -> Response:
        if (urlsplit(request.headers.get("origin", "")).netloc or request.headers["host"]) != request.headers["host"]:
            return HTMLResponse(_page("Refused", "<p>This form came from elsewhere.</p>"), 403)
        form = await request.form()
        redirect, state = str(form.get("redirect_uri", "")), str(form.get("state", ""))
        if not emulator.portal.takes_redirect(redirect):
            return HTMLResponse(_page("The redirect address is not registered", ""), 400)
        if form.get("decision") != "connect":
            return RedirectResponse(f"{redirect}?{urlencode({'error': 'access_denied', 'state': state})}", 302)
        realm = str(form.get("realm", ""))
        if realm not in emulator.store.tree["companies"]:
            return HTMLResponse(_page("Choose a company", ""), 400)
        code = "XAB" + secrets.token_urlsafe(40)
        with emulator.store.lock:
            emulator.store.tree["codes"][code] = {
                "realm": realm,
                "redirect": redirect,
                "until": (emulator.clock.now() + _CODE).isoformat(),
            }
            emulator.store.save()
        return RedirectResponse(f"{redirect}?{urlencode({'code': code, 'state': state, 'realmId': realm})}", 302)

    async def token(request: Request) -> Response:
        client = _basic(request.headers.get("authorization", ""))
        if client is None or not emulator.portal.knows(*client):
            return JSONResponse({"error": "invalid_client"}, 401)
        form = {name: str(value) for name, value in (await request.form()).items()}
        with emulator.store.lock:
            status, answer = _token(emulator, form, client[0])
            emulator.store.save()
        if status == 200 and request.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            answer["x_refresh_token_hard_expires_in"] = 157_680_000
        return JSONResponse(answer, status, headers={"cache-control": "no-cache, no-store", "pragma": "no-cache"})

    async def revoke(request: Request) -> Response:
        client = _basic(request.headers.get("authorization", ""))
        if client is None or not emulator.portal.knows(*client):
            return JSONResponse({"error": "invalid_client"}, 401)
        if "json" in request.headers.get("content-type", ""):
            value = str((await request.json()).get("token", ""))
        else:
            value = str((await request.form()).get("token", ""))
        with emulator.store.lock:
            found = end(emulator, value)
            emulator.store.save()
        return Response(status_code=200 if found else 400)

    async def discovery(_request: Request) -> Response:
        base = emulator.url
        return JSONResponse(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    return [
        Route("/connect/oauth2", consent, methods=["GET"]),
        Route("/connect/oauth2", decide, methods=["POST"]),
        Route("/oauth2/v1/tokens/bearer", token, methods=["POST"]),
        Route("/v2/oauth2/tokens/revoke", revoke, methods=["POST"]),
        Route("/.well-known/openid_sandbox_configuration", discovery, methods=["GET"]),
        Route("/.well-known/openid_sandbox_configuration/", discovery, methods=["GET"]),
    ]


def end(emulator: "QuickBooksEmulator", token: str) -> bool:
    """End what a token stands for: a refresh token ends its grant, an access token only itself."""
    tree = emulator.store.tree
    if tree["access"].pop(token, None) is not None:
        return True
    for held in tree["grants"].values():
        if held["refresh"] == token:
            held["live"] = False
            return True
    return False


def _token(emulator: "QuickBooksEmulator", form: dict[str, str], client: str) -> tuple[int, Row]:
    tree, now = emulator.store.tree, emulator.clock.now()
    if form.get("grant_type") == "authorization_code":
        code = tree["codes"].pop(form.get("code", ""), None)
        good = code is not None and datetime.fromisoformat(code["until"]) > now
        if not good or code["redirect"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "Invalid authorization code"}
        return 200, grant(emulator, code["realm"], client=client)
    if form.get("grant_type") == "refresh_token":
        for grant_id, held in tree["grants"].items():
            if not held["live"] or held["refresh"] != form.get("refresh_token") or not held["refresh"]:
                continue
            if datetime.fromisoformat(held["used"]) + REFRESH <= now:
                break
            old = datetime.fromisoformat(held["rotated"]) + ROTATES <= now
            return 200, _issue(emulator, grant_id, rotate=bool(old or emulator.switches["strict_rotation"]))
        return 400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
    return 400, {"error": "unsupported_grant_type"}


def _issue(emulator: "QuickBooksEmulator", grant_id: str, *, rotate: bool) -> Row:
    tree, now = emulator.store.tree, emulator.clock.now()
    held = tree["grants"][grant_id]
    if rotate:
        held["refresh"], held["rotated"] = "AB11" + secrets.token_urlsafe(36), now.isoformat()
    held["used"] = now.isoformat()
    access = "eyJlbmMi." + secrets.token_urlsafe(60)
    tree["access"][access] = {"grant": grant_id, "until": (now + ACCESS).isoformat()}
    return {
        "token_type": "bearer",
        "access_token": access,
        "expires_in": int(ACCESS.total_seconds()),
        "refresh_token": held["refresh"],
        "x_refresh_token_expires_in": int(REFRESH.total_seconds()),
    }


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret


def _chooser(emulator: "QuickBooksEmulator", asked: Row) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(asked.get(name, "")))}">'
        for name in ("client_id", "redirect_uri", "state", "scope")
    )
    rows = "".join(
        f'<label class="company"><input type="radio" name="realm" value="{realm}"{" checked" if n == 0 else ""}>'
        f"<span><b>{escape(company['name'])}</b><small>{_about(company)}</small></span></label>"
        for n, (realm, company) in enumerate(emulator.store.tree["companies"].items())
    )
    return _page(
        "Choose a company",
        f'<p class="who">Signed in as craig@example.com. <b>{escape(emulator.portal.app_name)}</b> asks to read and '
        f'change the books of one company.</p><form method="post" action="/connect/oauth2">{hidden}{rows}'
        '<p class="acts"><button name="decision" value="connect">Connect</button>'
        '<button class="plain" name="decision" value="cancel">Cancel</button></p></form>',
    )


def _about(company: Row) -> str:
    country = {"US": "United States", "GB": "United Kingdom"}.get(company["country"], company["country"])
    currency = company["entities"]["Preferences"]["1"]["CurrencyPrefs"]["HomeCurrency"]["value"]
    return f"{country} · {currency}"


def _page(title: str, inside: str) -> str:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} – QuickBooks sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>
body{{font:14px/1.5 system-ui,sans-serif;background:#f4f5f8;color:#1a2231;margin:0;display:grid;place-items:start center}}
main{{background:#fff;border:1px solid #e2e5eb;border-radius:8px;margin:48px 16px;padding:24px 28px;width:min(440px,88vw)}}
h1{{font-size:20px;margin:0 0 4px}} .strip{{color:#12673a;font-size:12px;font-weight:650;margin:0 0 16px}}
.company{{display:flex;gap:10px;border:1px solid #858d9b;border-radius:6px;padding:12px;margin:8px 0;cursor:pointer}}
.company:has(input:checked){{border:2px solid #0f7353;padding:11px}} small{{display:block;color:#4f5a6b}}
button{{font:inherit;font-weight:650;border:0;border-radius:4px;padding:8px 14px;background:#0f7353;color:#fff;cursor:pointer}}
button.plain{{background:#fff;color:#1a2231;border:1px solid #c6ccd7;margin-left:8px}} .acts{{margin:20px 0 0}}
</style></head><body><main><p class="strip">Sandbox: plays QuickBooks’ sign-in. Nothing leaves this machine.</p>
<h1>{escape(title)}</h1>{inside}</main></body></html>"""
