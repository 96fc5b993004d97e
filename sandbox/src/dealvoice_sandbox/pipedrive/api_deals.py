"""Deals, pipelines and stages of API v2."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, fields, filters, lines, records, v1_shapes
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
STATUSES = ("open", "won", "lost")
VISIBILITY = checking.choice(1, 3, 5, 7)
_READ, _FULL = "deals:read deals:full", "deals:full"
_COUNTED = (
    "files_count", "followers_count", "email_messages_count", "activities_count", "done_activities_count",
    "undone_activities_count", "participants_count",
)  # fmt: skip
_INCLUDABLE = frozenset(
    {"next_activity_id", "last_activity_id", "first_won_time", "products_count", "notes_count",
     "last_incoming_mail_time", "last_outgoing_mail_time", "smart_bcc_email", "source_lead_id", *_COUNTED}
)  # fmt: skip
_TIME_PARAMETER = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def _writable(emulator: "PipedriveEmulator") -> "dict[str, Check]":
    return {
        "title": checking.text(255),
        "owner_id": checking.whole,
        "person_id": checking.optional(checking.whole),
        "org_id": checking.optional(checking.whole),
        "pipeline_id": checking.whole,
        "stage_id": checking.whole,
        "value": checking.number(),
        "currency": checking.currency,
        "status": checking.choice(*STATUSES),
        "probability": checking.optional(checking.number(least=0, most=100)),
        "lost_reason": checking.optional(checking.text(255)),
        "visible_to": VISIBILITY,
        "close_time": checking.optional(checking.moment),
        "won_time": checking.optional(checking.moment),
        "lost_time": checking.optional(checking.moment),
        "expected_close_date": checking.optional(checking.day),
        "label_ids": checking.each(checking.whole),
        "is_archived": checking.flag,
        "archive_time": checking.optional(checking.moment),
        "custom_fields": fields.values_of(emulator, "deal"),
    }


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, _page(emulator, call, archived=False)


def _list_archived(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, _page(emulator, call, archived=True)


def _page(emulator: "PipedriveEmulator", call: Call, *, archived: bool) -> Row:
    wanted = call.words("status")
    for status in wanted:
        answers.one_of({"status": status}, "status", (*STATUSES, "deleted"))
    rows = [row for row in emulator.table("deals").values() if row["is_archived"] == archived]
    rows = [row for row in rows if _has_status(row, wanted)]
    rows = narrowed(emulator, call, rows, ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id"))
    return page_v2(
        rows, call.params, sorts=("id", "update_time", "add_time"), show=lambda row: shown_deal(emulator, row, call)
    )


def _has_status(row: Row, wanted: list[str]) -> bool:
    if row["is_deleted"]:
        return "deleted" in wanted
    return not wanted or row["status"] in wanted


def narrowed(emulator: "PipedriveEmulator", call: Call, rows: list[Row], names: tuple[str, ...]) -> list[Row]:
    """Return the rows that the caller may see and that fit the list's parameters."""
    return narrowed_rows(emulator, call, [row for row in rows if emulator.may_see(row, call.user_id)], names)


def narrowed_rows(emulator: "PipedriveEmulator", call: Call, rows: list[Row], names: tuple[str, ...]) -> list[Row]:
    """Return the rows that fit the list's parameters; a saved filter puts the quick ones out of force."""
    if call.params.get("filter_id"):
        saved = filters.living(emulator, _single(call, "filter_id"), call.user_id)
        return [row for row in rows if filters.fits(emulator, saved, row)]
    if call.params.get("ids"):
        ids = set(call.numbers("ids"))
        rows = [row for row in rows if row["id"] in ids]
    for name in names:
        if call.params.get(name):
            wanted = call.numbers(name)
            rows = [row for row in rows if row[name] in wanted]
    since, until = _time(call, "updated_since"), _time(call, "updated_until")
    if since is not None:
        rows = [row for row in rows if datetime.fromisoformat(row["update_time"]) >= since]
    if until is not None:
        rows = [row for row in rows if datetime.fromisoformat(row["update_time"]) < until]
    return rows


def _single(call: Call, name: str) -> int:
    ids = call.numbers(name, most=1)
    return ids[0]


def _time(call: Call, name: str) -> datetime | None:
    text = call.params.get(name)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text) if _TIME_PARAMETER.fullmatch(text) else _refuse_time(name)
    except ValueError:
        return _refuse_time(name)


