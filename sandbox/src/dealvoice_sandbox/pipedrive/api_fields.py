"""Field definitions of API v2: of deals, people, organizations and products."""

from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, fields
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_SCOPES = {
    # Kind: what may read, what may edit choices and names, what may make and remove.
    "deal": ("deals:read deals:full", "deals:full", "admin deal-fields:full"),
    "person": ("contacts:read contacts:full", "contacts:full", "admin contact-fields:full"),
    "organization": ("contacts:read contacts:full", "contacts:full", "admin contact-fields:full"),
    "product": ("products:read products:full", "products:full", "products:full product-fields:full"),
}
_SHOWN = {"add_visible_flag": False, "details_visible_flag": True}
_DIALOG = {"show": False, "order": None}
_IMPORTANT: Row = {"enabled": False, "stage_ids": []}
_EXTRAS: dict[str, Row] = {
    "deal": {
        "ui_visibility": {
            **_SHOWN, "projects_detail_visible_flag": False,
            "show_in_pipelines": {"show_in_all": True, "pipeline_ids": []},
        },
        "important_fields": _IMPORTANT, "required_fields": {"enabled": False, "stage_ids": [], "statuses": {}},
    },
    "person": {
        "ui_visibility": {**_SHOWN, "show_in_add_deal_dialog": _DIALOG}, "important_fields": _IMPORTANT,
        "required_fields": {"enabled": False},
    },
    "organization": {
        "ui_visibility": {**_SHOWN, "show_in_add_deal_dialog": _DIALOG, "show_in_add_person_dialog": _DIALOG},
        "important_fields": _IMPORTANT, "required_fields": {"enabled": False},
    },
    "product": {"ui_visibility": _SHOWN},
}  # fmt: skip
"""What ``include_fields`` adds by kind of field, where nobody has set it."""
_EXTRA_NAMES = ("ui_visibility", "important_fields", "required_fields")
_LABEL = checking.text(255)


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


_CHANGEABLE: "dict[str, Check]" = {
    "field_name": checking.text(255),
    "description": checking.optional(checking.text()),
    **dict.fromkeys(_EXTRA_NAMES, _object),
}
_CREATABLE: "dict[str, Check]" = {
    **_CHANGEABLE,
    "field_type": checking.choice(*fields.CREATABLE),
    "options": checking.each(checking.keyed({"label": _LABEL}, needed="label")),
}


def _list(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    # Numbered, because the cursor needs an id that definitions do not show.
    rows = [{"id": n, **_shown(kind, emulator, field, call)} for n, field in enumerate(emulator.fields(kind), 1)]
    return 200, page_v2(rows, call.params, show=lambda row: {name: one for name, one in row.items() if name != "id"})


def _read(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_shown(kind, emulator, fields.definition(emulator, kind, call.ids[0]), call))


def _shown(kind: str, emulator: "PipedriveEmulator", field: Row, call: Call) -> Row:
    wanted, known = call.words("include_fields"), _EXTRAS[kind]
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise answers.invalid("include_fields", f"{unknown} is not allowed")
    kept = emulator.table("field_extras").get(field["field_code"], {})
    return {**field, **{name: known[name] | kept.get(name, {}) for name in wanted}}


def _new(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = checking.check(call.body, _CREATABLE, required=("field_name", "field_type"))
    if (body["field_type"] in ("enum", "set")) != bool(body.get("options")):
        raise answers.invalid("options", "is required for enum and set fields, and for these alone")
    made = fields.create(emulator, kind, body)
    _keep_extras(emulator, made, body)
    return 200, found(made)


def _keep_extras(emulator: "PipedriveEmulator", field: Row, body: Row) -> None:
    given = {name: body[name] for name in _EXTRA_NAMES if name in body}
    if given:
        emulator.table("field_extras").setdefault(field["field_code"], {}).update(given)


def _change(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = checking.check(call.body, _CHANGEABLE)
    changed = fields.change(emulator, kind, call.ids[0], body)
    _keep_extras(emulator, changed, body)
    return 200, found(changed)


def _remove(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    return 200, found(fields.remove(emulator, kind, call.ids[0]))


def _add_options(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    values = _options(call, {"label": _LABEL}, "label")
    return 200, _touched(fields.add_options(emulator, kind, call.ids[0], values))


def _change_options(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    known: dict[str, Check] = {"id": checking.whole, "label": _LABEL, "color": checking.optional(checking.text(32))}
    return 200, _touched(fields.change_options(emulator, kind, call.ids[0], _options(call, known, "id")))


def _remove_options(kind: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    values = _options(call, {"id": checking.whole}, "id")
    return 200, _touched(fields.remove_options(emulator, kind, call.ids[0], values))


def _options(call: Call, known: "dict[str, Check]", needed: str) -> list[Row]:
    reason = checking.each(checking.keyed(known, needed=needed))(call.body)
    if reason is not None or not call.body:
        raise answers.invalid("options", reason or "must not be empty")
    values: list[Row] = call.body
    return values


def _touched(options: list[Row]) -> Row:
    data = [{"id": option["id"], "label": option["label"]} for option in options]
    return {"success": True, "data": data, "additional_data": None}


def _only_admins(call: Call) -> None:
    # Who may define fields is the company's setting at the vendor; here it is its admins.
    if not call.is_admin:
        raise answers.forbidden("You do not have permissions to do this")


def _entries(kind: str) -> tuple[Entry, ...]:
    path, (read, edit, make) = f"/v2/{kind}Fields", _SCOPES[kind]
    return (
        Entry("GET", path, 10, f"{read} {make}", partial(_list, kind)),
        Entry("POST", path, 5, make, partial(_new, kind)),
        Entry("GET", f"{path}/{{code}}", 1, f"{read} {make}", partial(_read, kind)),
        Entry("PATCH", f"{path}/{{code}}", 5, f"{edit} {make}", partial(_change, kind)),
        Entry("DELETE", f"{path}/{{code}}", 3, make, partial(_remove, kind)),
        Entry("POST", f"{path}/{{code}}/options", 5, f"{edit} {make}", partial(_add_options, kind)),
        Entry("PATCH", f"{path}/{{code}}/options", 5, f"{edit} {make}", partial(_change_options, kind)),
        Entry("DELETE", f"{path}/{{code}}/options", 3, f"{edit} {make}", partial(_remove_options, kind)),
    )


ENTRIES = tuple(entry for kind in fields.TABLES for entry in _entries(kind))
