"""Notes of API v1."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, notes
from dealvoice_sandbox.pipedrive.answers import found, page_v1
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ = "deals:read deals:full contacts:read contacts:full"
_FULL = "deals:full contacts:full"
_ON = {"deal_id": "deals", "person_id": "persons", "org_id": "organizations"}
_LONGEST = 100_000
"""Characters of a note; the vendor's limit is near 100 KB (its exact size is unconfirmed)."""
_SORTABLE = frozenset({"id", "user_id", "deal_id", "person_id", "org_id", "content", "add_time", "update_time"})


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [row for row in emulator.table("notes").values() if row["active_flag"]]
    rows = [row for row in rows if notes.visible(emulator, row, call.user_id)]
    for name in ("user_id", *_ON):
        if call.params.get(name):
            rows = [row for row in rows if str(row[name]) == call.params[name]]
    for pin in notes.PINS:
        if call.params.get(pin) in ("0", "1"):
            rows = [row for row in rows if bool(row.get(pin)) == (call.params[pin] == "1")]
    if call.params.get("deal_id", "").isdecimal():
        # A deal that is hidden or gone has no notes to list.
        emulator.visible_deal(int(call.params["deal_id"]), call.user_id)
    page = page_v1(_sorted(rows, call.params.get("sort", "")), call.params)
    shown = [notes.shown(emulator, row, call.user_id) for row in page["data"] or []]
    return 200, {**page, "data": shown or None}


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    found = sorted(rows, key=lambda row: row["id"])
    for part in reversed([one.split() for one in sort.split(",") if one.strip()]):
        if part[0] not in _SORTABLE or part[1:] not in ([], ["ASC"], ["DESC"], ["asc"], ["desc"]):
            raise answers.bad_request()
        found.sort(key=lambda row, by=part[0]: str(row[by] or ""), reverse=part[1:] in (["DESC"], ["desc"]))  # type: ignore[misc] # mypy types no defaults of lambdas
    return found


def _one(emulator: "PipedriveEmulator", call: Call) -> Row:
    row = notes.living(emulator, call.number())
    if not notes.visible(emulator, row, call.user_id):
        raise NotFound("Note")
    return row


def _read(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(notes.shown(emulator, _one(emulator, call), call.user_id))


def _new(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = _checked(call)
    if not body.get("content") or not any(body.get(name) for name in _ON):
        raise answers.bad_request()
    for name, table in _ON.items():
        if body.get(name):
            row = emulator.table(table).get(str(body[name]))
            if row is None or row["is_deleted"] or not emulator.may_see(row, call.user_id):
                raise NotFound("Deal" if name == "deal_id" else "Entity")
    return 200, found(
        notes.shown(emulator, emulator.add_note(body, call.user_id, source="api"), call.user_id)
    )  # fmt: skip


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, body = _one(emulator, call), _checked(call)
    if "content" in body and not body["content"]:
        raise answers.bad_request()
    changed = emulator.change_note(row["id"], body, call.user_id, source="api")
    return 200, found(notes.shown(emulator, changed, call.user_id))


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    emulator.remove_note(_one(emulator, call)["id"], call.user_id, source="api")
    return 200, {"success": True, "data": True}


def _checked(call: Call) -> Row:
    # v1 coerces numbers in strings.
    body = dict(call.body) if isinstance(call.body, dict) else {}
    for name in ("user_id", *_ON):
        value = body.get(name)
        if isinstance(value, str) and value.isdecimal():
            body[name] = int(value)
        elif value is not None and not isinstance(value, int):
            raise answers.bad_request()
    if not isinstance(body.get("content", ""), str) or len(body.get("content", "")) > _LONGEST:
        raise answers.bad_request()
    if body.get("user_id") not in (None, call.user_id) and not call.is_admin:
        raise answers.forbidden("You do not have permissions to do this")
    return body


ENTRIES = (
    Entry("GET", "/v1/notes", 20, _READ, _list),
    Entry("POST", "/v1/notes", 10, _FULL, _new),
    Entry("GET", "/v1/notes/{id}", 2, _READ, _read),
    Entry("PUT", "/v1/notes/{id}", 10, _FULL, _change),
    Entry("DELETE", "/v1/notes/{id}", 6, _FULL, _remove),
)
