"""
The consent page in a browser: shown, allowed, cancelled. Its drawing is the sandbox's own.

The form carries the value of a cookie that only this page sets, so that no other page can press the button.
"""

import hmac
import secrets
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dealvoice_sandbox.pipedrive import grants

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
HOST_USER_COOKIE = "host_user"
"""Who is signed in to the host page."""
_FORM_COOKIE = "consent_form"
_FORM_PATH = "/oauth/authorize"
_WORDS = {
    "base": "Read your name, company and currencies",
    "deals:read": "Read deals, notes and their products",
    "deals:full": "Read and change deals, notes and their products",
    "contacts:read": "Read people and organizations",
    "contacts:full": "Read and change people and organizations",
    "products:read": "Read products",
    "products:full": "Read and change products",
    "users:read": "Read who works at your company",
    "recents:read": "Read what changed on deals",
    "search:read": "Search",
    "deal-fields:full": "Add deal fields and keep them up to date",
    "contact-fields:full": "Add fields of people and organizations and keep them up to date",
    "webhooks:full": "Be told when something changes",
    "webhooks:read": "Read which webhooks there are",
    "admin": "Change the company's settings",
}


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the routes of the page, with the Marketplace's own start that has no state."""

    async def consent(request: Request) -> Response:
        asked = dict(request.query_params)
        return _refusal(emulator, asked) or _shown(emulator, request, asked)

    async def marketplace(request: Request) -> Response:
        redirects = emulator.portal.redirect_uris
        if not redirects:
            return JSONResponse({"error": "Invalid redirect URL"}, 400)
        asked = {"client_id": emulator.portal.client_id, "redirect_uri": redirects[0]}
        return _shown(emulator, request, asked)

    async def decide(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not _own_form(request, form):
            return JSONResponse({"error": "this form is not of this page; open it again"}, 403)
        refusal = _refusal(emulator, form)
        if refusal is not None:
            return refusal
        if form.get("decision") != "allow":
            return _back(form, {"error": "user_denied"})
        if form.get("user_id") not in emulator.table("users"):
            return JSONResponse({"error": "there is no such user"}, 400)
        code = emulator.act(lambda: grants.make_code(emulator, int(form["user_id"]), form["redirect_uri"]))
        return _back(form, {"code": code})

    return [
        Route(_FORM_PATH, consent, methods=["GET"]),
        Route(_FORM_PATH, decide, methods=["POST"]),
        Route("/marketplace/install", marketplace, methods=["GET"]),
    ]


def _refusal(emulator: "PipedriveEmulator", asked: Row) -> Response | None:
    if not emulator.portal.knows(asked.get("client_id", "")):
        body = {"success": False, "message": "Invalid client: client is invalid", "error": "invalid_client"}
        return JSONResponse(body, 400)
    address = urlsplit(asked.get("redirect_uri", ""))
    if address.scheme not in ("http", "https") or not emulator.portal.takes_redirect(asked["redirect_uri"]):
        return JSONResponse({"error": "Invalid redirect URL"}, 400)
    return None


def _own_form(request: Request, form: Row) -> bool:
    host = request.headers["host"]
    if (urlsplit(request.headers.get("origin", "")).netloc or host) != host:
        return False
    cookie = request.cookies.get(_FORM_COOKIE, "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), form.get("form", "").encode())


def _back(form: Row, news: dict[str, str]) -> Response:
    # A query that the app's address already has is kept; a state that was not given is not made up.
    address = urlsplit(form["redirect_uri"])
    more = {"state": form["state"]} if form.get("state") else {}
    query = urlencode([*parse_qsl(address.query, keep_blank_values=True), *{**news, **more}.items()])
    return RedirectResponse(address._replace(query=query).geturl(), 302)


def _shown(emulator: "PipedriveEmulator", request: Request, asked: Row) -> Response:
    # One value for all open pages of a browser, so that a second one does not spoil the first.
    form = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
    answer = HTMLResponse(_page(emulator, {**asked, "form": form}, _signed_in(request)))
    answer.headers["cache-control"] = "no-store"
    answer.headers["content-security-policy"] = "frame-ancestors 'none'"
    answer.set_cookie(_FORM_COOKIE, form, httponly=True, samesite="lax", path=_FORM_PATH)
    return answer


def _signed_in(request: Request) -> str:
    return request.query_params.get("user_id") or request.cookies.get(HOST_USER_COOKIE, "101")


def _page(emulator: "PipedriveEmulator", asked: Row, user_id: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(asked.get(name, "")))}">'
        for name in ("client_id", "redirect_uri", "state", "form")
    )
    users = "".join(
        f'<option value="{user["id"]}"{" selected" if str(user["id"]) == user_id else ""}>{escape(user["name"])}</option>'
        for user in emulator.users()
    )
    wants = "".join(f"<li>{escape(_WORDS.get(scope, scope))}</li>" for scope in emulator.portal.scopes)
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
<h1>{name} asks for access</h1><form method="post" action="{_FORM_PATH}">{hidden}
<p><label>to the company account {escape(emulator.company()["name"])}, as <select name="user_id">{users}</select></label></p>
<ul>{wants}</ul><p class="hint">You can take this back at any time under Marketplace apps.</p>
<p><button name="decision" value="allow">Allow and install</button><button class="plain" name="decision" value="cancel">Cancel</button></p>
</form></main></body></html>"""
