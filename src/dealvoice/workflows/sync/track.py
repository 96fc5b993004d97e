"""Fetches what events have marked dirty: all of a connection's invoices in one call."""

from dealvoice.quickbooks import company, customers, invoices, items, payments
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.storage.connections import Connection
from dealvoice.storage.inbox import DirtyRow
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.catch_up import import_again, lacks_lists
from dealvoice.workflows.sync.record import record_deleted, record_invoice, record_payments, start_all
from dealvoice.workflows.translate.books import customer_row, item_row, preference_facts


def track_all(app: App) -> None:
    """Fetch the dirty records of every connection; one that fails does not stop the others."""
    with app.database.everyone_read() as lobby:
        found = lobby.inboxes.connections()
    failed: list[Exception] = []
    for tenant, connection_id in found:
        try:
            track(app, tenant, connection_id)
        except Exception as error:  # noqa: BLE001 - told below, once all have had their turn
            failed.append(error)
    if failed:
        raise ExceptionGroup("some records could not be fetched and stay marked", failed)


def track(app: App, tenant: str, connection_id: str) -> int:
    """
    Bring a connection's dirty records up to date; safe to repeat and to run twice at once.

    What is stored comes from the fetched object, never from the event. A record marked again meanwhile stays marked.

    Returns:
        How many invoices changed.
    """
    with app.database.read(tenant) as store:
        connection = store.connections.get(connection_id)
        dirty = store.inbox.dirty(connection_id)
    if connection is None or not dirty:
        return 0
    if connection.state != "live":
        return 0
    client = app.quickbooks(tenant, connection_id, connection.realm_id)
    seen = _fetch(client, dirty)
    with app.database.write(tenant) as store:
        row = store.connections.get(connection_id)
        if row is None:
            return 0
        before = row.company()
        changed, to_start = _apply(app, store, row, dirty, seen)
        lacks = lacks_lists(before, row.company())
        row.heard_at = app.now()
        store.inbox.clean(dirty)
    start_all(app, to_start)
    if lacks:
        import_again(app, tenant, connection_id)
    return changed


class _Seen:
    """What was fetched."""

    def __init__(self) -> None:
        self.invoices: list[qb.Invoice] = []
        self.payments: list[qb.Payment] = []
        self.customers: list[qb.Customer] = []
        self.items: list[qb.Item] = []
        self.preferences: qb.Preferences | None = None


def _fetch(client: QuickBooks, dirty: list[DirtyRow]) -> _Seen:
    seen = _Seen()
    seen.invoices = invoices.by_ids(client, _ids(dirty, "Invoice"))
    seen.payments = payments.by_ids(client, _ids(dirty, "Payment"))
    seen.customers = customers.by_ids(client, _ids(dirty, "Customer"))
    seen.items = items.by_ids(client, _ids(dirty, "Item"))
    if any(row.entity == "Preferences" for row in dirty):
        seen.preferences = company.preferences(client)
    return seen


def _apply(app: App, store: Store, row: Connection, dirty: list[DirtyRow], seen: _Seen) -> tuple[int, list[Operation]]:
    if seen.preferences is not None:
        preference_facts(row, seen.preferences)
    store.customers.put([customer_row(row.id, one, home_currency=row.home_currency) for one in seen.customers])
    store.items.put([item_row(row.id, one) for one in seen.items])
    void_told = {mark.quickbooks_id for mark in dirty if mark.entity == "Invoice" and mark.void_told}
    there = {one.id for one in seen.invoices}
    results = [record_invoice(app, store, row, one, void_told=one.id in void_told) for one in seen.invoices]
    # A query never returns a deleted transaction: marked, asked for, and not there means deleted.
    results += [record_deleted(app, store, row, gone) for gone in _ids(dirty, "Invoice") if gone not in there]
    store.flush()
    record_payments(store, row, seen.payments)
    return sum(result.changed for result in results), [start for result in results for start in result.to_start]


def _ids(dirty: list[DirtyRow], entity: str) -> list[str]:
    return [row.quickbooks_id for row in dirty if row.entity == entity]
