"""Builds the product from its settings."""

import contextvars
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
from fastapi import FastAPI

from dealvoice.bootstrap.grants import PipedriveGrant, QuickBooksGrant
from dealvoice.bootstrap.transport import open_http
from dealvoice.connections.budgets import Gate, Limits
from dealvoice.connections.once import Once
from dealvoice.connections.sessions import Sessions
from dealvoice.connections.shared_gate import SharedGate, give_up
from dealvoice.connections.spool import Spool
from dealvoice.connections.tokens import Tokens
from dealvoice.connections.used import Budgets
from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.port import Engine
from dealvoice.observability import count_call, get_logger
from dealvoice.pipedrive.client import CallRecord as PipedriveCall
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.quickbooks.client import CallRecord as QuickBooksCall
from dealvoice.quickbooks.client import Gate as QuickBooksGate
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.settings import Settings
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.engine import open_engine
from dealvoice.storage.fence import Process
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import CommitHook, Database
from dealvoice.web.app import create_app
from dealvoice.worker import set_up
from dealvoice.workflows.app import App

_SIDE_BY_SIDE = 16
_log = get_logger("vendor")


@dataclass(slots=True)
class Built:
    """The product, ready to be launched and to be closed again."""

    app: App
    web: FastAPI
    _http: httpx2.Client
    _pool: Executor
    _budgets: Budgets
    _embedded: bool
    """The database is this process's own: leases of a dead one need not run out."""

    def launch(self) -> None:
        """Begin background work: unfinished operations go on."""
        if self._embedded:
            with self.app.database.everyone_write() as lobby:
                lobby.leases.end_all()
        for tokens in (self.app.quickbooks_tokens, self.app.pipedrive_tokens):
            tokens.recover()
        self.app.engine.launch()

    def close(self) -> None:
        """Stop background work and close every file and connection."""
        self.app.engine.close()
        self._pool.shutdown(wait=True)
        self._http.close()
        self._budgets.close()
        self.app.database.close()


