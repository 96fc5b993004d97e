"""
OAuth of Pipedrive: consent, codes, tokens, refresh, revocation; the Marketplace's own start without a state.

Source: Marketplace OAuth pages. The refresh token stays the same and lives 60 days from its last use.
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

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
ACCESS = timedelta(seconds=3599)
REFRESH = timedelta(days=60)
_CODE = timedelta(minutes=5)
HOST_USER_COOKIE = "host_user"
"""Who is signed in to the host page."""
_WORDS = {
    "base": "Read your name, company and currencies",
    "deals:full": "Read and change deals, notes and their products",
    "contacts:read": "Read people and organizations",
    "products:read": "Read products",
    "deal-fields:full": "Add deal fields and keep them up to date",
    "webhooks:full": "Be told when deals change",
}


def grant(emulator: "PipedriveEmulator", user_id: int) -> Row:
    """Begin, or renew, a user's grant and return its tokens."""
    emulator.user(user_id)
    grants = emulator.table("grants")
    for held in grants.values():
        if held["user_id"] == user_id and held["live"]:
            return _issue(emulator, held)
    company = emulator.company()["id"]
    held = {"user_id": user_id, "live": True, "refresh": f"{company}:{user_id}:{secrets.token_hex(20)}", "used": ""}
    grants[secrets.token_hex(8)] = held
    return _issue(emulator, held)


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the OAuth routes."""

    async def consent(request: Request) -> Response:
        asked = dict(request.query_params)
        if not emulator.portal.knows(asked.get("client_id", "")):
            return JSONResponse(
                {"success": False, "message": "Invalid client: client is invalid", "error": "invalid_client"}, 400
            )
        if not emulator.portal.takes_redirect(asked.get("redirect_uri", "")):
            return JSONResponse({"error": "Invalid redirect URL"}, 400)
        return HTMLResponse(_page(emulator, asked, _signed_in(request)))

    async def marketplace(request: Request) -> Response:
        asked = {"client_id": emulator.portal.client_id, "redirect_uri": (emulator.portal.redirect_uris or [""])[0]}
        return HTMLResponse(_page(emulator, asked, _signed_in(request)))

    async def decide(request: Request) -> Response:
        host = request.headers["host"]
        if (urlsplit(request.headers.get("origin", "")).netloc or host) != host:
            return JSONResponse({"error": "this form came from elsewhere"}, 403)
        form = {name: str(value) for name, value in (await request.form()).items()}
        redirect = form.get("redirect_uri", "")
        if not emulator.portal.takes_redirect(redirect):
            return JSONResponse({"error": "Invalid redirect URL"}, 400)
        more = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "allow":
            return RedirectResponse(f"{redirect}?{urlencode({'error': 'user_denied', **more})}", 302)
        user_id = int(form.get("user_id") or 0)
        code = f"{emulator.company()['id']}.{user_id}.{secrets.token_hex(20)}"
        until = (emulator.clock.now() + _CODE).isoformat()

        def keep() -> None:
            emulator.user(user_id)
            emulator.table("codes")[code] = {"user_id": user_id, "redirect": redirect, "until": until}

        emulator.act(keep)
        return RedirectResponse(f"{redirect}?{urlencode({'code': code, **more})}", 302)

    async def token(request: Request) -> Response:
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return _refuse("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")
        form = {name: str(value) for name, value in (await request.form()).items()}
        client = _client(request.headers.get("authorization", ""), form)
        if client is None or not emulator.portal.knows(*client):
            return _refuse("invalid_client", "Invalid client: client is invalid")
        answer: Response = emulator.act(lambda: _token(emulator, form))
        return answer

    async def revoke(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        client = _client(request.headers.get("authorization", ""), form)
        if client is None or not emulator.portal.knows(*client):
            return _refuse("invalid_client", "Invalid client: client is invalid")
        emulator.act(lambda: _end(emulator, form.get("token", "")))
        return JSONResponse({"success": True})

    return [
        Route("/oauth/authorize", consent, methods=["GET"]),
        Route("/oauth/authorize", decide, methods=["POST"]),
        Route("/marketplace/install", marketplace, methods=["GET"]),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/token/", token, methods=["POST"]),
        Route("/oauth/revoke", revoke, methods=["POST"]),
    ]


def _token(emulator: "PipedriveEmulator", form: dict[str, str]) -> Response:
    now = emulator.clock.now()
    match form.get("grant_type"):
        case "authorization_code":
            code = emulator.table("codes").pop(form.get("code", ""), None)
            if code is None:
                return _refuse("invalid_grant", "Invalid grant: authorization_code is invalid")
            if datetime.fromisoformat(code["until"]) <= now:
                return _refuse("invalid_grant", "Invalid grant: authorization_code has expired")
            if code["redirect"] != form.get("redirect_uri"):
                return _refuse("invalid_request", "Invalid request: `redirect_uri` is invalid")
            return JSONResponse(grant(emulator, code["user_id"]))
        case "refresh_token":
            for held in emulator.table("grants").values():
                alive = held["live"] and held["refresh"] == form.get("refresh_token")
                if alive and datetime.fromisoformat(held["used"]) + REFRESH > now:
                    return JSONResponse(_issue(emulator, held))
            return _refuse("invalid_grant", "Invalid grant: refresh token is invalid")
        case None:
            return _refuse("invalid_request", "Missing parameter: `grant_type`")
        case _:
            return _refuse("unsupported_grant_type", "Unsupported grant type")


def _issue(emulator: "PipedriveEmulator", held: Row) -> Row:
    now = emulator.clock.now()
    held["used"] = now.isoformat()
    access = "v1u:" + secrets.token_urlsafe(80)
    emulator.table("access")[access] = {
        "user_id": held["user_id"],
        "until": (now + ACCESS).isoformat(),
        "refresh": held["refresh"],
    }
    return {
        "access_token": access,
        "token_type": "Bearer",
        "refresh_token": held["refresh"],
        "scope": ",".join(emulator.portal.scopes),
        "expires_in": int(ACCESS.total_seconds()),
        "api_domain": emulator.url,
    }


def _end(emulator: "PipedriveEmulator", token: str) -> None:
    # A refresh token is the whole installation, an access token only itself.
    if emulator.table("access").pop(token, None) is not None:
        return
    for held in emulator.table("grants").values():
        if held["refresh"] == token:
            held["live"] = False


def _refuse(error: str, message: str) -> Response:
    return JSONResponse({"success": False, "message": message, "error": error}, 400)


def _client(header: str, form: dict[str, str]) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name, secret
    return (form["client_id"], form.get("client_secret", "")) if "client_id" in form else None


def _signed_in(request: Request) -> int:
    value = request.query_params.get("user_id") or request.cookies.get(HOST_USER_COOKIE, "101")
    return int(value) if value.isdigit() else 101


def _page(emulator: "PipedriveEmulator", asked: Row, user_id: int) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(asked.get(name, "")))}">'
        for name in ("client_id", "redirect_uri", "state")
    )
    users = "".join(
        f'<option value="{user["id"]}"{" selected" if user["id"] == user_id else ""}>{escape(user["name"])}</option>'
        for user in emulator.users()
    )
    wants = "".join(f"<li>{escape(_WORDS[scope])}</li>" for scope in emulator.portal.scopes if scope in _WORDS)
    name = escape(emulator.portal.app_name)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name} asks for access – Pipedrive sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>
body{{font:14px/1.5 system-ui,sans-serif;background:#f4f5f8;color:#1a2231;margin:0;display:grid;place-items:start center}}
main{{background:#fff;border:1px solid #e2e5eb;border-radius:8px;margin:48px 16px;padding:24px 28px;width:min(440px,88vw)}}
h1{{font-size:20px;margin:0 0 4px}} .strip{{color:#443ab3;font-size:12px;font-weight:650;margin:0 0 16px}}
li{{margin:6px 0}} ul{{padding-left:20px}} select{{font:inherit;padding:4px 6px}} .hint{{color:#4f5a6b;font-size:12px}}
button{{font:inherit;font-weight:650;border:0;border-radius:4px;padding:8px 14px;background:#3a4358;color:#fff;cursor:pointer}}
button.plain{{background:#fff;color:#1a2231;border:1px solid #c6ccd7;margin-left:8px}}
</style></head><body><main><p class="strip">Sandbox: plays Pipedrive’s consent. Nothing leaves this machine.</p>
<h1>{name} asks for access</h1><form method="post" action="/oauth/authorize">{hidden}
<p><label>to the company account {escape(emulator.company()["name"])}, as <select name="user_id">{users}</select></label></p>
<ul>{wants}</ul><p class="hint">You can take this back at any time under Marketplace apps.</p>
<p><button name="decision" value="allow">Allow and install</button><button class="plain" name="decision" value="cancel">Cancel</button></p>
</form></main></body></html>"""
