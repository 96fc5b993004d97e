"""
One gate for all processes: what was sent to a company is kept in the database, and every process asks there first.

A row a company, two short transactions a call: one before it, one after. A process that dies leaves its calls in flight;
whoever buries it gives them up, else they are given up after three minutes. Times are the database's, so that the clocks
of several machines need not agree.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from dealvoice.connections.budgets import Limits, Seen, is_background
from dealvoice.observability import get_logger
from dealvoice.reading import convert
from dealvoice.storage.unit_of_work import Database, DatabaseAway, Lobby

_log = get_logger(__name__)


class SharedGate:
    """
    One gate for all companies of one vendor, shared by every process on the same database.

    Args:
        database: Where it is kept.
        vendor: Begins the key of a company's row.
        limits: The same in every process.
        process: Whose calls go through it, by the name that others bury it under.
        sleep: Stands in for waiting in tests.
    """

    def __init__(
        self,
        database: Database,
        vendor: str,
        limits: Limits,
        *,
        process: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database, self._vendor, self._limits, self._sleep = database, vendor, limits, sleep
        self._process = process
        self._count = 0
        self._ours: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def acquire(self, realm_id: str) -> None:
        """Wait until this company may send one more call; raises ``DatabaseAway`` before anything is sent."""
        with self._lock:
            self._count += 1
            call = f"{self._process}.{self._count}"
        background = is_background()
        while (
            wait := self._changed(
                realm_id, lambda seen, now: seen.admit(call, now, self._limits, background=background)
            )
        ) > 0:
            self._sleep(wait)
        with self._lock:
            self._ours[realm_id].append(call)

    def report(self, realm_id: str, status: int) -> None:
        """
        Tell how a call ended: its status, or 0 when no answer came.

        Never raises for the database's sake: an answer that came must reach who asked for it. What could not be written
        down is given up like the calls of a dead process.
        """
        with self._lock:
            call = self._ours[realm_id].pop() if self._ours[realm_id] else ""

        def end(seen: Seen, now: float) -> float:
            seen.end(call, status, now, self._limits)
            return 0.0

        try:
            self._changed(realm_id, end)
        except DatabaseAway as error:
            _log.warning("gate.not_written", vendor=self._vendor, error=type(error).__name__)

    def _changed(self, realm_id: str, change: Callable[[Seen, float], float]) -> float:
        """Change what a gate has seen, alone with it, and return what the change returned."""
        key = f"{self._vendor}:{realm_id}"
        while True:
            with self._database.everyone_write() as lobby:
                raw, version = lobby.gates.take(key)
                seen = _read(raw)
                wait = change(seen, lobby.gates.clock())
                if wait > 0 or lobby.gates.keep(key, msgspec.to_builtins(seen), version):
                    return wait


def give_up(lobby: Lobby, processes: Sequence[str]) -> None:
    """Give up the calls that dead processes have in flight: nobody reads their answers, and others wait for their places."""
    for process in processes:
        for key in lobby.gates.naming(process):
            raw, version = lobby.gates.take(key)
            seen = _read(raw)
            seen.flying = {call: lost for call, lost in seen.flying.items() if call.rpartition(".")[0] != process}
            lobby.gates.keep(key, msgspec.to_builtins(seen), version)


def _read(raw: dict[str, Any]) -> Seen:
    """Read what is stored; an older release's shape counts as nothing seen."""
    with suppress(msgspec.ValidationError):
        return convert(raw, Seen)
    return Seen()
