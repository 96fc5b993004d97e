"""All invoices of the linked customer, wherever they were made, by period and flag."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dealvoice.connections.who import Who
from dealvoice.invoicing.books import Customer
from dealvoice.invoicing.ledger import Ledger
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealSeen
from dealvoice.storage.invoice_lists import BadPlace, Wanted
from dealvoice.storage.invoices import DealInvoice
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection, require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound, SignedOut
from dealvoice.workflows.invoice.rows import show_invoice
from dealvoice.workflows.invoice.views import HIDDEN, AllView
from dealvoice.workflows.sync.record import fields_operation, start_all, tell_deals


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the user asked of the list; None keeps what he chose last."""

    period: str | None = None
    first: date | None = None
    last: date | None = None
    flag: str = ""
    find: str = ""
    amount: Decimal | None = None
    """What ``find`` reads as."""
    sort: str | None = None
    descending: bool = True
    after: str = ""


Whose = Callable[[Store, Connection], Sequence[Customer]]
"""Tells whose invoices a list holds."""
_CHOICE = "all"
_DEFAULT = {"period": "quarter", "first": "", "last": "", "sort": "issued", "descending": True}


def all_invoices(app: App, who: Who, deal_id: int, asked: Narrowed) -> AllView:
    """
    Return a page of the customer's invoices of a period, both ends included; reads the store only.

    Period and order are remembered for the user; flag, search and page are not.

    Raises:
        NoAccess: This user may not see the deal.
        SignedOut: Nothing is connected.
        NotFound: ``after`` is none of ours.
    """
    seen = require_deal(app, who, deal_id)

    def customers(store: Store, connection: Connection) -> Sequence[Customer]:
        customer_id = store.links.customer_of(connection.id, seen.contact_kind, seen.contact_id, seen.currency)
        customer = store.customers.get(connection.id, customer_id) if customer_id else None
        return (customer,) if customer else ()

    return list_of(app, who, whose=customers, deal_id=deal_id, asked=asked)


def list_of(app: App, who: Who, *, whose: Whose, deal_id: int, asked: Narrowed, contact: str = "") -> AllView:
    """
    Return a page of the invoices of some customers, or of those on a deal where there are none; reads the store only.

    The caller has made sure that this user may see them. See ``all_invoices``.
    """
    with app.database.read(who.tenant_id) as store:
        connection = _connected(store, who)
        kept = _DEFAULT | store.user_choices.get(who.installation_id, _CHOICE)
        chosen = _chosen(asked, kept)
        today = app.today(connection, who.time_zone)
        first, last = _range(chosen["period"], _day(chosen["first"]), _day(chosen["last"]), today)
        customers = whose(store, connection)
        customer = customers[0] if customers else None
        try:
            page = store.invoice_lists.page(
                Wanted(
                    connection_id=connection.id,
                    today=today,
                    customers=tuple(one.id for one in customers),
                    deal_id=deal_id,
                    first=first,
                    last=last,
                    flag=asked.flag,
                    find=asked.find,
                    amount=asked.amount,
                    sort=chosen["sort"],
                    descending=chosen["descending"],
                    after=asked.after,
                )
            )
        except BadPlace as error:
            raise NotFound from error
        ids = [row.id for row in page.rows]
        deals, working = store.invoices.deals_of_all(ids), store.operations.working_on(ids)
        seen_deals = store.deals.allowed(who.user_id, {deal for on in deals.values() for deal in on})
    if chosen != kept:
        with app.database.write(who.tenant_id) as store:
            store.user_choices.put(who.installation_id, _CHOICE, chosen)
    shown = []
    for row in page.rows:
        on = deals.get(row.id, [])
        which = deal_id if deal_id in on else next((one for one in on if one in seen_deals), HIDDEN if on else None)
        shown.append(show_invoice(app, row, connection, today=today, working=working.get(row.id), deal_id=which))
    return AllView(
        deal_id=deal_id,
        contact=contact,
        customer_name=customer.name if customer else "",
        customer_url=(links.customer_url(app.quickbooks_app_url, connection.realm_id, customer.id) if customer else ""),
        period=chosen["period"],
        first=first,
        last=last,
        flag=asked.flag,
        find=asked.find,
        sort=chosen["sort"],
        descending=chosen["descending"],
        after=asked.after,
        next=page.next,
        rows=tuple(shown),
        counts=page.counts,
        ledgers=tuple(
            Ledger(
                currency=currency,
                invoiced=sums.invoiced,
                paid=sums.paid,
                open=sums.open,
                overdue=sums.overdue,
                owed=sums.open + sums.overdue,
            )
            for currency, sums in page.sums.items()
        ),
        imported=connection.imported_at is not None,
        as_of=connection.swept_at,
        today=today,
    )


def _connected(store: Store, who: Who) -> Connection:
    connection = require_visible(store, who)
    if connection is None:
        raise SignedOut("connection.missing")
    return connection


def _chosen(asked: Narrowed, kept: dict[str, Any]) -> dict[str, Any]:
    chosen = dict(kept)
    if asked.period is not None:
        ranged = asked.period == "range"
        chosen["period"] = asked.period
        chosen["first"] = asked.first.isoformat() if ranged and asked.first else ""
        chosen["last"] = asked.last.isoformat() if ranged and asked.last else ""
    if asked.sort is not None:
        chosen["sort"], chosen["descending"] = asked.sort, asked.descending
    return chosen


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def link(app: App, who: Who, deal_id: int, invoice_id: str) -> None:
    """
    Link an invoice of the company to a deal; changes nothing in QuickBooks. Safe to repeat.

    Raises:
        NoAccess, NotFound: This user may not see the deal, or its customer has no such invoice.
    """
    seen = require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        row = store.invoices.get(invoice_id)
        customers = store.links.customers(connection.id, seen.contact_kind, seen.contact_id or 0)
        # Only what his list shows: an invoice of another customer may belong to a deal that he may not see.
        if row is None or row.customer_id not in customers:
            raise NotFound
        store.invoices.link(
            DealInvoice(
                tenant=who.tenant_id,
                deal_id=deal_id,
                invoice_id=row.id,
                linked_by=who.name,
                linked_at=app.now(),
                made_here=False,
                then=_deal_then(seen),
                note_hash="",
                # It may have been linked before: that note is taken up again.
                note_tried=True,
            )
        )
        row.version += 1
        store.flush()
        store.audit.add(at=app.now(), who=who.name, what="invoice.link", about=row.id)
        notes = tell_deals(app, store, connection, row)
    start_all(app, notes)


def _deal_then(seen: DealSeen) -> dict[str, Any] | None:
    """Return what the deal is worth as the invoice is linked."""
    if seen.value is None:
        return None
    value = format(seen.value, "f")
    return {"value": value, "currency": seen.currency, "products": seen.products, "with_tax": False}


def unlink(app: App, who: Who, deal_id: int, invoice_id: str) -> None:
    """
    Take an invoice off a deal, and say so in its note; changes nothing in QuickBooks. Safe to repeat.

    Raises:
        NoAccess: This user may not see the deal.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        row, on_deal = store.invoices.get(invoice_id), store.invoices.deal_link(deal_id, invoice_id)
        if on_deal is None:
            return  # done already
        operation = fields_operation(app, store, connection, deal_id)
        if row is not None:
            row.version += 1
            operation.user_name, operation.invoice_id = who.name, row.id
            operation.body = {"note_id": on_deal.note_id}
        store.invoices.unlink(deal_id, invoice_id)
        store.audit.add(at=app.now(), who=who.name, what="invoice.unlink", about=invoice_id)
    start_all(app, [operation])


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
