"""How an invoice of the store looks in a list."""

from datetime import date

from dealvoice.invoicing.actions import offers
from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.preflight import Finding, Severity
from dealvoice.invoicing.status import derive
from dealvoice.quickbooks import links
from dealvoice.storage import invoices, operations
from dealvoice.storage.connections import Connection
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice.views import InvoiceRow


def show_invoice(
    app: App,
    row: invoices.InvoiceRow,
    connection: Connection,
    *,
    today: date,
    working: operations.Operation | None = None,
    deal_id: int | None = None,
) -> InvoiceRow:
    """Return a stored invoice as the screens show it."""
    standing = row.standing()
    status = derive(standing, today)
    total = from_minor(row.last_total if row.voided else row.total, row.currency)
    return InvoiceRow(
        id=row.id,
        number=row.number,
        customer_name=row.customer_name,
        status=status,
        total=total,
        issued_on=row.issued_on,
        due_on=row.due_on,
        paid_on=row.paid_on,
        sent_at=row.sent_at,
        email=row.email,
        copies=row.copies,
        mail_subject=connection.details().mail_subject,
        changed_at=row.ended_at,
        changed_by=row.ended_by,
        url=links.invoice_url(app.quickbooks_app_url, connection.realm_id, row.quickbooks_id),
        offers=offers(status, standing, has_email=bool(row.email)),
        working=working.id if working else "",
        working_kind=working.kind if working else "",
        fault=fault_of(row.fault),
        deal_id=deal_id,
        made_here=row.operation_id is not None,
    )


def fault_of(kept: object) -> Finding | None:
    """Return a stored fault as a finding."""
    if not isinstance(kept, dict):
        return None
    return Finding(
        code=str(kept.get("code", "")),
        severity=Severity.BLOCKER,
        field="form",
        params={str(name): str(value) for name, value in dict(kept.get("params") or {}).items()},
    )
