"""
The gateway in front of the Accounting API: who comes in, how often, and in which form an answer goes out.

``routes`` does the work behind it. Sources: REST API features (headers, limits, formats) and the troubleshooting pages;
where a row of the rules says so, recordings of the live service.
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dealvoice_sandbox.core.faults import Fault
from dealvoice_sandbox.core.recording import tell
from dealvoice_sandbox.quickbooks import grants
from dealvoice_sandbox.quickbooks.faults_text import (
    GatewayRefusal,
    Refusal,
    not_authenticated,
    not_authorized,
    system_failure,
    throttled,
)
from dealvoice_sandbox.quickbooks.writing import read_json, stamp, to_json
from dealvoice_sandbox.quickbooks.xml_answers import to_xml
from dealvoice_sandbox.quickbooks.xml_requests import to_json_body

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Work = Callable[[Request, str, str, bytes], tuple[int, bytes, str]]
"""Does what a call asks: request, realm, rest of the path and body in; status, body and media type out."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What reaches the gateway; what behind it takes fewer refuses by itself."""
JSON = "application/json;charset=UTF-8"
_XML = "application/xml;charset=UTF-8"
_API, _UNDER_WAY = "/v3/company/", "quickbooks.under_way"
_VENDOR = ("/v3/", "/oauth2/", "/v1/openid_connect/", "/v2/oauth2/", "/op/v1/", "/.well-known/")
_STATEMENT_TYPES = ("", "application/text", "text/plain")
_JSON_TYPES = ("", "application/json", "text/json")
_XML_TYPES = ("application/xml", "text/xml")
_METHODS = {"batch": ("POST",), "upload": ("POST",), "cdc": ("GET",), "download": ("GET",)}
_HTML = """<html>
<head><title>{status} {reason}</title></head>
<body><center><h1>{status} {reason}</h1></center><hr><center>istio-envoy</center></body>
</html>
"""
_REASONS = {
    404: "Not Found", 413: "Request Entity Too Large", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
}  # fmt: skip


# Not emulated: deflate (answers go out as gzip or plain), and the vendor's time-out of 120 seconds.


class Gateway:
    """What stands in front of one emulator's Accounting API."""

    def __init__(self, emulator: "QuickBooksEmulator", work: Work) -> None:
        self._emulator, self._work = emulator, work

    async def answer(self, request: Request) -> Response:
        """Answer any call under /v3/company/{realm}/."""
        realm, rest = request.path_params["realm"], request.path_params["rest"].strip("/")
        raw = await request.body()
        started = time.monotonic()
        accept = request.headers.get("accept", "")
        with self._emulator.store.lock:
            self._emulator.api_writes = True
            try:
                self._let_in(request, realm, rest)
                status, body, kind = self._worked(request, realm, rest, raw)
            except GatewayRefusal as refusal:
                return refused(self._emulator, refusal, accept)
            except Refusal as refusal:
                body, kind = fault(self._emulator, refusal, accept)
                return Response(body, refusal.status, _headers(started), kind)
            finally:
                self._emulator.api_writes = False
        if kind == JSON and not wants_json(accept):
            body, kind = to_xml(read_json(body)), _XML
        return Response(body, status, _headers(started) | {"qbo-version": "2073.223"}, kind)

    def _worked(self, request: Request, realm: str, rest: str, raw: bytes) -> tuple[int, bytes, str]:
        try:
            return self._work(request, realm, rest, _body(request, rest, raw))
        except RecursionError as error:
            # Not known of the vendor; a body that is nested a thousand times is refused as one that cannot be read.
            detail = "Request has invalid or unsupported property : nested too deeply"
            raise Refusal("2010", detail) from error

    def _let_in(self, request: Request, realm: str, rest: str) -> None:
        emulator, authorization = self._emulator, request.headers.get("authorization", "")
        grants.check(emulator, authorization, realm)
        if emulator.switches["throttle"]:
            batch = rest.lower() == "batch"
            under_way = request.scope.get(_UNDER_WAY, 1)
            if not emulator.limits.take(
                realm, grants.app_of(emulator, authorization), batch=batch, under_way=under_way
            ):
                raise throttled(emulator.switches["throttle_status"])


class Edge:
    """
    Middleware around a whole emulator: the headers that every answer of the vendor carries, and who is under way.

    It is outside the scripted faults, so that those too look like the vendor's, and slow calls are seen to overlap.
    """

    def __init__(self, app: ASGIApp, emulator: "QuickBooksEmulator") -> None:
        self._app, self._emulator = app, emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_VENDOR):
            await self._app(scope, receive, send)
            return
        tid = new_tid()
        tell(scope, intuit_tid=tid)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {
                    "intuit_tid": tid, "x-spanid": str(uuid.uuid4()), "x-amzn-trace-id": f"Root={tid}",
                    "server": "istio-envoy",
                }  # fmt: skip
                headers = [*message["headers"], *((name.encode(), value.encode()) for name, value in ours.items())]
                message = {**message, "headers": headers}
            await send(message)

        if not scope["path"].startswith(_API):
            await self._app(scope, receive, stamped)
            return
        authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        key = scope["path"].split("/")[3], grants.app_of(self._emulator, authorization.decode("latin-1"))
        scope[_UNDER_WAY] = self._emulator.limits.begin(*key)
        try:
            await self._app(scope, receive, stamped)
        finally:
            self._emulator.limits.end(*key)


