"""Finds customers and products for the form, and links a deal's contact: all from the store."""

from dataclasses import dataclass

from dealvoice.connections.who import Who
from dealvoice.storage.links import CustomerLink
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound
from dealvoice.workflows.invoice.review import item_option
from dealvoice.workflows.invoice.views import Option

_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the first few, and how many there are."""

    options: tuple[Option, ...]
    total: int


def customers(app: App, who: Who, query: str, *, currency: str) -> Found:
    """Return active customers by name, company, e-mail or tax id; those of the currency first."""
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
        found, total = store.customers.search(connection.id, query, limit=_LIMIT)
    found.sort(key=lambda customer: (customer.currency != currency, customer.name.casefold()))
    options = tuple(
        Option(
            id=customer.id,
            name=customer.name,
            detail=" · ".join(part for part in (customer.email, customer.currency) if part),
            money=customer.balance,
        )
        for customer in found
    )
    return Found(options, total)


def items(app: App, who: Who, query: str) -> Found:
    """Return active products and services by name, SKU or description."""
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
        found, total = store.items.search(connection.id, query, limit=_LIMIT)
    return Found(tuple(item_option(item, connection.home_currency) for item in found), total)


def link_customer(app: App, who: Who, deal_id: int, customer_id: str) -> None:
    """
    Link the deal's contact to a QuickBooks customer; changes nothing in QuickBooks.

    Raises:
        NoAccess: This user may not see the deal.
        NotFound: No such customer, or the deal has no contact.
    """
    seen = require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        customer = store.customers.get(connection.id, customer_id)
        if customer is None or seen.contact_id is None:
            raise NotFound
        store.links.link_customer(
            CustomerLink(
                tenant=who.tenant_id,
                connection_id=connection.id,
                contact_kind=seen.contact_kind,
                contact_id=seen.contact_id,
                currency=seen.currency,
                customer_id=customer.id,
                linked_by=who.name,
                linked_at=app.now(),
            )
        )
        store.audit.add(at=app.now(), who=who.name, what="customer.link", about=customer.id)


def unlink_customer(app: App, who: Who, deal_id: int) -> None:
    """
    Forget which customer the deal's contact is; changes nothing in QuickBooks, invoices stay on their deals.

    Raises:
        NoAccess: This user may not see the deal.
    """
    seen = require_deal(app, who, deal_id)
    if seen.contact_id is None:
        return
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        store.links.unlink_customer(connection.id, seen.contact_kind, seen.contact_id)
        store.audit.add(at=app.now(), who=who.name, what="customer.unlink", about=str(seen.contact_id))
