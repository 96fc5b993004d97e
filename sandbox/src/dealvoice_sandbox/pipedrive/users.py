"""Users as API v1 shows them, what they may do, and what their being deactivated means."""

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dealvoice_sandbox.pipedrive import hooks

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_HIDDEN = frozenset({"language", "group_id"})
_ADMINS_ONLY = (
    "can_add_custom_fields", "can_bulk_edit_items", "can_change_visibility_of_items", "can_delete_custom_fields",
    "can_edit_custom_fields", "can_edit_deals_closed_date", "can_edit_shared_filters", "can_export_data_from_lists",
    "can_modify_labels",
    "can_see_company_wide_statistics", "can_see_hidden_items_names", "can_see_other_users_statistics",
    "can_see_security_dashboard", "can_share_filters", "can_share_insights", "can_use_import",
)  # fmt: skip
_EVERYBODY = (
    "can_add_products", "can_add_prospects_as_leads", "can_convert_deals_to_leads", "can_create_own_workflow",
    "can_delete_activities", "can_delete_deals", "can_edit_products", "can_follow_other_users", "can_merge_deals",
    "can_merge_organizations", "can_merge_people",
    "can_see_deals_list_summary", "can_see_other_users", "can_use_api", "can_use_email_tracking",
)  # fmt: skip


def shown(emulator: "PipedriveEmulator", user: Row, asker: int) -> Row:
    """Return a user as v1 shows him to another."""
    offset = datetime.now(ZoneInfo(user["timezone_name"])).strftime("%z")
    return {
        **{name: value for name, value in user.items() if name not in _HIDDEN},
        "lang": 1, "phone": None, "activated": True, "last_login": emulator.v1_stamp(), "created": "2025-06-16 15:06:36",
        "modified": "2026-03-23 14:32:41", "has_created_company": bool(user["is_admin"]),
        "role_id": user.get("role_id", 1), "icon_url": None, "is_deleted": not user["active_flag"],
        "timezone_offset": f"{offset[:3]}:{offset[3:]}", "is_you": user["id"] == asker,
    }  # fmt: skip


def permissions(user: Row) -> Row:
    """Return what a user may do: the vendor's list for its regular and admin permission sets."""
    everybody = dict.fromkeys(_EVERYBODY, True)
    return everybody | dict.fromkeys(_ADMINS_ONLY, bool(user["is_admin"]))


def set_active(emulator: "PipedriveEmulator", user_id: int, *, active: bool, by: int, source: str) -> Row:
    """Deactivate a user or bring him back; hooks are told by a change of ``active_flag``."""
    user = emulator.user(user_id)
    if user["active_flag"] == active:
        return user
    before = copy.deepcopy(user)
    user["active_flag"] = active
    hooks.tell(emulator, "users", "change", user, before, by, source)
    return user


def add(emulator: "PipedriveEmulator", values: Row, by: int, *, source: str) -> Row:
    """Invite a user; he is active unless said otherwise."""
    known = [user for user in emulator.users() if user["email"].casefold() == values["email"].casefold()]
    if known:
        return set_active(emulator, known[0]["id"], active=values.get("active_flag", True), by=by, source=source)
    like = emulator.user(by)
    user = {
        "id": max(one["id"] for one in emulator.users()) + 1, "name": values["email"].partition("@")[0],
        "email": values["email"], "is_admin": 0, "locale": like["locale"], "timezone_name": like["timezone_name"],
        "default_currency": like["default_currency"], "active_flag": values.get("active_flag", True),
        "language": like["language"], "group_id": like.get("group_id"), "role_id": like.get("role_id", 1),
        "access": values.get("access") or [{"app": "sales", "admin": False, "permission_set_id": None}],
    }  # fmt: skip
    emulator.table("users")[str(user["id"])] = user
    hooks.tell(emulator, "users", "create", user, None, by, source)
    return user
