"""Activities of API v2, and their types of v1."""

import copy
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, hooks
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.api_deals import check_links, narrowed_rows
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry
from dealvoice_sandbox.pipedrive.sanitizing import clean

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ, _FULL = "activities:read activities:full", "activities:full"
TYPES = ("call", "meeting", "task", "deadline", "email", "lunch")
"""``key_string`` of the types that every company has."""
_WRITABLE: "dict[str, Check]" = {
    "subject": checking.text(255), "type": checking.text(255), "owner_id": checking.whole,
    "deal_id": checking.optional(checking.whole), "lead_id": checking.optional(checking.text(36)),
    "org_id": checking.optional(checking.whole), "project_id": checking.optional(checking.whole),
    "due_date": checking.optional(checking.day), "due_time": checking.optional(checking.clock),
    "duration": checking.optional(checking.clock), "busy": checking.flag, "done": checking.flag,
    "location": checking.optional(checking.address), "public_description": checking.optional(checking.text()),
    "priority": checking.optional(checking.whole), "note": checking.optional(checking.text()),
    "participants": checking.each(
        checking.keyed({"person_id": checking.whole, "primary": checking.flag}, needed="person_id")
    ),
    "attendees": checking.each(
        checking.keyed(
            {"email": checking.text(255), "name": checking.text(255), "status": checking.text(32),
             "is_organizer": checking.flag, "person_id": checking.optional(checking.whole),
             "user_id": checking.optional(checking.whole)}
        )
    ),
}  # fmt: skip


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [row for row in emulator.table("activities").values() if not row["is_deleted"]]
    rows = [row for row in rows if _visible(emulator, row, call.user_id)]
    rows = narrowed_rows(emulator, call, rows, ("owner_id", "deal_id", "person_id", "org_id"))
    if call.params.get("done"):
        rows = [row for row in rows if row["done"] == call.flag("done")]
    sorts = ("id", "update_time", "add_time", "due_date")
    return 200, page_v2(rows, call.params, sorts=sorts, show=lambda row: _shown(row, call))


def _shown(row: Row, call: Call) -> Row:
    wanted = call.words("include_fields")
    if set(wanted) - {"attendees"}:
        raise answers.invalid("include_fields", f"{wanted[0]} is not allowed")
    return row if wanted else {name: value for name, value in row.items() if name != "attendees"}


def _visible(emulator: "PipedriveEmulator", row: Row, user_id: int) -> bool:
    deal = emulator.table("deals").get(str(row["deal_id"]))
    return row["owner_id"] == user_id or deal is None or emulator.may_see(deal, user_id)


def _one(emulator: "PipedriveEmulator", call: Call) -> Row:
    row = emulator.table("activities").get(str(call.number()))
    if row is None or row["is_deleted"] or not _visible(emulator, row, call.user_id):
        raise NotFound("Entity")
    return row


def _read(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_shown(_one(emulator, call), call))


def _new(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(add(emulator, call.body, call.user_id, source="api"))


def add(emulator: "PipedriveEmulator", values: Any, user_id: int, *, source: str) -> Row:
    """
    Make an activity.

    Raises:
        Refused: A value that does not fit.
    """
    body = _checked(emulator, values, user_id)
    now = emulator.stamp()
    row = {
        "id": emulator.next_id("activities"), "subject": "Call", "type": TYPES[0], "owner_id": user_id,
        "creator_user_id": user_id, "is_deleted": False, "add_time": now, "update_time": now, "deal_id": None,
        "lead_id": None, "person_id": None, "org_id": None, "project_id": None,
        "due_date": emulator.clock.now().date().isoformat(), "due_time": None, "duration": None, "busy": False,
        "done": False, "marked_as_done_time": now if body.get("done") else None, "location": None, "participants": [],
        "attendees": [], "conference_meeting_client": None, "conference_meeting_url": None,
        "conference_meeting_id": None, "public_description": None, "priority": None, "note": None, **body,
    }  # fmt: skip
    emulator.table("activities")[str(row["id"])] = row
    hooks.tell(emulator, "activities", "create", row, None, user_id, source)
    return row


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(change(emulator, _one(emulator, call), call.body, call.user_id, source="api"))


def change(emulator: "PipedriveEmulator", row: Row, values: Any, user_id: int, *, source: str) -> Row:
    """
    Change an activity, or tick it off.

    Raises:
        Refused: A value that does not fit.
    """
    before = copy.deepcopy(row)
    row.update(_checked(emulator, values, user_id))
    if row == before:
        return row
    if row["done"] != before["done"]:
        row["marked_as_done_time"] = emulator.stamp() if row["done"] else None
    row["update_time"] = emulator.stamp()
    emulator.indexes.forget("activities")
    hooks.tell(emulator, "activities", "change", row, before, user_id, source)
    return row


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = _one(emulator, call)
    before = copy.deepcopy(row)
    row["is_deleted"], row["update_time"] = True, emulator.stamp()
    hooks.tell(emulator, "activities", "delete", row, before, call.user_id, "api")
    return 200, found({"id": row["id"]})


def _checked(emulator: "PipedriveEmulator", values: Any, user_id: int) -> Row:
    body = dict(checking.check(values, _WRITABLE))
    if "type" in body and body["type"] not in TYPES:
        raise answers.invalid("type", "is not a known activity type")
    check_links(emulator, body, user_id)
    if body.get("deal_id") is not None:
        deal = emulator.table("deals").get(str(body["deal_id"]))
        if deal is None or deal["is_deleted"] or not emulator.may_see(deal, user_id):
            raise answers.invalid("deal_id", "was not found")
    if body.get("note"):
        body["note"] = clean(body["note"])
    if isinstance(body.get("location"), dict):
        body["location"] = checking.whole_address(body["location"])
    if "participants" in body:
        for one in body["participants"]:
            check_links(emulator, {"person_id": one["person_id"]}, user_id)
        kept = [{"person_id": one["person_id"], "primary": one.get("primary", False)} for one in body["participants"]]
        first = next((one for one in kept if one["primary"]), kept[0] if kept else None)
        body["participants"] = [{**one, "primary": one is first} for one in kept]
        # A person is set through the participants alone.
        body["person_id"] = first["person_id"] if first else None
    return body


def _types(_emulator: "PipedriveEmulator", _call: Call) -> Answer:
    rows = [
        {
            "id": number, "order_nr": number, "name": key.capitalize(), "key_string": key, "icon_key": key,
            "active_flag": True, "color": "FFFFFF", "is_custom_flag": False, "add_time": "2025-06-16 15:06:36",
            "update_time": "2025-06-16 15:06:36",
        }
        for number, key in enumerate(TYPES, 1)
    ]  # fmt: skip
    return 200, found(rows)


ENTRIES = (
    Entry("GET", "/v2/activities", 10, _READ, _list),
    Entry("POST", "/v2/activities", 5, _FULL, _new),
    Entry("GET", "/v2/activities/{id}", 1, _READ, _read),
    Entry("PATCH", "/v2/activities/{id}", 5, _FULL, _change),
    Entry("DELETE", "/v2/activities/{id}", 3, _FULL, _remove),
    Entry("GET", "/v1/activityTypes", 20, f"{_READ} admin", _types),
)
