"""The lists that an import walks over page by page: what is asked, how a page is kept, how the kept rows are counted."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from dealvoice.invoicing.books import NumberKind
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.page_models import PageInvoice
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import Made
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.keeping import KEEP, NUMBERED
from dealvoice.workflows.sync.record import (
    forget_payments,
    record_deleted,
    record_invoices,
    record_payments,
    settle,
    starts_of,
)

EVERYTHING = "Active IN (true, false)"
"""Name lists hide inactive rows otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One entity."""

    part: str
    """The part of the import that it belongs to; when all of a part are stored, the form may rely on it."""
    entity: str
    wire: type[Any]
    where: str = ""
    keep: Callable[[App, Store, Connection, list[Any]], list[Operation]]
    """Stores a page in the open transaction and returns what is to be started after the commit."""
    count: Callable[[Store, str], int] | None = None
    """Counts what we hold for a connection and QuickBooks should have; None where no row of ours stands for one of theirs."""
    held: Callable[[Store, str, Made], Collection[str]] | None = None
    """QuickBooks' ids of these, made in a time."""
    partings: tuple[tuple[str, str], ...] = ()
    """
    Where we keep when rows were made, so that a difference can be narrowed down: by what rows of one same second are told
    apart, as QuickBooks' filterable property and our field.
    """
    gone: Callable[[App, Store, Connection, list[str]], list[Operation]] | None = None
    """Takes in that QuickBooks does not have some of them any more."""


def _kept(entity: str) -> Callable[[App, Store, Connection, list[Any]], list[Operation]]:
    """Return what keeps pages of a kind that nobody needs to be told of."""

    def keep(_app: App, store: Store, connection: Connection, page: list[Any]) -> list[Operation]:
        KEEP[entity](store, connection, page)
        return []

    return keep


def _customers_gone(_app: App, store: Store, connection: Connection, ids: list[str]) -> list[Operation]:
    # Customers cannot be deleted: one that is missing was merged into another, and the event that said so was lost.
    for quickbooks_id in ids:
        store.customers.forget(connection.id, quickbooks_id)
    return []


def _invoices(app: App, store: Store, connection: Connection, page: list[PageInvoice]) -> list[Operation]:
    done = record_invoices(app, store, connection, page)
    return starts_of(done)


def _invoices_gone(app: App, store: Store, connection: Connection, ids: list[str]) -> list[Operation]:
    return starts_of(record_deleted(app, store, connection, ids))


def _payments(app: App, store: Store, connection: Connection, page: list[qb.Payment]) -> list[Operation]:
    return settle(app, store, connection, record_payments(store, connection, page))


def _payments_gone(app: App, store: Store, connection: Connection, ids: list[str]) -> list[Operation]:
    return settle(app, store, connection, forget_payments(store, connection, ids))


def _numbers_gone(kind: NumberKind, _app: App, store: Store, connection: Connection, ids: list[str]) -> list[Operation]:
    store.numbers.forget(connection.id, kind.value, ids)
    return []


def _of_names(entity: str) -> Walk:
    return Walk(part="names", entity=entity, wire=qb.NameRow, where=EVERYTHING, keep=_kept(entity))


def _of_numbers(entity: str) -> Walk:
    kind = NUMBERED[entity]
    return Walk(
        part="numbers",
        entity=entity,
        wire=qb.NumberedTxn,
        keep=_kept(entity),
        count=lambda store, connection_id: len(store.numbers.ids(connection_id, kind.value)),
        held=lambda store, connection_id, _made: store.numbers.ids(connection_id, kind.value),
        gone=partial(_numbers_gone, kind),
    )


WALKS: tuple[Walk, ...] = (
    Walk(
        part="customers",
        entity="Customer",
        wire=qb.Customer,
        where=EVERYTHING,
        keep=_kept("Customer"),
        count=lambda store, connection_id: len(store.customers.ids(connection_id)),
        held=lambda store, connection_id, _made: store.customers.ids(connection_id),
        gone=_customers_gone,
    ),
    Walk(
        part="items",
        entity="Item",
        wire=qb.Item,
        where=EVERYTHING,
        keep=_kept("Item"),
        count=lambda store, connection_id: len(store.items.ids(connection_id)),
        held=lambda store, connection_id, _made: store.items.ids(connection_id),
    ),
    _of_names("Vendor"),
    _of_names("Employee"),
    Walk(
        part="invoices",
        entity="Invoice",
        wire=PageInvoice,
        keep=_invoices,
        count=lambda store, connection_id: store.invoices.count(connection_id),
        held=lambda store, connection_id, made: store.invoices.ids_made(connection_id, made),
        partings=(
            ("DocNumber", "doc_number"),
            ("TotalAmt", "total_amt"),
            ("TxnDate", "txn_date"),
            ("DueDate", "due_date"),
        ),
        gone=_invoices_gone,
    ),
    Walk(
        part="invoices",
        entity="Payment",
        wire=qb.Payment,
        keep=_payments,
        count=lambda store, connection_id: store.payments.count(connection_id),
        held=lambda store, connection_id, _made: store.payments.ids(connection_id),
        gone=_payments_gone,
    ),
    _of_numbers("CreditMemo"),
    _of_numbers("SalesReceipt"),
)
"""In the order in which a form needs them."""