def _refuse_time(name: str) -> datetime:
    raise answers.invalid(name, "not a valid datetime")


def custom_shown(emulator: "PipedriveEmulator", kind: str, row: Row, call: Call) -> Row:
    """Return a row with the custom fields that were asked for, choices with labels when asked."""
    values = row["custom_fields"]
    wanted = call.words("custom_fields")
    if len(wanted) > 15:
        raise answers.invalid("custom_fields", "must have at most 15 items")
    if wanted:
        values = {code: value for code, value in values.items() if code in wanted}
    if call.flag("include_option_labels"):
        values = fields.labelled(emulator, kind, values)
    labels: Row = {"labels": []} if call.flag("include_labels") else {}
    return {**row, "custom_fields": values, **labels}


def shown_deal(emulator: "PipedriveEmulator", row: Row, call: Call) -> Row:
    """Return a deal as the call wants to see it."""
    found = custom_shown(emulator, "deal", row, call)
    for name in call.words("include_fields"):
        if name not in _INCLUDABLE:
            raise answers.invalid("include_fields", f"{name} is not allowed")
        match name:
            case "products_count":
                found[name] = len(emulator.deal_products(row["id"]))
            case "notes_count":
                found[name] = len(emulator.notes_of(row["id"]))
            case "files_count":
                found[name] = len(v1_shapes.files_of(emulator, row["id"]))
            case "followers_count":
                found[name] = len(v1_shapes.followers(emulator, "deals", row["id"]))
            case "activities_count" | "done_activities_count" | "undone_activities_count":
                found[name] = _activities(emulator, row["id"], name)
            case "participants_count":
                others = len(emulator.rows_of("participants", "deal_id", row["id"]))
                found[name] = others + (row["person_id"] is not None)
            case "first_won_time":
                found[name] = row["won_time"]
            case "smart_bcc_email":
                found[name] = f"{emulator.company()['domain']}+deal{row['id']}@pipedrivemail.com"
            case _:
                found[name] = 0 if name in _COUNTED else None
    return found


def _activities(emulator: "PipedriveEmulator", deal_id: int, name: str) -> int:
    rows = [row for row in emulator.rows_of("activities", "deal_id", deal_id) if not row["is_deleted"]]
    done = sum(bool(row["done"]) for row in rows)
    return {"activities_count": len(rows), "done_activities_count": done}.get(name, len(rows) - done)


def _read(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = emulator.visible_deal(call.number(), call.user_id)
    return 200, found(shown_deal(emulator, row, call))


def _make(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = checking.check(call.body, _writable(emulator), required=("title",))
    check_links(emulator, body, call.user_id)
    row = records.new_deal(emulator, body, call.user_id, source="api")
    # Null in this answer, set on later reads (recorded answers of March 2026).
    return 200, found({**row, "update_time": None})


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = emulator.visible_deal(call.number(), call.user_id)
    body = checking.check(call.body, _writable(emulator))
    check_links(emulator, body, call.user_id)
    changed = emulator.change("deals", int(row["id"]), body, call.user_id, source="api")
    if "currency" in body:
        lines.follow_currency(emulator, changed["id"])
    return 200, found(changed)


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = emulator.visible_deal(call.number(), call.user_id)
    records.remove(emulator, "deals", row["id"], call.user_id, source="api")
    return 200, found({"id": row["id"]})


def check_links(emulator: "PipedriveEmulator", body: Row, user_id: int) -> None:
    """
    Make sure that people, organizations and owners named in a body exist and may be seen.

    Raises:
        Refused: One does not, or may not.
    """
    for name, table in (("person_id", "persons"), ("org_id", "organizations"), ("owner_id", "users")):
        if body.get(name) is None:
            continue
        row = emulator.table(table).get(str(body[name]))
        if row is None or row.get("is_deleted") or (table != "users" and not emulator.may_see(row, user_id)):
            raise answers.invalid(name, "was not found")


ENTRIES = (
    Entry("GET", "/v2/deals", 10, _READ, _list),
    Entry("POST", "/v2/deals", 5, _FULL, _make),
    Entry("GET", "/v2/deals/archived", 20, _READ, _list_archived),
    Entry("GET", "/v2/deals/{id}", 1, _READ, _read),
    Entry("PATCH", "/v2/deals/{id}", 5, _FULL, _change),
    Entry("DELETE", "/v2/deals/{id}", 3, _FULL, _remove),
)
