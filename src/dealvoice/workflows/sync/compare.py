"""
Compares everything by counts and, where they differ, by ids: finds what was deleted longer ago than the feed tells.

A comparison only names suspects. They are marked, and whether one is gone or new is decided by reading it.
"""

from collections.abc import Callable

import msgspec

from dealvoice.invoicing.books import NumberKind
from dealvoice.quickbooks import query
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.track import track

_OURS: dict[str, tuple[Callable[[Store, str], int], Callable[[Store, str], set[str]]]] = {
    "Invoice": (
        lambda store, connection: store.invoices.count(connection),
        lambda store, connection: store.invoices.live_ids(connection),
    ),
    "Payment": (
        lambda store, connection: store.payments.count(connection),
        lambda store, connection: store.payments.ids(connection),
    ),
    "CreditMemo": (
        lambda store, connection: len(store.numbers.ids(connection, NumberKind.CREDIT_MEMO.value)),
        lambda store, connection: store.numbers.ids(connection, NumberKind.CREDIT_MEMO.value),
    ),
    "SalesReceipt": (
        lambda store, connection: len(store.numbers.ids(connection, NumberKind.SALES_RECEIPT.value)),
        lambda store, connection: store.numbers.ids(connection, NumberKind.SALES_RECEIPT.value),
    ),
}


class _OnlyId(msgspec.Struct, frozen=True, kw_only=True):
    id: str = msgspec.field(default="", name="Id")


def compare(app: App, tenant: str, connection_id: str, client: QuickBooks) -> int:
    """
    Compare with QuickBooks and read what differs; one call for each kind when nothing does. Safe to repeat.

    Returns:
        How many invoices turned out to be gone, new or changed.
    """
    suspects = 0
    for entity, (count, ids) in _OURS.items():
        theirs = query.count(client, entity)
        with app.database.read(tenant) as store:
            ours = count(store, connection_id)
        if ours == theirs:
            continue
        there = {row.id for page in query.pages(client, entity, _OnlyId) for row in page}
        with app.database.write(tenant) as store:
            differ = (ids(store, connection_id) ^ there) - {""}
            store.inbox.mark(connection_id, entity, sorted(differ), app.now())
        suspects += len(differ)
    return track(app, tenant, connection_id) if suspects else 0
