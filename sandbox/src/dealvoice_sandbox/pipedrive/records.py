"""
Deals, people, organizations and products as records: made, changed, removed; hooks are told, deals keep a changelog.

What a deal's status and stage bring with them is here too; its products and value are in ``lines``.
"""

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dealvoice_sandbox.pipedrive import history, hooks, visibility
from dealvoice_sandbox.pipedrive.answers import capped
from dealvoice_sandbox.pipedrive.errors import Archived, NotAllowed
from dealvoice_sandbox.pipedrive.fields import KINDS, kept

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_INDEXED = frozenset({"person_id", "org_id", "stage_id", "pipeline_id"})
"""Columns by which other places look rows up."""


def new_deal(emulator: "PipedriveEmulator", values: Row, user_id: int, *, source: str) -> Row:
    """Make a deal; what is not given has the vendor's defaults."""
    now = emulator.stamp()
    stage = _stage(emulator, values)
    row = {
        "creator_user_id": user_id, "owner_id": user_id, "value": Decimal(0), "person_id": None, "org_id": None,
        "currency": emulator.user(user_id)["default_currency"], "add_time": now, "update_time": now, "status": "open",
        "probability": None, "lost_reason": None, "visible_to": visibility.company_wide(emulator), "close_time": None, "won_time": None,
        "lost_time": None, "stage_change_time": None, "local_won_date": None, "local_lost_date": None,
        "local_close_date": None, "expected_close_date": None, "label_ids": [], "is_deleted": False, "origin": "API",
        "origin_id": None, "channel": None, "channel_id": None, "acv": None, "arr": None, "mrr": None,
        "is_archived": False, "archive_time": None,
    } | {"stage_id": stage["id"], "pipeline_id": stage["pipeline_id"]}  # fmt: skip
    row |= {name: value for name, value in values.items() if name not in ("custom_fields", "stage_id", "pipeline_id")}
    row |= _of_status(emulator, row, values)
    must_fit(emulator)
    return create(emulator, "deals", row, values.get("custom_fields", {}), user_id, source=source)


def must_fit(emulator: "PipedriveEmulator") -> None:
    """
    Let a deal be made while the plan's limit of open deals (switch ``open_deals_limit``, 0 for none) is not reached.

    Raises:
        Refused: It is. Source: HTTP status codes page, feature capping.
    """
    most = emulator.switches["open_deals_limit"]
    if most and sum(row["status"] == "open" for row in emulator.deals()) >= most:
        raise capped("Couldn't add the deal. Open deals limit reached.", "feature_capping_deals_limit")


def new_person(emulator: "PipedriveEmulator", values: Row, user_id: int, *, source: str) -> Row:
    """Make a person."""
    row = {
        "name": "", "owner_id": user_id, "org_id": None, "emails": [], "phones": [], "label_ids": [],
        "visible_to": visibility.company_wide(emulator), "is_deleted": False, "picture_id": None, "add_time": emulator.stamp(), "update_time": emulator.stamp(),
    } | person_values(values)  # fmt: skip
    return create(emulator, "persons", row, values.get("custom_fields", {}), user_id, source=source)


def person_values(values: Row) -> Row:
    """Return a person's values as they are kept: both parts of the name, one primary address and number each."""
    # A marketing status can be written and is in no answer.
    found = {name: value for name, value in values.items() if name not in ("custom_fields", "marketing_status")}
    if "name" in found:
        found["first_name"], _, last = found["name"].partition(" ")
        found["last_name"] = last or None
    for name in ("emails", "phones"):
        if name in found:
            flagged = next((n for n, one in enumerate(found[name]) if one.get("primary")), 0)
            found[name] = [
                {"label": one.get("label", "work"), "value": one["value"], "primary": n == flagged}
                for n, one in enumerate(found[name])
            ]
    return found


def create(
    emulator: "PipedriveEmulator", table: str, row: Row, custom: Row, user_id: int, *, source: str
) -> Row:  # fmt: skip
    """Keep a new record, with every custom field of its kind."""
    kind = KINDS[table]
    empty = dict.fromkeys(field["field_code"] for field in emulator.fields(kind) if field["is_custom_field"])
    made: Row = {"id": emulator.next_id(table), **row, "custom_fields": empty | kept(emulator, kind, custom, user_id)}
    emulator.table(table)[str(made["id"])] = made
    hooks.tell(emulator, table, "create", made, None, user_id, source)
    return made


