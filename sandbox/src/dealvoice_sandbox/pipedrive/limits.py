"""
Rate limits: bursts per token in a rolling window, and the company's daily budget of cost tokens.

Source: rate limiting page, seen October 2025 and September 2026; what is said after the limit is unconfirmed.
"""

import math
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dealvoice_sandbox.pipedrive import answers, plans

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

WINDOW = timedelta(seconds=2)
SEARCHES = 10
"""Searches in a window, on every plan."""
_SHOWN_TO_SCRIPTS = frozenset({"POST", "PUT"})
"""Methods whose answers tell a personal token what is left of its day."""


class Meter:
    """Counts calls by token, and cost by day."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()
        self.refusals: dict[str, int] = {}
        """Refusals in a row by token."""

    def count(self, token: str, now: datetime, most: int) -> tuple[bool, dict[str, str]]:
        """Count one call and return whether it is within the limit, with the headers that say so."""
        with self._lock:
            calls = self._calls.setdefault(token, deque())
            while calls and calls[0] <= now - WINDOW:
                calls.popleft()
            fits = len(calls) < most
            if fits:
                calls.append(now)
            oldest = calls[0] if calls else now
            wait = max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
            left = most - len(calls)
        return fits, {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(wait),
        }


def admit(
    emulator: "PipedriveEmulator", token: str, *, cost: int, personal: bool, search: bool, method: str = "GET"
) -> dict[str, str]:  # fmt: skip
    """
    Count a call against both limits and return the headers of its answer.

    Switch ``burst`` enforces the window of the plan; switch ``daily_budget`` above 0 enforces the day, below 0 that of
    the plan. A personal token that goes on after ``cloudflare_after`` refusals in a row meets the gateway's page.

    Raises:
        OverLimit: One of them is spent.
        Blocked: The gateway has had enough.
    """
    now = emulator.clock.now()
    spent = spend(emulator, now, cost)
    most = SEARCHES if search else plans.PLANS[plans.plan(emulator)][0 if personal else 1]
    fits, headers = emulator.meter.count(f"{token}{' search' if search else ''}", now, most)
    budget = _budget(emulator)
    if personal and method in _SHOWN_TO_SCRIPTS:
        headers["x-daily-requests-left"] = str(max(0, (budget or plans.daily_tokens(emulator)) - spent))
    over = emulator.switches["burst"] and not fits
    if not over and not 0 < budget < spent:
        emulator.meter.refusals.pop(token, None)
        return headers
    refusals = emulator.meter.refusals[token] = emulator.meter.refusals.get(token, 0) + 1
    if personal and 0 < emulator.switches["cloudflare_after"] < refusals:
        raise Blocked
    raise OverLimit({**headers, "x-ratelimit-remaining": "0"} if over else headers)


def _budget(emulator: "PipedriveEmulator") -> int:
    switched = int(emulator.switches["daily_budget"])
    return plans.daily_tokens(emulator) if switched < 0 else switched


def spend(emulator: "PipedriveEmulator", now: datetime, cost: int) -> int:
    """Add to the day's cost and return it; a day ends at midnight UTC."""
    held = emulator.store.tree.setdefault("spent", {"day": "", "tokens": 0})
    if held["day"] != now.date().isoformat():
        held.update(day=now.date().isoformat(), tokens=0)
    held["tokens"] += cost
    return int(held["tokens"])


class OverLimit(answers.Refused):
    """Status 429, with its headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        refused = answers.over_limit()
        super().__init__(refused.status, refused.body)
        self.headers = headers


class Blocked(Exception):
    """The gateway's HTML page with status 403, for scripts that ignore 429 (rate limiting page)."""
