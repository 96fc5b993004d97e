"""How far the import of a company's books is, and whether both sides counted the same; for the settings and the command line."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dealvoice.connections.used import day_of, month_of
from dealvoice.connections.who import Who
from dealvoice.storage.connections import Connection
from dealvoice.storage.imports import FEED, ImportPart
from dealvoice.storage.unit_of_work import Database, Store
from dealvoice.storage.usage import READS, TOKENS
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import IMPORT
from dealvoice.workflows.setup.views import Differing, ImportState
from dealvoice.workflows.sync.report import sweep_state

_INVOICES = "Invoice"


def import_state(app: App, who: Who) -> ImportState:
    """Return the state of the current connection's import; nothing is under way where there is no connection."""
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
        return state_of(store, connection, app.now()) if connection is not None else ImportState()


def state_of(store: Store, connection: Connection, now: datetime) -> ImportState:
    """Return the state of a connection's import, from what the import itself wrote down."""
    running = connection.imported_at is None or store.operations.under_way(IMPORT, connection.id)
    invoices = store.imports.part(connection.id, _INVOICES)
    proofs = store.imports.proofs(connection.id)
    return ImportState(
        running=running and connection.state == "live",
        read=invoices.read if invoices is not None else 0,
        total=invoices.total if invoices is not None else 0,
        left=_left(invoices, now) if invoices is not None else None,
        proved_at=max((proof.at for proof in proofs), default=None),
        differing=tuple(
            Differing(proof.entity, proof.theirs, proof.ours) for proof in proofs if proof.theirs != proof.ours
        ),
    )


def _left(part: ImportPart, now: datetime) -> timedelta | None:
    """Return how long the rest takes at the pace so far; None before there is a pace."""
    if part.read <= 0 or part.walked:
        return None
    return (now - part.begun_at) * (part.total - part.read) / part.read


def connections_told(database: Database, *, now: datetime) -> Iterator[str]:
    """Yield the lines of the command line: every connection that is not ended, its import and its counts."""
    with database.everyone_read() as lobby:
        for connection in lobby.connections.not_ended():
            yield from _told(lobby.of(connection.tenant), connection, now)


def _told(store: Store, connection: Connection, now: datetime) -> Iterator[str]:
    state = state_of(store, connection, now)
    yield f"{connection.company_name or connection.realm_id} (realm {connection.realm_id}): {connection.state}"
    for part in store.imports.parts(connection.id):
        if part.entity == FEED:
            continue
        counted = "" if part.proved_at is None else f", QuickBooks {part.theirs}, here {part.ours}"
        verdict = "" if part.theirs == part.ours else " DIFFERENT"
        yield f"  {part.entity:<14}{part.read:>9} of {part.total}{counted}{verdict if part.proved_at else ''}"
    reads = store.usage.of(READS, month_of(now))
    tokens = store.usage.of(TOKENS, day_of(now))
    yield f"  Used: {reads} QuickBooks reads this month, {tokens} Pipedrive tokens today (UTC)."
    if state.running:
        left = "" if state.left is None else f", about {max(1, round(state.left.total_seconds()))} s left"
        yield f"  The import runs{left}."
    elif connection.imported_at is not None:
        yield f"  Imported {connection.imported_at:%Y-%m-%d %H:%M} UTC."
    swept = sweep_state(store, connection)
    if connection.swept_at is not None and swept.next_at is not None:
        yield f"  Compared with QuickBooks {connection.swept_at:%H:%M:%S} UTC, next by {swept.next_at:%H:%M:%S}; zone {swept.zone}."
    for row in store.sweeps.newest(connection.id, limit=5):
        why = f"{row.lost} without an event, {row.waiting} waiting, {row.fresh} fresh, {row.ours} of ours"
        found = f"failed ({row.fault})" if row.fault else f"{row.differed} differed: {why}"
        yield f"    {row.ended_at:%Y-%m-%d %H:%M} {row.kind:<9}{found}"
    for aside in store.set_aside.all(connection.id)[:20]:
        yield f"  Set aside: {aside.entity} {aside.quickbooks_id}, {aside.reason} (met {aside.times} times)"
