"""
Searches of API v2: one a kind of record, and ``itemSearch`` over all kinds and over one field's values.

Not emulated: leads, files and mails among the results; nothing of them is found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers
from dealvoice_sandbox.pipedrive.answers import cursor_page
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_ITEM_TYPES = ("deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project")
_ITEM_SEARCH_MOST = 100
"""Rows of one page, and related ones of one result (documentation of itemSearch)."""


@dataclass(frozen=True, slots=True)
class _Search:
    table: str
    title: str
    scopes: str
    texts: Callable[[Row], dict[str, list[str]]]
    """Texts of a record by the name that parameter ``fields`` has for them."""
    shape: Callable[["PipedriveEmulator", Row], Row]
    filters: tuple[tuple[str, str], ...] = ()
    """Parameter and the record's key that must equal it."""


def _search(kind: _Search, emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, _page(_found(kind, emulator, call), call)


def _search_all(emulator: "PipedriveEmulator", call: Call) -> Answer:
    wanted = call.words("item_types")
    for one in wanted:
        if one not in _ITEM_TYPES:
            raise answers.invalid("item_types", f"must be one of [{', '.join(_ITEM_TYPES)}]")
    limit = call.params.get("limit", "1")
    if limit.isdecimal() and (len(limit) > 3 or int(limit) > _ITEM_SEARCH_MOST):
        raise answers.invalid("limit", f"must be between 1 and {_ITEM_SEARCH_MOST}")
    kinds = [kind for kind in _SEARCHES if not wanted or kind.table[:-1] in wanted]
    page = _page([item for kind in kinds for item in _found(kind, emulator, call)], call)
    related = _related(emulator, page["data"]["items"], call) if call.flag("search_for_related_items") else []
    return 200, {**page, "data": {**page["data"], "related_items": related}}


def _search_field(emulator: "PipedriveEmulator", call: Call) -> Answer:
    entity = answers.one_of(
        call.params, "entity_type", ("deal", "lead", "person", "organization", "product", "project")
    )
    match = answers.one_of(call.params, "match", ("exact", "beginning", "middle"))
    term, code = call.params.get("term", ""), call.params.get("field", "")
    least = 1 if match == "exact" else 2
    if len(term) < least:
        raise answers.invalid("term", f"must be at least {least} characters")
    if not code:
        raise answers.invalid("field", "is required")
    rows: list[Row] = []
    for kind in _SEARCHES if entity not in ("lead", "project") else ():
        if kind.table[:-1] != entity:
            continue
        for row in _seen(kind, emulator, call):
            text = str(row.get(code) or row["custom_fields"].get(code) or "")
            fits = {"exact": text == term, "beginning": text.startswith(term), "middle": term in text}
            if fits[match]:
                rows.append({"id": row["id"], "name": row[kind.title]})
    return 200, cursor_page(rows, call.params)


def _seen(kind: _Search, emulator: "PipedriveEmulator", call: Call) -> list[Row]:
    # The vendor's index lags behind by some seconds (how many is unconfirmed); switch ``search_lag`` says.
    known = emulator.clock.now() - timedelta(seconds=emulator.switches["search_lag"])
    newest = known.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        row
        for row in emulator.table(kind.table).values()
        if not row["is_deleted"] and row["add_time"] <= newest and emulator.may_see(row, call.user_id)
    ]


def _found(kind: _Search, emulator: "PipedriveEmulator", call: Call) -> list[Row]:
    exact = call.flag("exact_match")
    term = call.params.get("term", "").strip().casefold()
    if len(term) < (1 if exact else 2):
        raise answers.invalid("term", f"must be at least {1 if exact else 2} characters")
    wanted = call.words("fields")
    items: list[Row] = []
    for row in _seen(kind, emulator, call):
        if any(call.params.get(name) and str(row[key]) != call.params[name] for name, key in kind.filters):
            continue
        texts = {**kind.texts(row), "custom_fields": [str(one) for one in row["custom_fields"].values() if one]}
        known = [text.casefold() for name, held in texts.items() if not wanted or name in wanted for text in held]
        score = max((_score(term, text, exact=exact) for text in known), default=0)
        if score:
            items.append({"result_score": score, "item": _item(emulator, kind, row)})
    return items


