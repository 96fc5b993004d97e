"""What the pages of lists and details show of a record: who may see it, what hangs on it, what happened to it."""

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dealvoice_sandbox.pipedrive import notes

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
TABLES = {"deal": "deals", "person": "persons", "organization": "organizations"}
_NOTE_KEYS = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}


def find_record(emulator: "PipedriveEmulator", resource: str, record_id: str, user_id: int) -> Row | None:
    """Return a record that a user may see, deleted ones too; None when there is none for him."""
    row = emulator.table(TABLES[resource]).get(record_id) if resource in TABLES else None
    return row if row is not None and emulator.may_see(row, user_id) else None


def listed(emulator: "PipedriveEmulator", resource: str, user_id: int, *, owner: str, box: str) -> list[Row]:
    """
    Return the records of a list.

    Args:
        emulator: Whose they are.
        resource: ``deal``, ``person`` or ``organization``.
        user_id: Who looks.
        owner: Id of the owner whose records are wanted; everybody's otherwise.
        box: ``archived`` or ``deleted``; the living ones otherwise.
    """
    rows = [row for row in emulator.table(TABLES[resource]).values() if emulator.may_see(row, user_id)]
    rows = [row for row in rows if row["is_deleted"] == (box == "deleted")]
    if resource == "deal" and box != "deleted":
        rows = [row for row in rows if row["is_archived"] == (box == "archived")]
    return [row for row in rows if not owner.isdecimal() or row["owner_id"] == int(owner)]


def deal_parts(emulator: "PipedriveEmulator", deal: Row) -> Row:
    """Return what a deal's page shows beside the deal itself."""
    deal_id = deal["id"]
    noted = [{"kind": "note", "at": row["add_time"], **row} for row in emulator.notes_of(deal_id)]
    changed = [{"kind": "change", "at": row["time"], **row} for row in emulator.changelog_of(deal_id)]
    activities = _activities(emulator, "deal_id", deal_id)
    installments = [row for row in emulator.table("installments").values() if row["deal_id"] == deal_id]
    return {
        "person": emulator.table("persons").get(str(deal["person_id"])),
        "organization": emulator.table("organizations").get(str(deal["org_id"])),
        "products": emulator.deal_products(deal_id),
        "discounts": emulator.discounts(deal_id),
        "installments": sorted(installments, key=lambda row: row["billing_date"]),
        "labels": {field["field_code"]: field for field in emulator.fields("deal")},
        "pinned": [_safe(row) for row in noted if row.get("pinned_to_deal_flag")],
        "names": {user["id"]: user["name"] for user in emulator.users()},
        "stage_names": {str(stage["id"]): stage["name"] for stage in emulator.stages()},
        "pin": "pinned_to_deal_flag",
        "planned": [row for row in activities if not row["done"]],
        **_feed(noted, changed, activities),
    }


def contact_parts(emulator: "PipedriveEmulator", resource: str, row: Row, user_id: int) -> Row:
    """Return what the page of a person or an organization shows beside it."""
    key = _NOTE_KEYS[resource]
    deals = [
        deal
        for deal in emulator.deals()
        if deal[key] == row["id"] and not deal["is_archived"] and emulator.may_see(deal, user_id)
    ]
    noted = [
        {"kind": "note", "at": note["add_time"], **note}
        for note in emulator.table("notes").values()
        if note["active_flag"] and note[key] == row["id"] and notes.visible(emulator, note, user_id)
    ]
    activities = _activities(emulator, key, row["id"])
    people = [
        person
        for person in emulator.table("persons").values()
        if resource == "organization" and person["org_id"] == row["id"] and not person["is_deleted"]
    ]
    return {
        "deals": deals,
        "people": [person for person in people if emulator.may_see(person, user_id)],
        "organization": emulator.table("organizations").get(str(row.get("org_id"))),
        "labels": {field["field_code"]: field for field in emulator.fields(resource)},
        "names": {user["id"]: user["name"] for user in emulator.users()},
        "pinned": [_safe(note) for note in noted if note.get(f"pinned_to_{resource}_flag")],
        "planned": [activity for activity in activities if not activity["done"]],
        "pin": f"pinned_to_{resource}_flag",
        **_feed(noted, [], activities),
    }


def _activities(emulator: "PipedriveEmulator", key: str, row_id: int) -> list[Row]:
    found = [row for row in emulator.table("activities").values() if row[key] == row_id and not row["is_deleted"]]
    return sorted(found, key=lambda row: (row["due_date"] or "", row["due_time"] or ""))


def _feed(noted: list[Row], changed: list[Row], activities: list[Row]) -> Row:
    # Moments of v1 have a blank where those of v2 have a T.
    done = [
        {"kind": "activity", "at": row["marked_as_done_time"].replace("T", " "), **row} for row in activities if row["done"]
    ]  # fmt: skip
    feed = sorted([*noted, *changed, *done], key=lambda row: (row["at"], row["id"]), reverse=True)
    return {"feed": [_safe(row) for row in feed], "counts": {"note": len(noted), "change": len(changed)}}


def _safe(row: Row) -> Row:
    # A note's HTML was cleaned when it was written.
    return {**row, "content": Markup(row["content"])} if row["kind"] == "note" else row
