"""
Speak HTTP with QuickBooks Online: one client a company, typed answers, errors sorted by what the caller must do.

Resources (``invoices``, ``customers``, ...) are plain functions on this client. Token, rate gate, transport and log come from
outside; nothing here knows the product. A read is repeated at most twice on a cut connection or a 5xx; a write never, because
its outcome may be unknown.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Protocol, TypeVar, cast
from urllib.parse import quote

import httpx2
import msgspec
import stamina

from dealvoice.quickbooks.errors import (
    Answer,
    QuickBooksError,
    Refused,
    Rejected,
    Renew,
    Retry,
    Unknown,
    answer_from,
    error_from,
)
from dealvoice.quickbooks.faults import Envelope, scrub
from dealvoice.quickbooks.sales_models import Entity
from dealvoice.reading import decoder

MINOR_VERSION = "75"
"""Every request is served as 75 since 2025-08-01, asked or not; sending it says what we were written against."""

REQUEST_ID_LENGTH = 50
"""Longest ``requestid`` the vendor takes."""

_READ_ATTEMPTS = 3
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_OUR_FAULT = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)

T = TypeVar("T")
E = TypeVar("E", bound=Envelope)
R = TypeVar("R")


class Gate(Protocol):
    """Keeps a company's calls within the vendor's limits."""

    def acquire(self, realm_id: str, /) -> None:
        """Wait for, or refuse, one call; called before every attempt."""

    def report(self, realm_id: str, status: int, /) -> None:
        """Learn how the attempt ended, 0 meaning without an answer; called once for every ``acquire``."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt, for one log line: never a payload, name or token."""

    entity: str
    operation: str
    # HTTP status; 0 without an answer.
    status: int
    attempt: int
    ms: float
    intuit_tid: str
    metered: bool
    """Intuit counts it against the month's included calls: data out, answered (facts: "CorePlus")."""


