"""
Who may see a record: its owner, his followers, his visibility group, everybody; admins see all.

What ``visible_to`` means depends on the plan: Lite and Growth have 1 (owner and followers) and 3 (company), Premium and
Ultimate have 1, 3 (owner's group), 5 (that and the groups below it) and 7 (company). Source: Deals v2, ``visible_to``.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import plans

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
OWNER, GROUP, BRANCH, COMPANY = 1, 3, 5, 7


def may_see(emulator: "PipedriveEmulator", row: Row, user_id: int, table: str | None = None) -> bool:
    """Tell whether a user may see a record; ``table`` says whose followers count when it is no deal."""
    visible_to = row["visible_to"]
    if row["owner_id"] == user_id or visible_to == COMPANY:
        return True
    user = emulator.user(user_id)
    if user["is_admin"]:
        return True
    if visible_to != OWNER:
        if not plans.has_groups(emulator):
            return True
        if _group_sees(emulator, row, user, below=visible_to == BRANCH):
            return True
    return str(user_id) in emulator.table("followers").get(f"{table or _table_of(row)}:{row['id']}", {})


def company_wide(emulator: "PipedriveEmulator") -> int:
    """Return what a new record is visible to when nobody says: the whole company."""
    return COMPANY if plans.has_groups(emulator) else GROUP


def permitted(emulator: "PipedriveEmulator", row: Row, table: str | None = None) -> list[int]:
    """Return the ids of the users who may see a record."""
    return [user["id"] for user in emulator.users() if may_see(emulator, row, user["id"], table)]


def _group_sees(emulator: "PipedriveEmulator", row: Row, user: Row, *, below: bool) -> bool:
    owner = emulator.table("users").get(str(row["owner_id"]))
    wanted, group = (owner or {}).get("group_id"), user.get("group_id")
    parents = {one["id"]: one["parent_id"] for one in emulator.store.tree["groups"]}
    while group is not None and group != wanted and below:
        group = parents.get(group)
    return group is not None and group == wanted


def _table_of(row: Row) -> str:
    if "title" in row:
        return "deals"
    if "emails" in row:
        return "persons"
    return "products" if "is_linkable" in row else "organizations"