def _page(items: list[Row], call: Call) -> Row:
    ranked = sorted(items, key=lambda item: (-item["result_score"], item["item"]["type"], item["item"]["id"]))
    page = cursor_page(ranked, call.params)
    return {**page, "data": {"items": page["data"]}}


def _related(emulator: "PipedriveEmulator", items: list[Row], call: Call) -> list[Row]:
    # Up to a hundred newest deals of each person and organization that was found, and people of each organization.
    found: dict[tuple[str, int], Row] = {}
    deals, people = _SEARCHES[0], _SEARCHES[1]
    for one in items:
        item = one["item"]
        links = {"person": ((deals, "person_id"),), "organization": ((deals, "org_id"), (people, "org_id"))}
        for kind, key in links.get(item["type"], ()):
            rows = [row for row in _seen(kind, emulator, call) if row[key] == item["id"]]
            for row in sorted(rows, key=lambda row: row["add_time"], reverse=True)[:_ITEM_SEARCH_MOST]:
                found[kind.table, row["id"]] = {"result_score": 0, "item": _item(emulator, kind, row)}
    shown = {(f"{one['item']['type']}s", one["item"]["id"]) for one in items}
    return [one for key, one in found.items() if key not in shown]


def _score(term: str, text: str, *, exact: bool) -> float:
    if text == term:
        return 1.0
    return 0.5 if not exact and term in text else 0


def _item(emulator: "PipedriveEmulator", kind: _Search, row: Row) -> Row:
    return {
        "id": row["id"], "type": kind.table[:-1], kind.title: row[kind.title], "visible_to": row["visible_to"],
        "owner": {"id": row["owner_id"]}, "custom_fields": [str(one) for one in row["custom_fields"].values() if one],
        **kind.shape(emulator, row),
    }  # fmt: skip


def _deal(emulator: "PipedriveEmulator", row: Row) -> Row:
    person, organization = (
        _named(emulator, "persons", row["person_id"]),
        emulator.table("organizations").get(str(row["org_id"])),
    )
    stage = next((one for one in emulator.stages() if one["id"] == row["stage_id"]), {"id": None, "name": None})
    return {
        "value": row["value"], "currency": row["currency"], "status": row["status"], "notes": [],
        "stage": {"id": stage["id"], "name": stage["name"]}, "person": person, "is_archived": row["is_archived"],
        "organization": {"id": organization["id"], "name": organization["name"], "address": _address(organization)}
        if organization else None,
    }  # fmt: skip


def _person(emulator: "PipedriveEmulator", row: Row) -> Row:
    emails, phones = ([one["value"] for one in row[name]] for name in ("emails", "phones"))
    organization = _named(emulator, "organizations", row["org_id"])
    return {"phones": phones, "emails": emails, "organization": organization, "notes": []}


def _named(emulator: "PipedriveEmulator", table: str, row_id: int | None) -> Row | None:
    row = emulator.table(table).get(str(row_id))
    return {"id": row["id"], "name": row["name"]} if row else None


def _address(row: Row) -> str | None:
    return str(row["address"]["value"]) if row["address"] else None


_SEARCHES = (
    _Search(
        "deals", "title", "deals:read deals:full", lambda row: {"title": [row["title"]]}, _deal,
        (("person_id", "person_id"), ("organization_id", "org_id"), ("status", "status")),
    ),
    _Search(
        "persons", "name", "contacts:read contacts:full",
        lambda row: {
            "name": [row["name"]], "email": [one["value"] for one in row["emails"]],
            "phone": [one["value"] for one in row["phones"]],
        },
        _person, (("organization_id", "org_id"),),
    ),
    _Search(
        "organizations", "name", "contacts:read contacts:full",
        lambda row: {"name": [row["name"]], "address": [_address(row) or ""]},
        lambda _emulator, row: {"address": _address(row), "notes": []},
    ),
    _Search(
        "products", "name", "products:read products:full",
        lambda row: {"name": [row["name"]], "code": [row["code"] or ""]},
        lambda _emulator, row: {"code": row["code"]},
    ),
)  # fmt: skip

ENTRIES = (
    *(
        Entry("GET", f"/v2/{kind.table}/search", 20, f"{kind.scopes} search:read", partial(_search, kind))
        for kind in _SEARCHES
    ),
    Entry("GET", "/v2/itemSearch", 20, "search:read", _search_all),
    Entry("GET", "/v2/itemSearch/field", 20, "search:read", _search_field),
)
