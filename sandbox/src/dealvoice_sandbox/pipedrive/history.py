"""
What happened to a deal, person or organization: the changelog that every write leaves, and the flow that people see.

Both are read only at the vendor. Source: v1 changelog and flow; what ``change_source`` says of an API write is
unconfirmed and taken from webhooks.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
KINDS = {"deals": "deal", "persons": "person", "organizations": "organization"}
COLUMNS = {"deals": "deal_id", "persons": "person_id", "organizations": "org_id"}
"""What other records call a record of the table."""
_CUSTOM = re.compile(r"[0-9a-f]{40}")
_SILENT = frozenset({"update_time", "custom_fields"})


def write(
    emulator: "PipedriveEmulator", table: str, before: Row, after: Row, user_id: int, source: str
) -> None:  # fmt: skip
    """Note every field that differs; products have no changelog."""
    if table not in KINDS:
        return
    flat_before = {**before, **before.get("custom_fields", {})}
    flat_after = {**after, **after.get("custom_fields", {})}
    for name, value in flat_after.items():
        if name not in _SILENT and flat_before.get(name) != value:
            note(emulator, table, after["id"], name, (flat_before.get(name), value), user_id, source)


def note(
    emulator: "PipedriveEmulator", table: str, row_id: int, field: str, change: tuple[Any, Any], user_id: int,
    source: str,
) -> None:  # fmt: skip
    """Note one change: the value before and after."""
    log = emulator.store.tree["changelog"]
    of = f"{table}:{row_id}"
    row = {
        "id": len(log) + 1, "of": of, "deal_id": row_id if table == "deals" else None, "field_key": field,
        "old_value": plain(change[0]), "new_value": plain(change[1]), "actor_user_id": user_id,
        "time": emulator.v1_stamp(), "change_source": source, "change_source_user_agent": None,
        "is_bulk_update_flag": False,
    }  # fmt: skip
    log.append(row)
    emulator.table("changes").setdefault(of, {"ids": []})["ids"].append(row["id"])


def changes(emulator: "PipedriveEmulator", table: str, row_id: int) -> list[Row]:
    """Return a record's changes of fields, newest first."""
    log = emulator.store.tree["changelog"]
    ids = emulator.table("changes").get(f"{table}:{row_id}", {"ids": []})["ids"]
    return [log[number - 1] for number in reversed(ids)]


def flow(emulator: "PipedriveEmulator", table: str, row_id: int, *, every_change: bool) -> list[Row]:
    """
    Return what people see in a record's history, newest first.

    Args:
        emulator: Whose record it is.
        table: Of the record.
        row_id: Its id.
        every_change: Changes of custom fields too.
    """
    column = COLUMNS[table]
    items = [
        {"object": kind, "timestamp": row["add_time"].replace("T", " ").rstrip("Z"), "data": row}
        for kind, name, living in (("note", "notes", "active_flag"), ("file", "files", "active_flag"))
        for row in emulator.rows_of(name, column, row_id)
        if row[living]
    ]
    items += [
        {"object": "activity", "timestamp": row["add_time"].replace("T", " ").rstrip("Z"), "data": row}
        for row in emulator.rows_of("activities", column, row_id)
        if not row["is_deleted"]
    ]
    items += [
        _change_item(KINDS[table], row_id, row)
        for row in changes(emulator, table, row_id)
        if every_change or not _CUSTOM.fullmatch(row["field_key"])
    ]
    return sorted(items, key=lambda item: str(item["timestamp"]), reverse=True)


def _change_item(kind: str, row_id: int, row: Row) -> Row:
    data = {
        "id": row["id"], "item_id": row_id, "user_id": row["actor_user_id"], "field_key": row["field_key"],
        "old_value": row["old_value"], "new_value": row["new_value"], "is_bulk_update_flag": None,
        "log_time": row["time"], "change_source": row["change_source"],
        "change_source_user_agent": row["change_source_user_agent"], "additional_data": [],
    }  # fmt: skip
    return {"object": f"{kind}Change", "timestamp": row["time"], "data": data}


def plain(value: object) -> str | None:
    """Return a value the way the changelog writes it."""
    match value:
        case None:
            return None
        case Decimal():
            return format(value, "f")
        case {"value": inner}:
            return plain(inner)
        case list():
            return ",".join(str(plain(one)) for one in value)
        case _:
            return str(value)
