"""
Grants: what a person allowed an app, and the codes and tokens that stand for it.

Source: OAuth pages and FAQ of the developer site; refresh token policy of November 2025. The value of a refresh token
changes at the first refresh after 24 hours; a value lives 101 days, the grant five years.
"""

import secrets
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import no_token, not_authenticated, not_authorized

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

ACCOUNTING = "com.intuit.quickbooks.accounting"
SCOPES = frozenset(
    {
        ACCOUNTING, "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone", "address",
        "app-foundations.custom-field-definitions", "app-foundations.custom-field-definitions.read",
        "app-foundations.custom-dimensions.read", "project-management.project",
        "indirect-tax.tax-calculation.quickbooks", "payroll.compensation.read", "time-tracking.time-entry",
    }
)  # fmt: skip
IDENTITY = frozenset({"openid", "profile", "email", "phone", "address"})
ACCESS = timedelta(seconds=3600)
REFRESH = timedelta(seconds=8_726_400)
GRANT = timedelta(seconds=157_680_000)
_ROTATES = timedelta(hours=24)
_CODE = timedelta(minutes=5)
_ACCESS_KEPT = 1000
"""Above this, access tokens that expired more than a day ago are forgotten."""
# Not emulated: moving OAuth 1 connections over, and reminders before the five years end.
Row = dict[str, Any]


