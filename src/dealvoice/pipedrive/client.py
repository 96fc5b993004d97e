"""
Speak HTTP with Pipedrive: one client a user's token, typed answers, errors sorted by what the caller must do.

Resources (``deals``, ``notes``, ...) are plain functions on this client. Token, rate gate, transport and log come from outside;
nothing here knows the product. A read is repeated at most twice on a cut connection or a 5xx; a write never.
"""

import email.utils
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec
import stamina

from dealvoice.pipedrive.errors import (
    Answer,
    Body,
    PipedriveError,
    Refused,
    Rejected,
    Renew,
    Retry,
    Unknown,
    error_from,
    read_body,
    scrub,
)
from dealvoice.reading import decoder

PAGE_SIZE = 500
"""Most rows of one list answer."""

_READ_ATTEMPTS = 3
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_OUR_FAULT = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_EPOCH_FROM = 10**9

Params = Sequence[tuple[str, str]]

T = TypeVar("T")
B = TypeVar("B", bound=Body)


class Gate(Protocol):
    """Keeps a company's calls within the vendor's limits."""

    def acquire(self, api_domain: str, /) -> None:
        """Wait for, or refuse, one call; called before every attempt."""

    def report(self, api_domain: str, status: int, /) -> None:
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
    request_id: str
    tokens: int
    """What the call costs of the company's daily budget."""


class One(Body, Generic[T], frozen=True, kw_only=True):
    """An answer with one object."""

    data: T | None = None


class _Pagination(msgspec.Struct, frozen=True, kw_only=True):
    more: bool = msgspec.field(default=False, name="more_items_in_collection")
    next_start: int | None = None


class _Additional(msgspec.Struct, frozen=True, kw_only=True):
    # v2: null at the end, although the vendor's document says it never is.
    next_cursor: str | None = None
    # v1.
    pagination: _Pagination | None = None


