"""The deal panel: everything it shows comes from the store; the deal's head from at most one remembered call."""

import hashlib
from datetime import date

from dealvoice.connections.who import Who
from dealvoice.invoicing.ledger import ledger
from dealvoice.invoicing.money import Money, from_minor
from dealvoice.invoicing.status import derive
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealSeen
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotSeen
from dealvoice.workflows.invoice.rows import fault_of, show_invoice
from dealvoice.workflows.invoice.views import PanelState, PanelView, PendingRow
from dealvoice.workflows.setup.hand_over import may_manage


def panel(app: App, who: Who, deal_id: int) -> PanelView:
    """
    Return the panel of a deal.

    Raises:
        NoAccess: This user may not see the deal or its invoices.
    """
    seen = require_deal(app, who, deal_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        today = app.today(connection, who.time_zone)
        if connection is None:
            return _unconnected(seen, today)
        holder = store.installations.get(connection.installation_id)
        customer_id = _customer_of(store, connection, seen)
        customer = store.customers.get(connection.id, customer_id) if customer_id else None
        rows = store.invoices.of_deal(deal_id)
        working = store.operations.working_on([row.id for row in rows])
        creations = store.operations.creations_of(deal_id)
        version = _version(store, connection, seen, today)
        problems = _problems(store, who, connection, deal_id)
    pending = [_pending(operation) for operation in creations if _shows(operation)]
    shown = [
        show_invoice(app, row, connection, today=today, working=working.get(row.id), deal_id=deal_id) for row in rows
    ]
    shown.sort(key=lambda row: row.status.flag in ("voided", "deleted"))
    facts = [(row.standing(), derive(row.standing(), today)) for row in rows]
    return PanelView(
        state=PanelState.READY if connection.state == "live" else PanelState.NEEDS_RECONNECT,
        deal_id=deal_id,
        deal_title=seen.title,
        deal_value=_value(seen),
        products=seen.products,
        archived=seen.archived,
        customer_name=customer.name if customer else "",
        customer_url=_customer_url(app, connection, customer.id) if customer else "",
        ledgers=tuple(ledger(facts)),
        left=_left(seen, rows),
        rows=tuple(shown),
        pending=tuple(pending),
        as_of=connection.swept_at,
        version=version,
        connected_by=holder.name if holder else "",
        today=today,
        problems=problems,
    )


def version(app: App, who: Who, deal_id: int) -> str:
    """
    Return what changes whenever the panel would show something else; reads the store only.

    Empty when his right to the deal was taken away meanwhile: whoever reads the panel then is asked for anew.

    Raises:
        NotSeen: This user has been found not allowed to see the deal.
    """
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        seen = store.deals.get(who.user_id, deal_id)
        if seen is None:
            return ""
        if not seen.allowed:
            raise NotSeen
        return _version(store, connection, seen, app.today(connection, who.time_zone))


def _version(store: Store, connection: Connection | None, seen: DealSeen, today: date) -> str:
    parts: list[object] = [today, seen.checked_at]
    if connection is not None:
        parts += [connection.id, connection.state, connection.swept_at, _customer_of(store, connection, seen)]
        parts += [(row.id, row.version) for row in store.invoices.of_deal(seen.deal_id)]
        parts += [
            (operation.id, operation.version, operation.state)
            for operation in store.operations.creations_of(seen.deal_id)
        ]
        parts.append(store.problems.on_deal(seen.deal_id, by=None))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def _problems(store: Store, who: Who, connection: Connection, deal_id: int) -> int:
    """Count what was refused on the deal: all of it for whoever manages the connection, else what he began himself."""
    return store.problems.on_deal(deal_id, by=None if may_manage(who, connection) else who.installation_id)


def _customer_of(store: Store, connection: Connection, seen: DealSeen) -> str | None:
    return store.links.customer_of(connection.id, seen.contact_kind, seen.contact_id, seen.currency)


def _customer_url(app: App, connection: Connection, customer_id: str) -> str:
    return links.customer_url(app.quickbooks_app_url, connection.realm_id, customer_id)


def _shows(operation: Operation) -> bool:
    return State(operation.state) in (
        State.ACCEPTED,
        State.SENDING,
        State.UNKNOWN,
        State.NEEDS_ATTENTION,
    )


def _pending(operation: Operation) -> PendingRow:
    return PendingRow(
        operation_id=operation.id,
        number=operation.number,
        total=from_minor(operation.total, operation.currency),
        state=operation.state,
        fault=fault_of(operation.fault),
        created=operation.answered_at is not None,
    )


def _value(seen: DealSeen) -> Money | None:
    return None if seen.value is None or len(seen.currency) != 3 else Money(seen.value, seen.currency)


def _left(seen: DealSeen, rows: list[InvoiceRow]) -> Money | None:
    value = _value(seen)
    if value is None or value.is_zero or any(row.currency != seen.currency for row in rows):
        return None
    counted = [row for row in rows if not row.voided and not row.deleted]
    invoiced = sum(row.total - row.tax for row in counted)
    return value - from_minor(invoiced, seen.currency)


def _unconnected(seen: DealSeen, today: date) -> PanelView:
    return PanelView(
        state=PanelState.NOT_CONNECTED,
        deal_id=seen.deal_id,
        deal_title=seen.title,
        deal_value=_value(seen),
        products=seen.products,
        archived=seen.archived,
        customer_name="",
        customer_url="",
        ledgers=(),
        left=None,
        rows=(),
        pending=(),
        as_of=None,
        version="unconnected",
        connected_by="",
        today=today,
    )