def new_tid() -> str:
    """Return a request id in the vendor's form."""
    digits = uuid.uuid4().hex
    return f"1-{digits[:8]}-{digits[8:32]}"


async def nothing_here(_request: Request) -> Response:
    """Answer a path that the gateway does not know."""
    return _html(404)


def wants_json(accept: str) -> bool:
    """Tell whether a caller asked for JSON in so many words; a wildcard does not."""
    best = {"json": 0.0, "xml": 0.0}
    for part in accept.lower().split(","):
        kind, *parameters = (one.strip() for one in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                weight = _weight(value)
        name = kind.rpartition("/")[2]
        name = name.rpartition("+")[2]
        if name in best:
            best[name] = max(best[name], weight)
    return best["json"] > 0 and best["json"] >= best["xml"]


def refused(emulator: "QuickBooksEmulator", refusal: GatewayRefusal, accept: str) -> Response:
    """Return what the gateway itself answers."""
    headers = {"cache-control": "no-cache, no-store"}
    if refusal.status == 401:
        headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    if wants_json(accept):
        now_ms = int(emulator.clock.now().timestamp() * 1000)
        return Response(to_json(refusal.body(now_ms)), refusal.status, headers, "application/json")
    return Response(refusal.xml(_time(emulator)), refusal.status, headers, "application/xml")


def fault(emulator: "QuickBooksEmulator", refusal: Refusal, accept: str) -> tuple[bytes, str]:
    """Return the body of a service fault and its media type."""
    answer: dict[str, Any] = {"Fault": refusal.body()}
    if refusal.code != "2030":  # A recording of 2030 has no time.
        answer["time"] = _time(emulator)
    return (to_json(answer), "application/json") if wants_json(accept) else (to_xml(answer), "application/xml")


def scripted(emulator: "QuickBooksEmulator", told: Fault, scope: Scope) -> Response:
    """Return the vendor's answer for a scripted status whose body nobody has written out."""
    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
    status = told.status
    if not scope["path"].startswith("/v3/"):
        return _scripted_elsewhere(status)
    gateway = {401: not_authenticated("Token expired"), 403: not_authorized(), 429: throttled(429)}.get(status)
    if gateway is not None and not told.code:
        return refused(emulator, gateway, accept)
    if status in _REASONS and status != 500 and not told.code:
        return _html(status)
    refusal = Refusal(told.code, told.detail, "", status) if told.code else system_failure(status)
    body, kind = fault(emulator, refusal, accept)
    return Response(body, status, media_type=kind)


def _scripted_elsewhere(status: int) -> Response:
    error = {400: "invalid_grant", 401: "invalid_client"}.get(status)
    if error is None:
        return _html(status)
    return Response(to_json({"error": error}), status, media_type="application/json")


def _html(status: int) -> Response:
    page = _HTML.format(status=status, reason=_REASONS.get(status, "Error"))
    return Response(page, status, media_type="text/html")


def _body(request: Request, rest: str, raw: bytes) -> bytes:
    """Return the body as everything behind takes it; refuse a method or a content type that nothing there takes."""
    words = rest.lower().split("/")
    if request.method not in _METHODS.get(words[0], ("GET", "POST")):
        detail = (
            f"Operation No resource method found for {request.method}, return 405 with Allow header is not supported."
        )
        raise Refusal("500", detail, "Operation")
    if request.method == "GET" or not raw or words[-1] == "send":
        return raw
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if words[0] == "upload" and kind.startswith("multipart/"):
        return raw
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise Refusal("500", "Operation Invalid UTF-8 is not supported.", "Operation") from error
    taken = {"query": _STATEMENT_TYPES, "upload": ()}.get(words[0], (*_JSON_TYPES, *_XML_TYPES))
    if kind in taken and kind not in _XML_TYPES:
        _refuse_half_characters(raw)
        return raw
    if kind in taken:
        return to_json_body(raw)
    raise Refusal("1050", f"Invalid Content Type : {kind} is not supported.", "", 415)


def _refuse_half_characters(raw: bytes) -> None:
    # JSON can spell half of a character above 65535, which no encoding can print.
    if b"\\ud" not in raw.lower():
        return
    try:
        json.dumps(json.loads(raw), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refusal("2040", "Invalid String : element contains invalid characters", "") from error
    except ValueError:
        return  # No JSON at all: that is said further in.


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _headers(started: float) -> dict[str, str]:
    took = int((time.monotonic() - started) * 1000)
    return {
        "service-time": f"total={took}, db={took // 2}",
        "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
        "expires": "0",
    }


def _time(emulator: "QuickBooksEmulator") -> str:
    return stamp(emulator.clock.now(), milliseconds=True)
