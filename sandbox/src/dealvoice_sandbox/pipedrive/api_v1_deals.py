"""What API v1 alone still does with deals, people and organizations: merge, copy, participants, who may see, changelog."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, history, merging, users, v1_shapes
from dealvoice_sandbox.pipedrive.answers import cursor_page, found, page_v1
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ = {"deals": "deals:read deals:full", "persons": "contacts:read contacts:full",
         "organizations": "contacts:read contacts:full", "products": "products:read products:full"}  # fmt: skip
_FULL = {"deals": "deals:full", "persons": "contacts:full", "organizations": "contacts:full"}
_STATUSES = ("all_not_deleted", "open", "won", "lost", "deleted")


def one(emulator: "PipedriveEmulator", call: Call, table: str) -> Row:
    """
    Return the record of the path that the caller may see.

    Raises:
        NotFound: There is none for him.
    """
    return seen(emulator, table, call.number(), call.user_id)


def seen(emulator: "PipedriveEmulator", table: str, row_id: int, user_id: int) -> Row:
    """
    Return a record that a user may see.

    Raises:
        NotFound: There is none for him.
    """
    if table == "deals":
        return emulator.visible_deal(row_id, user_id)
    row = emulator.table(table).get(str(row_id))
    if row is None or row["is_deleted"] or not emulator.may_see(row, user_id):
        raise NotFound("Entity")
    return row


def _merge(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    goes = one(emulator, call, table)
    stays = seen(emulator, table, number(call, "merge_with_id"), call.user_id)
    kept = merging.merge(emulator, table, goes, stays, call.user_id, source="api")
    match table:
        case "deals":
            return 200, found({**v1_shapes.deal(emulator, kept), "merge_what_id": goes["id"]})
        case "persons":
            return 200, found({**v1_shapes.person(emulator, kept), "merge_what_id": goes["id"]})
        case _:
            return 200, found({"id": kept["id"]})


def number(call: Call, name: str) -> int:
    """
    Return a number of a v1 body, which may be in quotes.

    Raises:
        Refused: It is missing, or none.
    """
    value = call.body.get(name) if isinstance(call.body, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise answers.bad_request()


def _duplicate(emulator: "PipedriveEmulator", call: Call) -> Answer:
    made = merging.duplicate(emulator, one(emulator, call, "deals"), call.user_id, source="api")
    return 200, found(v1_shapes.deal(emulator, made))


def _permitted(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(v1_shapes.permitted(emulator, table, one(emulator, call, table)))


def _changelog(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = one(emulator, call, table)
    rows = [
        {name: value for name, value in change.items() if name not in ("id", "of", "deal_id")}
        for change in history.changes(emulator, table, row["id"])
    ]
    return 200, cursor_page(rows, call.params)


_SINGULAR = {"note": "note", "activity": "activity", "file": "file"}


def _flow(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = one(emulator, call, table)
    items = history.flow(emulator, table, row["id"], every_change=call.params.get("all_changes") == "1")
    wanted = call.words("items")
    if wanted:
        items = [
            item for item in items if _SINGULAR.get(item["object"], "change") in wanted or item["object"] in wanted
        ]
    page = page_v1(items, call.params, flat=True, empty=[])
    related = _related(emulator, [item["data"] for item in page["data"]])
    return 200, {**page, "data": [_shown(item) for item in page["data"]], "related_objects": related}


def _shown(item: Row) -> Row:
    # The bytes of a file stay where they are.
    if item["object"] == "file":
        return {**item, "data": {name: value for name, value in item["data"].items() if name != "content"}}
    return item


def _related(emulator: "PipedriveEmulator", rows: list[Row]) -> Row:
    """Return the people, organizations and users that rows name, by their ids."""
    found: Row = {}
    for kind, columns, shape in (
        ("user", ("user_id", "owner_id", "actor_user_id"), v1_shapes.related_user),
        ("person", ("person_id",), v1_shapes.related_person),
        ("organization", ("org_id",), v1_shapes.related_organization),
        ("deal", ("deal_id",), v1_shapes.related_deal),
    ):
        ids = {row[column] for row in rows for column in columns if isinstance(row.get(column), int)}
        shown = {str(key): one for key in sorted(ids) if (one := shape(emulator, key)) is not None}
        if shown:
            found[kind] = shown
    return found


def _participants(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal = one(emulator, call, "deals")
    rows = emulator.rows_of("participants", "deal_id", deal["id"])
    page = page_v1([_participant(emulator, row, call) for row in rows], call.params, flat=True, empty=[])
    return 200, {**page, "related_objects": _related(emulator, rows)}


def _add_participant(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal = one(emulator, call, "deals")
    person = seen(emulator, "persons", number(call, "person_id"), call.user_id)
    if any(row["person_id"] == person["id"] for row in emulator.rows_of("participants", "deal_id", deal["id"])):
        raise answers.bad_request("This person is already a participant of the deal")
    row = {
        "id": emulator.next_id("participants"), "deal_id": deal["id"], "person_id": person["id"],
        "add_time": emulator.v1_stamp(), "user_id": call.user_id,
    }  # fmt: skip
    emulator.table("participants")[str(row["id"])] = row
    return 200, {**found(_participant(emulator, row, call)), "related_objects": _related(emulator, [row])}


def _remove_participant(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal, key = one(emulator, call, "deals"), str(call.number(1))
    row = emulator.table("participants").get(key)
    if row is None or row["deal_id"] != deal["id"]:
        raise NotFound("Entity")
    emulator.drop("participants", key)
    return 200, found({"id": row["id"]})


def _participant(emulator: "PipedriveEmulator", row: Row, call: Call) -> Row:
    deal, person = emulator.deal(row["deal_id"]), emulator.person(row["person_id"])
    whole = v1_shapes.person(emulator, person)
    organization = emulator.table("organizations").get(str(person["org_id"]))
    whole["owner_id"] = v1_shapes.user(emulator, person["owner_id"]) | {"has_pic": 0}
    whole["org_id"] = {
        "name": organization["name"], "people_count": 1, "owner_id": organization["owner_id"], "cc_email": None,
        "address": organization["address"]["value"] if organization["address"] else None, "active_flag": True,
        "label_ids": organization["label_ids"], "value": organization["id"],
    } if organization else None  # fmt: skip
    return {
        "id": row["id"], "add_time": row["add_time"], "active_flag": True, "person": whole,
        "person_id": {"active_flag": True, "name": person["name"], "email": person["emails"], "phone": person["phones"],
                      "owner_id": person["owner_id"], "company_id": emulator.company()["id"], "value": person["id"]},
        "related_item_data": {"deal_id": deal["id"], "title": deal["title"]}, "related_item_type": "deal",
        "related_item_id": deal["id"],
        "added_by_user_id": {"success": True, "data": users.shown(emulator, emulator.user(row["user_id"]), call.user_id)},
    }  # fmt: skip


def _deals_of_product(emulator: "PipedriveEmulator", call: Call) -> Answer:
    product = one(emulator, call, "products")
    ids = {row["deal_id"] for row in emulator.rows_of("deal_products", "product_id", product["id"])}
    rows = [emulator.deal(deal_id) for deal_id in sorted(ids)]
    return 200, _page(emulator, rows, call, v1_shapes.listed_deal)


def _deals_at(column: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    places = emulator.stages() if column == "stage_id" else emulator.pipelines()
    if all(place["id"] != call.number() for place in places):
        raise NotFound("Entity")
    return 200, _page(emulator, emulator.rows_of("deals", column, call.number()), call, v1_shapes.deal)


def _page(
    emulator: "PipedriveEmulator", rows: list[Row], call: Call, shape: "Callable[[PipedriveEmulator, Row], Row]"
) -> Row:  # fmt: skip
    status = call.params.get("status", _STATUSES[0])
    if status not in _STATUSES:
        raise answers.bad_request()
    rows = [row for row in rows if row["is_deleted"] == (status == "deleted") and not row["is_archived"]]
    if status in ("open", "won", "lost"):
        rows = [row for row in rows if row["status"] == status]
    rows = [row for row in rows if emulator.may_see(row, call.user_id)]
    page = page_v1(rows, call.params, flat=True, empty=[])
    return {**page, "data": [shape(emulator, row) for row in page["data"]], "related_objects": _related(emulator, rows)}


ENTRIES = (
    Entry("POST", "/v1/deals/{id}/duplicate", 10, "deals:full", _duplicate),
    Entry("GET", "/v1/deals/{id}/participants", 10, _READ["deals"], _participants),
    Entry("POST", "/v1/deals/{id}/participants", 10, "deals:full", _add_participant),
    Entry("DELETE", "/v1/deals/{id}/participants/{id}", 6, "deals:full", _remove_participant),
    Entry("GET", "/v1/products/{id}/deals", 20, _READ["deals"], _deals_of_product),
    Entry("GET", "/v1/stages/{id}/deals", 20, _READ["deals"], partial(_deals_at, "stage_id")),
    Entry("GET", "/v1/pipelines/{id}/deals", 20, _READ["deals"], partial(_deals_at, "pipeline_id")),
    *(Entry("PUT", f"/v1/{table}/{{id}}/merge", 40, scope, partial(_merge, table)) for table, scope in _FULL.items()),
    *(
        Entry("GET", f"/v1/{table}/{{id}}/permittedUsers", 10, scope, partial(_permitted, table))
        for table, scope in _READ.items()
    ),
    *(
        Entry("GET", f"/v1/{table}/{{id}}/changelog", 20, "recents:read", partial(_changelog, table))
        for table in history.KINDS
    ),
    *(Entry("GET", f"/v1/{table}/{{id}}/flow", 40, "recents:read", partial(_flow, table)) for table in history.KINDS),
)
