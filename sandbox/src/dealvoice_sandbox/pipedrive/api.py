"""The REST API, v2 and v1: reads requests, checks token, scope and sight, calls the emulator."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.pipedrive import answers
from dealvoice_sandbox.pipedrive.answers import Refused, found, page_v1, page_v2
from dealvoice_sandbox.pipedrive.emulator import NotFound

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_INCLUDABLE = frozenset(
    {"next_activity_id", "last_activity_id", "first_won_time", "products_count", "files_count", "notes_count",
     "followers_count", "email_messages_count", "activities_count", "done_activities_count",
     "undone_activities_count", "participants_count", "last_incoming_mail_time", "last_outgoing_mail_time",
     "smart_bcc_email", "source_lead_id"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Call:
    request: Request
    user_id: int
    ids: tuple[str, ...]
    params: dict[str, str]
    body: Row

    def number(self, n: int = 0) -> int:
        if not self.ids[n].isdigit():
            raise answers.invalid("id", "must be a number")
        return int(self.ids[n])


@dataclass(frozen=True, slots=True)
class _Entry:
    method: str
    path: re.Pattern[str]
    scopes: tuple[str, ...]
    work: Callable[["_Call"], tuple[int, Any]]


class Api:
    """The API of one emulator."""

    def __init__(self, emulator: "PipedriveEmulator") -> None:
        self._emulator = emulator
        self._table: list[_Entry] = []
        self._set_up()

    async def answer(self, request: Request) -> Response:
        """Answer any call."""
        path = re.sub(r"^/(api/)?v1/", "/v1/", request.url.path)
        path = re.sub(r"^/api/v2/", "/v2/", path).rstrip("/")
        raw = await request.body()
        headers = {"x-ratelimit-limit": "80", "x-ratelimit-remaining": "79", "x-ratelimit-reset": "2"}
        try:
            user_id, scopes = self._caller(request)
            entry, ids = self._entry(request.method, path)
            if scopes is not None and entry.scopes and not scopes & set(entry.scopes):
                raise answers.scope_missing()
            body = self._body(raw) if request.method in ("POST", "PATCH", "PUT") else {}
            call = _Call(request, user_id, ids, dict(request.query_params), body)
            with self._emulator.store.lock:
                status, content = entry.work(call)
                if request.method != "GET":
                    self._emulator.store.save()
        except NotFound as error:
            refused = answers.missing(error.what)
            return answers.answer(refused.body, refused.status, headers)
        except Refused as refused:
            return answers.answer(refused.body, refused.status, headers)
        return answers.answer(content, status, headers)

    def _caller(self, request: Request) -> tuple[int, set[str] | None]:
        """Return the user behind a call, and the scopes of an OAuth token (None: a personal token has all)."""
        emulator = self._emulator
        personal = request.headers.get("x-api-token") or request.query_params.get("api_token")
        if personal:
            user = next((user for user in emulator.users() if personal == f"api-{user['id']}"), None)
            if user is None:
                raise answers.unauthorized()
            return int(user["id"]), None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        held = emulator.table("access").get(token) if scheme.lower() == "bearer" else None
        if held is None or datetime.fromisoformat(held["until"]) <= emulator.clock.now():
            raise answers.unauthorized()
        live = any(one["live"] and one["refresh"] == held["refresh"] for one in emulator.table("grants").values())
        if not live:
            raise answers.unauthorized()
        return int(held["user_id"]), set(emulator.portal.scopes)

    def _entry(self, method: str, path: str) -> tuple[_Entry, tuple[str, ...]]:
        known = False
        for entry in self._table:
            match = entry.path.fullmatch(path)
            if match is None:
                continue
            known = True
            if entry.method == method:
                return entry, match.groups()
        raise Refused(405 if known else 404, {"success": False, "error": "Unknown method ."})

    def _body(self, raw: bytes) -> Row:
        try:
            body = json.loads(raw or b"{}", parse_float=Decimal)
        except ValueError as error:
            raise answers.bad_request() from error
        if not isinstance(body, dict):
            raise answers.bad_request()
        return body

    def _add(self, method: str, path: str, scopes: str, work: Callable[[_Call], tuple[int, Any]]) -> None:
        pattern = re.compile(path.replace("{id}", "([^/]+)"))
        self._table.append(_Entry(method, pattern, tuple(scopes.split()), work))

    def _set_up(self) -> None:
        deals, contacts = "deals:read deals:full", "contacts:read contacts:full"
        products = "products:read products:full deals:read deals:full"
        e = self._emulator
        add = self._add
        add("GET", "/v2/deals", deals, self._deals)
        add("GET", "/v2/deals/search", deals + " search:read", lambda call: self._search(call, "deals", "title"))
        add("GET", "/v2/deals/products", products, self._products_of_deals)
        add("GET", "/v2/deals/installments", deals, lambda call: (200, page_v2([], call.params)))
        add("GET", "/v2/deals/{id}", deals, self._deal)
        add("POST", "/v2/deals", "deals:full", self._new_deal)
        add("PATCH", "/v2/deals/{id}", "deals:full", lambda call: self._change(call, "deals"))
        add("DELETE", "/v2/deals/{id}", "deals:full", self._remove_deal)
        add("GET", "/v2/deals/{id}/products", products, lambda call: (200, page_v2(
            e.deal_products(self._sighted(call)), call.params)))  # fmt: skip
        add("POST", "/v2/deals/{id}/products", products, self._add_product)
        add("PATCH", "/v2/deals/{id}/products/{id}", products, self._change_product)
        add("DELETE", "/v2/deals/{id}/products/{id}", products, self._remove_product)
        add("GET", "/v2/deals/{id}/discounts", deals, lambda call: (200, found(e.discounts(self._sighted(call)))))
        add("POST", "/v2/deals/{id}/discounts", deals, self._add_discount)
        for table in ("persons", "organizations", "products"):
            self._set_up_table(table, products if table == "products" else contacts)
        for kind in ("deal", "person", "organization", "product"):
            add("GET", f"/v2/{kind}Fields", "", partial(self._fields, kind))
        add("POST", "/v2/dealFields", "deal-fields:full admin", self._new_field)
        add("GET", "/v2/stages", deals, lambda call: (200, page_v2(e.stages(), call.params)))
        add("GET", "/v1/users/me", "", lambda call: (200, found(self._me(call.user_id))))
        add("GET", "/v1/users", "users:read", lambda _call: (200, found(e.users())))
        add("GET", "/v1/currencies", "", lambda _call: (200, found(_CURRENCIES)))
        add("GET", "/v1/notes", deals + " " + contacts, self._notes)
        add("POST", "/v1/notes", "deals:full contacts:full", self._new_note)
        add(
            "GET",
            "/v1/notes/{id}",
            deals + " " + contacts,
            lambda call: (200, found(self._shown_note(self._note(call)))),
        )
        add("PUT", "/v1/notes/{id}", "deals:full contacts:full", self._change_note)
        add("DELETE", "/v1/notes/{id}", "deals:full contacts:full", self._remove_note)
        add("GET", "/v1/deals/{id}/changelog", "recents:read", lambda call: (200, page_v1(
            e.changelog_of(self._sighted(call)), call.params)))  # fmt: skip
        add("GET", "/v1/deals/{id}/flow", "recents:read", self._flow)
        add("GET", "/v1/webhooks", "webhooks:full admin", lambda call: (200, found(
            [hook for hook in e.table("hooks").values() if hook["user_id"] == call.user_id])))  # fmt: skip
        add("POST", "/v1/webhooks", "webhooks:full admin", self._new_hook)
        add("DELETE", "/v1/webhooks/{id}", "webhooks:full admin", self._remove_hook)

    def _set_up_table(self, table: str, scopes: str) -> None:
        self._add("GET", f"/v2/{table}", scopes, partial(self._list, table))
        self._add(
            "GET", f"/v2/{table}/search", f"{scopes} search:read", partial(self._search, table=table, name="name")
        )
        self._add("GET", f"/v2/{table}/{{id}}", scopes, partial(self._single, table))
        self._add("PATCH", f"/v2/{table}/{{id}}", scopes, partial(self._change, table=table))

    def _list(self, table: str, call: _Call) -> tuple[int, Any]:
        return 200, page_v2(self._listed(call, table), call.params)

    def _single(self, table: str, call: _Call) -> tuple[int, Any]:
        return 200, found(self._one(call, table))

    def _fields(self, kind: str, call: _Call) -> tuple[int, Any]:
        return 200, page_v2(self._emulator.fields(kind), call.params)

    # Deals.

    def _sighted(self, call: _Call) -> int:
        return int(self._emulator.visible_deal(call.number(), call.user_id)["id"])

    def _deals(self, call: _Call) -> tuple[int, Any]:
        params = call.params
        rows = [
            row
            for row in self._emulator.deals()
            if self._emulator.may_see(row, call.user_id) and not row["is_archived"]
        ]
        if params.get("ids"):
            wanted = set(params["ids"].split(","))
            rows = [row for row in rows if str(row["id"]) in wanted]
        for name in ("person_id", "org_id", "owner_id", "stage_id"):
            if params.get(name):
                rows = [row for row in rows if str(row[name]) == params[name]]
        if params.get("status"):
            rows = [row for row in rows if row["status"] in params["status"].split(",")]
        if params.get("updated_since"):
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", params["updated_since"]):
                raise answers.invalid("updated_since", "not a valid datetime")
            since = datetime.fromisoformat(params["updated_since"])
            rows = [row for row in rows if datetime.fromisoformat(row["update_time"]) >= since]
        by = params.get("sort_by", "id")
        rows.sort(key=lambda row: row[by], reverse=params.get("sort_direction") == "desc")
        return 200, page_v2([self._shown_deal(row, params) for row in rows], params)

    def _deal(self, call: _Call) -> tuple[int, Any]:
        row = self._emulator.visible_deal(call.number(), call.user_id)
        return 200, found(self._shown_deal(row, call.params))

    def _shown_deal(self, row: Row, params: dict[str, str]) -> Row:
        shown = dict(row)
        for name in filter(None, params.get("include_fields", "").split(",")):
            if name not in _INCLUDABLE:
                raise answers.invalid("include_fields", f"{name} is not allowed")
            shown[name] = len(self._emulator.deal_products(row["id"])) if name == "products_count" else None
        return shown

    def _new_deal(self, call: _Call) -> tuple[int, Any]:
        if not call.body.get("title"):
            raise answers.invalid("title", "is required")
        deal_id = self._emulator.next_id("deals")
        template = next(iter(self._emulator.table("deals").values()))
        row = {**template, "custom_fields": dict.fromkeys(template["custom_fields"])}
        row |= {"id": deal_id, "person_id": None, "org_id": None, "value": Decimal(0), "is_archived": False}
        row |= {"status": "open", "visible_to": 3, "owner_id": call.user_id, "creator_user_id": call.user_id}
        row |= {name: value for name, value in call.body.items() if name in row and name != "custom_fields"}
        row |= {"add_time": self._emulator.stamp(), "update_time": self._emulator.stamp()}
        self._emulator.table("deals")[str(deal_id)] = row
        return 200, found({**row, "update_time": None})

    def _remove_deal(self, call: _Call) -> tuple[int, Any]:
        row = self._emulator.visible_deal(call.number(), call.user_id)
        row["is_deleted"] = True
        return 200, found({"id": row["id"]})

    def _change(self, call: _Call, table: str) -> tuple[int, Any]:
        row = self._emulator.visible_deal(call.number(), call.user_id) if table == "deals" else self._one(call, table)
        for name, value in call.body.items():
            if name == "custom_fields":
                unknown = [key for key in value if key not in row["custom_fields"]]
                if unknown:
                    raise answers.invalid(unknown[0], f"Parameter '{unknown[0]}' is not allowed for this request")
            elif name not in row:
                raise answers.invalid(name, f"Parameter '{name}' is not allowed for this request")
        changed = self._emulator.change(table, int(row["id"]), call.body, call.user_id, source="api")
        return 200, found(changed)

    # Products of deals.

    def _products_of_deals(self, call: _Call) -> tuple[int, Any]:
        rows: list[Row] = []
        for deal_id in filter(str.isdigit, call.params.get("deal_ids", "").split(",")):
            self._emulator.visible_deal(int(deal_id), call.user_id)
            rows += self._emulator.deal_products(int(deal_id))
        return 200, page_v2(rows, call.params)

    def _add_product(self, call: _Call) -> tuple[int, Any]:
        deal_id = self._sighted(call)
        for name in ("product_id", "item_price", "quantity"):
            if call.body.get(name) is None:
                raise answers.invalid(name, "is required")
        return 201, found(self._emulator.add_deal_product(deal_id, self._numbers(call.body), call.user_id))

    def _change_product(self, call: _Call) -> tuple[int, Any]:
        deal_id = self._sighted(call)
        return 200, found(
            self._emulator.change_deal_product(deal_id, call.number(1), self._numbers(call.body), call.user_id)
        )

    def _remove_product(self, call: _Call) -> tuple[int, Any]:
        deal_id = self._sighted(call)
        self._emulator.remove_deal_product(deal_id, call.number(1), call.user_id)
        return 200, found({"id": call.number(1)})

    def _add_discount(self, call: _Call) -> tuple[int, Any]:
        deal_id = self._sighted(call)
        for name in ("description", "amount", "type"):
            if call.body.get(name) is None:
                raise answers.invalid(name, "is required")
        return 201, found(self._emulator.add_discount(deal_id, self._numbers(call.body), call.user_id))

    def _numbers(self, body: Row) -> Row:
        for name in ("item_price", "quantity", "discount", "tax", "amount"):
            if name not in body:
                continue
            try:
                Decimal(str(body[name]))
            except InvalidOperation as error:
                raise answers.invalid(name, "must be a number") from error
        return body

    # Contacts, products, fields, users.

    def _listed(self, call: _Call, table: str) -> list[Row]:
        rows = [row for row in self._emulator.table(table).values() if not row["is_deleted"]]
        if call.params.get("ids"):
            wanted = set(call.params["ids"].split(","))
            rows = [row for row in rows if str(row["id"]) in wanted]
        return rows

    def _one(self, call: _Call, table: str) -> Row:
        row = self._emulator.table(table).get(str(call.number()))
        if row is None or row["is_deleted"] or not self._emulator.may_see(row, call.user_id):
            raise NotFound("Entity")
        return row

    def _search(self, call: _Call, table: str, name: str) -> tuple[int, Any]:
        term = call.params.get("term", "").casefold()
        if len(term) < 2:
            raise answers.invalid("term", "must be at least 2 characters")
        rows = [
            {"result_score": 1, "item": {"id": row["id"], "type": table[:-1], name: row[name]}}
            for row in self._emulator.table(table).values()
            if term in str(row[name]).casefold() and self._emulator.may_see(row, call.user_id)
        ]
        return 200, found({"items": rows}, next_cursor=None)

    def _new_field(self, call: _Call) -> tuple[int, Any]:
        if not self._emulator.user(call.user_id)["is_admin"]:
            raise Refused(403, {"success": False, "error": "You do not have permissions to do this", "errorCode": 403})
        name, kind = call.body.get("field_name"), call.body.get("field_type")
        if not name or not kind:
            raise answers.invalid("field_name", "is required")
        options = [{"id": 500 + n, "label": one["label"]} for n, one in enumerate(call.body.get("options") or [])]
        field = {
            "field_name": name, "field_code": secrets.token_hex(20), "description": None, "field_type": kind,
            "options": options or None, "subfields": None, "is_custom_field": True, "is_optional_response_field": False,
        }  # fmt: skip
        self._emulator.fields("deal").append(field)
        for deal in self._emulator.table("deals").values():
            deal["custom_fields"][field["field_code"]] = None
        return 200, found(field)

    def _me(self, user_id: int) -> Row:
        company = self._emulator.company()
        return {
            **self._emulator.user(user_id),
            "company_id": company["id"],
            "company_name": company["name"],
            "company_domain": company["domain"],
            "company_country": company["country"],
            "is_you": True,
        }

    # Notes.

    def _notes(self, call: _Call) -> tuple[int, Any]:
        if call.params.get("deal_id"):
            deal_id = int(call.params["deal_id"])
            self._emulator.visible_deal(deal_id, call.user_id)
            rows = self._emulator.notes_of(deal_id)
        else:
            rows = [row for row in self._emulator.table("notes").values() if row["active_flag"]]
        return 200, page_v1([self._shown_note(row) for row in rows], call.params)

    def _note(self, call: _Call) -> Row:
        row = self._emulator.table("notes").get(str(call.number()))
        if row is None or not row["active_flag"]:
            raise NotFound("Note")
        return row

    def _new_note(self, call: _Call) -> tuple[int, Any]:
        if not call.body.get("content") or not any(call.body.get(name) for name in ("deal_id", "person_id", "org_id")):
            raise answers.bad_request()
        if call.body.get("deal_id"):
            deal = self._emulator.visible_deal(int(call.body["deal_id"]), call.user_id)
            if deal["is_archived"]:
                raise Refused(403, {"success": False, "error": "Archived deals cannot be edited", "errorCode": 403})
        return 200, found(self._shown_note(self._emulator.add_note(call.body, call.user_id)))

    def _change_note(self, call: _Call) -> tuple[int, Any]:
        row = self._note(call)
        return 200, found(self._shown_note(self._emulator.change_note(int(row["id"]), call.body, call.user_id)))

    def _remove_note(self, call: _Call) -> tuple[int, Any]:
        self._emulator.remove_note(int(self._note(call)["id"]))
        return 200, {"success": True, "data": True}

    def _shown_note(self, row: Row) -> Row:
        user = self._emulator.user(row["user_id"])
        return {**row, "user": {"email": user["email"], "name": user["name"], "icon_url": None, "is_you": True}}

    def _flow(self, call: _Call) -> tuple[int, Any]:
        deal_id = self._sighted(call)
        items = [
            {"object": "note", "timestamp": row["add_time"], "data": row} for row in self._emulator.notes_of(deal_id)
        ]
        items += [
            {"object": "dealChange", "timestamp": row["time"], "data": row}
            for row in self._emulator.changelog_of(deal_id)
        ]
        items.sort(key=lambda row: row["timestamp"], reverse=True)
        return 200, page_v1(items, call.params)

    # Webhooks.

    def _new_hook(self, call: _Call) -> tuple[int, Any]:
        url = str(call.body.get("subscription_url", ""))
        if not url.startswith(("http://", "https://")):
            errors = {"subscription_url": ["invalid or non-reachable URL"]}
            raise Refused(400, {"status": "error", "success": False, "errors": errors})
        mine = [hook for hook in self._emulator.table("hooks").values() if hook["user_id"] == call.user_id]
        if len(mine) >= 40:
            raise Refused(422, {"status": "error", "success": False, "errors": {"": ["limit reached"]}})
        hook_id = self._emulator.next_id("hooks")
        hook = {
            "id": hook_id, "company_id": self._emulator.company()["id"], "owner_id": call.user_id, "user_id": call.user_id,
            "event_action": call.body.get("event_action", "*"), "event_object": call.body.get("event_object", "*"),
            "subscription_url": url, "version": "2.0", "is_active": 1, "type": "application",
            "http_auth_user": call.body.get("http_auth_user"), "http_auth_password": call.body.get("http_auth_password"),
            "add_time": self._emulator.stamp(), "remove_time": None, "name": call.body.get("name", ""),
        }  # fmt: skip
        self._emulator.table("hooks")[str(hook_id)] = hook
        return 201, {"status": "ok", "success": True, "data": hook}

    def _remove_hook(self, call: _Call) -> tuple[int, Any]:
        hook = self._emulator.table("hooks").get(call.ids[0])
        if hook is None or hook["user_id"] != call.user_id:
            raise Refused(404, {"status": "error", "success": False, "errors": {"id": ["not found"]}})
        del self._emulator.table("hooks")[call.ids[0]]
        return 200, {"status": "ok", "success": True}


_CURRENCIES = [
    {
        "id": n,
        "code": code,
        "name": name,
        "decimal_points": 2,
        "symbol": symbol,
        "active_flag": True,
        "is_custom_flag": False,
    }
    for n, (code, name, symbol) in enumerate(
        (("USD", "US Dollar", "$"), ("EUR", "Euro", "€"), ("PLN", "Polish Złoty", "zł"), ("GBP", "British Pound", "£")),
        1,
    )
]


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the API's routes; every path below the vendor's prefixes goes to one place."""
    api = Api(emulator)
    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    return [Route(f"{prefix}/{{rest:path}}", api.answer, methods=methods) for prefix in ("/api/v2", "/api/v1", "/v1")]