class Many(Body, Generic[T], frozen=True, kw_only=True):
    """An answer with a list; many v1 lists say null for empty."""

    data: list[T] | None = None
    additional_data: _Additional | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    entity: str
    operation: str
    params: Params
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipedrive:
    """
    A client with one user's access.

    Args:
        api_domain: Scheme and host of the company, from the token answer; check it by ``check_api_domain`` first.
        token: Gives the access token; called with True after the one it gave was refused, to renew it.
        http: Transport; its own redirects are never followed, so that a token cannot leave the vendor.
        gate: Rate limits.
        on_call: Told of every attempt.
        timeout: Seconds to wait for an answer.
    """

    api_domain: str
    token: Callable[[bool], str]
    http: httpx2.Client
    gate: Gate
    on_call: Callable[[CallRecord], None]
    timeout: float = 20.0

    def get(self, path: str, kind: type[T], *, entity: str, operation: str = "read", params: Params = ()) -> T:
        """Read one object."""
        answer = self._repeated(_Call("GET", path, entity, operation, params), _one(kind))
        return _present(answer)

    def pages(
        self, path: str, kind: type[T], *, entity: str, operation: str = "list", params: Params = ()
    ) -> Iterator[list[T]]:
        """Walk over a v2 list by its cursor."""
        cursor: str | None = None
        while True:
            here: Params = (*params, ("cursor", cursor)) if cursor else params
            answer = self._repeated(_Call("GET", path, entity, operation, here), _many(kind))
            if answer.data:
                yield answer.data
            cursor = answer.additional_data.next_cursor if answer.additional_data is not None else None
            if not cursor:
                return

    def rows(self, path: str, kind: type[T], *, entity: str, operation: str = "list", params: Params = ()) -> list[T]:
        """Read a whole v2 list; for those known to be short."""
        pages = self.pages(path, kind, entity=entity, operation=operation, params=(*params, ("limit", str(PAGE_SIZE))))
        return [row for page in pages for row in page]

    def rows_v1(
        self, path: str, kind: type[T], *, entity: str, operation: str = "list", params: Params = ()
    ) -> list[T]:
        """Read a whole v1 list by its ``start`` and ``limit``."""
        found: list[T] = []
        start = 0
        while True:
            here: Params = (*params, ("start", str(start)), ("limit", str(PAGE_SIZE)))
            answer = self._repeated(_Call("GET", path, entity, operation, here), _many(kind))
            found += answer.data or []
            page = answer.additional_data.pagination if answer.additional_data is not None else None
            if page is None or not page.more or page.next_start is None or page.next_start <= start:
                return found
            start = page.next_start

    def write(self, method: str, path: str, kind: type[T], *, entity: str, operation: str, body: object = None) -> T:
        """
        Write and read the answer's object; never repeated here but after a refused token, when nothing was done.

        Raises:
            Unknown: A POST whose outcome is not known.
        """
        call = _Call(method, path, entity, operation, (), None if body is None else _ENCODER.encode(body))
        answer = self._renewing(call, _one(kind), attempt=1)
        if answer.data is None:
            raise error_from(Answer(status=200), entity=entity, method=method)
        return answer.data

    def delete(self, path: str, *, entity: str, params: Params = ()) -> None:
        """Remove an object; safe to repeat."""
        self._renewing(_Call("DELETE", path, entity, "delete", params), Body, attempt=1)

    def _repeated(self, call: _Call, kind: type[B]) -> B:
        for attempt in stamina.retry_context(
            on=_worth_repeating, attempts=_READ_ATTEMPTS, wait_initial=0.1, wait_max=0.5, wait_jitter=0.2, timeout=None
        ):
            with attempt:
                return self._renewing(call, kind, attempt=attempt.num)
        raise AssertionError("a retry context ends by returning or raising")

    def _renewing(self, call: _Call, kind: type[B], *, attempt: int) -> B:
        try:
            return self._once(call, kind, attempt=attempt, token=self.token(False))
        except Renew:
            renewed = self.token(True)
        try:
            return self._once(call, kind, attempt=attempt + 1, token=renewed)
        except Renew as again:
            # A fresh token refused: no renewal can help, the user has to authorize again.
            raise Refused(
                again.code,
                status=again.status,
                vendor_code=again.vendor_code,
                detail=again.detail,
                request_id=again.request_id,
            ) from again

    def _once(self, call: _Call, kind: type[B], *, attempt: int, token: str) -> B:
        response = self._send(call, attempt=attempt, token=token)
        if not response.is_success:
            raise error_from(_answer(response, secret=token), entity=call.entity, method=call.method)
        try:
            decoded = decode(response.content, kind)
        except msgspec.ValidationError as error:
            raise _misfit(response, error, method=call.method) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise error_from(_answer(response), entity=call.entity, method=call.method) from error
        if decoded.success is not True:
            raise error_from(_answer(response, secret=token), entity=call.entity, method=call.method)
        return decoded

    def _send(self, call: _Call, *, attempt: int, token: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if call.content is not None:
            headers["Content-Type"] = "application/json"
        self.gate.acquire(self.api_domain)
        status, request_id, started = 0, "", time.perf_counter()
        try:
            response = self.http.request(
                call.method,
                f"{self.api_domain.rstrip('/')}/{call.path}",
                params=list(call.params),
                headers=headers,
                content=call.content,
                timeout=self.timeout,
                follow_redirects=False,
            )
            status, request_id = response.status_code, response.headers.get("x-request-id", "")
        except httpx2.RequestError as error:
            raise _transport_error(error, method=call.method) from error
        finally:
            self.gate.report(self.api_domain, status)
            elapsed = (time.perf_counter() - started) * 1000
            self.on_call(
                CallRecord(
                    call.entity, call.operation, status, attempt, elapsed, request_id, _tokens(call) if status else 0
                )
            )
        return response


def check_api_domain(api_domain: str, allowed_suffix: str) -> str:
    """
    Make sure that calls with a user's token go to the vendor, and give the address normalised.

    Args:
        api_domain: As the token answer said it.
        allowed_suffix: ``.pipedrive.com``, or the one host of an emulator. Plain http passes on loopback only.

    Raises:
        Rejected: Another host, scheme, or anything beyond scheme, host and port.
    """
    try:
        parts = urlsplit(api_domain)
        port = parts.port
    except ValueError as error:
        raise Rejected("pipedrive.rejected", detail="api_domain is not an address") from error
    host = (parts.hostname or "").rstrip(".")
    suffix = allowed_suffix.casefold()
    inside = host.endswith(suffix) and host != suffix if suffix.startswith(".") else host == suffix
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.username is None
    # A name of more than letters, digits, dots and hyphens is read differently by different parsers.
    plain = bool(host) and host.replace(".", "").replace("-", "").replace(":", "").isalnum() and host.isascii()
    if not (inside and secure and bare and plain and suffix.strip(".")):
        raise Rejected("pipedrive.rejected", detail="api_domain is not the vendor's")
    address = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{address}" if port is None else f"{parts.scheme}://{address}:{port}"


def decode(raw: bytes, kind: type[B]) -> B:
    """Read a document; every number that is not whole becomes an exact Decimal, untyped ones too."""
    return decoder(kind, float_hook=Decimal).decode(raw)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _tokens(call: _Call) -> int:
    """Return what a call costs; ``x-token-cost`` of the vendor's documents, which no answer tells (facts: "Rate limits")."""
    last = call.path.rsplit("/", 1)[-1]
    if call.method == "DELETE":
        cost = 3
    elif call.method != "GET":
        cost = 5
    elif last == "search":
        cost = 20
    else:
        cost = 1 if last.isdecimal() or last == "me" else 10
    return cost * 2 if "v1/" in call.path else cost


def _one(kind: type[T]) -> type[One[T]]:
    return One[kind]  # type: ignore[valid-type] # a type made at run time


def _many(kind: type[T]) -> type[Many[T]]:
    return Many[kind]  # type: ignore[valid-type] # a type made at run time


def _present(answer: One[T]) -> T:
    if answer.data is None:
        raise Retry("pipedrive.no_answer", status=200, detail="no data in the answer")
    return answer.data


def _answer(response: httpx2.Response, *, secret: str = "") -> Answer:
    raw = response.content
    if secret:
        raw = raw.replace(secret.encode(), b"[token]")
    remaining = response.headers.get("x-ratelimit-remaining", "")
    return Answer(
        status=response.status_code,
        body=read_body(raw),
        is_html=raw[:64].lstrip().startswith(b"<"),
        request_id=response.headers.get("x-request-id", ""),
        wait=_wait(response),
        remaining=int(remaining) if remaining.lstrip("-").isdecimal() else None,
    )


def _wait(response: httpx2.Response) -> float | None:
    # The vendor's pages disagree: seconds left, or the time of the reset since 1970. A date of the answer tells its own clock.
    value = response.headers.get("retry-after", "") or response.headers.get("x-ratelimit-reset", "")
    if not value.isdecimal():
        return None
    number = float(value)
    if number <= _EPOCH_FROM:
        return number
    sent = email.utils.parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else None
    return None if sent is None else max(0.0, number - sent.timestamp())


def _transport_error(error: httpx2.RequestError, *, method: str) -> PipedriveError:
    # The name of the error only: its text may quote an address with a query.
    detail = type(error).__name__
    if isinstance(error, _OUR_FAULT):
        return Rejected("pipedrive.rejected", detail=detail)
    if isinstance(error, _NOT_SENT) or method != "POST":
        return Retry("pipedrive.no_answer", detail=detail)
    return Unknown("pipedrive.no_answer", detail=detail)


def _misfit(response: httpx2.Response, error: msgspec.ValidationError, *, method: str) -> PipedriveError:
    # Well-formed but not what the vendor's documentation says: after a POST the work is done, else it is a defect.
    request_id = response.headers.get("x-request-id", "")
    detail = scrub(str(error))
    if method == "POST":
        return Unknown("pipedrive.no_answer", status=response.status_code, detail=detail, request_id=request_id)
    return Rejected("pipedrive.rejected", status=response.status_code, detail=detail, request_id=request_id)


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, Retry)
