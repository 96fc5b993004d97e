"""
Runs an accepted void, deletion or e-mail: one call, and a look at the invoice itself before a second one.

Nothing here pretends: the flag changes when QuickBooks has answered, never before.
"""

from collections.abc import Callable

from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult
from dealvoice.invoicing.status import is_newer
from dealvoice.quickbooks import invoices
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Refused, Reread
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import Fault, after_failure, begin_call, must, set_state
from dealvoice.workflows.sync.record import record_deleted, start_all, starts_of, tell_deals
from dealvoice.workflows.translate.books import write_invoice

_GONE = "invoice.gone"
_STALE = "invoice.changed"
_TOLD = ("number", "customer_name", "total", "balance", "issued_on", "due_on", "voided")
"""What a deal's note and fields say of an invoice."""


def run_void(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Void an invoice; safe to repeat."""

    def call(client: QuickBooks, row: InvoiceRow, operation: Operation, *, look: bool) -> qb.Invoice | None:
        if look:
            seen = invoices.read(client, row.quickbooks_id)
            if not seen.total_amt and not seen.balance:
                return seen
            _require_unpaid(seen)
            return invoices.void(client, row.quickbooks_id, seen.sync_token, request_id=operation.request)
        return invoices.void(client, row.quickbooks_id, row.sync_token, request_id=operation.request)

    def record(app: App, row: InvoiceRow, operation: Operation, seen: qb.Invoice | None) -> None:
        if seen is None:
            return
        write_invoice(row, seen, void_told=True, now=app.now())
        row.ended_at, row.ended_by = app.now(), operation.user_name

    return _run(app, tenant, operation_id, call, record)


def run_delete(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Delete an invoice; one that is gone already is deleted; safe to repeat."""

    def call(client: QuickBooks, row: InvoiceRow, operation: Operation, *, look: bool) -> qb.Invoice | None:
        token = row.sync_token
        try:
            if look:
                found = invoices.read(client, row.quickbooks_id)
                _require_unpaid(found)
                token = found.sync_token
            invoices.delete(client, row.quickbooks_id, token, request_id=operation.request)
        except Reread as error:
            if error.code != _GONE:
                raise
        return None

    def record(app: App, row: InvoiceRow, operation: Operation, seen: qb.Invoice | None) -> None:
        del seen
        row.deleted, row.balance = True, 0
        row.ended_at, row.ended_by = app.now(), operation.user_name
        row.version += 1

    return _run(app, tenant, operation_id, call, record)


def run_send(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Have QuickBooks mail an invoice; a delivery after the order was given means that it did; safe to repeat."""

    def call(client: QuickBooks, row: InvoiceRow, operation: Operation, *, look: bool) -> qb.Invoice | None:
        if look:
            seen = invoices.read(client, row.quickbooks_id)
            if _mailed_since(seen, operation):
                return seen
        return invoices.send(client, row.quickbooks_id, to=None, request_id=operation.request)

    def record(app: App, row: InvoiceRow, operation: Operation, seen: qb.Invoice | None) -> None:
        if seen is not None:
            _keep_answer(app, row, seen)
        operation.mailed_at = app.now()

    return _run(app, tenant, operation_id, call, record)


def mail_created(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Mail the invoice that a creation made, when the user asked for it: at most once.

    An e-mail that fails does not undo the invoice: the invoice's row says what happened and offers to send again.
    """
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        row = store.invoices.get(operation.invoice_id) if operation.invoice_id else None
        connection = store.connections.get(operation.connection_id)
        wanted = State(operation.state) is State.ANSWERED and operation.body.get("send_email")
        if not wanted or operation.mailed_at is not None or row is None or connection is None:
            return None
        look = operation.mail_tried > 0
        operation.mail_tried += 1
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        seen = invoices.read(client, row.quickbooks_id) if look else None
        if seen is None or not _mailed_since(seen, operation):
            seen = invoices.send(client, row.quickbooks_id, to=None, request_id=f"{operation.id}m")
    except (QuickBooksError, SignInEnded) as error:
        decision = after_failure(app, tenant, operation_id, error, keep_state=True)
        if not isinstance(decision, Fault):
            return decision
        _keep_fault(app, tenant, operation_id, decision)
        return DONE
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        kept = store.invoices.get(row.id)
        notes: list[Operation] = []
        if kept is not None and _keep_answer(app, kept, seen):
            notes = tell_deals(app, store, connection, kept)
        operation.mailed_at = app.now()
        operation.version += 1
    start_all(app, notes)
    return DONE


def _run(
    app: App,
    tenant: str,
    operation_id: str,
    call: Callable[..., qb.Invoice | None],
    record: Callable[[App, InvoiceRow, Operation, qb.Invoice | None], None],
) -> StepResult | None:
    with app.database.read(tenant) as store:
        operation, row, connection = load(store, operation_id)
    if not operation.is_to_send or row is None or connection is None:
        return None
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        # What took payments off changed the invoice: it is looked at too.
        before = begin_call(app, tenant, operation_id) or len(operation.body.get("payments", ()))
        try:
            seen = call(client, row, operation, look=before > 0)
        except Reread as error:
            # Somebody changed it meanwhile: look at it as it is now and do it once more, with the same intent.
            if error.code != _STALE:
                raise
            seen = call(client, row, operation, look=True)
    except (QuickBooksError, SignInEnded) as error:
        return end_or_wait(app, tenant, operation_id, error)
    with app.database.write(tenant) as store:
        operation, row, connection = load(store, operation_id)
        if row is None or connection is None:
            return None
        record(app, row, operation, seen)
        operation.answered_at = operation.done_at = app.now()
        set_state(operation, State.DONE)
        notes = tell_deals(app, store, connection, row)
    start_all(app, notes)
    return DONE


def end_or_wait(app: App, tenant: str, operation_id: str, error: Exception) -> StepResult:
    """Go on later, or end the operation with what went wrong; the invoice's row tells it."""
    decision = after_failure(app, tenant, operation_id, error)
    if not isinstance(decision, Fault):
        return decision
    _keep_fault(app, tenant, operation_id, decision)
    notes: list[Operation] = []
    with app.database.write(tenant) as store:
        operation, row, connection = load(store, operation_id)
        operation.fault, operation.done_at = decision.kept(), app.now()
        set_state(operation, State.REFUSED)
        if decision.code == _GONE and row is not None and connection is not None:
            notes = starts_of(record_deleted(app, store, connection, [row.quickbooks_id]))
    start_all(app, notes)
    return DONE


def _keep_answer(app: App, row: InvoiceRow, seen: qb.Invoice) -> bool:
    """
    Store what an answer says of the invoice, unless something newer was stored while it was on its way.

    Returns:
        Whether deals must be told: somebody else had changed the invoice.
    """
    seen_at = seen.meta_data.last_updated_time if seen.meta_data else None
    if is_newer(row.sync_token, row.updated_at, seen.sync_token, seen_at):
        return False
    before = [getattr(row, name) for name in _TOLD]
    write_invoice(row, seen, now=app.now())
    return [getattr(row, name) for name in _TOLD] != before


def _require_unpaid(seen: qb.Invoice) -> None:
    """
    Refuse to void or delete what has a payment that nobody was asked about: some companies' QuickBooks would take it off.

    Raises:
        Refused: It has one.
    """
    if any(link.txn_type == "Payment" for link in seen.linked_txn):
        raise Refused("invoice.has_payments")


def _keep_fault(app: App, tenant: str, operation_id: str, fault: Fault) -> None:
    """Keep on the invoice what went wrong, so that its row says so until the next act."""
    with app.database.write(tenant) as store:
        _, row, _ = load(store, operation_id)
        if row is not None:
            params = {**fault.params, "number": row.number, "value": row.email, "customer": row.customer_name}
            row.fault = Fault(fault.code, params, fault.sentence).kept()
            row.version += 1


def load(store: Store, operation_id: str) -> tuple[Operation, InvoiceRow | None, Connection | None]:
    """Return an operation with its invoice and connection."""
    operation = must(store, operation_id)
    row = store.invoices.get(operation.invoice_id) if operation.invoice_id else None
    return operation, row, store.connections.get(operation.connection_id)


def _mailed_since(seen: qb.Invoice, operation: Operation) -> bool:
    at = seen.delivery_info.delivery_time if seen.delivery_info else None
    # QuickBooks' times have no fractions of a second.
    return at is not None and at >= operation.created_at.replace(microsecond=0)
