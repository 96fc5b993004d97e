"""
Receivables of an organization or person: what is owed, how old it is, how they usually pay. Reads the store only.

The contact's customers are those it is linked to, in every currency, with their sub-customers and jobs. A person
without a customer of his own is shown his organization's, if he may see that.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.ageing import Owed, Settled, ageing, habit
from dealvoice.invoicing.books import Customer
from dealvoice.invoicing.money import from_minor
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.contacts import ContactSeen
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotSeen
from dealvoice.workflows.insight.contacts import ORGANIZATION, PERSON, known_contact, require_contact
from dealvoice.workflows.insight.views import ContactRef, ReceivablesView
from dealvoice.workflows.invoice.listing import Narrowed, list_of
from dealvoice.workflows.invoice.rows import show_invoice
from dealvoice.workflows.invoice.views import HIDDEN, AllView, InvoiceRow, PanelState
from dealvoice.workflows.sync.refresh import ask_now

MOST_ROWS = 50
OFFERED = (Action.SEND_EMAIL, Action.DOWNLOAD_PDF, Action.OPEN_QUICKBOOKS)
_PAID_LAST = 100
"""How many paid invoices the habit is told from: the latest ones."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose invoices are meant."""

    heads: tuple[Customer, ...]
    """The linked customers; the name of the first stands for all."""
    family: tuple[Customer, ...]
    """They, their sub-customers and jobs."""
    through: str = ""
    """The organization they belong to, where that is not the contact itself."""

    @property
    def ids(self) -> frozenset[str]:
        """The customers' ids in QuickBooks."""
        return frozenset(one.id for one in self.family)


