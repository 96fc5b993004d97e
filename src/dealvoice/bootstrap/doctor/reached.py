"""Whether the vendors' addresses answer, and how far our clock is from theirs. No credentials are sent."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from dealvoice.bootstrap.doctor.lines import Line, doubt, good, wrong
from dealvoice.settings import Settings

_SECONDS = 5.0
SKEW_DOUBT, SKEW_WRONG = timedelta(seconds=30), timedelta(minutes=4)
"""Pipedrive's signed tokens live five minutes: a clock that is further off refuses them all."""


@dataclass(frozen=True, slots=True)
class _Answer:
    address: str
    status: int
    """0: none came."""
    fault: str
    ms: int
    skew: timedelta | None
    """Their clock less ours, to the second; None when they did not tell."""


def reached(settings: Settings) -> Iterator[Line]:
    """Ask each vendor address once, side by side, with a time-out; any answer but a 5xx will do."""
    vendors = (
        settings.quickbooks.authorize_url, settings.quickbooks.token_url, settings.quickbooks.revoke_url,
        settings.quickbooks.api_url, settings.quickbooks.app_url, settings.pipedrive.authorize_url,
        settings.pipedrive.token_url, settings.pipedrive.revoke_url,
    )  # fmt: skip
    with (
        httpx2.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as http,
        ThreadPoolExecutor(len(vendors)) as pool,
    ):
        answers = list(pool.map(lambda url: _ask(http, url), dict.fromkeys(vendors)))
        own = _ask(http, f"{settings.public_url.rstrip('/')}/healthz")
    for one in answers:
        if not one.status:
            yield wrong("reach", f"{one.address} did not answer: {one.fault}", "see name resolution, firewall and TLS trust")  # fmt: skip
        elif one.status >= 500:
            yield doubt("reach", f"{one.address} answered {one.status}", "the vendor is in trouble, or the address wrong")  # fmt: skip
        else:
            yield good("reach", f"{one.address} answered {one.status} in {one.ms} ms")
    yield from _own(own)
    yield from _clock(answers)


def _own(own: _Answer) -> Iterator[Line]:
    if own.status == 200:
        yield good("reach", f"{own.address} answered in {own.ms} ms")
    else:
        said = f"answered {own.status}" if own.status else f"did not answer: {own.fault}"
        yield doubt("reach", f"{own.address} {said}", "from here at least; is the product running, and the proxy before it?")  # fmt: skip


def _clock(answers: list[_Answer]) -> Iterator[Line]:
    for host, skew in {urlsplit(one.address).netloc: one.skew for one in answers if one.skew is not None}.items():
        yield told_skew(f"{host}'s", skew)


def told_skew(whose: str, skew: timedelta) -> Line:
    """Say how far a clock is from ours."""
    seconds = round(skew.total_seconds())
    said = f"{whose} clock and ours differ by {abs(seconds)} s"
    if abs(skew) > SKEW_WRONG:
        return wrong("clock", said, "set this machine's clock (NTP): signed tokens would be refused")
    if abs(skew) > SKEW_DOUBT:
        return doubt("clock", said, "set this machine's clock (NTP)")
    return good("clock", said)


def _ask(http: httpx2.Client, url: str) -> _Answer:
    began = time.monotonic()
    try:
        answer = http.head(url)
    except httpx2.HTTPError as error:
        return _Answer(url, 0, _fault(error), 0, None)
    ms = round((time.monotonic() - began) * 1000)
    return _Answer(url, answer.status_code, "", ms, _skew(answer.headers.get("date", "")))


def _fault(error: httpx2.HTTPError) -> str:
    return str(error) or type(error).__name__


def _skew(told: str) -> timedelta | None:
    try:
        return parsedate_to_datetime(told) - datetime.now(UTC).replace(microsecond=0)
    except (ValueError, TypeError):
        return None
