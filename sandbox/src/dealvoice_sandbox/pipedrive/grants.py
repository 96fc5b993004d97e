"""
What users have granted to the app: codes, tokens, refresh, and their end.

A grant is one user's installation. The refresh token stays the same and lives 60 days from its last use; scopes are
those of the day it was granted. Source: Marketplace OAuth pages.
"""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
ACCESS = timedelta(seconds=3599)
REFRESH = timedelta(days=60)
CODE = timedelta(minutes=5)


class BadGrant(Exception):
    """A code or refresh token that is not good; the text is the vendor's."""


def grant(emulator: "PipedriveEmulator", user_id: int) -> Row:
    """Begin, or renew, a user's grant with the app's present scopes and return its tokens."""
    emulator.user(user_id)
    held = next((one for one in emulator.table("grants").values() if one["user_id"] == user_id and one["live"]), None)
    if held is None:
        refresh = f"{emulator.company()['id']}:{user_id}:{secrets.token_hex(20)}"
        held = {"user_id": user_id, "live": True, "refresh": refresh, "used": ""}
        emulator.table("grants")[secrets.token_hex(8)] = held
    held["scopes"] = list(emulator.portal.scopes)
    return _issue(emulator, held)


def make_code(emulator: "PipedriveEmulator", user_id: int, redirect: str) -> str:
    """Return a code for a redirect address, good once and for five minutes."""
    emulator.user(user_id)
    code = f"{emulator.company()['id']}.{user_id}.{secrets.token_hex(20)}"
    until = (emulator.clock.now() + CODE).isoformat()
    emulator.table("codes")[code] = {"user_id": user_id, "redirect": redirect, "until": until}
    return code


def redeem(emulator: "PipedriveEmulator", code: str, redirect: str) -> Row | None:
    """
    Exchange a code for tokens; any try uses it up. None means another redirect address than the code's.

    Raises:
        BadGrant: The code is unknown, used or too old.
    """
    held = emulator.table("codes").pop(code, None)
    if held is None:
        raise BadGrant("authorization_code is invalid")
    if datetime.fromisoformat(held["until"]) <= emulator.clock.now():
        raise BadGrant("authorization_code has expired")
    return grant(emulator, held["user_id"]) if held["redirect"] == redirect else None


def refresh(emulator: "PipedriveEmulator", token: str) -> Row:
    """
    Return new tokens; the refresh token is the same and lives 60 days more.

    Raises:
        BadGrant: The app was removed, or the token was not used for 60 days.
    """
    for held in emulator.table("grants").values():
        used = held["live"] and secrets.compare_digest(held["refresh"].encode(), token.encode())
        if used and datetime.fromisoformat(held["used"]) + REFRESH > emulator.clock.now():
            return _issue(emulator, held)
    raise BadGrant("refresh token is invalid")


def exchange(emulator: "PipedriveEmulator", api_token: str) -> Row:
    """
    Return tokens for a user's personal token, as apps that come from such tokens move over.

    Raises:
        BadGrant: It is nobody's.
    """
    user = next((one for one in emulator.users() if api_token == f"api-{one['id']}" and one["active_flag"]), None)
    if user is None:
        raise BadGrant("api_token is invalid")
    return grant(emulator, user["id"])


def holder(emulator: "PipedriveEmulator", access: str) -> tuple[int, frozenset[str]] | None:
    """Return the user and scopes behind an access token, None when it is not good any more."""
    held = emulator.table("access").get(access)
    if held is None or datetime.fromisoformat(held["until"]) <= emulator.clock.now():
        return None
    behind = next((one for one in emulator.table("grants").values() if one["refresh"] == held["refresh"]), None)
    if behind is None or not behind["live"]:
        return None
    return int(held["user_id"]), frozenset(behind.get("scopes", emulator.portal.scopes))


def revoke(emulator: "PipedriveEmulator", token: str) -> None:
    """End a token: an access token alone, a refresh token with the whole installation; an unknown one is no error."""
    if emulator.table("access").pop(token, None) is not None:
        return
    for held in emulator.table("grants").values():
        if held["live"] and held["refresh"] == token:
            end_grants(emulator, held["user_id"])


def end_grants(emulator: "PipedriveEmulator", user_id: int) -> None:
    """End a user's installation: his tokens and the hooks made with them."""
    for held in emulator.table("grants").values():
        if held["user_id"] == user_id:
            held["live"] = False
    tree = emulator.store.tree
    tree["access"] = {key: one for key, one in emulator.table("access").items() if one["user_id"] != user_id}
    tree["hooks"] = {key: hook for key, hook in emulator.table("hooks").items() if hook["owner_id"] != user_id}


def _issue(emulator: "PipedriveEmulator", held: Row) -> Row:
    now = emulator.clock.now()
    held["used"] = now.isoformat()
    access = "v1u:" + secrets.token_urlsafe(80)
    living = {
        key: one for key, one in emulator.table("access").items() if datetime.fromisoformat(one["until"]) > now
    }  # fmt: skip
    until = (now + ACCESS).isoformat()
    emulator.store.tree["access"] = living | {
        access: {"user_id": held["user_id"], "until": until, "refresh": held["refresh"]}
    }
    return {
        "access_token": access,
        "token_type": "Bearer",
        "refresh_token": held["refresh"],
        "scope": ",".join(held.get("scopes", emulator.portal.scopes)),
        "expires_in": int(ACCESS.total_seconds()),
        "api_domain": emulator.url,
    }