def build(
    settings: Settings,
    *,
    transport: httpx2.BaseTransport | None = None,
    commit_hook: CommitHook | None = None,
    engine: Engine | None = None,
    clock: Callable[[], datetime] | None = None,
    sleep: Callable[[float], None] | None = None,
    threads: Executor | None = None,
    background: bool = True,
    when_lost: Callable[[], None] = lambda: None,
) -> Built:
    """
    Build the product; the database is brought to the newest schema first.

    Args:
        settings: All of it.
        transport: Stands in for the network in tests.
        commit_hook: Told of every commit, for crash tests.
        engine: Stands in for durable execution in tests.
        clock: Stands in for the clock in tests, UTC.
        sleep: Stands in for waiting in tests; pauses then go by ``clock`` too.
        threads: Stands in for the threads of calls side by side in tests.
        background: Whether this process keeps the timetable; on PostgreSQL another one may.
        when_lost: Called when the other processes took this one for dead; it must end.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    now = clock or _utc_now
    tick, wait = (time.monotonic, time.sleep) if sleep is None else (lambda: now().timestamp(), sleep)
    process = Process()
    business = open_engine(settings.store_url, process=process)
    upgrade(business)
    database = Database(business, commit_hook=commit_hook)
    http = open_http(process, transport)
    vault = KeyRing(settings.key_ring, next(iter(settings.key_ring)))
    quickbooks_grant, pipedrive_grant = QuickBooksGrant(settings, http), PipedriveGrant(settings, http)
    quickbooks_tokens = Tokens(
        database, vault, find=lambda store, row: store.connections.get(row), renew=quickbooks_grant.renew,
        ended_state="needs_reconnect", now=now, spool=Spool(settings.data_dir / "unsaved" / "quickbooks", vault),
        tick=tick, sleep=wait, process=process.id,
    )  # fmt: skip
    pipedrive_tokens = Tokens(
        database, vault, find=lambda store, row: store.installations.get(row), renew=pipedrive_grant.renew,
        ended_state="ended", now=now, spool=Spool(settings.data_dir / "unsaved" / "pipedrive", vault),
        tick=tick, sleep=wait, process=process.id,
    )  # fmt: skip
    aside = database.unwatched()  # counting and waiting
    shared = aside if settings.database_url else None

    def gate_of(vendor: str, limits: Limits) -> QuickBooksGate:
        if shared is None:
            return Gate(limits, clock=tick, sleep=wait)
        return SharedGate(shared, vendor, limits, process=process.id, sleep=wait)

    gate = gate_of(
        "quickbooks",
        Limits(
            per_second=settings.quickbooks.calls_per_second,
            per_minute=settings.quickbooks.calls_per_minute,
            pause_seconds=settings.throttle_seconds,
        ),
    )
    pipedrive_gate = gate_of("pipedrive", Limits(per_second=30, per_minute=1200, at_once=16, pause_seconds=2.0))
    budgets = Budgets(aside, now=now)

    def quickbooks(tenant: str, connection_id: str, realm_id: str) -> QuickBooks:
        def on_call(call: QuickBooksCall) -> None:
            _note_quickbooks(call)
            if call.metered:
                budgets.read(tenant)

        source = _source(quickbooks_tokens, tenant, connection_id)
        return _quickbooks(settings, http, gate, realm_id, source, on_call)

    def pipedrive(tenant: str, installation_id: str, api_domain: str) -> Pipedrive:
        def on_call(call: PipedriveCall) -> None:
            _note_pipedrive(call)
            budgets.tokens(tenant, call.tokens)

        source = _source(pipedrive_tokens, tenant, installation_id)
        return _pipedrive(settings, http, pipedrive_gate, api_domain, source, on_call)

    pool = threads or ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="side-by-side")

    def end_what_they_held(buried: Sequence[str]) -> None:
        with database.everyone_write() as lobby:
            lobby.leases.end_of(buried)
        with aside.everyone_write() as lobby:
            give_up(lobby, buried)

    app = App(
        database=database,
        process=process.id,
        engine=engine
        or DurableEngine(
            settings.engine_url,
            executor_id="serve-1",
            process=process,
            background=background,
            when_lost=when_lost,
            when_buried=end_what_they_held,
        ),
        sessions=Sessions(database, frame_secret=settings.pipedrive.frame_secret.get_secret_value(), now=now),
        once=Once(database, now=now),
        vault=vault,
        now=now,
        sleep=wait,
        quickbooks=quickbooks,
        pipedrive=pipedrive,
        pipedrive_with=lambda domain, token: _pipedrive(
            settings, http, pipedrive_gate, domain, lambda _renew: token, _note_pipedrive
        ),
        quickbooks_with=lambda realm, token: _quickbooks(
            settings, http, gate, realm, lambda _renew: token, _note_quickbooks
        ),
        quickbooks_grant=quickbooks_grant,
        pipedrive_grant=pipedrive_grant,
        quickbooks_tokens=quickbooks_tokens,
        pipedrive_tokens=pipedrive_tokens,
        verifier_tokens=tuple(token.strip() for token in settings.quickbooks.verifier_tokens.split(",") if token),
        pipedrive_basic=(settings.pipedrive.client_id, settings.pipedrive.client_secret.get_secret_value()),
        public_url=settings.public_url.rstrip("/"),
        quickbooks_app_url=settings.quickbooks.app_url,
        pipedrive_frame_ancestors=tuple(settings.pipedrive.frame_ancestors.split()),
        together=_together(pool),
        contact=settings.contact,
        retry_seconds=settings.retry_seconds,
        sweep_between=settings.sweep_between,
        reads_allowed=settings.quickbooks.reads_per_month,
        tokens_allowed=settings.pipedrive.tokens_per_day,
        watch_token=settings.watch_token.get_secret_value(),
    )
    set_up(app)
    return Built(
        app=app, web=create_app(app), _http=http, _pool=pool, _budgets=budgets, _embedded=not settings.database_url
    )


def _quickbooks(
    settings: Settings,
    http: httpx2.Client,
    gate: QuickBooksGate,
    realm_id: str,
    token: Callable[[bool], str],
    on_call: Callable[[QuickBooksCall], None],
) -> QuickBooks:
    return QuickBooks(
        realm_id=realm_id,
        base_url=settings.quickbooks.api_url,
        token=token,
        http=http,
        gate=gate,
        on_call=on_call,
        read_timeout=settings.quickbooks.timeout_seconds,
        write_timeout=settings.quickbooks.timeout_seconds * 2,
    )


def _pipedrive(
    settings: Settings,
    http: httpx2.Client,
    gate: QuickBooksGate,
    api_domain: str,
    token: Callable[[bool], str],
    on_call: Callable[[PipedriveCall], None],
) -> Pipedrive:
    return Pipedrive(
        api_domain=api_domain,
        token=token,
        http=http,
        gate=gate,
        on_call=on_call,
        timeout=settings.pipedrive.timeout_seconds,
    )


def _source(tokens: Tokens, tenant: str, row_id: str) -> Callable[[bool], str]:
    """Return a token source that knows which token was refused."""
    given = ""

    def token(renew: bool) -> str:
        nonlocal given
        given = tokens.access(tenant, row_id, refused=given if renew else "")
        return given

    return token


def _together(pool: Executor) -> Callable[[Sequence[Callable[[], object]]], list[object]]:
    def run(calls: Sequence[Callable[[], object]]) -> list[object]:
        futures = [pool.submit(contextvars.copy_context().run, call) for call in calls]
        return [future.result() for future in futures]

    return run


def _note_quickbooks(call: QuickBooksCall) -> None:
    count_call("quickbooks", call.entity, call.operation, call.status)
    _log.info(
        "quickbooks.call", entity=call.entity, operation_kind=call.operation, status=call.status,
        attempt=call.attempt, ms=round(call.ms), intuit_tid=call.intuit_tid,
    )  # fmt: skip


def _note_pipedrive(call: PipedriveCall) -> None:
    count_call("pipedrive", call.entity, call.operation, call.status)
    _log.info(
        "pipedrive.call", entity=call.entity, operation_kind=call.operation, status=call.status,
        attempt=call.attempt, ms=round(call.ms),
    )  # fmt: skip


def _utc_now() -> datetime:
    return datetime.now(UTC)
