"""The network on which things go wrong, by the seed: answers that are lost, late, cut or no answers, and stops at any moment."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs

import httpx2

from playground.points import Stop

_TOKENS = ("/oauth2/v1/tokens/bearer", "/oauth/token")
_WAITED = timedelta(seconds=30)
"""What a client waits for an answer that does not come."""
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


@dataclass(frozen=True, slots=True)
class Rates:
    """How often something befalls a call or a commit, and what is taken from the product so that one sees it bite."""

    mishap: float = 0.0
    """Of a call."""
    stop: float = 0.0
    """Before or after a call or commit."""
    turn: float = 0.0
    """That somebody else acts while a call is under way."""
    without_request_ids: bool = False
    """QuickBooks is not told the ``requestid``."""
    blind: bool = False
    """The look for an invoice that may be there already finds none."""
    only: tuple[str, ...] = ()
    """The kinds of mishaps; all when empty."""

    def but(self, **changes: Any) -> "Rates":
        """Return them with something changed."""
        return replace(self, **changes)


class Passage(httpx2.BaseTransport):
    """
    The way to both vendors.

    Args:
        inner: Has the vendors answer.
        random: Decides what befalls a call.
        rates: How often.
        later: Lets time pass.
        tell: Writes a line into the history.
        between: Lets somebody else act.
        after: Looks at what a call has done.
    """

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        random: Random,
        rates: Rates,
        *,
        later: Callable[[timedelta], None],
        tell: Callable[[str], None],
        between: Callable[[], None],
        after: Callable[[httpx2.Request], None],
    ) -> None:
        self._inner, self._random, self._rates = inner, random, rates
        self._later, self._tell, self._between, self._after = later, tell, between, after
        self.quiet = False
        self.dead = False
        """The process has stopped: nothing of it reaches anybody any more."""
        self.under_way: list[httpx2.Request] = []
        """Writes that nobody waits for any more, and that QuickBooks will do all the same."""
        self.calls = self.stops = 0
        self.met: dict[str, int] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a call on, or not."""
        self._point(f"before {request.method} {request.url.path}")
        self._later(timedelta(milliseconds=self._random.randrange(30, 400)))
        is_token = request.url.path in _TOKENS
        if not is_token:
            self._perhaps_between()
        met = self._met(is_token=is_token, is_books_write=self._is_books_write(request))
        if met:
            self.met[met] = self.met.get(met, 0) + 1
        response = self._answer(request, met)
        if not is_token:
            self._perhaps_between()
        self._point(f"after {request.method} {request.url.path}")
        return response

    def commit_hook(self, moment: str) -> None:
        """Stop before or after a commit."""
        self._point(f"{moment} commit")

    def arrive(self) -> None:
        """Let everything that is under way arrive."""
        while self.under_way:
            self._do(self.under_way.pop(0), "late")

    def _point(self, where: str) -> None:
        if self.dead:
            raise Stop
        if not self.quiet and self._random.random() < self._rates.stop:
            self.dead = True
            self.stops += 1
            self._tell(f"STOP {where}")
            raise Stop

    def _perhaps_between(self) -> None:
        if not self.quiet and self._random.random() < self._rates.turn:
            self._between()

    def _met(self, *, is_token: bool, is_books_write: bool) -> str:
        if self.quiet or self._random.random() >= self._rates.mishap:
            return ""
        kinds = ["no way", "lost", "lost after", "reset", "reset after", "503", "500"]
        if not is_token:
            kinds += ["500 after", "502 page", "429", "429 with time", "cut", "page", "empty", "401"]
        if is_books_write:
            kinds += ["late", "late"]
        kinds = [kind for kind in kinds if kind in (self._rates.only or kinds)]
        return self._random.choice(kinds) if kinds else ""

    def _answer(self, request: httpx2.Request, met: str) -> httpx2.Response:
        match met:
            case "":
                return self._do(request)
            case "no way":
                self._line(request, met)
                raise httpx2.ConnectError(met, request=request)
            case "lost" | "lost after" | "late":
                if met == "late":
                    self.under_way.append(request)
                if met == "lost after":
                    self._do(request, met)
                else:
                    self._line(request, met)
                self._later(_WAITED)
                raise httpx2.ReadTimeout(met, request=request)
            case "reset":
                self._line(request, met)
                raise httpx2.ReadError(met, request=request)
            case "reset after":
                self._do(request, met)
                raise httpx2.RemoteProtocolError(met, request=request)
            case "500 after":
                self._do(request, met)
                return httpx2.Response(500, text=_HTML.format(500), request=request)
            case "500" | "502 page" | "503":
                self._line(request, met)
                return httpx2.Response(int(met[:3]), text=_HTML.format(met), request=request)
            case "429" | "429 with time":
                self._line(request, met)
                headers = {"retry-after": "20"} if met != "429" else {}
                return httpx2.Response(429, json={}, headers=headers, request=request)
            case "401":
                self._line(request, met)
                return httpx2.Response(401, json={"error": "unauthorized"}, request=request)
        answer = self._do(request, met)
        content = {"cut": answer.content[: len(answer.content) // 2], "page": _HTML.format(200).encode(), "empty": b""}
        headers = {"content-type": answer.headers.get("content-type", "application/json")}
        return httpx2.Response(answer.status_code, content=content[met], headers=headers, request=request)

    def _do(self, request: httpx2.Request, met: str = "") -> httpx2.Response:
        self.calls += 1
        if self._rates.blind and b"MetaData.CreateTime >=" in _statement(request):
            return httpx2.Response(200, json={"QueryResponse": {}}, request=request)
        if self._rates.without_request_ids and "requestid" in request.url.params:
            url = request.url.copy_remove_param("requestid")
            request = httpx2.Request(request.method, url, headers=request.headers, content=request.read())
        answer = self._inner.handle_request(request)
        self._line(request, f"{met or 'ok'} {answer.status_code}", answer.content)
        self._after(request)
        return answer

    def _line(self, request: httpx2.Request, met: str, answer: bytes = b"") -> None:
        self._tell(
            f"  {request.method} {request.url.raw_path.decode()} {_digest(request.read())} {met} {_digest(answer)}"
        )

    @staticmethod
    def _is_books_write(request: httpx2.Request) -> bool:
        return request.method == "POST" and "requestid" in request.url.params


def _statement(request: httpx2.Request) -> bytes:
    if not request.url.path.endswith("/query"):
        return b""
    return request.read() + parse_qs(request.url.query.decode()).get("query", [""])[0].encode()


def _digest(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()[:8] if content else "-"
