"""The Accounting API behind its gateway: reads requests, calls the rules, shapes answers in the vendor's way."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import (
    attachables,
    batch,
    changes,
    documents,
    exchange_rates,
    operations,
    query_answers,
    replays,
    share_links,
    tax_service,
    versions,
)
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH, ordered
from dealvoice_sandbox.quickbooks.gateway import JSON, METHODS, Gateway
from dealvoice_sandbox.quickbooks.generic import NothingDone
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
        params, parts = request.query_params, rest.split("/")
        word = parts[0].lower()
        if word == "download":
            address = attachables.address(self._emulator, realm, parts[-1])
            return 200, address.encode(), "text/plain;charset=UTF-8"
        if request.method == "GET" and len(parts) == 3 and parts[2] == "pdf":
            entity = self._entity(rest)
            return 200, documents.pdf(self._emulator, realm, entity, parts[1]), "application/pdf;charset=UTF-8"
        if word == "query":
            statement = params.get("query", "") if request.method == "GET" else raw.decode(errors="replace")
            answer: Row = {"QueryResponse": query_answers.answer(self._emulator, realm, statement)}
            body = self._timed(answer)
        elif word == "cdc":
            groups = changes.changed(self._emulator, realm, params.get("entities", ""), params.get("changedSince", ""))
            body = self._timed({"CDCResponse": [{"QueryResponse": groups}]})
        elif request.method == "GET":
            body = self._read(realm, parts, params, rest)
        else:
            asked = f"{rest}?{params.get('operation', '')}", raw
            replay = params.get("requestid", "")
            body = replays.once(
                self._emulator, realm, replay, asked, lambda: self._write(request, realm, parts, rest, raw)
            )
            self._emulator.store.save()
        return 200, versions.trimmed(self._emulator, body, params.get("minorversion", "")), JSON

    def _read(self, realm: str, parts: list[str], params: Any, rest: str) -> bytes:
        entity = self._entity(rest)
        if len(parts) > 2:
            raise self._unknown(rest)
        if entity == "ExchangeRate":
            row = exchange_rates.read(
                self._emulator, realm, params.get("sourcecurrencycode", ""), params.get("asofdate", "")
            )
            return self._envelope(entity, row)
        row = operations.read(self._emulator, realm, entity, parts[1] if len(parts) > 1 else "")
        if entity == "Attachable":
            return self._envelope(entity, row)
        if entity == "Invoice" and "invoicelink" in params.get("include", "").lower() and share_links.may_have(row):
            share_links.make(self._emulator, realm, row)
            self._emulator.store.save()
        return self._timed({entity: self._emulator.printed(realm, entity, row)})

    def _write(self, request: Request, realm: str, parts: list[str], rest: str, raw: bytes) -> bytes:
        params, word = request.query_params, parts[0].lower()
        if word == "batch":
            return self._timed({"BatchItemResponse": batch.run(self._emulator, realm, self._body(raw))})
        if word == "upload":
            kind = request.headers.get("content-type", "")
            return self._timed({"AttachableResponse": attachables.upload(self._emulator, realm, raw, kind)})
        if rest.lower() == "taxservice/taxcode":
            return to_json(tax_service.create(self._emulator, realm, self._body(raw)))
        entity = self._entity(rest)
        if len(parts) == 3 and parts[2] == "send":
            return self._envelope(entity, documents.send(self._emulator, realm, entity, parts[1], params.get("sendTo")))
        if len(parts) > 1:
            raise self._unknown(rest)
        include = frozenset(params.get("include", "").lower().split(","))
        try:
            row = operations.write(
                self._emulator, realm, entity, self._body(raw), operation=params.get("operation", ""), include=include
            )
        except NothingDone:
            return self._timed({"BatchItemResponse": []})
        return self._envelope(entity, row)

    def _entity(self, rest: str) -> str:
        entity = BY_PATH.get(rest.split("/", maxsplit=1)[0].lower())
        if entity is None:
            raise self._unknown(rest)
        return entity

    def _unknown(self, rest: str) -> Refusal:
        return Refusal("500", f"Operation Could not find resource for relative : {rest} is not supported.", "Operation")

    def _body(self, raw: bytes) -> Row:
        try:
            found = read_json(raw)
        except (ValueError, UnicodeDecodeError) as error:
            raise Refusal("2010", "Request has invalid or unsupported property : malformed JSON") from error
        if not isinstance(found, dict):
            raise Refusal("2010", "Request has invalid or unsupported property : an object is needed")
        return found

    def _envelope(self, entity: str, row: Row) -> bytes:
        return self._timed({entity: ordered(entity, row)})

    def _timed(self, answer: Row) -> bytes:
        return to_json({**answer, "time": self._time()})

    def _time(self) -> str:
        return stamp(self._emulator.clock.now(), milliseconds=True)


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the routes of the Accounting API."""
    gateway = Gateway(emulator, _Api(emulator).work)
    return [
        Route("/v3/company/{realm}/{rest:path}", gateway.answer, methods=METHODS),
        *attachables.routes(emulator),
    ]
