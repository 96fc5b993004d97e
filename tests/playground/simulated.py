"""
A world in one thread: both vendors in process, one clock, one source of chance, and the product on a file in memory.

Nothing waits and nothing happens by itself, so the same seed is the same run, to the last byte that is sent. The product
is the whole product as ``bootstrap.build`` puts it together; a stop throws it away and builds it anew on the same file.
"""

import atexit
import gc
import logging
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import httpx2
import stamina

from dealvoice.bootstrap import Built
from dealvoice.connections.who import Who
from dealvoice.engine.testing import Memory, SyncEngine
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.observability import configure as configure_logs
from dealvoice.storage.engine import open_engine
from dealvoice.workflows.app import App
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.delivery import Deliveries, Delivery
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.pipedrive.app import create_app as create_pipedrive
from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator
from dealvoice_sandbox.quickbooks.app import create_app as create_quickbooks
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.serving_all import Sandbox
from playground.house import REALM, House, settings_for
from playground.in_process import Inline, InProcess, answer_of
from playground.neighbours import HIS_BOOKS, NEIGHBOUR
from playground.person import Person

BEGINNING = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
USERS = ((101, 102), (101,))
"""By company."""
PRODUCTS = ((1, "1", "275"), (2, "2", "15.5"), (3, "8", "62.25"), (4, "6", "9.99"))
"""Pipedrive's products of the seed, with quantity and price."""
_APP_URL = "http://localhost:8100"
_BOOKS, _CRM, _OTHER_CRM = 8101, 8102, 8103


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant: its Pipedrive, its QuickBooks, and who works there."""

    crm: PipedriveEmulator
    realm: str
    users: list[Who] = field(default_factory=list)
    deals: list[int] = field(default_factory=list)


class OnePipedrive(InProcess):
    """The network; at the one address where Pipedrive renews tokens each company's own emulator answers."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/oauth/token" and f"refresh_token={NEIGHBOUR}%3A".encode() in request.read():
            return answer_of(self.apps[_OTHER_CRM], request)
        return super().handle_request(request)


class SimulatedClock(Clock):
    """The only clock: it stands still until somebody moves it on."""

    def now(self) -> datetime:
        return BEGINNING + self.offset


class Chance:
    """What the operating system gives as random during a history: bytes of one seeded source."""

    def __init__(self) -> None:
        self._source = Random(0)

    def seed(self, seed: str) -> None:
        self._source = Random(seed)

    def give(self, count: int) -> bytes:
        return self._source.randbytes(count)

    @contextmanager
    def reigns(self) -> Iterator[None]:
        with patch("os.urandom", self.give), patch("random._urandom", self.give):
            yield


class Post(Deliveries):
    """Webhooks on their way; they go out when they are fetched, and not before."""

    def _begin(self) -> None:
        """Need no thread."""

    def waiting(self) -> list[Delivery]:
        """Return what is on its way, each made up as it would go out now."""
        for one in self._queue:
            if one.prepare is not None:
                one.prepare(one)
        return list(self._queue)

    def take(self, delivery: Delivery) -> None:
        """Take one off its way: it has arrived, or is lost."""
        self._queue.remove(delivery)

    def empty(self) -> None:
        self._queue.clear()


class SteppedEngine(SyncEngine):
    """The engine of tests, one step at a time; a step that is being done is not begun again within itself."""

    def __init__(self, *, memory: Memory | None = None) -> None:
        super().__init__(memory=memory)
        self.doing: set[str] = set()

    def due(self) -> list[str]:
        """Return the runs that could go on now."""
        return [
            one
            for one, run in self.memory.runs.items()
            if run.due <= self.memory.now and run.state == "under_way" and one not in self.doing
        ]

    def next_due(self) -> timedelta | None:
        """Return how long nothing is due; None when nothing is under way."""
        due = [run.due for run in self.memory.runs.values() if run.state == "under_way"]
        return max(timedelta(0), min(due) - self.memory.now) if due else None

    def step(self, run_id: str) -> None:
        """Do the next step of a run."""
        self.doing.add(run_id)
        try:
            self._run_one(run_id)
        finally:
            self.doing.discard(run_id)

    def woken(self) -> list[str]:
        """Return the schedules that were woken, and forget that."""
        found, self._woken = self._woken, []
        return found

    def work_of(self, schedule: str) -> Callable[[], None]:
        """Return a schedule's work, whose failures the caller wants to see."""
        return self._schedules[schedule]


