"""Tells how an operation stands: what the progress part shows, and the panel's row after it."""

from datetime import date
from decimal import Decimal

from dealvoice.connections.who import Who
from dealvoice.invoicing.money import Money, from_minor
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.access import require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound, NotSeen
from dealvoice.workflows.invoice.create import kept_variance
from dealvoice.workflows.invoice.rows import fault_of, show_invoice
from dealvoice.workflows.invoice.views import CustomerWritten, OperationView, Step
from dealvoice.workflows.operations import SEND, must, set_state


def progress(app: App, who: Who, operation_id: str) -> OperationView:
    """
    Return an operation as it stands; reads the store only.

    Raises:
        NotFound: No such operation, or none of a deal that this user may see; the two look the same.
        NoAccess: Only the user who connected QuickBooks may see invoices.
    """
    with app.database.read(who.tenant_id) as store:
        require_visible(store, who)
        operation = store.operations.get(operation_id)
        if operation is None:
            raise NotFound
    # An e-mail may be sent from a contact's panel, for an invoice on no deal, or on one that this user may not see.
    if operation.kind != SEND or operation.installation_id != who.installation_id:
        try:
            require_deal(app, who, operation.deal_id)
        except NotSeen as error:
            raise NotFound from error
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who) or store.connections.get(operation.connection_id)
        row = store.invoices.get(operation.invoice_id) if operation.invoice_id else None
    today = app.today(connection, who.time_zone)
    shown = show_invoice(app, row, connection, today=today, deal_id=operation.deal_id) if row and connection else None
    currency = operation.currency or (row.currency if row else "USD")
    body = operation.body or {}
    theirs = None if operation.their_total is None else from_minor(operation.their_total, currency)
    return OperationView(
        id=operation.id,
        kind=operation.kind,
        state=operation.state,
        final=operation.is_final,
        deal_id=operation.deal_id,
        number=operation.number or (row.number if row else ""),
        customer_name=operation.customer_name or (row.customer_name if row else ""),
        total=from_minor(operation.total, currency),
        theirs=theirs,
        variance=kept_variance(operation),
        tax_by_quickbooks=bool(body.get("tax_by_quickbooks")),
        net=Money(Decimal(body.get("net", "0")), currency),
        tax=from_minor(operation.tax, currency),
        steps=_steps(operation),
        lines=tuple(
            (line["text"], line["quantity"] or "", line["unit_price"] or "", Money(Decimal(line["amount"]), currency))
            for line in body.get("lines", [])
        ),
        items=sum(not line.get("is_discount") for line in body.get("lines", [])),
        invoice=shown,
        fault=fault_of(operation.fault),
        sentence=str((operation.fault or {}).get("sentence", "")),
        created_at=operation.created_at,
        by=operation.user_name,
        next_try=None if operation.is_final else operation.next_try_at,
        form_id=operation.form_id or "",
        number_was=str(body.get("number_was") or ""),
        due_on=date.fromisoformat(body["due_on"]) if body.get("due_on") else None,
        customer_write=_customer_write(operation),
        tax_id_printed=bool((operation.customer_write or {}).get("tax_id_left")),
    )


def _customer_write(operation: Operation) -> CustomerWritten | None:
    if not (operation.body or {}).get("customer_update"):
        return None
    kept = operation.customer_write or {}
    return CustomerWritten(
        settled=bool(kept.get("settled")),
        written=tuple(kept.get("written", ())),
        left=tuple(sorted(kept.get("left", {}).items())),
        fault=fault_of(kept.get("fault")),
    )


def _steps(operation: Operation) -> tuple[Step, ...]:
    steps = [
        Step("done.step1", operation.created_at),
        Step("done.step2", operation.answered_at),
        Step("done.step3", operation.noted_at),
    ]
    if (operation.body or {}).get("send_email"):
        steps.append(Step("done.step_mail", operation.mailed_at))
    return tuple(steps)


def accept_amount(app: App, who: Who, operation_id: str) -> OperationView:
    """
    Take it that QuickBooks' amount counts: the operation needs nobody any more. Safe to repeat.

    Raises:
        NotFound: No such operation, or none of a deal that this user may see; the two look the same.
        NoAccess: Only the user who connected QuickBooks may see invoices.
    """
    view = progress(app, who, operation_id)
    if view.state == State.NEEDS_ATTENTION and view.variance is not None:
        with app.database.write(who.tenant_id) as store:
            operation = must(store, operation_id)
            operation.fault = None
            set_state(operation, State.DIFFERS)
            store.audit.add(at=app.now(), who=who.name, what="invoice.accept_amount", about=operation_id)
    return progress(app, who, operation_id)
