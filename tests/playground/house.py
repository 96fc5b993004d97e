"""
The whole product beside the whole sandbox, in one process, on free ports of the loopback.

Tests reach workflows through ``house.app`` and vendors only over HTTP. Nothing of the product is replaced but what
``build`` lets one replace: the engine, the clock, the transport, the commit hook.
"""

import atexit
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpcore2
import httpx2
from sqlalchemy import Engine as StoreEngine

from dealvoice.bootstrap import Built, build
from dealvoice.connections.spool import Pair
from dealvoice.connections.who import Who
from dealvoice.engine.port import Engine
from dealvoice.engine.testing import SyncEngine
from dealvoice.invoicing.mapping import Mapping
from dealvoice.settings import PipedriveSettings, QuickBooksSettings, Settings
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.workflows.app import App
from dealvoice.workflows.setup import configure, connect, install
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.sweep import start_unfinished
from dealvoice_sandbox import serving_all

FILE = "dealvoice.sqlite3"
"""The database, in a house's folder."""
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
"""Never used on the loopback; made once a process, for reading all certificates takes half as long as building the product."""
REALM = "9341452000000001"
AVIARY = 12
"""The seed's deal with four products, one of them without a twin in QuickBooks."""


def settings_for(sandbox: serving_all.Sandbox, folder: Path, *, public_url: str = "http://localhost:8100") -> Settings:
    """Return settings that point the product at a sandbox."""
    books, crm = sandbox.quickbooks_url, sandbox.pipedrive_url
    return Settings(
        public_url=public_url,
        data_dir=folder,
        retry_seconds=0.05,
        sweep_seconds=3600,
        throttle_seconds=0.2,
        quickbooks=QuickBooksSettings(
            authorize_url=f"{books}/connect/oauth2",
            token_url=f"{books}/oauth2/v1/tokens/bearer",
            revoke_url=f"{books}/v2/oauth2/tokens/revoke",
            api_url=books,
            app_url=books,
            calls_per_second=1000,  # the emulator's own limit is off, and tests need not wait for it
            calls_per_minute=60_000,
        ),
        pipedrive=PipedriveSettings(
            authorize_url=f"{crm}/oauth/authorize",
            token_url=f"{crm}/oauth/token",
            revoke_url=f"{crm}/oauth/revoke",
            frame_ancestors=crm,
        ),
    )