class World:
    """Both vendors, two companies, and the product that both use; every history begins at the same state."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.chance = SimulatedClock(), Chance()
        quickbooks = QuickBooksEmulator(self.clock, _portal("/quickbooks/callback"), seed="us", folder=None)
        pipedrive, other = (
            PipedriveEmulator(self.clock, _portal("/pipedrive/callback"), seed="us", folder=None) for _ in range(2)
        )
        other.store.tree["company"] |= {"id": NEIGHBOUR, "name": "Next Door Ltd"}
        # The same company twice: what belongs to one has the ids of what belongs to the other.
        books = quickbooks.store.tree["companies"]
        books[HIS_BOOKS] = deepcopy(books[REALM])
        ports = {quickbooks: _BOOKS, pipedrive: _CRM, other: _OTHER_CRM}
        for vendor, port in ports.items():
            vendor.url, vendor.deliveries = f"http://127.0.0.1:{port}", Post(self.clock.now)
        self.vendors = tuple(ports)
        self.network = OnePipedrive(
            {
                _BOOKS: create_quickbooks(quickbooks),
                _CRM: create_pipedrive(pipedrive),
                _OTHER_CRM: create_pipedrive(other),
            }
        )
        self.companies = [Company(pipedrive, REALM), Company(other, HIS_BOOKS)]
        sandbox = Sandbox(quickbooks, pipedrive, quickbooks.url, pipedrive.url, ())  # type: ignore[arg-type] # no servers
        settings = settings_for(sandbox, folder)
        limits = settings.quickbooks.model_copy(update={"calls_per_second": 8, "calls_per_minute": 400})
        settings = settings.model_copy(
            update={"retry_seconds": 2.0, "sweep_seconds": 300.0, "throttle_seconds": 60.0, "quickbooks": limits}
        )
        self.house = House(sandbox, folder, settings, vendor=httpx2.Client(transport=self.network, trust_env=False))
        self._store = open_engine(settings.store_url)
        self._memory: Memory | None = None
        with self.reigned():
            self._settle_down()

    @property
    def app(self) -> App:
        return self.house.app

    @property
    def engine(self) -> SteppedEngine:
        engine = self.app.engine
        assert isinstance(engine, SteppedEngine)
        return engine

    @property
    def quickbooks(self) -> QuickBooksEmulator:
        return self.house.sandbox.quickbooks

    @contextmanager
    def reigned(self) -> Iterator[None]:
        """Have chance, pauses inside a call and the store's statements under control."""
        with ExitStack() as stack:
            stack.enter_context(self.chance.reigns())
            stack.enter_context(stamina.set_testing(True, attempts=10, cap=True))
            # One engine for all lives of the product keeps what it has compiled; connections and files are opened anew.
            build = sys.modules["dealvoice.bootstrap.build"]
            stack.enter_context(patch.object(build, "open_engine", lambda _url, **_more: self._store))
            stack.enter_context(patch("dealvoice.connections.used.threading.Timer", _NoTimer))
            yield

    def later(self, by: timedelta) -> None:
        """Let time pass for everybody."""
        self.clock.advance(by)
        if self.house.built is not None:
            self.engine.advance(by)

    def sleep(self, seconds: float) -> None:
        """Stand in for waiting."""
        self.later(timedelta(seconds=seconds))

    def begin(self, seed: str, ways: dict[str, Any] | None = None) -> None:
        """Go back to the state in which every history begins; the product is not built yet."""
        self.stop()
        self.chance.seed(seed)
        self.clock.offset = self._offset
        for end in ("-wal", "-shm"):
            (self.house.folder / f"dealvoice.sqlite3{end}").unlink(missing_ok=True)
        (self.house.folder / "dealvoice.sqlite3").write_bytes(self._file)
        for emulator, tree in zip(self.vendors, self._trees, strict=True):
            emulator.store.tree = pickle.loads(tree)
            emulator.store.version += 1
            emulator.journal.clear()
            emulator.faults.clear()
            emulator.deliveries = Post(self.clock.now)
        self._switch(ways or {})
        self.quickbooks.limits.__init__(self.clock.now)  # type: ignore[misc] # its app holds on to it
        self.quickbooks.events.__init__(self.quickbooks)  # type: ignore[misc] # as above
        self.quickbooks.found.__init__()  # type: ignore[misc] # as above
        for company in self.companies:
            company.crm.meter, company.crm.indexes = type(company.crm.meter)(), type(company.crm.indexes)()
        self._memory = pickle.loads(self._runs)

    def start(
        self,
        *,
        transport: httpx2.BaseTransport | None = None,
        commit_hook: Callable[[str], None] | None = None,
        remembers: bool = True,
    ) -> Built:
        """Build the product; with ``remembers`` off its engine has lost its file."""
        return self.house.open(
            engine=SteppedEngine(memory=self._memory if remembers else Memory()),
            transport=transport or self.network,
            commit_hook=commit_hook,
            clock=self.clock.now,
            sleep=self.sleep,
            threads=Inline(),
        )

    def stop(self) -> None:
        """Throw the product away, as the end of its process does; what its engine has written down stays."""
        built = self.house.built
        if built is not None:
            self._memory = self.engine.memory
            self.house.built = None
            built._http.close()
        self._store.dispose()

    def _switch(self, ways: dict[str, Any]) -> None:
        self.quickbooks.switches.reset()
        self.quickbooks.switches.take_over({"webhook_window_seconds": 0, "sandbox_mail_limit": False, **ways})

    def _settle_down(self) -> None:
        house = self.house
        self.chance.seed("the beginning")
        self.start()
        self._switch({})
        for company, users in zip(self.companies, USERS, strict=True):
            company.users.extend(house.install(user, crm=company.crm.url) for user in users)
            house.connect(company.users[0], realm=company.realm)
            configure.save(
                house.app, company.users[0], mapping=Mapping.default(), visibility=Visibility.EVERYONE,
                show_amounts=True, deal_fields=set(FieldKind),
            )  # fmt: skip
            house.run()
            seller = Person(replace(house, sandbox=replace(house.sandbox, pipedrive_url=company.crm.url)), None)  # type: ignore[arg-type] # opens no pages
            company.deals.extend(
                seller.deal(PRODUCTS[number], *PRODUCTS[4 - number :], title=f"Deal {number}") for number in range(3)
            )
        self.engine.run_schedule("hooks")
        house.run()
        self.later(timedelta(minutes=10))
        house.run()
        self.stop()
        self._offset = self.clock.offset
        self._file = (house.folder / "dealvoice.sqlite3").read_bytes()
        self._trees = [pickle.dumps(vendor.store.tree) for vendor in self.vendors]
        self._runs = pickle.dumps(self._memory)


class _NoTimer:
    """A timer that never comes: what is counted in memory is lost with it."""

    daemon = False

    def __init__(self, *_: object) -> None:
        """Take what a timer takes."""

    start = cancel = join = lambda self: None


def _portal(redirect: str) -> Portal:
    return Portal.for_app(_APP_URL, redirect_path=redirect)


@cache
def a_world() -> World:
    """Return this process's world; building one takes seconds, beginning anew in it a hundredth of one."""
    base = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="dealvoice-world-", dir=base))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    configure_logs("json", level=logging.CRITICAL)
    logging.getLogger("stamina").setLevel(logging.CRITICAL)
    world = World(folder)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return world
