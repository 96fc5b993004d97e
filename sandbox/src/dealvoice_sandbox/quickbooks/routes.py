"""HTTP of the Accounting API: reads requests, calls the rules, shapes answers and faults in the vendor's way."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import lists, oauth, payments, query, sales
from dealvoice_sandbox.quickbooks.emulator import at_least, new_tid
from dealvoice_sandbox.quickbooks.faults_text import GatewayRefusal, Refusal, stale, throttled
from dealvoice_sandbox.quickbooks.fields import BY_PATH, COUNTED, LISTS, NOT_QUERYABLE, ordered
from dealvoice_sandbox.quickbooks.pdf import invoice_pdf
from dealvoice_sandbox.quickbooks.writing import read_json, read_moment, stamp, to_json

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_CDC_MOST = 1000
_BATCH_MOST = 30


class _Api:
    """The Accounting API of one emulator."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator
        self._recent: dict[str, list[float]] = {}

    async def answer(self, request: Request) -> Response:
        """Answer any call under /v3/company/{realm}/."""
        realm, rest = request.path_params["realm"], request.path_params["rest"].strip("/")
        raw = await request.body()
        started = time.monotonic()
        try:
            oauth.check(self._emulator, request.headers.get("authorization", ""), realm)
            self._throttle(realm)
        except GatewayRefusal as refusal:
            return self._gateway(request, refusal)
        with self._emulator.store.lock:
            try:
                status, body, kind = self._work(request, realm, rest, raw)
            except Refusal as refusal:
                status, kind = refusal.status, "application/json"
                body = to_json({"Fault": refusal.body(), "time": self._time()})
        headers = self._headers(started)
        return Response(body, status, headers=headers, media_type=kind)

    def _work(self, request: Request, realm: str, rest: str, raw: bytes) -> tuple[int, bytes, str]:
        params, json_type = request.query_params, "application/json;charset=UTF-8"
        parts = rest.split("/")
        if parts[0] == "query":
            statement = params.get("query", "") if request.method == "GET" else raw.decode()
            return 200, to_json({"QueryResponse": self._query(realm, statement), "time": self._time()}), json_type
        if parts[0] == "cdc":
            return 200, to_json(self._cdc(realm, params)), json_type
        if parts[0] == "batch":
            return 200, to_json(self._batch(realm, raw)), json_type
        entity = BY_PATH.get(parts[0].lower())
        if entity is None:
            raise Refusal(
                "500", f"Operation Could not find resource for relative : {rest} is not supported.", "Operation"
            )
        if request.method == "GET":
            if parts[-1] == "pdf" and entity == "Invoice":
                row = self._emulator.get(realm, entity, parts[1])
                return 200, invoice_pdf(self._emulator.company(realm), row), "application/pdf;charset=UTF-8"
            return 200, self._envelope(entity, self._read(realm, entity, parts)), json_type
        replay = params.get("requestid", "")
        kept = self._emulator.company(realm)["replays"]
        if replay and replay in kept:
            return 200, kept[replay].encode(), json_type
        row = self._write(realm, entity, parts, params, raw)
        body = self._envelope(entity, row)
        if replay:
            kept[replay] = body.decode()
        self._emulator.store.save()
        return 200, body, json_type

    def _read(self, realm: str, entity: str, parts: list[str]) -> Row:
        if entity in ("CompanyInfo", "Preferences"):
            return self._emulator.rows(realm, entity)["1"]
        if len(parts) < 2:
            raise Refusal("500", "Operation Read is not supported.", "Operation")
        if not parts[1].isdigit() and entity != "TaxCode":
            raise Refusal("2030", f"Id should be a valid number. Supplied value:{parts[1]}", "Id")
        return self._emulator.get(realm, entity, parts[1])

    def _write(self, realm: str, entity: str, parts: list[str], params: Any, raw: bytes) -> Row:
        if len(parts) == 3 and parts[2] == "send" and entity == "Invoice":
            return sales.send(self._emulator, realm, parts[1], params.get("sendTo"))
        body = self._body(raw)
        lists.check_properties(entity, body)
        operation = params.get("operation", "")
        voids = operation == "void" or "void" in params.get("include", "").split(",")
        return self.apply(
            realm, entity, body, operation="void" if voids else operation,
            allow_duplicate="allowduplicatedocnum" in params.get("include", ""),
        )  # fmt: skip

    def apply(self, realm: str, entity: str, body: Row, *, operation: str, allow_duplicate: bool = False) -> Row:
        """Create, update, void or delete one object."""
        emulator = self._emulator
        if operation == "delete":
            match entity:
                case "Invoice":
                    return sales.delete(emulator, realm, body)
                case "Payment":
                    return payments.delete(emulator, realm, body)
                case _:
                    emulator.current(realm, entity, body)
                    emulator.remove(realm, entity, str(body["Id"]))
                    return {"domain": "QBO", "status": "Deleted", "Id": str(body["Id"])}
        if operation == "void":
            if entity not in ("Invoice", "Payment"):
                raise Refusal("500", "Operation Void is not supported.", "Operation")
            return sales.void(emulator, realm, body) if entity == "Invoice" else payments.void(emulator, realm, body)
        exists = body.get("Id") not in (None, "")
        match entity:
            case "Invoice":
                if exists:
                    return sales.update(emulator, realm, body)
                return sales.create(emulator, realm, body, allow_duplicate=allow_duplicate)
            case "Payment":
                return (payments.update if exists else payments.create)(emulator, realm, body)
            case "Preferences" | "CompanyInfo":
                return self._settings(realm, entity, body)
            case _:
                if entity not in LISTS or entity in ("TaxCode", "TaxRate"):
                    raise Refusal("500", "Operation Create is not supported.", "Operation")
                return (lists.update if exists else lists.create)(emulator, realm, entity, body)

    def _settings(self, realm: str, entity: str, body: Row) -> Row:
        row = self._emulator.rows(realm, entity)["1"]
        if str(body.get("SyncToken", row["SyncToken"])) != row["SyncToken"]:
            raise stale()
        for name, value in body.items():
            if name in ("Id", "SyncToken", "MetaData", "domain", "sparse"):
                continue
            row[name] = {**row[name], **value} if isinstance(value, dict) and isinstance(row.get(name), dict) else value
        return self._emulator.touch(realm, entity, row)

    def _query(self, realm: str, text: str) -> Row:
        statement = query.parse(text)
        entity = BY_PATH.get(statement.entity.lower())
        if entity is None:
            raise Refusal("4001", f"QueryValidationError: invalid context declaration: {statement.entity}")
        found = query.run(
            statement,
            self._emulator.rows(realm, entity).values(),
            queryable=lambda name: name not in NOT_QUERYABLE,
            is_list=entity in LISTS,
            sortable_id=bool(self._emulator.switches["sortable_id"]),
        )
        if statement.count:
            return {"totalCount": len(found)}
        page = found[statement.start - 1 : statement.start - 1 + statement.most]
        if not page:
            return {}
        if statement.fields is not None:
            wanted = {path.split(".")[0].lower() for path in statement.fields} | {"domain", "sparse"}
            page = [{name: value for name, value in row.items() if name.lower() in wanted} for row in page]
        answer: Row = {
            entity: [ordered(entity, row) for row in page],
            "startPosition": statement.start,
            "maxResults": len(page),
        }
        if entity in COUNTED:
            answer["totalCount"] = len(found)
        return answer

    def _cdc(self, realm: str, params: Any) -> Row:
        try:
            since = read_moment(params.get("changedSince", "").replace(" ", "+"))
        except ValueError as error:
            raise Refusal("2070", "Invalid Date : changedSince", "changedSince") from error
        since = max(since, self._emulator.clock.now() - timedelta(days=30))
        groups: list[Row] = []
        for name in params.get("entities", "").split(","):
            entity = BY_PATH.get(name.strip().lower())
            if entity is None or entity in ("TaxCode", "TaxRate", "TaxAgency"):
                raise Refusal("4001", f"QueryValidationError: invalid context declaration: {name}")
            rows = [
                row
                for row in self._emulator.rows(realm, entity).values()
                if at_least(row["MetaData"]["LastUpdatedTime"], since.replace(microsecond=0))
            ]
            rows.sort(key=lambda row: row["MetaData"]["LastUpdatedTime"])
            rows += [
                {"domain": "QBO", "status": "Deleted", "Id": one["id"], "MetaData": {"LastUpdatedTime": one["at"]}}
                for one in self._emulator.company(realm)["deleted"]
                if one["entity"] == entity and at_least(one["at"], since.replace(microsecond=0))
            ]
            kept = rows[:_CDC_MOST]
            groups.append(
                {entity: kept, "startPosition": 1, "maxResults": len(kept), "totalCount": len(rows)} if rows else {}
            )
        return {"CDCResponse": [{"QueryResponse": groups}], "time": self._time()}

    def _batch(self, realm: str, raw: bytes) -> Row:
        items = self._body(raw).get("BatchItemRequest", [])
        if len(items) > _BATCH_MOST:
            raise Refusal("1040", "Batch size exceeds the allowed limit of 30")
        answers: list[Row] = []
        for item in items:
            try:
                answers.append({**self._batch_item(realm, item), "bId": item.get("bId")})
            except Refusal as refusal:
                answers.append({"Fault": refusal.body(), "bId": item.get("bId")})
        self._emulator.store.save()
        return {"BatchItemResponse": answers, "time": self._time()}

    def _batch_item(self, realm: str, item: Row) -> Row:
        if "Query" in item:
            return {"QueryResponse": self._query(realm, str(item["Query"]))}
        name = next((name for name in item if name in BY_PATH.values()), None)
        if name is None:
            raise Refusal("2010", "Request has invalid or unsupported property")
        operation = str(item.get("operation", "create"))
        return {
            name: self.apply(realm, name, item[name], operation="" if operation in ("create", "update") else operation)
        }

    def _body(self, raw: bytes) -> Row:
        try:
            found = read_json(raw)
        except (ValueError, UnicodeDecodeError) as error:
            raise Refusal("2010", "Request has invalid or unsupported property : malformed JSON") from error
        if not isinstance(found, dict):
            raise Refusal("2010", "Request has invalid or unsupported property : an object is needed")
        return found

    def _envelope(self, entity: str, row: Row) -> bytes:
        return to_json({entity: ordered(entity, row), "time": self._time()})

    def _time(self) -> str:
        return stamp(self._emulator.clock.now(), milliseconds=True)

    def _headers(self, started: float) -> dict[str, str]:
        tid, took = new_tid(), int((time.monotonic() - started) * 1000)
        return {
            "intuit_tid": tid,
            "x-amzn-trace-id": f"Root={tid}",
            "qbo-version": "2073.223",
            "service-time": f"total={took}, db={took // 2}",
            "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
            "expires": "0",
            "server": "istio-envoy",
        }

    def _gateway(self, request: Request, refusal: GatewayRefusal) -> Response:
        headers = self._headers(time.monotonic())
        if refusal.status == 401:
            headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
        if "json" in request.headers.get("accept", ""):
            now_ms = int(self._emulator.clock.now().timestamp() * 1000)
            return Response(to_json(refusal.body(now_ms)), refusal.status, headers, "application/json")
        return Response(refusal.xml(self._time()), refusal.status, headers, "application/xml")

    def _throttle(self, realm: str) -> None:
        if not self._emulator.switches["throttle"]:
            return
        now = time.monotonic()
        recent = [at for at in self._recent.get(realm, []) if at > now - 60]
        if len(recent) >= 500 or len([at for at in recent if at > now - 1]) >= 10:
            raise throttled()
        self._recent[realm] = [*recent, now]


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the routes of the Accounting API."""
    return [Route("/v3/company/{realm}/{rest:path}", _Api(emulator).answer, methods=["GET", "POST"])]