class Denied(Exception):
    """The token endpoint says no."""

    def __init__(self, error: str, description: str = "", *, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status

    def body(self) -> Row:
        """Return the JSON body."""
        described = {"error_description": self.description} if self.description else {}
        return {"error": self.error, **described}


def tokens(emulator: "QuickBooksEmulator", realm: str, *, scope: str = ACCOUNTING) -> Row:
    """
    Return a token pair without a browser.

    Raises:
        ValueError: There is no such company.
    """
    if realm not in emulator.store.tree["companies"]:
        raise ValueError(f"there is no company {realm!r}; there are {sorted(emulator.store.tree['companies'])}")
    with emulator.store.lock:
        answer = _issue(emulator, _begin(emulator, realm, emulator.portal.client_id, scope)) | {"realmId": realm}
        emulator.store.save()
    return answer


def new_code(emulator: "QuickBooksEmulator", *, realm: str, client: str, scope: str, redirect: str) -> str:
    """Return a code for a consent that was given; an empty realm is a sign-in alone."""
    code = "XAB" + secrets.token_urlsafe(40)
    with emulator.store.lock:
        emulator.store.tree["codes"][code] = {
            "realm": realm, "client": client, "scope": scope, "redirect": redirect, "grant": "",
            "until": (emulator.clock.now() + _CODE).isoformat(),
        }  # fmt: skip
        emulator.store.save()
    return code


def exchange(emulator: "QuickBooksEmulator", code: str, *, redirect: str, client: str) -> tuple[Row, Row]:
    """
    Return the first tokens for a code and the grant behind them.

    Raises:
        Denied: The code is unknown, used, expired, of another app, or went to another address.
    """
    tree = emulator.store.tree
    held = tree["codes"].get(code)
    if held is None:
        raise Denied("invalid_grant", "Invalid authorization code")
    if held["grant"]:
        # A code that comes twice may have been stolen.
        if emulator.switches["code_reuse_revokes"]:
            tree["grants"][held["grant"]]["live"] = False
        raise Denied("invalid_grant", "Invalid authorization code")
    wrong = (
        datetime.fromisoformat(held["until"]) <= emulator.clock.now()
        or held["redirect"] != redirect
        or (emulator.portal.strict_client and held["client"] != client)
    )
    if wrong:
        raise Denied("invalid_grant", "Invalid authorization code")
    held["grant"] = _begin(emulator, held["realm"], client, held["scope"])
    return _issue(emulator, held["grant"]), tree["grants"][held["grant"]]


def renew(emulator: "QuickBooksEmulator", token: str, *, client: str) -> tuple[Row, Row]:
    """
    Return tokens for a refresh token and the grant behind them.

    Raises:
        Denied: It is unknown, superseded, expired, revoked, or of another app.
    """
    now, grants = emulator.clock.now(), emulator.store.tree["grants"]
    grant_id = _refresh_index(emulator).get(token, "")
    held = grants.get(grant_id)
    if held is None or not held["live"]:
        raise Denied("invalid_grant", "Incorrect or invalid refresh token")
    if emulator.portal.strict_client and held["client"] != client:
        raise Denied("invalid_grant", "Incorrect Token type or clientID")
    rotated = datetime.fromisoformat(held["rotated"])
    if token != held["refresh"] and rotated + timedelta(hours=emulator.switches["refresh_grace_hours"]) <= now:
        raise Denied("invalid_grant", "Incorrect or invalid refresh token")
    if rotated + REFRESH <= now or datetime.fromisoformat(held["since"]) + GRANT <= now:
        raise Denied("invalid_grant", "Token invalid")
    if token == held["refresh"] and (rotated + _ROTATES <= now or emulator.switches["strict_rotation"]):
        _rotate(emulator, grant_id)
    return _issue(emulator, grant_id), held


def hard_life(emulator: "QuickBooksEmulator", held: Row) -> int:
    """Return the seconds until a grant has to be given anew."""
    return ceil((datetime.fromisoformat(held["since"]) + GRANT - emulator.clock.now()).total_seconds())


def end(emulator: "QuickBooksEmulator", token: str) -> None:
    """
    End what a token stands for: a refresh token ends its grant, an access token only itself.

    Raises:
        Denied: It stands for nothing any more.
    """
    tree = emulator.store.tree
    if tree["access"].pop(token, None) is not None:
        return
    held = tree["grants"].get(_refresh_index(emulator).get(token, ""))
    if held is None or not held["live"] or held["refresh"] != token:
        raise Denied("invalid_request", "Token invalid")
    held["live"] = False


def disconnect(emulator: "QuickBooksEmulator", realm: str) -> Row:
    """Disconnect the app from a company at QuickBooks, and return where its browser goes."""
    with emulator.store.lock:
        ended = [held for held in emulator.store.tree["grants"].values() if held["live"] and held["realm"] == realm]
        for held in ended:
            held["live"] = False
        emulator.store.save()
    address = emulator.portal.disconnect_url
    return {"ended": len(ended), "redirect": f"{address}{'&' if '?' in address else '?'}realmId={realm}"}


def connected(emulator: "QuickBooksEmulator") -> list[str]:
    """Return the companies that the app is connected to."""
    live = {held["realm"] for held in emulator.store.tree["grants"].values() if held["live"]}
    return [realm for realm in emulator.store.tree["companies"] if realm in live]


def check(emulator: "QuickBooksEmulator", authorization: str, realm: str) -> None:
    """
    Let a bearer token in for a company.

    Raises:
        GatewayRefusal: 401 without a good token, 403 for another company or without the scope.
    """
    held = behind(emulator, authorization)
    if held["realm"] != realm or ACCOUNTING not in held["scope"].split():
        raise not_authorized()


def behind(emulator: "QuickBooksEmulator", authorization: str) -> Row:
    """
    Return the grant behind a bearer token.

    Raises:
        GatewayRefusal: 401.
    """
    if not authorization.strip():
        raise no_token()
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise not_authenticated("Malformed bearer token: too short or too long")
    known = emulator.store.tree["access"].get(token)
    if known is None:
        raise not_authenticated("Token invalid")
    held: Row | None = emulator.store.tree["grants"].get(known["grant"])
    if held is None or not held["live"]:
        raise not_authenticated("Token revoked")
    if datetime.fromisoformat(known["until"]) <= emulator.clock.now():
        raise not_authenticated(f"Token expired: {token[:6]}...")
    return held


def app_of(emulator: "QuickBooksEmulator", authorization: str) -> str:
    """Return the client id that a bearer token was given to; empty for a token that nobody knows."""
    known = emulator.store.tree["access"].get(authorization.rpartition(" ")[2], {})
    held = emulator.store.tree["grants"].get(known.get("grant"), {})
    return str(held.get("client", ""))


def _begin(emulator: "QuickBooksEmulator", realm: str, client: str, scope: str) -> str:
    grant_id, now = secrets.token_hex(8), emulator.clock.now().isoformat()
    emulator.store.tree["grants"][grant_id] = {
        "realm": realm, "client": client, "scope": scope, "since": now, "rotated": now, "refresh": "", "live": True,
    }  # fmt: skip
    _rotate(emulator, grant_id)
    return grant_id


def _rotate(emulator: "QuickBooksEmulator", grant_id: str) -> None:
    held = emulator.store.tree["grants"][grant_id]
    held["refresh"], held["rotated"] = (
        f"AB11{int(emulator.clock.now().timestamp())}{secrets.token_urlsafe(28)}",
        emulator.clock.now().isoformat(),
    )
    _refresh_index(emulator)[held["refresh"]] = grant_id


def _refresh_index(emulator: "QuickBooksEmulator") -> dict[str, str]:
    """Return the grants by every refresh token they ever had."""
    found: dict[str, str] = emulator.store.tree.setdefault("refresh_tokens", {})
    return found


def _issue(emulator: "QuickBooksEmulator", grant_id: str) -> Row:
    tree, now = emulator.store.tree, emulator.clock.now()
    held = tree["grants"][grant_id]
    if len(tree["access"]) > _ACCESS_KEPT:
        long_ago = (now - timedelta(days=1)).isoformat()
        tree["access"] = {one: known for one, known in tree["access"].items() if known["until"] > long_ago}
    access = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0.." + secrets.token_urlsafe(60)
    tree["access"][access] = {"grant": grant_id, "until": (now + ACCESS).isoformat()}
    left = datetime.fromisoformat(held["rotated"]) + REFRESH - now
    return {
        "token_type": "bearer",
        "access_token": access,
        "expires_in": int(ACCESS.total_seconds()),
        "refresh_token": held["refresh"],
        "x_refresh_token_expires_in": ceil(left.total_seconds()),
    }
