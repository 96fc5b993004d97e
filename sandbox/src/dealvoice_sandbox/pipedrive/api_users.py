"""Users, currencies, settings and webhooks of API v1."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import hooks, users, visibility
from dealvoice_sandbox.pipedrive.answers import Refused, bad_request, found, page_v1
from dealvoice_sandbox.pipedrive.currencies import CURRENCIES
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
            **users.shown(emulator, user, call.user_id),
            "company_id": company["id"],
            "company_name": company["name"],
            "company_domain": company["domain"],
            "company_country": company["country"],
            "company_industry": "IT",
            "language": user["language"],
        }
    )


def _users(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found([users.shown(emulator, user, call.user_id) for user in emulator.users()])


def _find(emulator: "PipedriveEmulator", call: Call) -> Answer:
    term = call.params.get("term", "").strip().casefold()
    if not term:
        raise bad_request()
    by = "email" if call.params.get("search_by_email") == "1" else "name"
    fitting = [user for user in emulator.users() if term in user[by].casefold()]
    return 200, found([users.shown(emulator, user, call.user_id) for user in fitting])


def _user(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(users.shown(emulator, _one(emulator, call), call.user_id))


def _one(emulator: "PipedriveEmulator", call: Call) -> Row:
    user = emulator.table("users").get(str(call.number()))
    if user is None:
        raise Refused(404, {"success": False, "error": "User not found or not accessible."})
    return user


def _permissions(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(users.permissions(_one(emulator, call)))


def _new_user(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = call.body if isinstance(call.body, dict) else {}
    access = body.get("access", [])
    sound = isinstance(access, list) and all(
        isinstance(one, dict) and isinstance(one.get("app"), str) for one in access
    )
    if not isinstance(body.get("email"), str) or "@" not in body["email"] or not sound:
        raise bad_request()
    if not isinstance(body.get("active_flag", True), bool):
        raise bad_request()
    made = users.add(emulator, body, call.user_id, source="api")
    return 200, found(users.shown(emulator, made, call.user_id))


def _change_user(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    user, body = _one(emulator, call), call.body if isinstance(call.body, dict) else {}
    if not isinstance(body.get("active_flag"), bool):
        raise bad_request()
    if user["id"] == call.user_id and not body["active_flag"]:
        # Nobody shuts himself out (unconfirmed).
        raise _not_permitted()
    changed = users.set_active(emulator, user["id"], active=body["active_flag"], by=call.user_id, source="api")
    return 200, found(users.shown(emulator, changed, call.user_id))


def _only_admins(call: Call) -> None:
    if not call.is_admin:
        raise _not_permitted()


def _not_permitted() -> Refused:
    body = {
        "success": False, "error": "You do not have permissions to do this.",
        "error_info": "Please check developers.pipedrive.com", "data": None, "additional_data": None,
    }  # fmt: skip
    return Refused(403, body)


def _role_assignments(emulator: "PipedriveEmulator", call: Call) -> Answer:
    user = _one(emulator, call)
    row = {
        "user_id": user["id"], "role_id": user.get("role_id", 1), "parent_role_id": None, "name": "(Unassigned users)",
        "active_flag": True, "type": "0",
    }  # fmt: skip
    return 200, page_v1([row], call.params, empty=[])


def _role_settings(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _one(emulator, call)
    everybody = visibility.company_wide(emulator)
    kinds = ("deal", "lead", "org", "person", "product")
    return 200, found({f"{kind}_default_visibility": everybody for kind in kinds})


def _currencies(emulator: "PipedriveEmulator", call: Call) -> Answer:
    term = call.params.get("term", "").casefold()
    rows = [
        row for row in CURRENCIES if not row["is_custom_flag"] or row["code"] in emulator.company().get("custom", [])
    ]
    return 200, found([row for row in rows if term in f"{row['code']} {row['name']}".casefold()])


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
    if not errors and emulator.switches["probe_hooks"] and not hooks.answers(str(url)):
        errors["subscription_url"] = ["invalid or non-reachable URL"]
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
    Entry("POST", "/v1/users", 10, "admin", _new_user),
    Entry("GET", "/v1/users/find", 40, "users:read", _find),
    Entry("GET", "/v1/users/{id}", 2, "users:read", _user),
    Entry("PUT", "/v1/users/{id}", 10, "admin", _change_user),
    Entry("GET", "/v1/users/{id}/permissions", 10, "users:read", _permissions),
    Entry("GET", "/v1/users/{id}/roleAssignments", 10, "users:read", _role_assignments),
    Entry("GET", "/v1/users/{id}/roleSettings", 10, "users:read", _role_settings),
    Entry("GET", "/v1/userSettings", 2, "", _settings),
    Entry("GET", "/v1/currencies", 20, "", _currencies),
    Entry("GET", "/v1/webhooks", 10, _HOOKS_READ, _list_hooks),
    Entry("POST", "/v1/webhooks", 10, _HOOKS_FULL, _new_hook),
    Entry("DELETE", "/v1/webhooks/{id}", 6, _HOOKS_FULL, _remove_hook),
)
