"""HTTP of the Accounting API: reads requests, calls the rules, shapes answers and faults in the vendor's way."""

import time
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import batch, changes, oauth, operations, query_answers
from dealvoice_sandbox.quickbooks.emulator import new_tid
from dealvoice_sandbox.quickbooks.faults_text import GatewayRefusal, Refusal, throttled
from dealvoice_sandbox.quickbooks.fields import BY_PATH, ordered
from dealvoice_sandbox.quickbooks.pdf import invoice_pdf
from dealvoice_sandbox.quickbooks.writing import read_json, stamp, to_json

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


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
            statement = params.get("query", "") if request.method == "GET" else raw.decode(errors="replace")
            found = query_answers.answer(self._emulator, realm, statement)
            return 200, to_json({"QueryResponse": found, "time": self._time()}), json_type
        if parts[0] == "cdc":
            groups = changes.changed(self._emulator, realm, params.get("entities", ""), params.get("changedSince", ""))
            return 200, to_json({"CDCResponse": [{"QueryResponse": groups}], "time": self._time()}), json_type
        if parts[0] == "batch":
            answers = batch.run(self._emulator, realm, self._body(raw))
            self._emulator.store.save()
            return 200, to_json({"BatchItemResponse": answers, "time": self._time()}), json_type
        entity = BY_PATH.get(parts[0].lower())
        if entity is None:
            raise Refusal(
                "500", f"Operation Could not find resource for relative : {rest} is not supported.", "Operation"
            )
        if request.method == "GET":
            if parts[-1] == "pdf" and entity == "Invoice":
                row = self._emulator.get(realm, entity, parts[1])
                return 200, invoice_pdf(self._emulator.company(realm), row), "application/pdf;charset=UTF-8"
            row = operations.read(self._emulator, realm, entity, parts[1] if len(parts) > 1 else "")
            return 200, self._envelope(entity, row), json_type
        replay = params.get("requestid", "")
        kept = self._emulator.company(realm)["replays"]
        if replay and replay in kept:
            return 200, kept[replay].encode(), json_type
        body = self._envelope(entity, self._write(realm, entity, parts, params, raw))
        if replay:
            kept[replay] = body.decode()
        self._emulator.store.save()
        return 200, body, json_type

    def _write(self, realm: str, entity: str, parts: list[str], params: Any, raw: bytes) -> Row:
        if len(parts) == 3 and parts[2] == "send":
            return operations.send(self._emulator, realm, entity, parts[1], params.get("sendTo"))
        include = frozenset(params.get("include", "").lower().split(","))
        operation = params.get("operation", "")
        return operations.write(self._emulator, realm, entity, self._body(raw), operation=operation, include=include)

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
