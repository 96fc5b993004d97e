"""The sweep: one call of the change feed for everything, so that a lost event costs minutes and never the truth."""

from datetime import datetime, timedelta
from functools import partial

from dealvoice.observability import SWEEPS, get_logger
from dealvoice.quickbooks import cdc
from dealvoice.quickbooks.errors import QuickBooksError, Retry, Wait
from dealvoice.storage.connections import Connection
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync import feed, report, rhythm
from dealvoice.workflows.sync.alone import Lease, alone
from dealvoice.workflows.sync.count_proof import prove
from dealvoice.workflows.sync.lists import import_again, lacks_lists
from dealvoice.workflows.sync.mirror import Applied, apply
from dealvoice.workflows.sync.receive import SWEEP, TRACK
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.side import for_all
from dealvoice.workflows.sync.track import mark_again
from dealvoice.workflows.sync.walks import WALKS

OVERLAP = timedelta(minutes=5)
_LEASE = timedelta(minutes=3)
_log = get_logger(__name__)


def catch_up_due(app: App) -> None:
    """
    Sweep the connections whose time has come, some at a time; one that fails does not stop the others.

    Several processes may be at it at once: each claims what it sweeps.
    """
    failed: list[Exception] = []
    swept: set[tuple[str, str]] = set()
    while due := [one for one in _claim(app) if one not in swept]:
        swept.update(due)
        try:
            for_all(app, due, partial(catch_up, app), told="some of them")
        except ExceptionGroup as group:
            failed += group.exceptions
    if failed:
        raise ExceptionGroup("some sweeps failed and will be repeated", failed)


def _claim(app: App) -> list[tuple[str, str]]:
    with app.database.everyone_write() as lobby:
        return lobby.connections.claim_for_sweep(app.now())


def sweep_soon(app: App, connection_ids: set[str], *, not_within: timedelta = timedelta(0)) -> None:
    """Have connections swept by the next look at the timetable; safe to repeat."""
    with app.database.everyone_write() as lobby:
        lobby.connections.sweep_soon(connection_ids, app.now(), not_within=not_within)
    app.engine.wake(SWEEP)


def catch_up(app: App, tenant: str, connection_id: str) -> int | None:
    """
    Bring one connection's mirror up to date, with one call when little changed; safe to repeat.

    The cursor comes from QuickBooks' own clock and is not moved when anything goes wrong.

    Returns:
        How many invoices changed; None when another sweep of it is under way.
    """
    with alone(app, tenant, f"sweep:{connection_id}", life=_LEASE) as lease:
        if lease is None:
            return None
        with app.database.read(tenant) as store:
            connection = store.connections.get(connection_id)
        if connection is None or connection.state != "live":
            return 0
        sweep = _Sweep(app, connection, lease)
        try:
            return sweep.run()
        except Exception as error:
            sweep.failed(error)
            raise


class _Sweep:
    """One sweep of one connection."""

    def __init__(self, app: App, connection: Connection, lease: Lease) -> None:
        self._app, self._connection, self._lease = app, connection, lease
        self._began = self._asked_at = app.now()
        self._found = report.Found()
        self._lacks = self._marked = False
        self._invoices = 0

    def run(self) -> int:
        """Read, apply, compare where deletions may have been missed, and only then move the cursor."""
        app, connection = self._app, self._connection
        if connection.imported_at is None or connection.cursor is None:
            import_again(app, connection.tenant, connection.id)
            self._later(self._app.sweep_between[0])
            return 0
        client = app.quickbooks(connection.tenant, connection.id, connection.realm_id)
        reading = feed.read(client, connection.cursor, now=app.now(), take=self._take)
        kind = "pages" if reading.by_pages else "feed"
        if reading.unsure or connection.compare_due:
            self._must_compare()
            mended = {one.entity: prove(app, client, connection, one) for one in WALKS if one.entity in feed.DELETABLE}
            self._invoices += mended["Invoice"]
            kind = "compared"
        self._done(reading.at, kind)
        if self._marked:
            app.engine.wake(TRACK)
        if self._lacks:
            import_again(app, connection.tenant, connection.id)
        return self._invoices

    def failed(self, error: Exception) -> None:
        """Keep that it failed and when it is tried again; the cursor stays."""
        app, now = self._app, self._app.now()
        code = error.code if isinstance(error, QuickBooksError) else type(error).__name__
        SWEEPS.labels("failed").inc()
        _log.warning("sweep.failed", connection=self._connection.id, vendor_code=code)
        pause = app.sweep_between[0]
        if isinstance(error, Wait):
            pause = min(timedelta(seconds=error.seconds), pause)
        elif isinstance(error, Retry):
            pause = min(rhythm.SOON, pause)
        with app.database.write(self._connection.tenant) as store:
            row = store.connections.get(self._connection.id)
            if row is None:
                return
            row.failed_sweeps += 1
            row.next_sweep_at = now + pause
            if row.failed_sweeps == 1:
                store.sweeps.add(
                    self._found.row(row, kind="feed", began_at=self._began, ended_at=now, fault=code)
                )  # fmt: skip

    def _take(self, changes: cdc.Changes) -> None:
        app, connection = self._app, self._connection
        before, part = connection.company(), report.Found()
        lacks = marked = False

        def also(store: Store, row: Connection, applied: Applied) -> None:
            nonlocal part, lacks, marked
            part = report.Found()
            part.add(store, row, applied, changes.at)
            lacks, marked = lacks_lists(before, row.company()), mark_again(app, store, row, applied)
            self._lease.renew(store)

        applied = apply(app, connection.tenant, connection.id, changes, asked_at=self._asked_at, also=also)
        self._asked_at = app.now()
        if applied is None:
            return
        self._found.join(part)
        self._lacks, self._marked = self._lacks or lacks, self._marked or marked
        self._invoices += applied.invoices
        start_all(app, applied.to_start)

    def _must_compare(self) -> None:
        with self._app.database.write(self._connection.tenant) as store:
            row = store.connections.get(self._connection.id)
            if row is not None:
                row.compare_due = True

    def _done(self, at: datetime, kind: str) -> None:
        app, now = self._app, self._app.now()
        shortest, longest = app.sweep_between
        with app.database.write(self._connection.tenant) as store:
            row = store.connections.get(self._connection.id)
            if row is None:
                return
            row.cursor = at - OVERLAP
            row.swept_at = row.heard_at = now
            row.compare_due, row.failed_sweeps = False, 0
            pause = rhythm.next_pause(
                timedelta(seconds=row.sweep_seconds), shortest=shortest, longest=longest, lost=self._found.lost,
                differed=self._found.differed,
            )  # fmt: skip
            row.sweep_seconds = int(pause.total_seconds())
            row.next_sweep_at = now + rhythm.with_share(pause, shortest, row.id)
            if self._found.differed or self._found.set_aside or kind == "compared":
                store.sweeps.add(self._found.row(row, kind=kind, began_at=self._began, ended_at=now))
        SWEEPS.labels("mended" if self._found.differed else "equal").inc()
        _log.info(
            "sweep.done", connection=self._connection.id, kind=kind, differed=self._found.differed,
            lost=self._found.lost, set_aside=self._found.set_aside, ms=round((now - self._began).total_seconds() * 1000),
        )  # fmt: skip

    def _later(self, pause: timedelta) -> None:
        with self._app.database.write(self._connection.tenant) as store:
            row = store.connections.get(self._connection.id)
            if row is not None:
                row.next_sweep_at = self._app.now() + pause
