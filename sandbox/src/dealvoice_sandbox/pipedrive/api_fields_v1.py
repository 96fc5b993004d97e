"""Field definitions of API v1: by numeric id and ``key``, of the same fields that v2 calls by their code."""

from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, fields
from dealvoice_sandbox.pipedrive.answers import Refused, found, page_v1
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_SCOPES = {
    "deal": ("deals:read deals:full deal-fields:full admin", "deal-fields:full admin"),
    "person": ("contacts:read contacts:full contact-fields:full admin", "contact-fields:full admin"),
    "organization": ("contacts:read contacts:full contact-fields:full admin", "contact-fields:full admin"),
    "product": ("products:read products:full product-fields:full", "products:full product-fields:full"),
}
_AT = "2025-06-16 15:06:36"


def _list(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [shown(emulator, kind, field) for field in emulator.fields(kind)]
    params = {"limit": "500", **call.params}
    return 200, page_v1(rows, params, flat=True, empty=[])


def _read(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(shown(emulator, kind, _one(kind, emulator, call.number())))


def _one(kind: str, emulator: "PipedriveEmulator", field_id: int) -> Row:
    field = next((one for one in emulator.fields(kind) if fields.number(emulator, kind, one) == field_id), None)
    if field is None:
        raise Refused(410 if kind == "product" else 404, {"success": False, "error": "The field is not found"})
    return field


def shown(emulator: "PipedriveEmulator", kind: str, field: Row) -> Row:
    """Return a field as v1 shows it."""
    field_id = fields.number(emulator, kind, field)
    custom = field["is_custom_field"]
    return {
        "id": field_id, "key": field["field_code"], "name": field["field_name"], "group_id": None, "order_nr": field_id,
        "field_type": field["field_type"], "json_column_flag": custom, "add_time": _AT, "update_time": _AT,
        "last_updated_by_user_id": None, "created_by_user_id": None, "edit_flag": custom, "active_flag": True,
        "index_visible_flag": True, "details_visible_flag": True, "add_visible_flag": False, "important_flag": False,
        "bulk_edit_allowed": True, "filtering_allowed": True, "sortable_flag": True, "mandatory_flag": not custom,
        "searchable_flag": custom, "description": field["description"],
        **({"options": [{"id": one["id"], "label": one["label"]} for one in field["options"]]} if field["options"] else {}),
    }  # fmt: skip


def _new(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = call.body if isinstance(call.body, dict) else {}
    name, options = body.get("name"), _labels(body.get("options"))
    sound = isinstance(name, str) and 1 <= len(name) <= 255 and body.get("field_type") in fields.CREATABLE
    if not sound or (body["field_type"] in ("enum", "set")) != bool(options):
        raise answers.bad_request()
    made = fields.create(emulator, kind, {"field_name": name, "field_type": body["field_type"], "options": options})
    return 201 if kind == "product" else 200, found(shown(emulator, kind, made))


def _labels(given: Any) -> list[Row]:
    rows = [] if given is None else given
    if not isinstance(rows, list):
        raise answers.bad_request()
    labels = [one if isinstance(one, str) else one.get("label") if isinstance(one, dict) else None for one in rows]
    if not all(isinstance(label, str) and label for label in labels):
        raise answers.bad_request()
    return [
        {"label": label, **({"id": one["id"]} if isinstance(one, dict) and "id" in one else {})}
        for label, one in zip(labels, rows, strict=True)
    ]


def _change(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    field = _one(kind, emulator, call.number())
    body = call.body if isinstance(call.body, dict) else {}
    name = body.get("name", field["field_name"])
    if not isinstance(name, str) or not 1 <= len(name) <= 255:
        raise answers.bad_request()
    if "options" in body and field["options"] is not None:
        # The whole list is sent: what is missing goes, what has no id is new.
        given, code = _labels(body["options"]), field["field_code"]
        kept = {one["id"] for one in given if "id" in one}
        known = {one["id"] for one in field["options"]}
        if not kept <= known:
            raise answers.bad_request()
        fields.remove_options(emulator, kind, code, [{"id": one} for one in known - kept])
        fields.change_options(emulator, kind, code, [one for one in given if "id" in one])
        fields.add_options(emulator, kind, code, [one for one in given if "id" not in one])
    field["field_name"] = name
    return 200, found(shown(emulator, kind, field))


def _remove(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    field = _one(kind, emulator, call.number())
    fields.remove(emulator, kind, field["field_code"])
    return 200, found({"id": call.number()})


def _remove_many(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    ids = call.numbers("ids")
    if not ids:
        raise answers.bad_request()
    for field_id in ids:
        fields.remove(emulator, kind, _one(kind, emulator, field_id)["field_code"])
    return 200, found({"id": ids})


def _only_admins(call: Call) -> None:
    if not call.is_admin:
        raise answers.forbidden("You do not have permissions to do this.")


def _entries(kind: str) -> tuple[Entry, ...]:
    path, (read, make) = f"/v1/{kind}Fields", _SCOPES[kind]
    return (
        Entry("GET", path, 20, read, partial(_list, kind)),
        Entry("POST", path, 10, make, partial(_new, kind)),
        Entry("DELETE", path, 10, make, partial(_remove_many, kind)),
        Entry("GET", f"{path}/{{id}}", 2, read, partial(_read, kind)),
        Entry("PUT", f"{path}/{{id}}", 10, make, partial(_change, kind)),
        Entry("DELETE", f"{path}/{{id}}", 6, make, partial(_remove, kind)),
    )


ENTRIES = tuple(entry for kind in fields.TABLES for entry in _entries(kind))
