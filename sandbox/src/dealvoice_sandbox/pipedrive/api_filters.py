"""Filters of API v1."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, filters
from dealvoice_sandbox.pipedrive.answers import found
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ = "deals:read deals:full activities:read activities:full contacts:read contacts:full"
_FULL = "deals:full activities:full contacts:full"
_MOST_CONDITIONS = 16
_OBJECTS = ("person", "deal", "organization", "product", "activity", "lead", "project")


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    wanted = call.params.get("type")
    if wanted and wanted not in filters.TYPES:
        raise answers.bad_request()
    rows = [row for row in emulator.table("filters").values() if filters.visible(row, call.user_id)]
    shown = [_short(row, call) for row in rows if not wanted or row["type"] == wanted]
    return 200, found(shown)


def _helpers(_emulator: "PipedriveEmulator", _call: Call) -> Answer:
    return 200, found(filters.HELPERS)


def _read(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_whole(filters.living(emulator, call.number(), call.user_id), call))


def _new(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = call.body if isinstance(call.body, dict) else {}
    if not isinstance(body.get("name"), str) or not body["name"] or body.get("type") not in filters.TYPES:
        raise answers.bad_request()
    now = emulator.v1_stamp()
    row = {
        "id": emulator.next_id("filters"), "name": body["name"], "filter_code": None, "active_flag": True,
        "type": body["type"], "temporary_flag": False, "user_id": call.user_id, "add_time": now, "update_time": now,
        "visible_to": "1", "last_used_time": None, "custom_view_id": None, "conditions": _conditions(body),
    }  # fmt: skip
    emulator.table("filters")[str(row["id"])] = row
    return 200, found(_whole(row, call))


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = _own(emulator, call, call.number())
    body = call.body if isinstance(call.body, dict) else {}
    if "name" in body:
        if not isinstance(body["name"], str) or not body["name"]:
            raise answers.bad_request()
        row["name"] = body["name"]
    row["conditions"], row["update_time"] = _conditions(body), emulator.v1_stamp()
    return 200, found(_whole(row, call))


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = _own(emulator, call, call.number())
    row["active_flag"] = False
    return 200, found({"id": row["id"]})


def _remove_many(emulator: "PipedriveEmulator", call: Call) -> Answer:
    ids = call.numbers("ids")
    if not ids:
        raise answers.bad_request()
    known = [_own(emulator, call, filter_id) for filter_id in ids if str(filter_id) in emulator.table("filters")]
    for row in known:
        row["active_flag"] = False
    return 200, found({"id": [row["id"] for row in known]})


def _own(emulator: "PipedriveEmulator", call: Call, filter_id: int) -> Row:
    row = filters.living(emulator, filter_id, call.user_id)
    if row["user_id"] != call.user_id and not call.is_admin:
        raise answers.forbidden("You do not have permissions to do this.")
    return row


def _conditions(body: Row) -> Row:
    """Return conditions as they are kept: an *and* of one *and* group and one *or* group."""
    given = body.get("conditions")
    groups = given.get("conditions") if isinstance(given, dict) and given.get("glue") == "and" else None
    if not isinstance(groups, list) or not 1 <= len(groups) <= 2:
        raise answers.bad_request()
    kept: dict[str, list[Row]] = {"and": [], "or": []}
    for group in groups:
        if (
            not isinstance(group, dict)
            or group.get("glue") not in kept
            or not isinstance(group.get("conditions"), list)
        ):
            raise answers.bad_request()
        kept[group["glue"]] += [_condition(one) for one in group["conditions"] if one is not None]
    if not 0 < sum(len(group) for group in kept.values()) <= _MOST_CONDITIONS:
        raise answers.bad_request()
    return {"glue": "and", "conditions": [{"glue": glue, "conditions": group} for glue, group in kept.items()]}


def _condition(given: Any) -> Row:
    fits = (
        isinstance(given, dict) and given.get("object") in _OBJECTS and isinstance(given.get("field_id"), str | int)
        and isinstance(given.get("operator"), str) and given["operator"] in filters.OPERATORS
    )  # fmt: skip
    if not fits:
        raise answers.bad_request()
    value, extra = given.get("value"), given.get("extra_value")
    return {
        "object": given["object"], "field_id": str(given["field_id"]), "operator": given["operator"],
        "value": None if value is None else str(value), "extra_value": None if extra is None else str(extra),
        "json_value_flag": False, "field_code": given.get("field_code"),
    }  # fmt: skip


def _short(row: Row, call: Call) -> Row:
    shown = {name: value for name, value in row.items() if name != "conditions"}
    return shown | {"is_editable": row["user_id"] == call.user_id or call.is_admin}


def _whole(row: Row, call: Call) -> Row:
    groups = row["conditions"]["conditions"]
    if call.params.get("include_field_code") not in ("1", "true"):
        groups = [
            {
                **group,
                "conditions": [{k: v for k, v in one.items() if k != "field_code"} for one in group["conditions"]],
            }
            for group in groups
        ]
    return _short(row, call) | {"conditions": {"glue": "and", "conditions": groups}}


ENTRIES = (
    Entry("GET", "/v1/filters", 20, _READ, _list),
    Entry("POST", "/v1/filters", 10, _FULL, _new),
    Entry("DELETE", "/v1/filters", 10, _FULL, _remove_many),
    Entry("GET", "/v1/filters/helpers", 20, _READ, _helpers),
    Entry("GET", "/v1/filters/{id}", 2, _READ, _read),
    Entry("PUT", "/v1/filters/{id}", 10, _FULL, _change),
    Entry("DELETE", "/v1/filters/{id}", 6, _FULL, _remove),
)
