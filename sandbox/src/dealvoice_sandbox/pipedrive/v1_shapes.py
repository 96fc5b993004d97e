"""Deals, people and organizations the way API v1 still shows them: flat custom fields, counts, names beside ids."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import visibility

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]


def stamp(value: str | None) -> str | None:
    """Return a v2 time as v1 writes it."""
    return value.replace("T", " ").rstrip("Z") if value else None


def deal(emulator: "PipedriveEmulator", row: Row) -> Row:
    """Return a deal as merges and copies answer it."""
    person = emulator.table("persons").get(str(row["person_id"]))
    organization = emulator.table("organizations").get(str(row["org_id"]))
    stage = next((one for one in emulator.stages() if one["id"] == row["stage_id"]), {"order_nr": None})
    activities = [one for one in emulator.rows_of("activities", "deal_id", row["id"]) if not one["is_deleted"]]
    done = sum(bool(one["done"]) for one in activities)
    weighted = row["value"] * (row["probability"] if row["probability"] is not None else 100) / Decimal(100)
    return {
        "id": row["id"], "creator_user_id": row["creator_user_id"], "user_id": row["owner_id"],
        "person_id": row["person_id"], "org_id": row["org_id"], "stage_id": row["stage_id"], "title": row["title"],
        "value": row["value"], "currency": row["currency"], "add_time": stamp(row["add_time"]),
        "update_time": stamp(row["update_time"]), "stage_change_time": stamp(row["stage_change_time"]),
        "active": row["status"] == "open" and not row["is_deleted"], "deleted": row["is_deleted"],
        "is_archived": row["is_archived"], "status": row["status"], "probability": row["probability"],
        "next_activity_date": None, "next_activity_time": None, "next_activity_id": None, "last_activity_id": None,
        "last_activity_date": None, "lost_reason": row["lost_reason"], "visible_to": str(row["visible_to"]),
        "close_time": stamp(row["close_time"]), "pipeline_id": row["pipeline_id"], "won_time": stamp(row["won_time"]),
        "first_won_time": stamp(row["won_time"]), "lost_time": stamp(row["lost_time"]),
        "products_count": len(emulator.deal_products(row["id"])), "files_count": len(files_of(emulator, row["id"])),
        "notes_count": len(emulator.notes_of(row["id"])), "followers_count": len(followers(emulator, "deals", row["id"])),
        "email_messages_count": 0, "activities_count": len(activities), "done_activities_count": done,
        "undone_activities_count": len(activities) - done,
        "participants_count": len(emulator.rows_of("participants", "deal_id", row["id"])) + bool(person),
        "expected_close_date": row["expected_close_date"], "last_incoming_mail_time": None,
        "last_outgoing_mail_time": None, "label": ",".join(str(one) for one in row["label_ids"]) or None,
        "stage_order_nr": stage["order_nr"], "person_name": person["name"] if person else None,
        "org_name": organization["name"] if organization else None, "next_activity_subject": None,
        "next_activity_type": None, "next_activity_duration": None, "next_activity_note": None,
        "formatted_value": f"{row['value']:,.2f} {row['currency']}", "weighted_value": weighted,
        "formatted_weighted_value": f"{weighted:,.2f} {row['currency']}", "weighted_value_currency": row["currency"],
        "rotten_time": None, "owner_name": emulator.user(row["owner_id"])["name"],
        "cc_email": f"{emulator.company()['domain']}+deal{row['id']}@pipedrivemail.com", "org_hidden": False,
        "person_hidden": False, "origin": row["origin"], "origin_id": row["origin_id"], "channel": row["channel"],
        "channel_id": row["channel_id"], "arr": row["arr"], "mrr": row["mrr"], "acv": row["acv"],
        "arr_currency": None, "mrr_currency": None, "acv_currency": None, **flat(emulator, "deal", row),
    }  # fmt: skip


def listed_deal(emulator: "PipedriveEmulator", row: Row) -> Row:
    """Return a deal as v1 lists show it: people and organizations as objects."""
    person = emulator.table("persons").get(str(row["person_id"]))
    organization = emulator.table("organizations").get(str(row["org_id"]))
    return {
        **deal(emulator, row),
        "creator_user_id": user(emulator, row["creator_user_id"]), "user_id": user(emulator, row["owner_id"]),
        "person_id": {**_named(person), "email": person["emails"], "phone": person["phones"]} if person else None,
        "org_id": {**_named(organization), "people_count": len(emulator.rows_of("persons", "org_id", organization["id"])),
                   "address": organization["address"]["value"] if organization["address"] else None,
                   "cc_email": f"{emulator.company()['domain']}@pipedrivemail.com"} if organization else None,
    }  # fmt: skip


def person(emulator: "PipedriveEmulator", row: Row) -> Row:
    """Return a person as v1 answers a merge."""
    organization = emulator.table("organizations").get(str(row["org_id"]))
    deals = [one for one in emulator.rows_of("deals", "person_id", row["id"]) if not one["is_deleted"]]
    count = {status: sum(one["status"] == status for one in deals) for status in ("open", "won", "lost")}
    closed = count["won"] + count["lost"]
    return {
        "id": row["id"], "company_id": emulator.company()["id"], "owner_id": row["owner_id"], "org_id": row["org_id"],
        "name": row["name"], "first_name": row["first_name"], "last_name": row["last_name"],
        "open_deals_count": count["open"], "related_open_deals_count": 0, "closed_deals_count": closed,
        "related_closed_deals_count": 0, "participant_open_deals_count": 0, "participant_closed_deals_count": 0,
        "email_messages_count": 0, "activities_count": 0, "done_activities_count": 0, "undone_activities_count": 0,
        "files_count": 0, "notes_count": 0, "followers_count": len(followers(emulator, "persons", row["id"])),
        "won_deals_count": count["won"], "related_won_deals_count": 0, "lost_deals_count": count["lost"],
        "related_lost_deals_count": 0, "active_flag": not row["is_deleted"], "phone": row["phones"],
        "email": row["emails"], "first_char": row["name"][:1].lower(), "add_time": stamp(row["add_time"]),
        "update_time": stamp(row["update_time"]), "visible_to": str(row["visible_to"]), "picture_id": None,
        "next_activity_date": None, "next_activity_time": None, "next_activity_id": None, "last_activity_id": None,
        "last_activity_date": None, "last_incoming_mail_time": None, "last_outgoing_mail_time": None, "label": None,
        "label_ids": row["label_ids"], "org_name": organization["name"] if organization else None,
        "owner_name": emulator.user(row["owner_id"])["name"],
        "cc_email": f"{emulator.company()['domain']}@pipedrivemail.com", **flat(emulator, "person", row),
    }  # fmt: skip


def user(emulator: "PipedriveEmulator", user_id: int) -> Row:
    """Return a user as records hold him."""
    row = emulator.user(user_id)
    return {
        "id": row["id"], "name": row["name"], "email": row["email"], "has_pic": False, "pic_hash": None,
        "active_flag": row["active_flag"], "value": row["id"],
    }  # fmt: skip


def related_user(emulator: "PipedriveEmulator", user_id: int) -> Row | None:
    """Return a user as ``related_objects`` has him."""
    if str(user_id) not in emulator.table("users"):
        return None
    return {name: value for name, value in user(emulator, user_id).items() if name != "value"} | {"has_pic": 0}


def related_person(emulator: "PipedriveEmulator", person_id: int) -> Row | None:
    """Return a person as ``related_objects`` has him."""
    row = emulator.table("persons").get(str(person_id))
    return row and {
        "active_flag": not row["is_deleted"], "id": row["id"], "name": row["name"], "email": row["emails"],
        "phone": row["phones"], "owner_id": row["owner_id"],
    }  # fmt: skip


def related_organization(emulator: "PipedriveEmulator", organization_id: int) -> Row | None:
    """Return an organization as ``related_objects`` has it."""
    row = emulator.table("organizations").get(str(organization_id))
    return row and {
        "active_flag": not row["is_deleted"], "id": row["id"], "name": row["name"], "owner_id": row["owner_id"],
        "people_count": len(emulator.rows_of("persons", "org_id", row["id"])),
        "address": row["address"]["value"] if row["address"] else None, "cc_email": None,
    }  # fmt: skip


def related_deal(emulator: "PipedriveEmulator", deal_id: int) -> Row | None:
    """Return a deal as ``related_objects`` has it."""
    row = emulator.table("deals").get(str(deal_id))
    names = ("id", "title", "status", "value", "currency", "stage_id", "pipeline_id")
    return row and {name: row[name] for name in names}


def followers(emulator: "PipedriveEmulator", table: str, row_id: int) -> Row:
    """Return who follows a record and since when, by user id."""
    return emulator.table("followers").get(f"{table}:{row_id}", {})


def files_of(emulator: "PipedriveEmulator", deal_id: int) -> list[Row]:
    """Return a deal's files."""
    return [row for row in emulator.rows_of("files", "deal_id", deal_id) if row["active_flag"]]


def permitted(emulator: "PipedriveEmulator", table: str, row: Row) -> list[int]:
    """Return who may see a record."""
    return visibility.permitted(emulator, row, table)


def flat(emulator: "PipedriveEmulator", kind: str, row: Row) -> Row:
    """Return custom values under the keys that v1 has for them: money, ranges and addresses in several."""
    kinds = {field["field_code"]: field["field_type"] for field in emulator.fields(kind)}
    found: Row = {}
    for code, value in row["custom_fields"].items():
        match kinds.get(code), value:
            case "enum", int():
                found[code] = str(value)
            case "set", list():
                found[code] = ",".join(str(one) for one in value)
            case _, {"value": inner, **rest}:
                found[code] = inner
                found |= {f"{code}_{name}": more for name, more in rest.items()}
            case _:
                found[code] = value
    return found


def _named(row: Row) -> Row:
    return {
        "active_flag": not row["is_deleted"], "name": row["name"], "owner_id": row["owner_id"], "value": row["id"],
    }  # fmt: skip