def change(
    emulator: "PipedriveEmulator", table: str, row_id: int, values: Row, user_id: int, *, source: str
) -> Row:  # fmt: skip
    """
    Change some values of a record; nothing happens when they are what they were.

    Raises:
        Archived: The deal is, and the change does not bring it back.
        NotAllowed: A value that the deal's status forbids.
    """
    row = emulator.row(table, row_id)
    before = copy.deepcopy(row)
    given = {name: value for name, value in values.items() if name != "custom_fields"}
    if table == "deals":
        if row["is_archived"] and values.get("is_archived") is not False:
            raise Archived
        given = _deal_values(emulator, row, given)
    if table == "persons":
        given = person_values(given)
    custom = kept(emulator, KINDS[table], values.get("custom_fields") or {}, user_id)
    row.update(given)
    row["custom_fields"] = {**row.get("custom_fields", {}), **custom}
    if row == before:
        return row
    if _INDEXED & set(given):
        emulator.indexes.forget(table)
    row["update_time"] = emulator.stamp()
    history.write(emulator, table, before, row, user_id, source)
    hooks.tell(emulator, table, "change", row, before, user_id, source)
    return row


def remove(emulator: "PipedriveEmulator", table: str, row_id: int, user_id: int, *, source: str) -> None:
    """Delete a record the soft way: lists leave it out."""
    row = emulator.row(table, row_id)
    before = copy.deepcopy(row)
    row["is_deleted"] = True
    row["update_time"] = emulator.stamp()
    hooks.tell(emulator, table, "delete", row, before, user_id, source)


def must_be_editable(deal: Row) -> None:
    """
    Let only deals pass that are not archived.

    Raises:
        Archived: This one is.
    """
    if deal["is_archived"]:
        raise Archived


def _deal_values(emulator: "PipedriveEmulator", row: Row, given: Row) -> Row:
    found = dict(given)
    if {"stage_id", "pipeline_id"} & set(given):
        stage = _stage(emulator, given)
        found |= {"stage_id": stage["id"], "pipeline_id": stage["pipeline_id"]}
        if stage["id"] != row["stage_id"]:
            found["stage_change_time"] = emulator.stamp()
    if given.get("is_archived", row["is_archived"]) != row["is_archived"]:
        found.setdefault("archive_time", emulator.stamp() if given["is_archived"] else None)
    return found | _of_status(emulator, row, given)


def _of_status(emulator: "PipedriveEmulator", row: Row, given: Row) -> Row:
    status = given.get("status", row["status"])
    if given.get("lost_reason") and status != "lost":
        raise NotAllowed("lost_reason", "can only be set when the status is lost")
    if "status" not in given or ("id" in row and status == row["status"]):
        return {}
    now = emulator.stamp()
    times: Row = {
        "won_time": given.get("won_time", now) if status == "won" else None,
        "lost_time": given.get("lost_time", now) if status == "lost" else None,
        "close_time": given.get("close_time", now) if status != "open" else None,
    }
    for name in ("won", "lost", "close"):
        times[f"local_{name}_date"] = _local_date(emulator, times[f"{name}_time"])
    return times if status == "lost" else {**times, "lost_reason": None}


def _local_date(emulator: "PipedriveEmulator", stamp: str | None) -> str | None:
    if stamp is None:
        return None
    at = datetime.fromisoformat(stamp)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(ZoneInfo(emulator.company().get("timezone", "UTC"))).date().isoformat()


def _stage(emulator: "PipedriveEmulator", values: Row) -> Row:
    stages = emulator.stages()
    if "stage_id" in values:
        found = next((stage for stage in stages if stage["id"] == values["stage_id"]), None)
        if found is None or values.get("pipeline_id", found["pipeline_id"]) != found["pipeline_id"]:
            raise NotAllowed("stage_id", "stage was not found")
        return found
    wanted = values.get("pipeline_id", stages[0]["pipeline_id"])
    found = next((stage for stage in stages if stage["pipeline_id"] == wanted), None)
    if found is None:
        raise NotAllowed("pipeline_id", "pipeline was not found")
    return found