class One(Envelope, Generic[T], frozen=True, kw_only=True):
    """An answer that carries one entity; made for each by ``one``."""

    entity: T | None = None

    def complete(self) -> bool:
        entity: Any = self.entity
        if entity is None:
            return False
        return bool(entity.id) if isinstance(entity, Entity) else True


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    entity: str
    operation: str
    writes: bool
    params: Mapping[str, str]
    content: bytes | None = None
    content_type: str = ""
    accept: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickBooks:
    """
    A client of one company.

    Args:
        realm_id: The company.
        base_url: Scheme and host of the Accounting API.
        token: Gives the access token; called with True after the one it gave was refused, to renew it.
        http: Transport; its own redirects are never followed, so that a token cannot leave the vendor.
        gate: Rate limits.
        on_call: Told of every attempt.
        read_timeout: Seconds to wait for a read.
        write_timeout: Seconds to wait for a write; longer, because giving up leaves the outcome unknown (the server itself
            gives up after 120).
    """

    realm_id: str
    base_url: str
    token: Callable[[bool], str]
    http: httpx2.Client
    gate: Gate
    on_call: Callable[[CallRecord], None]
    read_timeout: float = 30.0
    write_timeout: float = 60.0

    def get(
        self, path: str, answer: type[E], *, entity: str, operation: str, params: Mapping[str, str] | None = None
    ) -> E:
        """Read ``path`` (below the company) into ``answer``."""
        call = _Call("GET", path, entity, operation, writes=False, params=params or {})
        return self._repeated(call, lambda response: self._decoded(response, answer, call))

    def get_file(self, path: str, *, entity: str, operation: str, accept: str, magic: bytes) -> bytes:
        """Read a file that begins with ``magic``; anything else is taken for a fault."""
        # Faults come as JSON or XML depending on Accept, so both are offered.
        call = _Call("GET", path, entity, operation, writes=False, params={}, accept=f"{accept}, application/json")

        def checked(response: httpx2.Response) -> bytes:
            if response.content.startswith(magic):
                return response.content
            raise error_from(_answer(response), entity=entity, writes=False)

        return self._repeated(call, checked)

    def post(
        self,
        path: str,
        answer: type[E],
        *,
        entity: str,
        operation: str,
        content: bytes = b"",
        request_id: str | None = None,
        params: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> E:
        """
        Write; never repeated here but after a refused token, when nothing was written.

        Raises:
            Unknown: The outcome is not known; look first, then repeat with the same ``request_id``.
        """
        call = _Call(
            "POST",
            path,
            entity,
            operation,
            writes=True,
            params={**(params or {}), **_request_id(request_id)},
            content=content,
            content_type=content_type,
        )
        return self._renewing(call, lambda response: self._decoded(response, answer, call), attempt=1)

    def query(self, statement: str, answer: type[E], *, entity: str) -> E:
        """Ask in the query language; posted, so that nothing has to be escaped for a URL, and still only a read."""
        call = _Call(
            "POST",
            "query",
            entity,
            "query",
            writes=False,
            params={},
            content=statement.encode(),
            content_type="application/text",
        )
        return self._repeated(call, lambda response: self._decoded(response, answer, call))

    def _repeated(self, call: _Call, parse: Callable[[httpx2.Response], R]) -> R:
        for attempt in stamina.retry_context(
            on=_worth_repeating, attempts=_READ_ATTEMPTS, wait_initial=0.1, wait_max=0.5, wait_jitter=0.2, timeout=None
        ):
            with attempt:
                return self._renewing(call, parse, attempt=attempt.num)
        raise AssertionError("a retry context ends by returning or raising")

    def _renewing(self, call: _Call, parse: Callable[[httpx2.Response], R], *, attempt: int) -> R:
        try:
            return self._once(call, parse, attempt=attempt, token=self.token(False))
        except Renew:
            renewed = self.token(True)
        try:
            return self._once(call, parse, attempt=attempt + 1, token=renewed)
        except Renew as again:
            # A fresh token refused: no renewal can help, the user has to connect again.
            raise Refused(
                again.code,
                status=again.status,
                vendor_code=again.vendor_code,
                detail=again.detail,
                intuit_tid=again.intuit_tid,
                faults=again.faults,
            ) from again

    def _once(self, call: _Call, parse: Callable[[httpx2.Response], R], *, attempt: int, token: str) -> R:
        response = self._send(call, attempt=attempt, token=token)
        if not response.is_success:
            raise error_from(_answer(response, secret=token), entity=call.entity, writes=call.writes)
        return parse(response)

    def _send(self, call: _Call, *, attempt: int, token: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": call.accept}
        if call.content_type:
            headers["Content-Type"] = call.content_type
        self.gate.acquire(self.realm_id)
        status, tid, started = 0, "", time.perf_counter()
        try:
            response = self.http.request(
                call.method,
                f"{self.base_url.rstrip('/')}/v3/company/{quote(self.realm_id, safe='')}/{call.path}",
                params={**call.params, "minorversion": MINOR_VERSION},
                headers=headers,
                content=call.content,
                timeout=self.write_timeout if call.writes else self.read_timeout,
                follow_redirects=False,
            )
            status, tid = response.status_code, response.headers.get("intuit_tid", "")
        except httpx2.RequestError as error:
            raise _transport_error(error, writes=call.writes) from error
        finally:
            self.gate.report(self.realm_id, status)
            elapsed = (time.perf_counter() - started) * 1000
            self.on_call(
                CallRecord(
                    call.entity,
                    call.operation,
                    status,
                    attempt,
                    elapsed,
                    tid,
                    metered=not call.writes and 200 <= status < 300,
                )
            )
        return response

    def _decoded(self, response: httpx2.Response, answer: type[E], call: _Call) -> E:
        try:
            decoded = decode(response.content, answer)
        except msgspec.ValidationError as error:
            raise _misfit(response, error, writes=call.writes) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise error_from(_answer(response), entity=call.entity, writes=call.writes) from error
        faults = decoded.faults()
        if faults or not decoded.complete():
            seen = Answer(response.status_code, response.headers.get("intuit_tid", ""), faults)
            raise error_from(seen, entity=call.entity, writes=call.writes)
        return decoded


def one(name: str, kind: type[T]) -> type[One[T]]:
    """Give the answer type of an entity whose envelope is ``{name: {...}}``."""
    return cast(type[One[T]], _one(name, cast(Any, kind)))


@cache
def _one(name: str, kind: Any) -> type[msgspec.Struct]:
    entity = msgspec.field(default=None, name=name)
    return msgspec.defstruct(
        f"{name}Answer", [("entity", kind | None, entity)], bases=(One,), frozen=True, kw_only=True
    )


def entity_of(answer: One[T]) -> T:
    """Take the entity out of an answer that the client found complete."""
    if answer.entity is None:
        raise AssertionError("the client lets no incomplete answer through")
    return answer.entity


def decode(raw: bytes, kind: type[E]) -> E:
    """Read a document; amounts become exact Decimals because every amount is typed so."""
    return decoder(kind).decode(raw)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(value: msgspec.Struct) -> bytes:
    """Write an entity as the vendor reads it: amounts as exact numbers, unset fields left out."""
    return _ENCODER.encode(value)


def path_id(vendor_id: str) -> str:
    """Make an id safe as a piece of a path."""
    if not vendor_id:
        raise ValueError("an id is needed")
    return quote(vendor_id, safe="")


def _request_id(request_id: str | None) -> dict[str, str]:
    if request_id is None:
        return {}
    if not 0 < len(request_id) <= REQUEST_ID_LENGTH:
        raise ValueError(f"a request id has 1 to {REQUEST_ID_LENGTH} characters")
    return {"requestid": request_id}


def _answer(response: httpx2.Response, *, secret: str = "") -> Answer:
    body = response.content
    if secret:
        body = body.replace(secret.encode(), b"[token]")
    tid = response.headers.get("intuit_tid", "")
    return answer_from(response.status_code, body, intuit_tid=tid, retry_after=_seconds(response))


def _seconds(response: httpx2.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def _transport_error(error: httpx2.RequestError, *, writes: bool) -> QuickBooksError:
    # The name of the error only: its text may quote an address with a query.
    detail = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return Retry("quickbooks.unreachable", detail=detail)
    if isinstance(error, _OUR_FAULT):
        return Rejected("quickbooks.rejected", detail=detail)
    return (Unknown if writes else Retry)("quickbooks.no_answer", detail=detail)


def _misfit(response: httpx2.Response, error: msgspec.ValidationError, *, writes: bool) -> QuickBooksError:
    # Well-formed but not what the vendor's documentation says: after a write the work may be done, after a read it is a defect.
    tid = response.headers.get("intuit_tid", "")
    detail = scrub(str(error))
    if writes:
        return Unknown("quickbooks.no_answer", status=response.status_code, detail=detail, intuit_tid=tid)
    return Rejected("quickbooks.rejected", status=response.status_code, detail=detail, intuit_tid=tid)


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, Retry) and error.code in {"quickbooks.unreachable", "quickbooks.no_answer"}
