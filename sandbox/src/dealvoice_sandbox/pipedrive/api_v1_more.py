"""Smaller things of API v1: comments of notes, followers, fields of notes, connections, what changed recently."""

import uuid
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, files, notes, v1_shapes
from dealvoice_sandbox.pipedrive.answers import found, page_v1
from dealvoice_sandbox.pipedrive.api_followers import follow, unfollow
from dealvoice_sandbox.pipedrive.api_v1_deals import number, one
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry
from dealvoice_sandbox.pipedrive.sanitizing import clean

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_NOTES = "deals:read deals:full contacts:read contacts:full"
_NOTES_FULL = "deals:full contacts:full"
_FOLLOWED = {"deals": ("deal_id", "deals"), "persons": ("person_id", "contacts"),
             "organizations": ("org_id", "contacts"), "products": ("product_id", "products")}  # fmt: skip
_RECENT = ("deal", "person", "note", "file")
"""Not emulated: recents of other kinds than these."""


def _note(emulator: "PipedriveEmulator", call: Call) -> Row:
    row = notes.living(emulator, call.number())
    if not notes.visible(emulator, row, call.user_id):
        raise NotFound("Note")
    return row


def _comments(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = emulator.rows_of("comments", "object_id", str(_note(emulator, call)["id"]))
    return 200, page_v1([row for row in rows if row["active_flag"]], call.params, empty=[])


def _comment(emulator: "PipedriveEmulator", call: Call) -> Row:
    row = emulator.table("comments").get(call.ids[1])
    if row is None or not row["active_flag"] or row["object_id"] != str(_note(emulator, call)["id"]):
        raise NotFound("Comment")
    return row


def _read_comment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_comment(emulator, call))


def _add_comment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    note = _note(emulator, call)
    row = {
        "uuid": str(uuid.uuid4()), "active_flag": True, "add_time": emulator.v1_stamp(), "update_time": None,
        "content": _content(call), "object_id": str(note["id"]), "object_type": "note", "user_id": call.user_id,
        "updater_id": None, "company_id": emulator.company()["id"],
    }  # fmt: skip
    emulator.table("comments")[str(row["uuid"])] = row
    return 200, found(row)


def _change_comment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = _comment(emulator, call)
    row.update(content=_content(call), update_time=emulator.v1_stamp(), updater_id=call.user_id)
    return 200, found(row)


def _remove_comment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _comment(emulator, call)["active_flag"] = False
    return 200, found(True)


def _content(call: Call) -> str:
    content = call.body.get("content") if isinstance(call.body, dict) else None
    if not isinstance(content, str) or not content:
        raise answers.bad_request()
    return clean(content)


def _note_fields(_emulator: "PipedriveEmulator", call: Call) -> Answer:
    names = (("content", "Content", "text"), ("user", "User", "user"), ("deal", "Deal", "deal"),
             ("person", "Person", "people"), ("organization", "Organization", "org"))  # fmt: skip
    rows = [
        {
            "id": n, "key": key, "name": name, "field_type": kind, "active_flag": True, "edit_flag": False,
            "bulk_edit_allowed": True, "mandatory_flag": key == "content",
        }
        for n, (key, name, kind) in enumerate(names, 1)
    ]  # fmt: skip
    return 200, page_v1(rows, call.params, flat=True, empty=[])


def _connections(_emulator: "PipedriveEmulator", _call: Call) -> Answer:
    return 200, found({"google": None})


def _followers(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = one(emulator, call, table)
    held = v1_shapes.followers(emulator, table, row["id"])
    rows = [_follower(table, row["id"], int(user_id), at) for user_id, at in held.items()]
    return 200, page_v1(rows, call.params, flat=True, empty=[])


def _follow(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, user_id = one(emulator, call, table), number(call, "user_id")
    if str(user_id) not in emulator.table("users"):
        raise answers.bad_request()
    at = follow(emulator, table, row["id"], user_id, call)
    return 201 if table == "products" else 200, found(_follower(table, row["id"], user_id, at))


def _unfollow(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    unfollow(emulator, table, one(emulator, call, table)["id"], call.number(1), call)
    return 200, found({"id": call.number(1)})


def _follower(table: str, row_id: int, user_id: int, at: str) -> Row:
    # The row's own id is the user's: the sandbox keeps none.
    return {"id": user_id, "user_id": user_id, _FOLLOWED[table][0]: row_id, "add_time": v1_shapes.stamp(at)}


def _recents(emulator: "PipedriveEmulator", call: Call) -> Answer:
    since, wanted = call.params.get("since_timestamp", ""), call.words("items") or list(_RECENT)
    try:
        datetime.strptime(since, "%Y-%m-%d %H:%M:%S")
    except ValueError as error:
        raise answers.bad_request() from error
    rows = [row for kind in _RECENT if kind in wanted for row in _changed(emulator, kind, since, call)]
    rows.sort(key=lambda row: (str(row["data"]["update_time"]), row["item"], row["id"]))
    page = page_v1(rows, call.params, empty=[])
    last = page["data"][-1]["data"]["update_time"] if page["data"] else since
    paging = {"since_timestamp": since, "last_timestamp_on_page": last, **page["additional_data"]}
    return 200, {**page, "additional_data": paging}


def _changed(emulator: "PipedriveEmulator", kind: str, since: str, call: Call) -> list[Row]:
    table = emulator.table(f"{kind}s")
    rows = [row for row in table.values() if str(v1_shapes.stamp(row["update_time"])) >= since]
    match kind:
        case "deal":
            data = [v1_shapes.deal(emulator, row) for row in rows if emulator.may_see(row, call.user_id)]
        case "person":
            data = [v1_shapes.person(emulator, row) for row in rows if emulator.may_see(row, call.user_id)]
        case "note":
            seen = [row for row in rows if notes.visible(emulator, row, call.user_id)]
            data = [notes.shown(emulator, row, call.user_id) for row in seen]
        case _:
            data = [files.shown(emulator, row) for row in rows if files.visible(emulator, row, call.user_id)]
    return [{"item": kind, "id": one["id"], "data": one} for one in data]


_COMMENTS = "/v1/notes/{id}/comments"
ENTRIES = (
    Entry("GET", _COMMENTS, 20, _NOTES, _comments),
    Entry("POST", _COMMENTS, 10, _NOTES_FULL, _add_comment),
    Entry("GET", f"{_COMMENTS}/{{uuid}}", 2, _NOTES, _read_comment),
    Entry("PUT", f"{_COMMENTS}/{{uuid}}", 10, _NOTES_FULL, _change_comment),
    Entry("DELETE", f"{_COMMENTS}/{{uuid}}", 6, _NOTES_FULL, _remove_comment),
    Entry("GET", "/v1/noteFields", 20, _NOTES, _note_fields),
    Entry("GET", "/v1/userConnections", 20, "base", _connections),
    Entry("GET", "/v1/recents", 20, "recents:read search:read", _recents),
    *(
        Entry(method, f"/v1/{table}/{{id}}/followers{more}", cost, scopes.format(scope), partial(work, table))
        for table, (_, scope) in _FOLLOWED.items()
        for method, more, cost, scopes, work in (
            ("GET", "", 20, "{0}:read {0}:full", _followers),
            ("POST", "", 10, "{0}:full", _follow),
            ("DELETE", "/{user}", 6, "{0}:full", _unfollow),
        )
    ),
)
