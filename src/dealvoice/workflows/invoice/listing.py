"""All invoices of the linked customer, wherever they were made, by period and flag."""

from collections import Counter
from datetime import date, timedelta

from dealvoice.connections.who import Who
from dealvoice.invoicing.ledger import ledger
from dealvoice.invoicing.status import derive
from dealvoice.quickbooks import links
from dealvoice.storage.invoices import DealInvoice
from dealvoice.workflows.access import require_connection, require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound, SignedOut
from dealvoice.workflows.invoice.rows import show_invoice
from dealvoice.workflows.invoice.views import AllView
from dealvoice.workflows.sync.record import start_all, tell_deals


def all_invoices(
    app: App, who: Who, deal_id: int, *, period: str, first: date | None, last: date | None, flag: str
) -> AllView:
    """
    Return the customer's invoices of a period, both ends included; reads the store only.

    Raises:
        NoAccess: This user may not see the deal.
        SignedOut: Nothing is connected.
    """
    seen = require_deal(app, who, deal_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        if connection is None:
            raise SignedOut("connection.missing")
        today = app.today(connection, who.time_zone)
        first, last = _range(period, first, last, today)
        customer_id = (
            store.links.any_customer(connection.id, seen.contact_kind, seen.contact_id) if seen.contact_id else None
        )
        customer = store.customers.get(connection.id, customer_id) if customer_id else None
        rows = (
            store.invoices.of_customer(connection.id, customer.id, first=first, last=last)
            if customer
            else store.invoices.of_deal(deal_id)
        )
        deals = store.invoices.deals_of_all([row.id for row in rows])
        working = store.operations.working_on([row.id for row in rows])
    shown = []
    for row in rows:
        on = deals.get(row.id, [])
        which = deal_id if deal_id in on else next(iter(on), None)
        shown.append(show_invoice(app, row, connection, today=today, working=working.get(row.id), deal_id=which))
    counts = Counter(row.status.flag.value for row in shown)
    return AllView(
        deal_id=deal_id,
        customer_name=customer.name if customer else "",
        customer_url=(links.customer_url(app.quickbooks_app_url, connection.realm_id, customer.id) if customer else ""),
        period=period,
        first=first,
        last=last,
        flag=flag,
        rows=tuple(row for row in shown if not flag or row.status.flag.value == flag),
        counts=dict(counts),
        ledgers=tuple(ledger([(row.standing(), derive(row.standing(), today)) for row in rows])),
        as_of=connection.swept_at,
        today=today,
    )


def link(app: App, who: Who, deal_id: int, invoice_id: str) -> None:
    """
    Link an invoice of the company to a deal; changes nothing in QuickBooks. Safe to repeat.

    Raises:
        NoAccess, NotFound: This user may not see the deal, or there is no such invoice.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        row = store.invoices.get(invoice_id)
        if row is None:
            raise NotFound
        store.invoices.link(
            DealInvoice(
                tenant=who.tenant_id,
                deal_id=deal_id,
                invoice_id=row.id,
                linked_by=who.name,
                linked_at=app.now(),
                made_here=False,
                note_hash="",
                note_tried=False,
            )
        )
        row.version += 1
        store.flush()
        store.audit.add(at=app.now(), who=who.name, what="invoice.link", about=row.id)
        notes = tell_deals(app, store, connection, row)
    start_all(app, notes)


def unlink(app: App, who: Who, deal_id: int, invoice_id: str) -> None:
    """
    Take an invoice off a deal; changes nothing in QuickBooks. Safe to repeat.

    Raises:
        NoAccess: This user may not see the deal.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        require_connection(store, who)
        row = store.invoices.get(invoice_id)
        store.invoices.unlink(deal_id, invoice_id)
        if row is not None:
            row.version += 1
        store.audit.add(at=app.now(), who=who.name, what="invoice.unlink", about=invoice_id)


def _range(period: str, first: date | None, last: date | None, today: date) -> tuple[date | None, date | None]:
    if period == "month":
        return today.replace(day=1), _month_end(today)
    if period == "quarter":
        start = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        return start, _month_end((start + timedelta(days=70)).replace(day=1))
    if period == "year":
        return today.replace(month=1, day=1), today.replace(month=12, day=31)
    return (first, last) if period == "range" else (None, None)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
