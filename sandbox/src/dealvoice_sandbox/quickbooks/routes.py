"""The Accounting API behind its gateway: reads requests, calls the rules, shapes answers in the vendor's way."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import batch, changes, documents, operations, query_answers, share_links
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH, ordered
from dealvoice_sandbox.quickbooks.gateway import JSON, METHODS, Gateway
from dealvoice_sandbox.quickbooks.writing import read_json, stamp, to_json

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


class _Api:
    """The Accounting API of one emulator."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator

    def work(self, request: Request, realm: str, rest: str, raw: bytes) -> tuple[int, bytes, str]:
        """Do what a call asks, and return status, body and media type."""
        params, json_type = request.query_params, JSON
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
            if len(parts) == 3 and parts[2] == "pdf":
                return 200, documents.pdf(self._emulator, realm, entity, parts[1]), "application/pdf;charset=UTF-8"
            row = operations.read(self._emulator, realm, entity, parts[1] if len(parts) > 1 else "")
            if entity == "Invoice" and "invoicelink" in params.get("include", "").lower() and share_links.may_have(row):
                share_links.make(self._emulator, realm, row)
                self._emulator.store.save()
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
            return documents.send(self._emulator, realm, entity, parts[1], params.get("sendTo"))
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


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the routes of the Accounting API."""
    gateway = Gateway(emulator, _Api(emulator).work)
    return [Route("/v3/company/{realm}/{rest:path}", gateway.answer, methods=METHODS)]
