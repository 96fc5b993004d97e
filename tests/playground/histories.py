"""
One history: some simulated days of users, salespeople, accountants, webhooks, time and mishaps, in an order that a seed gives.

What must hold at the end is in ``simulated_truth``. Nothing here knows how the product works inside: it opens forms,
presses buttons, delivers events and lets time pass; and it may do any of that while a call of the product is under way.
"""

import contextvars
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx2

from dealvoice.connections.tokens import SignInEnded
from dealvoice.pipedrive.errors import PipedriveError
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.workflows.errors import Trouble
from dealvoice.workflows.sync import calendar, pipedrive_receive, receive
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from playground.accountant import Accountant
from playground.happenings import Birth, Happenings, Opened
from playground.mishaps import Passage, Rates
from playground.points import Stop
from playground.simulated import World
from playground.sweeping import catch_up_all

_DEEPEST = 2
"""How many may act within each other's calls."""
_LONGEST_QUIET = timedelta(days=2)
_WEATHER = (
    Rates(turn=0.04),
    Rates(mishap=0.05, turn=0.04),
    Rates(mishap=0.2, stop=0.002, turn=0.04),
    Rates(stop=0.01, turn=0.02),
    Rates(mishap=0.08, stop=0.006, turn=0.06),
)
"""A calm day, and worse ones."""


@dataclass(slots=True)
class Figures:
    """What histories were made of."""

    histories: int = 0
    days: float = 0.0
    calls: int = 0
    events: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    reconnects: int = 0
    invoices: int = 0
    operations: int = 0
    attention: int = 0
    refused: int = 0
    duplicates: int = 0

    def add(self, other: "Figures") -> None:
        """Add those of another run."""
        for name in self.__slots__:
            mine, more = getattr(self, name), getattr(other, name)
            setattr(self, name, mine + (Counter(more) if isinstance(mine, Counter) else more))

    def told(self) -> str:
        """Return them in a sentence."""
        mishaps, events = sum(self.mishaps.values()), sum(self.events.values())
        return (
            f"simulated: {self.histories} histories of {self.days:.0f} days, {events} events, {self.calls} calls,"
            f" {mishaps} mishaps, {self.stops} stops, {self.reconnects} new consents; {self.invoices} invoices,"
            f" {self.duplicates} duplicates; of {self.operations} operations {self.refused} were refused and"
            f" {self.attention} left to a person"
        )


