"""Fetches what events have marked dirty: of a company, all records of one kind in one call for each thousand."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from dealvoice.quickbooks import cdc, company, unreadable
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.sales_models import Entity
from dealvoice.quickbooks.unreadable import Unreadable
from dealvoice.storage.connections import Connection
from dealvoice.storage.inbox import DirtyRow
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.alone import alone
from dealvoice.workflows.sync.lists import import_again, lacks_lists
from dealvoice.workflows.sync.mirror import MIRRORED, Applied, apply
from dealvoice.workflows.sync.receive import TRACK
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.side import for_all

EACH = 1000
"""Records of one kind in one round: what one call takes."""
_MOST_ROUNDS = 100
_SETTINGS = frozenset({"Preferences", "CompanyInfo"})
_OFTEN = 3
"""A record that one tracking has read so often waits for the next, whatever asks for it."""
_LEASE = timedelta(minutes=3)


def track_all(app: App) -> None:
    """Fetch the dirty records of every connection; one that fails does not stop the others."""
    with app.database.everyone_read() as lobby:
        found = lobby.inboxes.connections()
    for_all(app, found, partial(track, app), told="some records could not be fetched and stay marked")


def track(app: App, tenant: str, connection_id: str) -> int:
    """
    Bring a connection's dirty records up to date; safe to repeat and to run twice at once.

    What is stored comes from the fetched object, never from the event. A record marked again meanwhile stays marked.
    A payment that moved money has its invoices read, and an invoice its payments, where their own events did not come.
    What is marked by others meanwhile is left to the next time, so that a burst is read by the thousand.

    Returns:
        How many invoices changed.
    """
    with app.database.read(tenant) as store:
        if not store.inbox.count(connection_id):
            return 0
    read, changed, left = Counter[tuple[str, str]](), 0, False
    with alone(app, tenant, f"track:{connection_id}", life=_LEASE) as lease:
        for _ in range(_MOST_ROUNDS if lease is not None else 0):
            found = _round(app, tenant, connection_id, read)
            if found is None:
                break
            changed += found.invoices
            if not found.more:
                # Whoever was woken for them may have found us at it, and gone.
                with app.database.read(tenant) as store:
                    left = bool(store.inbox.count(connection_id))
                break
    if left:
        app.engine.wake(TRACK)
    return changed


class _Round(NamedTuple):
    invoices: int
    """How many changed."""
    more: bool
    """There are marks that nobody wakes us for: more than were read, or those that came of what was read."""


def _round(app: App, tenant: str, connection_id: str, read: Counter[tuple[str, str]]) -> _Round | None:
    with app.database.read(tenant) as store:
        connection = store.connections.get(connection_id)
        dirty = store.inbox.dirty(connection_id, each=EACH)
    dirty = [mark for mark in dirty if read[mark.entity, mark.quickbooks_id] < _OFTEN]
    if connection is None or not dirty or connection.state != "live":
        return None
    read.update((mark.entity, mark.quickbooks_id) for mark in dirty)
    asked_at = app.now()
    changes = _fetch(app, app.quickbooks(tenant, connection_id, connection.realm_id), dirty)
    before = connection.company()
    lacks, more = False, max(Counter(mark.entity for mark in dirty).values()) >= EACH

    def also(store: Store, row: Connection, applied: Applied) -> None:
        nonlocal lacks, more
        lacks = lacks_lists(before, row.company())
        row.heard_at = app.now()
        store.inbox.clean(dirty)
        more |= mark_again(app, store, row, applied, but=lambda key: read[key] >= _OFTEN)

    void_told = frozenset(mark.quickbooks_id for mark in dirty if mark.entity == "Invoice" and mark.void_told)
    applied = apply(app, tenant, connection_id, changes, asked_at=asked_at, void_told=void_told, also=also)
    if applied is None:
        return None
    start_all(app, applied.to_start)
    if lacks:
        import_again(app, tenant, connection_id)
    return _Round(applied.invoices, more)


def mark_again(
    app: App,
    store: Store,
    row: Connection,
    applied: Applied,
    *,
    but: Callable[[tuple[str, str]], bool] = lambda _key: False,
) -> bool:
    """Mark what must be read because of what was read; tells whether there is anything."""
    now, any_ = app.now(), False
    for entity, ids in (("Invoice", applied.follow.invoices), ("Payment", applied.follow.payments)):
        wanted = [one for one in sorted(ids) if not but((entity, one))]
        store.inbox.mark(row.id, entity, wanted, now)
        any_ = any_ or bool(wanted)
    return any_


def _fetch(app: App, client: QuickBooks, dirty: list[DirtyRow]) -> cdc.Changes:
    """Read marked records; a record that was asked for and is not there was deleted: a query never returns those."""
    wanted: dict[str, list[str]] = {}
    for mark in dirty:
        wanted.setdefault(mark.entity, []).append(mark.quickbooks_id)
    live: dict[str, list[Entity]] = {}
    deleted: dict[str, list[str]] = {}
    bad: list[Unreadable] = []
    for entity, ids in wanted.items():
        if entity not in MIRRORED:
            continue  # marked by an earlier release
        if entity in _SETTINGS:
            live[entity] = [company.preferences(client) if entity == "Preferences" else company.info(client)]
            continue
        rows, unread = unreadable.by_ids(client, entity, cdc.KINDS[entity], ids)
        there = {one.id for one in rows} | {one.id for one in unread}
        live[entity] = list(rows)
        if "" not in there:  # a record whose id could not be read may be any of those that seem to be missing
            deleted[entity] = [one for one in ids if one not in there]
        bad += unread
    return cdc.gathered(app.now(), live, deleted=deleted, unreadable=bad)
