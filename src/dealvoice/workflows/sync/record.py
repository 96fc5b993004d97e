"""
Takes over what QuickBooks says of invoices and payments, when it is newer than what we hold, and tells their deals.

Everything here happens inside a caller's transaction. Payments are read, never inferred: the day of the last payment
and what credits paid come from payments that were fetched, and what a payment touches is read again (``Follow``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dealvoice.connections.secrets import new_id
from dealvoice.invoicing.status import is_newer
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.page_models import PageInvoice
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import NOTE, STATUS, new_operation
from dealvoice.workflows.translate.books import new_invoice_row, payment_links, payment_row, write_invoice

_SHOWN = ("number", "customer_id", "total", "balance", "due_on", "voided", "sent_at", "has_payments")
"""What of an invoice a person can see: a change of anything else is no difference."""


class Recorded(NamedTuple):
    """What a recording changed, and the operations that must be started once it is committed."""

    changed: bool
    to_start: list[Operation]
    what: tuple[str, ...] = ()
    """Columns that a person can see, for an invoice that was known before; ``deleted`` and ``made`` stand for themselves."""


@dataclass(slots=True)
class Follow:
    """What must be read again because of what was read: by the vendor's name of the record, ids."""

    invoices: set[str] = field(default_factory=set)
    payments: set[str] = field(default_factory=set)


def record_invoices(
    app: App,
    store: Store,
    connection: Connection,
    seen: Sequence[qb.Invoice | PageInvoice],
    *,
    void_told: frozenset[str] = frozenset(),
    asked_at: datetime | None = None,
) -> dict[str, Recorded]:
    """
    Store invoices that are newer than what we hold, all new ones in one statement; safe to repeat.

    Args:
        app: The product.
        store: Where to.
        connection: Whose.
        seen: As QuickBooks gave them; of two with the same id the last one counts.
        void_told: Those of which an event said that they were voided.
        asked_at: When the question was sent, by our clock; an invoice that we hold for deleted, and that was there
            when we asked later, is there.

    Returns:
        What came of each, by QuickBooks' id.
    """
    by_id = {one.id: one for one in seen}
    known = store.invoices.of_quickbooks_all(connection.id, by_id)
    new, done = list[InvoiceRow](), dict[str, Recorded]()
    for quickbooks_id, one in by_id.items():
        row, told = known.get(quickbooks_id), quickbooks_id in void_told
        if row is not None:
            done[quickbooks_id] = _record(app, store, connection, row, one, void_told=told, asked_at=asked_at)
            continue
        row = new_invoice_row(new_id(), store.tenant, connection, quickbooks_id)
        write_invoice(row, one, void_told=told, now=app.now())
        new.append(row)
        done[quickbooks_id] = Recorded(changed=True, to_start=[], what=("made",))
    store.invoices.add_missing(new)
    return done


def _record(
    app: App,
    store: Store,
    connection: Connection,
    row: InvoiceRow,
    seen: qb.Invoice | PageInvoice,
    *,
    void_told: bool,
    asked_at: datetime | None,
) -> Recorded:
    back = row.deleted and asked_at is not None and (row.ended_at is None or asked_at > row.ended_at)
    if row.deleted and not back:
        return Recorded(changed=False, to_start=[])
    seen_at = seen.meta_data.last_updated_time if seen.meta_data else None
    late_void = void_told and not row.voided
    if not (back or late_void or is_newer(seen.sync_token, seen_at, row.sync_token, row.updated_at)):
        return Recorded(changed=False, to_start=[])
    before = [getattr(row, name) for name in _SHOWN]
    if back:
        row.deleted, row.ended_at = False, None
    write_invoice(row, seen, void_told=void_told, now=app.now())
    what = tuple(name for name, was in zip(_SHOWN, before, strict=True) if getattr(row, name) != was)
    if back:
        what = (*what, "deleted")
    return Recorded(changed=bool(what), to_start=tell_deals(app, store, connection, row), what=what)


def record_deleted(
    app: App, store: Store, connection: Connection, quickbooks_ids: Sequence[str]
) -> dict[str, Recorded]:
    """Mark invoices deleted: QuickBooks does not have them any more. Their cards stay; what is not ours to know is left out."""
    done: dict[str, Recorded] = {}
    for row in store.invoices.of_quickbooks_all(connection.id, quickbooks_ids).values():
        if not row.deleted:
            row.deleted, row.balance, row.ended_at = True, 0, app.now()
            row.version += 1
            to_start = tell_deals(app, store, connection, row)
            done[row.quickbooks_id] = Recorded(changed=True, to_start=to_start, what=("deleted",))
    return done


