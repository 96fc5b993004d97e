"""Users, currencies, settings and webhooks of API v1."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dealvoice_sandbox.pipedrive import hooks
from dealvoice_sandbox.pipedrive.answers import Refused, found
from dealvoice_sandbox.pipedrive.currencies import CURRENCIES
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_HOOKS_READ, _HOOKS_FULL = "webhooks:read webhooks:full admin", "webhooks:full admin"
_SETTINGS = {
    "marketplace_team": False, "list_limit": 100, "beta_app": False, "prevent_salesphone_callto_override": False,
    "file_upload_destination": "s3", "callto_link_syntax": "callto:[number]",
    "autofill_deal_expected_close_date": False, "person_duplicate_condition": "name && (org_id || email || phone)",
}  # fmt: skip


def _me(emulator: "PipedriveEmulator", call: Call) -> Answer:
    company, user = emulator.company(), emulator.user(call.user_id)
    return 200, found(
        {
            **_shown(emulator, user, call),
            "company_id": company["id"],
            "company_name": company["name"],
            "company_domain": company["domain"],
            "company_country": company["country"],
            "company_industry": None,
            "language": user["language"],
        }
    )


def _users(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found([_shown(emulator, user, call) for user in emulator.users()])


def _user(emulator: "PipedriveEmulator", call: Call) -> Answer:
    user = emulator.table("users").get(str(call.number()))
    if user is None:
        raise NotFound("User")
    return 200, found(_shown(emulator, user, call))


def _shown(emulator: "PipedriveEmulator", user: Row, call: Call) -> Row:
    offset = datetime.now(ZoneInfo(user["timezone_name"])).strftime("%z")
    known = {
        "lang": 1, "phone": None, "activated": True, "last_login": emulator.v1_stamp(), "created": "2025-06-16 15:06:36",
        "modified": "2026-03-23 14:32:41", "has_created_company": bool(user["is_admin"]), "role_id": 1, "icon_url": None,
        "is_deleted": False, "timezone_offset": f"{offset[:3]}:{offset[3:]}", "is_you": user["id"] == call.user_id,
    }  # fmt: skip
    return {name: value for name, value in user.items() if name != "language"} | known


def _currencies(_emulator: "PipedriveEmulator", call: Call) -> Answer:
    term = call.params.get("term", "").casefold()
    return 200, found([row for row in CURRENCIES if term in f"{row['code']} {row['name']}".casefold()])


def _settings(_emulator: "PipedriveEmulator", _call: Call) -> Answer:
    return 200, found(_SETTINGS)


def _list_hooks(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [hooks.shown(hook) for hook in hooks.of_user(emulator, call.user_id)]
    return 200, {"status": "ok", "success": True, "data": rows}


def _new_hook(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = call.body if isinstance(call.body, dict) else {}
    errors = {}
    url = body.get("subscription_url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or "/api/v" in url:
        errors["subscription_url"] = ["invalid or non-reachable URL"]
    # The words of the next are unconfirmed.
    for name, allowed in (("event_action", hooks.ACTIONS), ("event_object", hooks.OBJECTS)):
        if body.get(name) not in allowed:
            errors[name] = [f"must be one of {', '.join(allowed)}"]
    if not isinstance(body.get("name"), str) or not 1 <= len(body["name"]) <= 255:
        errors["name"] = ["is required and has at most 255 characters"]
    if body.get("version", "2.0") != "2.0":
        # Not emulated: payloads of version 1.0.
        errors["version"] = ["the sandbox delivers version 2.0 alone"]
    if body.get("user_id") is not None and str(body["user_id"]) not in emulator.table("users"):
        errors["user_id"] = ["not found"]
    if errors:
        raise _refused(400, errors)
    if len(hooks.of_user(emulator, call.user_id)) >= hooks.MOST:
        raise _refused(422, {"": ["limit reached"]})
    return 201, {"status": "ok", "success": True, "data": hooks.shown(hooks.register(emulator, body, call.user_id))}


def _remove_hook(emulator: "PipedriveEmulator", call: Call) -> Answer:
    hook = emulator.table("hooks").get(call.ids[0])
    if hook is None or hook["owner_id"] != call.user_id:
        raise _refused(404, {"id": ["not found"]})
    del emulator.table("hooks")[call.ids[0]]
    return 200, {"status": "ok", "success": True}


def _refused(status: int, errors: dict[str, list[str]]) -> Refused:
    return Refused(status, {"status": "error", "success": False, "errors": errors})


ENTRIES = (
    Entry("GET", "/v1/users/me", 2, "", _me),
    Entry("GET", "/v1/users", 20, "users:read", _users),
    Entry("GET", "/v1/users/{id}", 2, "users:read", _user),
    Entry("GET", "/v1/userSettings", 2, "", _settings),
    Entry("GET", "/v1/currencies", 20, "", _currencies),
    Entry("GET", "/v1/webhooks", 10, _HOOKS_READ, _list_hooks),
    Entry("POST", "/v1/webhooks", 10, _HOOKS_FULL, _new_hook),
    Entry("DELETE", "/v1/webhooks/{id}", 6, _HOOKS_FULL, _remove_hook),
)
