"""Notes: HTML that is cleaned, on a deal, person or organization; who may see what they hang on may see them."""

import copy
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import hooks, records
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.sanitizing import clean

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
PINS = tuple(f"pinned_to_{what}_flag" for what in ("deal", "person", "organization", "lead", "project", "task"))


def add(emulator: "PipedriveEmulator", values: Row, user_id: int, *, source: str) -> Row:
    """Write a note; on a deal it shows the deal's person and organization too."""
    deal: Row = {}
    if values.get("deal_id") is not None:
        deal = emulator.deal(int(values["deal_id"]))
        records.must_be_editable(deal)
    now = emulator.v1_stamp()
    row = {
        "id": emulator.next_id("notes"),
        "user_id": values.get("user_id") or user_id,
        "deal_id": values.get("deal_id"),
        "person_id": values.get("person_id") or deal.get("person_id"),
        "org_id": values.get("org_id") or deal.get("org_id"),
        "lead_id": None,
        "project_id": None,
        "task_id": None,
        "content": clean(str(values["content"])),
        "add_time": values.get("add_time") or now,
        "update_time": now,
        "active_flag": True,
        **{pin: _on(values.get(pin)) for pin in PINS},
        "last_update_user_id": None,
    }
    emulator.table("notes")[str(row["id"])] = row
    hooks.tell(emulator, "notes", "create", row, None, user_id, source)
    return row


def change(emulator: "PipedriveEmulator", note_id: int, values: Row, user_id: int, *, source: str) -> Row:
    """Rewrite a note in place."""
    row = living(emulator, note_id)
    before = copy.deepcopy(row)
    if "content" in values:
        row["content"] = clean(str(values["content"]))
    row.update({pin: _on(values[pin]) for pin in PINS if pin in values})
    row["update_time"], row["last_update_user_id"] = emulator.v1_stamp(), user_id
    hooks.tell(emulator, "notes", "change", row, before, user_id, source)
    return row


def remove(emulator: "PipedriveEmulator", note_id: int, user_id: int, *, source: str) -> None:
    """Delete a note."""
    row = living(emulator, note_id)
    before = copy.deepcopy(row)
    row["active_flag"] = False
    hooks.tell(emulator, "notes", "delete", row, before, user_id, source)


def living(emulator: "PipedriveEmulator", note_id: int) -> Row:
    """
    Return a note that was not deleted.

    Raises:
        NotFound: It was, or there never was one.
    """
    row = emulator.table("notes").get(str(note_id))
    if row is None or not row["active_flag"]:
        raise NotFound("Note")
    return row


def visible(emulator: "PipedriveEmulator", row: Row, user_id: int) -> bool:
    """Tell whether a user may see a note: he may see the deal, else the person, else the organization it is on."""
    for name, table in (("deal_id", "deals"), ("person_id", "persons"), ("org_id", "organizations")):
        if row[name] is not None:
            held = emulator.table(table).get(str(row[name]))
            return held is not None and not held["is_deleted"] and emulator.may_see(held, user_id)
    return bool(row["user_id"] == user_id)


def shown(emulator: "PipedriveEmulator", row: Row, user_id: int) -> Row:
    """Return a note as v1 shows it, with names of what it is on."""

    def named(table: str, row_id: int | None, name: str) -> Row | None:
        held = emulator.table(table).get(str(row_id))
        return {name: held[name]} if held else None

    author = emulator.user(row["user_id"])
    return {
        **dict.fromkeys(PINS, False),
        "task_id": None,
        **row,
        "deal": named("deals", row["deal_id"], "title"),
        "person": named("persons", row["person_id"], "name"),
        "organization": named("organizations", row["org_id"], "name"),
        "lead": None,
        "project": None,
        "task": None,
        "user": {
            "email": author["email"], "name": author["name"], "icon_url": None, "is_you": author["id"] == user_id,
        },
    }  # fmt: skip


def _on(value: Any) -> bool:
    return value in (True, 1, "1", "true")
