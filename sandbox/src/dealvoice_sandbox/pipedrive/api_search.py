"""Searches of API v2 for deals, people, organizations and products."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers
from dealvoice_sandbox.pipedrive.answers import cursor_page
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]


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
    exact = call.flag("exact_match")
    term = call.params.get("term", "").strip().casefold()
    if len(term) < (1 if exact else 2):
        raise answers.invalid("term", f"must be at least {1 if exact else 2} characters")
    wanted = call.words("fields")
    items: list[Row] = []
    for row in emulator.table(kind.table).values():
        if row["is_deleted"] or not emulator.may_see(row, call.user_id):
            continue
        if any(call.params.get(name) and str(row[key]) != call.params[name] for name, key in kind.filters):
            continue
        texts = {**kind.texts(row), "custom_fields": [str(one) for one in row["custom_fields"].values() if one]}
        known = [text.casefold() for name, held in texts.items() if not wanted or name in wanted for text in held]
        score = max((_score(term, text, exact=exact) for text in known), default=0)
        if score:
            items.append({"result_score": score, "item": _item(emulator, kind, row)})
    items.sort(key=lambda item: (-item["result_score"], item["item"]["id"]))
    page = cursor_page(items, call.params)
    return 200, {**page, "data": {"items": page["data"]}}


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

ENTRIES = tuple(
    Entry("GET", f"/v2/{kind.table}/search", 20, f"{kind.scopes} search:read", partial(_search, kind))
    for kind in _SEARCHES
)
