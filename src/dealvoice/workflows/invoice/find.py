"""
Finds customers and products for the form, and links a deal's contact: from the store.

Whom the store does not know QuickBooks is asked for, by one call: when the user says so, and by itself while the first
import has not brought the customers yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.invoicing.draft import DraftLine
from dealvoice.invoicing.matching import Wanted, judge_customers
from dealvoice.quickbooks import customers as quickbooks_customers
from dealvoice.quickbooks import items as quickbooks_items
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.connections import Connection
from dealvoice.storage.forms import FormRow
from dealvoice.storage.links import CustomerLink
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound
from dealvoice.workflows.invoice.books import with_debt
from dealvoice.workflows.invoice.item_links import item_link
from dealvoice.workflows.invoice.review import customer_option, item_option
from dealvoice.workflows.invoice.views import Option
from dealvoice.workflows.translate.books import customer_row, item_row

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


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the question that goes before a search went."""

    connection: Connection
    importing: bool
    asked: bool = False
    trouble: str = ""


def customers(app: App, who: Who, query: str, *, currency: str, form_id: str = "", ask: bool = False) -> Found:
    """
    Return customers by name, company, e-mail or tax id, with what speaks for each.

    First those of the currency, the active ones and the likeliest.

    Args:
        app: The product.
        who: The user.
        query: What he typed.
        currency: The invoice's.
        form_id: The open form, whose deal tells who is looked for; empty when there is none.
        ask: Ask QuickBooks first: one call, whose answer goes into the store.

    Raises:
        SignedOut: QuickBooks is not connected.
    """
    first = _asked_first(
        app, who, query, part="customers", ask=ask, search=quickbooks_customers.search, keep=_keep_customers
    )
    connection = first.connection
    with app.database.read(who.tenant_id) as store:
        found, total = store.customers.search(connection.id, query, limit=_LIMIT)
        form = store.forms.get(form_id) if form_id else None
        named = {one.id: with_debt(store, connection, one) for one in found}
    known = form if form is not None and form.installation_id == who.installation_id else None
    judged = judge_customers(_wanted(known), found)
    found.sort(key=lambda one: (one.currency != currency, not one.active, -judged[one.id].score, one.name.casefold()))
    options = tuple(customer_option(named[one.id], judged[one.id] if known else None) for one in found)
    return Found(options, total, asked=first.asked, importing=first.importing, trouble=first.trouble)


def _asked_first(
    app: App,
    who: Who,
    query: str,
    *,
    part: str,
    ask: bool,
    search: Callable[[QuickBooks, str], list[_T]],
    keep: Callable[[Store, Connection, list[_T]], None],
) -> _Asked:
    """Ask QuickBooks, when that is wanted or the first import has not brought a part yet, and keep what it has."""
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    importing = connection.imported_at is None and part not in (connection.import_progress or [])
    if not (ask or importing) or len(query.strip()) < _FEWEST_LETTERS:
        return _Asked(connection, importing=importing)
    try:
        seen = search(app.quickbooks(who.tenant_id, connection.id, connection.realm_id), query.strip())
    except SignInEnded:
        return _Asked(connection, importing=importing, trouble="connection.expired")
    except QuickBooksError as error:
        return _Asked(connection, importing=importing, trouble=error.code)
    with app.database.write(who.tenant_id) as store:
        keep(store, connection, seen)
    return _Asked(connection, importing=importing, asked=True)


def _keep_customers(store: Store, connection: Connection, seen: list[qb.Customer]) -> None:
    home = connection.home_currency
    store.customers.put([customer_row(connection.id, one, home_currency=home) for one in seen])


def _keep_items(store: Store, connection: Connection, seen: list[qb.Item]) -> None:
    store.items.put([item_row(connection.id, one) for one in seen])


def _wanted(form: FormRow | None) -> Wanted:
    filled = form.context.get("filled", {}) if form is not None else {}
    return Wanted(
        name=filled.get("to", ""),
        email=filled.get("email", ""),
        tax_id=filled.get("tax_id", ""),
        address=filled.get("address", ""),
    )


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
    first = _asked_first(
        app,
        who,
        query,
        part="items",
        ask=ask,
        search=lambda client, text: quickbooks_items.search(client, text, _ASKED),
        keep=_keep_items,
    )
    with app.database.read(who.tenant_id) as store:
        found, total = store.items.search(first.connection.id, query, limit=_LIMIT)
    options = tuple(item_option(item, first.connection.home_currency) for item in found)
    return Found(options, total, asked=first.asked, importing=first.importing, trouble=first.trouble)


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
            item_link(app, connection, line.product_id, line.variation_id, item, by=who.name),
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