def record_payments(
    store: Store, connection: Connection, seen: Sequence[qb.Payment], follow: Follow | None = None
) -> set[str]:
    """
    Store payments if they are newer than what we hold, and what each pays; safe to repeat.

    Returns:
        QuickBooks' ids of the invoices concerned, for ``settle``. Those whose balance a payment changed later than we
        have seen the invoice are added to ``follow``.
    """
    known = store.payments.of_ids(connection.id, (one.id for one in seen))
    newer: dict[str, tuple[qb.Payment, datetime | None]] = {}
    for one in seen:
        held = known.get(one.id)
        updated = one.meta_data.last_updated_time if one.meta_data else None
        if held is None or is_newer(one.sync_token, updated, held.sync_token, held.updated_at):
            newer[one.id] = (one, updated)
    found = store.payments.put(
        connection.id, [(payment_row(connection, one), payment_links(connection, one)) for one, _ in newer.values()]
    )
    concerned: set[str] = set()
    moved: dict[str, datetime | None] = {}
    for payment_id, invoices in found.items():
        concerned |= invoices.touched
        moved |= dict.fromkeys(invoices.moved, newer[payment_id][1])
    if follow is not None:
        follow.invoices |= _stale(store, connection, moved)
    return concerned


def forget_payments(store: Store, connection: Connection, ids: Iterable[str], follow: Follow | None = None) -> set[str]:
    """Take payments away that were deleted; returns the invoices concerned, of which the stale ones are read again."""
    paid = store.payments.forget(connection.id, ids)
    if follow is not None:
        follow.invoices |= _stale(store, connection, dict.fromkeys(paid))
    return paid


def settle(app: App, store: Store, connection: Connection, invoice_ids: Iterable[str]) -> list[Operation]:
    """Keep on invoices what payments say of them (last day, credit); returns what must be started."""
    store.flush()
    wanted = list(dict.fromkeys(invoice_ids))
    rows = store.invoices.of_quickbooks_all(connection.id, wanted)
    paid = store.payments.paid(connection.id, wanted)
    to_start: list[Operation] = []
    for quickbooks_id, row in rows.items():
        known = paid.get(quickbooks_id)
        last_on, credited = (known.last_on, known.credit) if known is not None else (None, 0)
        if (row.paid_on, row.credited) != (last_on, credited):
            row.paid_on, row.credited = last_on, credited
            row.version += 1
            to_start += tell_deals(app, store, connection, row)
    return to_start


def unread_payments(store: Store, connection: Connection, seen: Sequence[qb.Invoice], follow: Follow) -> None:
    """
    Add to ``follow`` the payments of which these invoices say something else than we hold.

    That is: one that pays an invoice and that we never read, one that no longer pays it, and all of an invoice whose
    balance they do not explain.
    """
    store.flush()
    held = store.payments.paid(connection.id, (one.id for one in seen))
    for one in seen:
        says = {link.txn_id for link in one.linked_txn if link.txn_type == "Payment"}
        ours = held.get(one.id)
        known = set(ours.payments) if ours is not None else set()
        follow.payments |= says ^ known
        row = store.invoices.of_quickbooks(connection.id, one.id)
        if says and says == known and row is not None and ours is not None and not one.deposit:
            paid = row.total - row.balance
            follow.payments |= says if paid != ours.amount else set()


def tell_deals(app: App, store: Store, connection: Connection, row: InvoiceRow) -> list[Operation]:
    """Write down that the notes of an invoice's deals must be brought up to date; to be started after the commit."""
    return [note_operation(app, store, connection, link.deal_id, row) for link in store.invoices.deals_of(row.id)]


def note_operation(app: App, store: Store, connection: Connection, deal_id: int, row: InvoiceRow) -> Operation:
    """
    Write down that one deal must be told of an invoice; to be started after the commit.

    One that waits already, or is under way, is told of the change instead: several changes at once are one rewrite.
    """
    waiting = store.operations.waiting_note(NOTE, deal_id, row.id)
    if waiting is not None:
        waiting.version += 1
        return waiting
    operation = new_operation(app, NOTE, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id, operation.invoice_id = deal_id, row.id
    return store.operations.add(operation)


def fields_operation(app: App, store: Store, connection: Connection, deal_id: int) -> Operation:
    """Write down that a deal must be told its fields anew; to be started after the commit."""
    operation = new_operation(app, STATUS, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id = deal_id
    return store.operations.add(operation)


def starts_of(done: Mapping[str, Recorded]) -> list[Operation]:
    """Return what must be started of what was recorded."""
    return [start for one in done.values() for start in one.to_start]


def start_all(app: App, operations: list[Operation]) -> None:
    """Tell the engine; the sweeper would find them too, only later."""
    for operation in operations:
        app.engine.start(operation.run_id, operation.kind)


def _stale(store: Store, connection: Connection, moved: dict[str, datetime | None]) -> set[str]:
    """
    Return which invoices we saw before a payment of theirs changed.

    That is one that we never saw, and one whose balance the payments do not explain, unless it is newer than they are
    (then a payment that we have not read yet explains it).

    Args:
        store: Where the payments are kept already.
        connection: Whose.
        moved: Invoices with the time of the change; None when that is not known.
    """
    store.flush()
    rows = store.invoices.of_quickbooks_all(connection.id, moved)
    paid = store.payments.paid(connection.id, moved)
    found: set[str] = set()
    for invoice_id, at in moved.items():
        row = rows.get(invoice_id)
        if row is None:
            found.add(invoice_id)
        elif not row.deleted:
            explained = row.total - row.balance == (paid[invoice_id].amount if invoice_id in paid else 0)
            newer = at is not None and row.updated_at is not None and row.updated_at > at
            if not explained and not newer:
                found.add(invoice_id)
    return found
