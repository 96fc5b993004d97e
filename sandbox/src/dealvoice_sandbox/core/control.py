"""The control calls under ``/_sandbox``: the same on both ports, refused to foreign hosts and origins."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dealvoice_sandbox.core.clock import Clock, parse_duration
from dealvoice_sandbox.core.delivery import Deliveries
from dealvoice_sandbox.core.faults import Faults
from dealvoice_sandbox.core.journal import Journal
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.rules import Switches

_OURS = frozenset({"127.0.0.1", "localhost", "::1"})


class Emulator(Protocol):
    """What an emulator offers to the control calls."""

    clock: Clock
    portal: Portal
    journal: Journal
    faults: Faults
    deliveries: Deliveries
    switches: Switches

    def reset(self, seed: str) -> None:
        """Go back to a seed."""

    def tokens(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return a token pair without a browser."""


@dataclass(frozen=True, slots=True)
class _Call:
    emulator: Emulator
    values: dict[str, Any]


def routes(
    emulator: Emulator,
    more: dict[str, Callable[[], Any]] | None = None,
    acts: dict[str, Callable[[dict[str, Any]], Any]] | None = None,
) -> list[Route]:
    """
    Return the control routes.

    Args:
        emulator: Whose they are.
        more: Readable ones of this emulator by name (the outbox).
        acts: Ones of this emulator that do something with the values of a POST (an uninstall).
    """
    table: dict[tuple[str, str], Callable[[_Call], Any]] = {
        ("GET", "app"): lambda call: call.emulator.portal.shown(),
        ("PUT", "app"): _put_app,
        ("POST", "reset"): _reset,
        ("POST", "tokens"): lambda call: call.emulator.tokens(call.values),
        ("GET", "journal"): lambda call: call.emulator.journal.rows(),
        ("DELETE", "journal"): lambda call: call.emulator.journal.clear(),
        ("GET", "recordings"): lambda call: call.emulator.journal.recordings.rows(),
        ("POST", "recordings"): lambda call: call.emulator.journal.recordings.control(call.values),
        ("DELETE", "recordings"): lambda call: call.emulator.journal.recordings.clear(),
        ("GET", "faults"): lambda call: call.emulator.faults.shown(),
        ("POST", "faults"): lambda call: call.emulator.faults.add(call.values),
        ("DELETE", "faults"): lambda call: call.emulator.faults.clear(),
        ("POST", "clock"): _advance,
        ("GET", "clock"): lambda call: {"now": call.emulator.clock.now().isoformat()},
        ("POST", "webhooks"): lambda call: call.emulator.deliveries.control(call.values),
        ("GET", "webhooks"): lambda call: call.emulator.deliveries.shown(),
        ("POST", "switches"): _switch,
        ("GET", "switches"): lambda call: call.emulator.switches.shown(),
    }
    for name, read in (more or {}).items():
        table["GET", name] = _reading(read)
    for name, act in (acts or {}).items():
        table["POST", name] = _acting(act)

    async def answer(request: Request) -> Response:
        if not _is_ours(request):
            return JSONResponse({"error": "the sandbox answers to this machine only"}, status_code=403)
        work = table.get((request.method, request.path_params["what"]))
        if work is None:
            return JSONResponse({"error": "there is no such control call"}, status_code=404)
        try:
            body = await request.body()
            found = work(_Call(emulator, _values(body)))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(found if found is not None else {"ok": True})

    return [Route("/_sandbox/{what}", answer, methods=["GET", "PUT", "POST", "DELETE"])]


def _values(body: bytes) -> dict[str, Any]:
    values = json.loads(body) if body else {}
    if not isinstance(values, dict):
        raise TypeError("the body is no JSON object")
    return values


def _reading(read: Callable[[], Any]) -> Callable[[_Call], Any]:
    return lambda _call: read()


def _acting(act: Callable[[dict[str, Any]], Any]) -> Callable[[_Call], Any]:
    return lambda call: act(call.values)


def _is_ours(request: Request) -> bool:
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    origin = request.headers.get("origin")
    return host in _OURS and (origin is None or urlsplit(origin).hostname in _OURS)


def _put_app(call: _Call) -> dict[str, Any]:
    call.emulator.portal.take_over(call.values)
    return call.emulator.portal.shown()


def _reset(call: _Call) -> None:
    call.emulator.reset(str(call.values.get("seed", "us")))
    call.emulator.faults.clear()
    call.emulator.deliveries.clear()
    call.emulator.switches.reset()


def _advance(call: _Call) -> dict[str, Any]:
    now = call.emulator.clock.advance(parse_duration(str(call.values["advance"])))
    call.emulator.deliveries.wake()
    return {"now": now.isoformat()}


def _switch(call: _Call) -> dict[str, Any]:
    call.emulator.switches.take_over(call.values)
    return call.emulator.switches.shown()
