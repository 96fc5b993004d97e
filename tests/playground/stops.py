"""
Stops the product before and after every call and commit of a write path, and builds it again on the same database; or
lets one call of it go wrong.

A ``WritePath`` is set up once; each round prepares one case, acts, and is stopped at one point further on. Then time
passes, as until a service is back, the product starts again, and whoever acted presses again. How many points there are
is counted by the run itself. The engine may have lost its memory or not: a seed decides, and the same seed is the same run.
"""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from dealvoice.engine.testing import SyncEngine
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.quickbooks import errors as quickbooks_errors
from dealvoice.workflows.errors import Trouble
from dealvoice.workflows.sync.sweep import start_unfinished
from dealvoice_sandbox.pipedrive.app import create_app as create_pipedrive
from dealvoice_sandbox.quickbooks.app import create_app as create_quickbooks
from playground.accountant import Accountant
from playground.house import House, a_house
from playground.in_process import OneAtATime, port_of
from playground.invariants import Watch, a_log
from playground.points import PointedTransport, Points, Stop

AWAY = timedelta(minutes=4)
"""How long a stopped process is away: longer than any lease, for nobody gives back what a dead one held."""
_TOLD = (Trouble, quickbooks_errors.Retry, pipedrive_errors.Retry, ExceptionGroup)
"""What whoever acted is told, or what a schedule logs; he presses again, and it comes again."""


class WritePath:
    """A way on which the product changes something outside; each is a row of the table in ``write_paths``."""

    name = ""
    fewest = 6
    """Fewer points mean that the wrappers miss something."""
    alike = False
    """It is another path with a few points of its own; a share of them will do outside a soak."""
    bare_answers = False
    """Its calls are answered with a status and no body, so that nobody can tell a 200 that means nothing."""

    def ready(self, rig: "Rig") -> None:
        """Set up once."""

    def begin(self, rig: "Rig", number: int) -> Any:
        """Prepare one case; nothing stops here."""

    def act(self, rig: "Rig", case: Any) -> None:
        """Do it; called again after a stop."""
        raise NotImplementedError

    def check(self, rig: "Rig", case: Any) -> None:
        """Check what must hold of this case beside the invariants."""


class Rig:
    """A house whose product may be stopped, and whose clock is the vendors'."""

    def __init__(self, house: House, watch: Watch) -> None:
        self.house, self.watch, self.points = house, watch, Points()
        self.accountant = Accountant(house)
        self._cases = self._calls = self._spoiled = 0
        self._fault: Mapping[str, Any] | None = None

    @property
    def vendor(self) -> Any:
        """QuickBooks' emulator."""
        return self.house.sandbox.quickbooks

    def later(self, by: timedelta) -> None:
        """Let time pass for everybody."""
        self.vendor.clock.advance(by)

    def spoil(self, path: WritePath, at: int, fault: Mapping[str, Any]) -> bool:
        """Go the path while one of its calls goes wrong, and check; returns whether there was such a call."""
        case = self._next(path)
        self._calls, self._spoiled, self._fault = 0, at, fault
        self.points.arm(0)
        with suppress(*_TOLD):
            path.act(self, case)
        self.points.disarm()
        struck, self._fault = self._calls >= at, None
        try:
            self.house.settle(6)
            with suppress(*_TOLD):
                path.act(self, case)
            self._settle(path, case)
        except AssertionError as error:
            where = [what for what in self.points.seen if what.startswith("before") and "commit" not in what]
            raise AssertionError(f"{path.name}, {dict(fault)} at {where[at - 1 : at]}") from error
        return struck

    def before_call(self, request: httpx2.Request) -> None:
        """Have the vendor play the fault on the chosen call."""
        if self._fault is None or not self.points.armed:
            return
        self._calls += 1
        if self._calls == self._spoiled:
            emulator = self.vendor if str(request.url).startswith(self.vendor.url) else self.house.sandbox.pipedrive
            emulator.faults.add({"method": request.method, "path": re.escape(request.url.path), **self._fault})

    def count(self, path: WritePath) -> list[str]:
        """Go the path once without a stop; returns the names of its points."""
        case = self._next(path)
        self.points.arm(0)
        path.act(self, case)
        self.points.disarm()
        self._settle(path, case)
        return list(self.points.seen)

    def stop(self, path: WritePath, at: int, random: Random) -> bool:
        """Go the path with a stop at a point, and check; returns whether there was such a point."""
        case = self._next(path)
        self.points.arm(at)
        try:
            path.act(self, case)
        except Stop:
            self.points.disarm()
            self._start_again(keeps_memory=random.random() < 0.5)
            path.act(self, case)
        stopped = self.points.stopped
        self.points.disarm()
        try:
            self._settle(path, case)
        except AssertionError as error:
            where = self.points.seen[-1] if stopped else "no point"
            raise AssertionError(f"{path.name}, stopped at {at} ({where})") from error
        return stopped

    def _next(self, path: WritePath) -> Any:
        self._cases += 1
        return path.begin(self, self._cases)

    def _start_again(self, *, keeps_memory: bool) -> None:
        memory = self.house.engine.memory if keeps_memory else None
        dead = self.house.app.process
        self.later(AWAY)
        self.house.reopen(engine=SyncEngine(memory=memory))
        with self.house.app.database.everyone_write() as lobby:
            lobby.leases.end_of([dead])  # as whoever buries it does; the engine of tests buries nobody
        start_unfinished(self.house.app)
        self.house.run()

    def _settle(self, path: WritePath, case: Any) -> None:
        self.house.settle(3)
        path.check(self, case)
        self.watch.check()