def receivables(app: App, who: Who, contact: ContactRef) -> ReceivablesView:
    """
    Return what a contact owes; costs no call but the questions whether this user may see it.

    Raises:
        NoAccess: This user may not see the contact, or no invoices at all.
        Busy, SignedOut: Pipedrive did not answer, or wants a new sign-in.
    """
    seen = require_contact(app, who, contact)
    organization = _organization_of(app, who, contact, seen.organization_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        today = app.today(connection, who.time_zone)
        if connection is None:
            return _unconnected(contact, seen.name, today)
        debtor = debtor_of(store, connection, contact, organization)
        ids = debtor.ids
        debts = store.receivables.debts(connection.id, ids)
        rows = store.receivables.owing(connection.id, ids, limit=MOST_ROWS)
        working = store.operations.working_on([row.id for row in rows])
        settled = store.receivables.settled(connection.id, ids, limit=_PAID_LAST)
        paid = store.receivables.paid_since(connection.id, ids, today.replace(month=1, day=1))
        count = store.receivables.count(connection.id, ids)
        version = _version(store, connection, debtor, today)
    head = debtor.heads[0] if debtor.heads else None
    return ReceivablesView(
        state=PanelState.READY if connection.state == "live" else PanelState.NEEDS_RECONNECT,
        contact=contact,
        contact_name=seen.name,
        through=debtor.through,
        customer_name=head.name if head else "",
        customer_url=links.customer_url(app.quickbooks_app_url, connection.realm_id, head.id) if head else "",
        customers=len(debtor.family),
        jobs=len(debtor.family) > len(debtor.heads),
        ages=tuple(ageing((Owed(debt.due_on, from_minor(debt.left, debt.currency)) for debt in debts), today)),
        habit=habit(Settled(due_on, paid_on) for due_on, paid_on in settled),
        rows=tuple(
            _shown(
                show_invoice(app, row, connection, today=today, working=working.get(row.id)), head.name if head else ""
            )
            for row in rows
        ),
        owing=sum(debt.invoices for debt in debts),
        invoices=count,
        paid_this_year=tuple(from_minor(total, currency) for currency, total in paid.items()),
        imported=connection.imported_at is not None,
        as_of=connection.swept_at,
        version=version,
        today=today,
    )


def version(app: App, who: Who, contact: ContactRef) -> str:
    """
    Return what changes whenever the panel would show something else; reads the store only.

    Raises:
        NoAccess: As in ``receivables``; also when the right to see the contact was never asked for.
    """
    seen = known_contact(app, who, contact)
    organization = _organization_of(app, who, contact, seen.organization_id, look=known_contact)
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        if connection is None:
            return ""
        debtor = debtor_of(store, connection, contact, organization)
        return _version(store, connection, debtor, app.today(connection, who.time_zone))


def refresh(app: App, who: Who, contact: ContactRef) -> int:
    """
    Ask QuickBooks for everything that changed since the last look: one call. Returns how many invoices changed.

    Raises:
        NoAccess: This user may not see the contact.
        SignedOut: QuickBooks wants a new sign-in.
        Busy: QuickBooks did not answer; what is shown is what was known before.
    """
    require_contact(app, who, contact)
    return ask_now(app, who)


def all_of_contact(app: App, who: Who, contact: ContactRef, asked: Narrowed) -> AllView:
    """
    Return a page of all invoices of a contact's customers.

    Raises:
        NoAccess, Busy, SignedOut: As in ``receivables``.
        NotFound: As in ``listing.all_invoices``.
    """
    debtor = debtor_for(app, who, contact)
    view = list_of(app, who, whose=lambda *_: debtor.family, deal_id=HIDDEN, asked=asked, contact=str(contact))
    return replace(view, rows=tuple(_shown(row) for row in view.rows))


def debtor_for(app: App, who: Who, contact: ContactRef) -> Debtor:
    """
    Return the customers of a contact that this user may see.

    Raises:
        NoAccess, Busy, SignedOut: As in ``receivables``.
    """
    seen = require_contact(app, who, contact)
    organization = _organization_of(app, who, contact, seen.organization_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_visible(store, who)
        return Debtor((), ()) if connection is None else debtor_of(store, connection, contact, organization)


def debtor_of(
    store: Store, connection: Connection, contact: ContactRef, organization: tuple[ContactRef, str] | None
) -> Debtor:
    """Return the customers of a contact: its own, else those of its organization."""
    for whose, through in ((contact, ""), *([organization] if organization else [])):
        heads = store.links.customers(connection.id, whose.kind, whose.id)
        heads = {_alive(store, connection, one) for one in heads}
        if heads:
            family = store.customers.family(connection.id, heads)
            first = [one for one in family if one.id in heads]
            return Debtor(tuple(first), tuple(family), through)
    return Debtor((), ())


def _alive(store: Store, connection: Connection, customer_id: str) -> str:
    """Return whom a customer was merged into, else himself."""
    survivor = store.customers.survivor(connection.id, customer_id)
    return survivor.id if survivor is not None else customer_id


def _shown(row: InvoiceRow, head: str = "") -> InvoiceRow:
    """Leave of an invoice's menu what gets its money in (what ends or moves it belongs to its deal), and name jobs shortly."""
    offered = tuple(offer for offer in row.offers if offer.action in OFFERED)
    return replace(
        row, offers=offered, customer_name=row.customer_name.removeprefix(f"{head}:") if head else row.customer_name
    )


def _organization_of(
    app: App,
    who: Who,
    contact: ContactRef,
    organization_id: int | None,
    *,
    look: Callable[[App, Who, ContactRef], ContactSeen] = require_contact,
) -> tuple[ContactRef, str] | None:
    """Return the organization of a person that has no customer of his own; one that this user may not see is left out."""
    if contact.kind != PERSON or organization_id is None or _has_own(app, who, contact):
        return None
    organization = ContactRef(ORGANIZATION, organization_id)
    try:
        return organization, look(app, who, organization).name
    except NotSeen:
        return None


def _has_own(app: App, who: Who, contact: ContactRef) -> bool:
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
        return connection is not None and bool(store.links.customers(connection.id, contact.kind, contact.id))


def _version(store: Store, connection: Connection, debtor: Debtor, today: date) -> str:
    stamp = store.receivables.stamp(connection.id, debtor.ids)
    parts = (today, connection.id, connection.state, connection.swept_at, sorted(debtor.ids), debtor.through, stamp)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def _unconnected(contact: ContactRef, name: str, today: date) -> ReceivablesView:
    return ReceivablesView(
        state=PanelState.NOT_CONNECTED, contact=contact, contact_name=name, through="", customer_name="",
        customer_url="", customers=0, jobs=False, ages=(), habit=None, rows=(), owing=0, invoices=0,
        paid_this_year=(), imported=False, as_of=None, version="unconnected", today=today,
    )  # fmt: skip