@dataclass
class House:
    """A running sandbox, and a product that may be built again and again on the same files."""

    sandbox: serving_all.Sandbox
    folder: Path
    settings: Settings
    built: Built | None = None
    opening: dict[str, Any] = field(default_factory=dict)
    """What the product was last opened with: how it is built again."""
    vendor: httpx2.Client = field(default_factory=lambda: httpx2.Client(trust_env=False, timeout=10))

    @property
    def app(self) -> App:
        assert self.built is not None
        return self.built.app

    @property
    def engine(self) -> SyncEngine:
        engine = self.app.engine
        assert isinstance(engine, SyncEngine)
        return engine

    def open(
        self,
        *,
        engine: Engine | None = None,
        transport: httpx2.BaseTransport | None = None,
        commit_hook: Callable[[str], None] | None = None,
        clock: Callable[[], datetime] | None = None,
        **ports: Any,
    ) -> Built:
        """Build the product on this house's files."""
        if not self.settings.database_url and not (self.folder / FILE).exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(_migrated(), self.folder / FILE)
        self.opening = {"transport": transport, "commit_hook": commit_hook, "clock": clock, **ports}
        with statements_known():
            self.built = build(self.settings, engine=engine or SyncEngine(), **self.opening)
        self.built.launch()
        return self.built

    def reopen(self, *, engine: Engine | None = None, **changed: Any) -> Built:
        """End the product and build it again on the same files; what is not changed stays as it was."""
        self.close()
        return self.open(engine=engine, **{**self.opening, **changed})

    def close(self) -> None:
        if self.built is not None:
            self.built.close()
            self.built = None

    def stop(self) -> None:
        """End everything; the emulators' servers look only now and then whether to stop, and nobody waits for them."""
        self.close()
        self.vendor.close()
        threading.Thread(target=self.sandbox.stop, name="stopping").start()

    # What a person would do in a browser, without one.

    def install(self, user_id: int = 101, *, crm: str = "") -> Who:
        """Install the app for a Pipedrive user, with real tokens of the emulator; of another company at its address."""
        answer = self._ask(crm or self.sandbox.pipedrive_url, "POST", "/_sandbox/tokens", json={"user_id": user_id})
        pair = Pair(
            access=answer["access_token"],
            refresh=answer["refresh_token"],
            access_life=_seconds(answer["expires_in"]),
            refresh_life=_seconds(5_184_000),
            api_domain=answer["api_domain"],
        )
        return install._install(self.app, pair, install._who_is(self.app, pair)).who

    def connect(self, who: Who, *, save: bool = True, realm: str = "") -> None:
        """Connect QuickBooks, run the first import, and save the settings."""
        answer = self.quickbooks("POST", "/_sandbox/tokens", json={"realmId": realm} if realm else {})
        pair = Pair(
            access=answer["access_token"],
            refresh=answer["refresh_token"],
            access_life=_seconds(answer["expires_in"]),
            refresh_life=_seconds(answer["x_refresh_token_expires_in"]),
        )
        facts = connect.Connection(id=connect.new_id(), tenant=who.tenant_id, realm_id=answer["realmId"])
        connect._read_facts(self.app, facts, pair)
        operation = connect._keep(self.app, who, facts, pair)
        self.app.engine.start(operation.id, operation.kind)
        self.run()
        if save:
            configure.save(self.app, who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True)

    def run(self) -> None:
        """Do all background work that is due."""
        if isinstance(self.app.engine, SyncEngine):
            self.engine.run_pending()

    def settle(self, rounds: int = 5) -> None:
        """Let time pass until nothing waits any more, as the engine and its sweeper would."""
        for _ in range(rounds):
            self.run()
            self.engine.advance(timedelta(seconds=70))
            start_unfinished(self.app)
        self.run()

    # What the vendors say.

    def quickbooks(self, method: str, path: str, **more: Any) -> Any:
        return self._ask(self.sandbox.quickbooks_url, method, path, **more)

    def pipedrive(self, method: str, path: str, **more: Any) -> Any:
        return self._ask(self.sandbox.pipedrive_url, method, path, **more)

    def books(self, statement: str) -> list[dict[str, Any]]:
        """Ask QuickBooks directly, as another app would."""
        grant = self.quickbooks("POST", "/_sandbox/tokens", json={})
        answer = self.vendor.get(
            f"{self.sandbox.quickbooks_url}/v3/company/{grant['realmId']}/query",
            params={"query": statement},
            headers={"Authorization": f"Bearer {grant['access_token']}", "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        rows = [value for value in answer.json()["QueryResponse"].values() if isinstance(value, list)]
        return rows[0] if rows else []

    def post_books(self, entity: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
        """Write in QuickBooks directly, as its own screens or another app would."""
        grant = self.quickbooks("POST", "/_sandbox/tokens", json={})
        answer = self.vendor.post(
            f"{self.sandbox.quickbooks_url}/v3/company/{grant['realmId']}/{entity}",
            params=params,
            json=body,
            headers={"Authorization": f"Bearer {grant['access_token']}", "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def notes(self, deal_id: int) -> list[dict[str, Any]]:
        """Return the deal's notes that the app wrote."""
        token = self.pipedrive("POST", "/_sandbox/tokens", json={"user_id": 101})["access_token"]
        answer = self.vendor.get(
            f"{self.sandbox.pipedrive_url}/api/v1/notes",
            params={"deal_id": deal_id, "limit": 500},
            headers={"Authorization": f"Bearer {token}"},
        )
        return [note for note in answer.json()["data"] or [] if "txnId" in note["content"]]

    def journal(self, vendor: str) -> list[dict[str, Any]]:
        """Return the calls that a vendor received, without the tests' own."""
        ask = self.quickbooks if vendor == "quickbooks" else self.pipedrive
        answer = ask("GET", "/_sandbox/journal")
        rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["calls"]
        return [row for row in rows if not row["path"].startswith(("/_sandbox", "/oauth", "/app", "/deal", "/host"))]

    def forget_journals(self) -> None:
        self.quickbooks("DELETE", "/_sandbox/journal")
        self.pipedrive("DELETE", "/_sandbox/journal")

    def _ask(self, base: str, method: str, path: str, **more: Any) -> Any:
        answer = self.vendor.request(method, f"{base}{path}", **more)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None


@cache
def _migrated() -> Path:
    """Return an empty database of the newest schema: migrating one anew for each house would cost half its time."""
    folder = Path(tempfile.mkdtemp(prefix="dealvoice-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = open_engine(f"sqlite:///{folder / FILE}")
    upgrade(made)
    made.dispose()
    return folder / FILE


_first: dict[str, StoreEngine] = {}
"""The store that this process opened first, by kind of database."""


@contextmanager
def statements_known() -> Iterator[None]:
    """Have a product that is built meanwhile use the statements which this process, or who forked it, has compiled already."""
    module = sys.modules["dealvoice.bootstrap.build"]
    open_engine = module.open_engine

    def opened(url: str, **more: Any) -> StoreEngine:
        engine: StoreEngine = open_engine(url, **more)
        first = _first.setdefault(engine.driver, engine)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    with patch.object(module, "open_engine", opened):
        yield


@contextmanager
def a_house(folder: Path, *, seed: str = "us", database_url: str = "", **opening: Any) -> Any:
    """
    Open a house beside the two companies of a seed; nothing is installed or connected yet.

    Args:
        folder: Where its files are.
        seed: Which two companies.
        database_url: A PostgreSQL database of its own; none is a SQLite file.
        opening: See ``House.open``.
    """
    house = unopened(folder, seed=seed, database_url=database_url)
    try:
        house.open(**opening)
        yield house
    finally:
        house.stop()


def unopened(folder: Path, *, seed: str = "us", database_url: str = "") -> House:
    """Return a house whose sandbox runs, and whose product was not built yet; see ``a_house``."""
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, seed=seed, app_url="http://localhost:8100")
    settings = settings_for(sandbox, folder).model_copy(update={"database_url": database_url})
    return House(sandbox=sandbox, folder=folder, settings=settings)


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=float(value))