@contextmanager
def a_rig(folder: Path, path: WritePath, *, database_url: str = "", wire: bool = False) -> Iterator[Rig]:
    """
    Open a house for one path, installed and connected.

    Args:
        folder: Where its files are.
        path: What is gone.
        database_url: See ``a_house``.
        wire: Whether calls go over the loopback, where they may go wrong. Else the vendors are called in this process,
            which changes nothing for who stops before and after a call.
    """
    _calm()
    with a_log() as log, a_house(folder, database_url=database_url) as house:
        rig = Rig(house, Watch(house, log))
        rig.vendor.deliveries.control({"hold": True})
        house.sandbox.pipedrive.deliveries.control({"hold": True})
        # There are more stops than a sandbox company may mail in a day.
        rig.vendor.switches.take_over({"webhook_window_seconds": 0, "sandbox_mail_limit": False})
        house.reopen(
            transport=PointedTransport(rig.points, rig.before_call, inner=None if wire else _in_process(house)),
            commit_hook=rig.points.commit_hook,
            clock=rig.vendor.clock.now,
        )
        house.who = house.install()
        house.connect(house.who)
        path.ready(rig)
        yield rig
        rig.watch.check(texts=True)


def _in_process(house: House) -> httpx2.BaseTransport:
    """Have everybody in this process call the vendors without a wire."""
    books, crm = house.sandbox.quickbooks, house.sandbox.pipedrive
    network = OneAtATime({port_of(books.url): create_quickbooks(books), port_of(crm.url): create_pipedrive(crm)})
    house.vendor.close()
    house.vendor = httpx2.Client(transport=network, trust_env=False)
    return network


@cache
def _calm() -> None:
    """Have the collector pass over what was imported, and come rarely: its rounds cost a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def every_point(rig: Rig, path: WritePath, random: Random) -> int:
    """Stop a path at each of its points, one after the other; returns how many there are."""
    at = 1
    while rig.stop(path, at, random):
        at += 1
    return at - 1


def some_points(rig: Rig, path: WritePath, random: Random, most: int) -> int:
    """Stop a path at points drawn at random; returns how many there are."""
    points = range(1, len(rig.count(path)) + 1)
    for at in sorted(random.sample(points, min(most, len(points)))):
        # The first time, which was counted, costs a little more than any later one.
        assert rig.stop(path, at, random) or at > path.fewest, f"{path.name} has no point {at}"
    return len(points)


FAULTS: Mapping[str, Mapping[str, Any]] = {
    "cut before the work": {"action": "drop_before"},
    "cut after the work": {"action": "drop_after"},
    "truncated after the work": {"action": "truncate"},
    "garbled after the work": {"action": "garble"},
    "503": {"status": 503},
    "500 in JSON": {"status": 500, "body": '{"error": "boom"}'},
    "502 in HTML": {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"},
    "429": {"status": 429, "body": "{}"},
    "200 and nothing": {"status": 200, "body": " "},
    "200 and HTML": {"status": 200, "body": "<html>Maintenance</html>", "content_type": "text/html"},
    "200 and half an object": {"status": 200, "body": '{"Invoice": {"Id": "1"'},
}
"""What may go wrong with a call; the emulator plays it on the wire."""


def some_faults(rig: Rig, path: WritePath, random: Random, most: int) -> int:
    """Let calls of a path go wrong in ways drawn at random, all of them when ``most`` is 0; returns how many were tried."""
    rig.count(path)
    calls = sum(what.startswith("before ") and "commit" not in what for what in rig.count(path))
    faults = [name for name, fault in FAULTS.items() if fault.get("status") != 200 or not path.bare_answers]
    every = [(at, name) for at in range(1, calls + 1) for name in faults]
    chosen = random.sample(every, min(most, len(every))) if most else every
    for at, name in chosen:
        assert rig.spoil(path, at, FAULTS[name]), f"{path.name} has no call {at}"
    return len(chosen)
