"""The deal panel: everything it shows comes from the store; the deal's head from at most one remembered call."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealvoice.connections.who import Who
from dealvoice.invoicing.ledger import DealBill, DealLedger, DealThen, deal_ledger
from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.status import derive
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import DealTold
from dealvoice.storage.deals import DealSeen, Worth
from dealvoice.storage.invoices import DealInvoice, InvoiceRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import remembered, require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotSeen
from dealvoice.workflows.invoice.rows import fault_of, show_invoice
from dealvoice.workflows.invoice.views import PanelState, PanelView, PendingRow
from dealvoice.workflows.setup.hand_over import may_manage
from dealvoice.workflows.sync.parking import take_up
from dealvoice.workflows.sync.record import start_all

_UNCONNECTED = "unconnected"


def panel(app: App, who: Who, deal_id: int) -> PanelView:
    """
    Return the panel of a deal.

    Raises:
        NoAccess: This user may not see the deal or its invoices.
    """
    with app.database.read(who.tenant_id) as store:
        require_visible(store, who)
        seen = remembered(app, store, who, deal_id)
        if seen is not None and not _is_back(store, seen):
            return _shown(app, store, who, seen)
    seen = require_deal(app, who, deal_id)
    with app.database.read(who.tenant_id) as store:
        back = _is_back(store, seen)
    if back:
        start_all(app, take_up(app, who.tenant_id, deal_id))
    with app.database.read(who.tenant_id) as store:
        return _shown(app, store, who, seen)


def _shown(app: App, store: Store, who: Who, seen: DealSeen) -> PanelView:
    connection = require_visible(store, who)
    today = app.today(connection, who.time_zone)
    if connection is None:
        return _unconnected(seen, today)
    facts = _facts(store, who, connection, seen)
    customer = store.customers.get(connection.id, facts.customer_id) if facts.customer_id else None
    holder, steward = (store.installations.get(one) for one in (connection.installation_id, connection.steward_id))
    rows = [row for row, _ in reversed(facts.linked)]
    working = store.operations.working_on([row.id for row in rows])
    pending = [_pending(operation) for operation in facts.creations if _shows(operation)]
    shown = [
        show_invoice(app, row, connection, today=today, working=working.get(row.id), deal_id=seen.deal_id)
        for row in rows
    ]
    shown.sort(key=lambda row: row.status.flag in ("voided", "deleted"))
    sums = _ledger_of(facts.linked, facts.worth, today)
    return PanelView(
        state=PanelState.READY if connection.state == "live" else PanelState.NEEDS_RECONNECT,
        deal_id=seen.deal_id,
        deal_title=seen.title,
        deal_value=facts.worth.money,
        products=seen.products,
        archived=seen.archived,
        customer_name=customer.name if customer else "",
        customer_url=_customer_url(app, connection, customer.id) if customer else "",
        ledgers=sums.sums,
        left=sums.remaining,
        rows=tuple(shown),
        pending=tuple(pending),
        as_of=connection.swept_at,
        version=_version(facts, today),
        connected_by=holder.name if holder else "",
        today=today,
        problems=facts.problems,
        with_tax=sums.with_tax,
        drifts=sums.drifts,
        then=sums.then,
        deal_currency=facts.worth.currency,
        parked=facts.parked.parked if facts.parked else "",
        steward=steward.name if steward else "",
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
        if connection is None:
            return _UNCONNECTED
        return _version(_facts(store, who, connection, seen), app.today(connection, who.time_zone))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a panel is made of, and what its version is told from."""

    connection: Connection
    seen: DealSeen
    customer_id: str | None
    linked: Sequence[tuple[InvoiceRow, DealInvoice]]
    worth: Worth
    parked: DealTold | None
    creations: Sequence[Operation]
    problems: int
    """What was refused on the deal: all of it for whoever manages the connection, else what he began himself."""


def _facts(store: Store, who: Who, connection: Connection, seen: DealSeen) -> _Facts:
    known = store.deals.worth([seen.deal_id]).get(seen.deal_id)
    by = None if may_manage(who, connection) else who.installation_id
    return _Facts(
        connection=connection,
        seen=seen,
        customer_id=_customer_of(store, connection, seen),
        linked=store.invoices.of_deals([seen.deal_id]).get(seen.deal_id, []),
        worth=known or Worth(seen.value, seen.currency, seen.products),
        parked=store.deal_fields.parked(seen.deal_id),
        creations=store.operations.creations_of(seen.deal_id),
        problems=store.problems.on_deal(seen.deal_id, by=by),
    )


def _version(facts: _Facts, today: date) -> str:
    connection = facts.connection
    parts = (
        today, facts.seen.checked_at, facts.worth, facts.parked and facts.parked.parked,
        connection.id, connection.state, connection.swept_at, facts.customer_id, facts.problems,
        [(row.id, row.version) for row, _ in facts.linked],
        [(operation.id, operation.version, operation.state) for operation in facts.creations],
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


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


def _ledger_of(linked: Sequence[tuple[InvoiceRow, DealInvoice]], worth: Worth, today: date) -> DealLedger:
    """Hold the invoices against the deal; what the deal was is known for those invoiced or linked here."""
    bills = [
        DealBill(
            row.standing(),
            derive(row.standing(), today),
            from_minor(row.tax, row.currency),
            tax_in_value=link.tax_in_value,
        )
        for row, link in linked
    ]
    kept = [(row, link) for row, link in linked if link.then and not row.voided and not row.deleted]
    row, link = max(kept, key=lambda one: one[1].linked_at, default=(None, None))
    then = None
    if row is not None and link is not None:
        value = Decimal(link.then["value"] or 0)
        then = DealThen(value, link.then["currency"], link.then["products"], row.number)
    return deal_ledger(bills, value=worth.money, currency=worth.currency, products=worth.products, then=then)


def _is_back(store: Store, seen: DealSeen) -> bool:
    """Tell whether this user has found a parked deal to be open again since it was parked."""
    parked = store.deal_fields.parked(seen.deal_id)
    if parked is None or parked.parked_at is None:
        return False
    return not seen.archived and seen.checked_at > parked.parked_at


def _unconnected(seen: DealSeen, today: date) -> PanelView:
    return PanelView(
        state=PanelState.NOT_CONNECTED,
        deal_id=seen.deal_id,
        deal_title=seen.title,
        deal_value=Worth(seen.value, seen.currency).money,
        products=seen.products,
        archived=seen.archived,
        customer_name="",
        customer_url="",
        ledgers=(),
        left=None,
        rows=(),
        pending=(),
        as_of=None,
        version=_UNCONNECTED,
        connected_by="",
        today=today,
    )
