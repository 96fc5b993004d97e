"""Takes over what QuickBooks says of an invoice, when it is newer than what we hold, and tells its deals."""

from datetime import date
from typing import NamedTuple

from dealvoice.connections.secrets import new_id
from dealvoice.invoicing.status import is_newer
from dealvoice.quickbooks import models as qb
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import NOTE, new_operation
from dealvoice.workflows.translate.books import new_invoice_row, write_invoice


class Recorded(NamedTuple):
    """What a recording changed, and the operations that must be started once it is committed."""

    changed: bool
    to_start: list[Operation]


def record_invoice(
    app: App, store: Store, connection: Connection, seen: qb.Invoice, *, void_told: bool = False
) -> Recorded:
    """Store an invoice if it is newer than what we hold; safe to repeat."""
    row = store.invoices.of_quickbooks(connection.id, seen.id)
    if row is None:
        row = store.invoices.add(new_invoice_row(new_id(), store.tenant, connection, seen.id))
        write_invoice(row, seen, void_told=void_told, now=app.now())
        return Recorded(changed=True, to_start=[])
    seen_at = seen.meta_data.last_updated_time if seen.meta_data else None
    late_void = void_told and not row.voided
    if row.deleted or not (late_void or is_newer(seen.sync_token, seen_at, row.sync_token, row.updated_at)):
        return Recorded(changed=False, to_start=[])
    before = (row.number, row.total, row.balance, row.due_on, row.voided, row.sent_at, row.has_payments)
    write_invoice(row, seen, void_told=void_told, now=app.now())
    after = (row.number, row.total, row.balance, row.due_on, row.voided, row.sent_at, row.has_payments)
    return Recorded(changed=before != after, to_start=tell_deals(app, store, connection, row))


def record_deleted(app: App, store: Store, connection: Connection, quickbooks_id: str) -> Recorded:
    """Mark an invoice deleted: QuickBooks does not have it any more. Its card stays."""
    row = store.invoices.of_quickbooks(connection.id, quickbooks_id)
    if row is None or row.deleted:
        return Recorded(changed=False, to_start=[])
    row.deleted, row.balance, row.ended_at = True, 0, app.now()
    row.version += 1
    return Recorded(changed=True, to_start=tell_deals(app, store, connection, row))


def record_paid_on(row: InvoiceRow, days: list[date]) -> bool:
    """Keep the day of the last payment of a paid or partly paid invoice."""
    latest = max(days, default=None)
    if latest is None or row.paid_on == latest:
        return False
    row.paid_on = latest
    row.version += 1
    return True


def record_payments(store: Store, connection: Connection, payments: list[qb.Payment]) -> int:
    """Keep the day of the latest payment of each invoice that payments name; how many invoices changed."""
    days: dict[str, list[date]] = {}
    for payment in payments:
        for line in payment.line:
            for link in line.linked_txn:
                if link.txn_type == "Invoice" and payment.txn_date is not None and not payment.is_deleted:
                    days.setdefault(link.txn_id, []).append(payment.txn_date)
    changed = 0
    for quickbooks_id, when in days.items():
        row = store.invoices.of_quickbooks(connection.id, quickbooks_id)
        if row is not None and row.balance < row.total:
            known = [row.paid_on] if row.paid_on is not None else []
            changed += record_paid_on(row, when + known)
    return changed


def tell_deals(app: App, store: Store, connection: Connection, row: InvoiceRow) -> list[Operation]:
    """Write down that the notes of an invoice's deals must be brought up to date; to be started after the commit."""
    return [note_operation(app, store, connection, link.deal_id, row) for link in store.invoices.deals_of(row.id)]


def note_operation(app: App, store: Store, connection: Connection, deal_id: int, row: InvoiceRow) -> Operation:
    """Write down that one deal must be told of an invoice; to be started after the commit."""
    operation = new_operation(app, NOTE, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id, operation.invoice_id = deal_id, row.id
    return store.operations.add(operation)


def start_all(app: App, operations: list[Operation]) -> None:
    """Tell the engine; the sweeper would find them too, only later."""
    for operation in operations:
        app.engine.start(operation.id, operation.kind)
