"""Finds customers and products for the form, and links a deal's contact: all from the store."""

from dataclasses import dataclass

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.invoicing.draft import DraftLine
from dealvoice.quickbooks import items as quickbooks_items
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.connections import Connection
from dealvoice.storage.links import CustomerLink, ItemLink
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound
from dealvoice.workflows.invoice.review import item_option
from dealvoice.workflows.invoice.views import Option
from dealvoice.workflows.translate.books import item_row

_LIMIT = 8
_ASKED = 20
"""How many QuickBooks is asked for."""
_FEWEST_LETTERS = 2
"""Shorter texts are not worth a call."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the first few, and how many there are."""

    options: tuple[Option, ...]
    total: int
    asked: bool = False
    """QuickBooks itself was asked just now."""
    importing: bool = False
    """The first import has not brought all of them yet."""
    trouble: str = ""
    """Code of why QuickBooks could not be asked; empty when it was, or need not be."""


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


def items(app: App, who: Who, query: str, *, ask: bool = False) -> Found:
    """
    Return active products and services by name, SKU or description.

    While the first import has not brought them yet QuickBooks is asked by itself.

    Args:
        app: The product.
        who: The user.
        query: What he typed.
        ask: Ask QuickBooks first: one call, whose answer goes into the store.

    Raises:
        SignedOut: QuickBooks is not connected.
    """
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    importing = connection.imported_at is None and "items" not in (connection.import_progress or [])
    ask = (ask or importing) and len(query.strip()) >= _FEWEST_LETTERS
    trouble = _ask_for_items(app, who, connection, query.strip()) if ask else ""
    with app.database.read(who.tenant_id) as store:
        found, total = store.items.search(connection.id, query, limit=_LIMIT)
    options = tuple(item_option(item, connection.home_currency) for item in found)
    return Found(options, total, asked=ask and not trouble, importing=importing, trouble=trouble)


def _ask_for_items(app: App, who: Who, connection: Connection, query: str) -> str:
    """Ask QuickBooks for products by name, and keep them; returns the code of what went wrong."""
    client = app.quickbooks(who.tenant_id, connection.id, connection.realm_id)
    try:
        seen = quickbooks_items.search(client, query, _ASKED)
    except SignInEnded:
        return "connection.expired"
    except QuickBooksError as error:
        return error.code
    with app.database.write(who.tenant_id) as store:
        store.items.put([item_row(connection.id, one) for one in seen])
    return ""


def accept_item(app: App, who: Who, deal_id: int, line: DraftLine) -> None:
    """
    Remember a linked product as it is now: the user has seen its new name or price. Nothing changes in QuickBooks.

    Raises:
        NoAccess: This user may not see the deal.
        NotFound: The row has no product of the deal, or no linked one.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        item = store.items.get(connection.id, {line.item_id or ""}).get(line.item_id or "")
        if item is None or not line.product_id:
            raise NotFound
        store.links.link_item(
            ItemLink(
                tenant=who.tenant_id,
                connection_id=connection.id,
                product_id=line.product_id,
                variation_id=line.variation_id or 0,
                item_id=item.id,
                item_name=item.name,
                item_price=item.unit_price,
                linked_by=who.name,
                linked_at=app.now(),
            ),
            renew=True,
        )


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