class History(Happenings):
    """One run from a seed."""

    def __init__(self, world: World, seed: int, *, rates: Rates | None = None, only: str = "") -> None:
        """
        Args:
            world: Where it happens.
            seed: Gives its order, mishaps and chance.
            rates: What befalls it; otherwise by the seed.
            only: Events that have this in their name; all when empty.
        """
        self.world, self.seed = world, seed
        self.random = Random(f"history {seed}")
        weather = self.random.choice(_WEATHER)
        self.rates = rates or weather
        self.lines: list[str] = []
        self.forms: list[Opened] = []
        self.accepted: list[str] = []
        self.births: dict[tuple[str, str], Birth] = {}
        self.payments: dict[str, str] = {}
        self.voided: set[str] = set()
        self.erased_notes = False
        self.cursors: defaultdict[str, list[datetime]] = defaultdict(list)
        self.figures = Figures(histories=1)
        self._depth = 0
        self._weights = {
            work: weight for weight, work in (*self._events(), (5, self._timetable)) if only in work.__name__
        }
        self.passage = Passage(
            world.network, Random(f"mishaps {seed}"), self.rates, later=world.later, tell=self.tell,
            between=self._between, after=self._after,
        )  # fmt: skip

    # The frame.

    def run(self) -> "History":
        """Live through it, up to the end of the quiet that follows."""
        world = self.world
        with world.reigned():
            world.begin(f"chance {self.seed}", self._ways_of_quickbooks())
            self.accountant = Accountant(world.house)
            self._born()
            self._surviving(lambda: None)
            began = world.clock.now()
            self._surviving(lambda: self._happen(self._a_user_presses_create))
            for _ in range(self.random.randint(6, 11)):
                self._surviving(self._go_on)
            self._quieten()
            self.figures.days = (world.clock.now() - began).total_seconds() / 86_400
            self.figures.calls, self.figures.stops = self.passage.calls, self.passage.stops
            self.figures.mishaps.update(self.passage.met)
        return self

    def tell(self, line: str) -> None:
        """Write a line down."""
        self.lines.append(f"{self.world.clock.now():%d %H:%M:%S.%f} {'    ' * self._depth}{line}")

    def hash(self) -> str:
        """Return the hash of everything that was told, every call with its bytes among it."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    def _start(self) -> None:
        self.world.start(transport=self.passage, commit_hook=self.passage.commit_hook,
                         remembers=self.random.random() > 0.1)  # fmt: skip

    def _ways_of_quickbooks(self) -> dict[str, Any]:
        """Return what QuickBooks does so or so, as far as anybody knows."""
        return {
            "strict_rotation": self.random.random() < 0.2,
            "refresh_grace_hours": self.random.choice((0, 24)),
            "own_writes_notified": self.random.random() < 0.5,
            "legacy_webhooks": self.random.random() < 0.3,
            "void_and_emailed_also_updated": self.random.random() < 0.5,
        }

    def _surviving(self, work: Callable[[], None]) -> None:
        """Do something; when the process stops in it, start another one."""
        while True:
            try:
                if self.world.house.built is None:
                    self._start()
                work()
            except Stop:
                self._depth = 0
                self.world.stop()
                self.passage.dead = False
                self.world.later(timedelta(seconds=self.random.choice((1, 10, 120, 3000))))
                continue
            return

    def _go_on(self) -> None:
        self._happen()
        if self.random.random() < 0.7:
            self._work()
        self._note_cursor()
        if self.random.random() < 0.2:
            self.passage.arrive()
        self._pass(self.random.choice((0, 2, 20, 70, 3700, 9 * 3600, 36 * 3600)))

    def _happen(self, work: Callable[[], None] | None = None) -> None:
        work = work or self.random.choices(list(self._weights), weights=list(self._weights.values()))[0]
        name = work.__name__.strip("_").replace("_", " ")
        self.figures.events[name] += 1
        self.tell(name)
        try:
            work()
        except Trouble as trouble:
            self.tell(f"  told: {trouble.code}")
        except Refusal as refusal:
            self.tell(f"  QuickBooks refuses: {refusal.code}")

    def _between(self) -> None:
        """Somebody else acts while a call is under way."""
        if self._depth >= _DEEPEST:
            return
        self._depth += 1
        try:
            contextvars.Context().run(self._happen if self.random.random() < 0.7 else self._step)
        finally:
            self._depth -= 1

    def _after(self, request: httpx2.Request) -> None:
        if request.method == "POST" and request.url.path.endswith("/invoice"):
            self._born()

    def _note_cursor(self) -> None:
        for company in self.world.companies:
            with self.world.app.database.read(company.users[0].tenant_id) as store:
                connection = store.connections.current()
            assert connection is not None
            if connection.cursor is not None:
                self.cursors[company.realm].append(connection.cursor)

    # Time, and the work that is done by itself.

    def _pass(self, seconds: float) -> None:
        self.world.later(timedelta(seconds=seconds))
        if seconds >= 400 and self.random.random() < 0.5:
            self._timetable()

    def _work(self, limit: int = 40) -> None:
        """Do what is due, one step of any run at a time."""
        for _ in range(limit):
            if not self._step():
                return

    def _step(self) -> bool:
        engine = self.world.engine
        for name in engine.woken():
            self._scheduled(name)
        due = engine.due()
        if not due:
            return False
        engine.step(self.random.choice(due))
        return True

    def _scheduled(self, name: str) -> None:
        try:
            self.world.engine.work_of(name)()
        except Exception as error:
            if not _is_of_vendors(error):
                raise
            self.tell(f"  {name} failed: {type(error).__name__}")

    def _timetable(self) -> None:
        for name in ("operations", receive.TRACK, pipedrive_receive.TRACK, receive.SWEEP, "calendar", "hooks"):
            if self.random.random() < 0.6:
                self._scheduled(name)

    def _quieten(self) -> None:
        """Nothing goes wrong any more, all that is under way comes to its end, and there is one sweep."""
        self.tell("quiet")
        self.passage.quiet = True
        self.passage.arrive()
        for post in self._posts():
            post.empty()
        self._surviving(lambda: None)
        until = self.world.clock.now() + _LONGEST_QUIET
        while self.world.clock.now() < until:
            self._a_user_reconnects()
            self._scheduled("operations")
            self._work(200)
            wait = self.world.engine.next_due()
            if wait is None and not self._unfinished():
                break
            self.world.later(max(wait or timedelta(0), timedelta(seconds=5)))
        self._a_user_reconnects()  # a sign-in may have ended in the last round
        self._work(200)
        self.tell("one sweep")
        self.world.later(timedelta(seconds=2))
        try:
            catch_up_all(self.world.app)
        except* SignInEnded:
            # The sign-in has ended with a lost answer, and nobody has called since.
            self._a_user_reconnects()
            self._work(200)
            catch_up_all(self.world.app)
        self._work(200)
        calendar.turn_page(self.world.app)
        self._work(200)
        self._note_cursor()

    def _unfinished(self) -> int:
        with self.world.app.database.everyone_read() as lobby:
            return len(lobby.operations.due(self.world.clock.now() + timedelta(days=30)))


def _is_of_vendors(error: BaseException) -> bool:
    """Tell whether something failed because a vendor did not do its part."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_of_vendors(one) for one in error.exceptions)
    return isinstance(error, QuickBooksError | PipedriveError | SignInEnded)
