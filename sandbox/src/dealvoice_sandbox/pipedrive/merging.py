"""
Merges and copies: two deals, people or organizations become one, and a deal is doubled.

The one that stays keeps its values and takes what it lacks from the other; what hung on the other hangs on it now. Hooks
are told of a delete with ``merged_to_id`` and a change with ``merged_from_id``. Source: v1 merge; webhooks v2 guide.
Which side's value wins where both have one is unconfirmed.
"""

import copy
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import history, hooks, lines, records
from dealvoice_sandbox.pipedrive.errors import NotAllowed

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_HANGING = {
    # What has a column with the id of a merged record.
    "deals": ("deal_products", "discounts", "installments", "notes", "files", "activities"),
    "persons": ("deals", "notes", "files", "activities"),
    "organizations": ("deals", "persons", "notes", "files", "activities"),
}
_KEPT = frozenset({"id", "add_time", "update_time", "custom_fields", "is_deleted"})


def merge(emulator: "PipedriveEmulator", table: str, goes: Row, stays: Row, user_id: int, *, source: str) -> Row:
    """
    Merge a record into another one of its kind and return the one that stays.

    Raises:
        NotAllowed: Both are the same.
        Archived: One of two deals is.
    """
    if goes["id"] == stays["id"]:
        raise NotAllowed("merge_with_id", "must be another record")
    if table == "deals":
        records.must_be_editable(goes)
        records.must_be_editable(stays)
    before, gone_before = copy.deepcopy(stays), copy.deepcopy(goes)
    stays.update({name: value for name, value in goes.items() if name not in _KEPT and stays[name] in (None, "", [])})
    old, new = goes["custom_fields"], stays["custom_fields"]
    new.update({code: value for code, value in old.items() if new.get(code) is None})
    if table == "persons":
        _join_addresses(stays, goes)
    _move(emulator, table, goes["id"], stays["id"])
    now = emulator.stamp()
    goes["is_deleted"], goes["update_time"], stays["update_time"] = True, now, now
    history.write(emulator, table, before, stays, user_id, source)
    history.note(emulator, table, stays["id"], "merged_from_id", (None, goes["id"]), user_id, source)
    hooks.tell(emulator, table, "delete", goes, gone_before, user_id, source, merged={"merged_to_id": str(stays["id"])})
    hooks.tell(emulator, table, "change", stays, before, user_id, source, merged={"merged_from_id": str(goes["id"])})
    if table == "deals":
        lines.follow_currency(emulator, stays["id"])
        lines.recompute(emulator, stays["id"], user_id, source=source)
    return stays


def duplicate(emulator: "PipedriveEmulator", deal: Row, user_id: int, *, source: str) -> Row:
    """Make a deal again, with its products, as an open one."""
    names = ("title", "value", "person_id", "org_id", "currency", "stage_id", "pipeline_id", "visible_to", "label_ids",
             "expected_close_date", "probability", "owner_id")  # fmt: skip
    values = {name: copy.deepcopy(deal[name]) for name in names} | {"custom_fields": dict(deal["custom_fields"])}
    made = records.new_deal(emulator, values, user_id, source=source)
    for row in emulator.deal_products(deal["id"]):
        kept = {name: value for name, value in row.items() if name not in ("id", "deal_id", "sum", "add_time")}
        copied = {**kept, "id": emulator.next_id("deal_products"), "deal_id": made["id"], "sum": row["sum"],
                  "add_time": emulator.stamp()}  # fmt: skip
        emulator.table("deal_products")[str(copied["id"])] = copied
    lines.recompute(emulator, made["id"], user_id, source=source)
    return made


def _move(emulator: "PipedriveEmulator", table: str, old: int, new: int) -> None:
    column = history.COLUMNS[table]
    for name in _HANGING[table]:
        for row in emulator.rows_of(name, column, old):
            row[column] = new
        emulator.indexes.forget(name)


def _join_addresses(stays: Row, goes: Row) -> None:
    for name in ("emails", "phones"):
        known = {one["value"].casefold() for one in stays[name]}
        more = [{**one, "primary": False} for one in goes[name] if one["value"].casefold() not in known]
        stays[name] = [*stays[name], *more]
