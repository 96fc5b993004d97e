"""Void, delete, send by e-mail, download: what a user does with an invoice that exists."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action, Offer, offers
from dealvoice.invoicing.status import derive
from dealvoice.quickbooks import invoices
from dealvoice.quickbooks.errors import QuickBooksError, Refused, Reread
from dealvoice.storage.connections import Connection
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import REMEMBERED, require_connection, require_deal, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, NotFound, NotPossible, NotSeen, SignedOut
from dealvoice.workflows.insight.receivables import debtor_of
from dealvoice.workflows.insight.views import ContactRef
from dealvoice.workflows.operations import DELETE, SEND, VOID, new_operation

_KINDS = {Action.VOID: VOID, Action.DELETE: DELETE, Action.SEND_EMAIL: SEND}


@dataclass(frozen=True, slots=True)
class Pdf:
    """A file to save."""

    name: str
    content: bytes


def void(app: App, who: Who, invoice_id: str) -> str:
    """Accept a void; returns the operation. See ``accept``."""
    return accept(app, who, invoice_id, Action.VOID)


def delete(app: App, who: Who, invoice_id: str) -> str:
    """Accept a deletion; returns the operation. See ``accept``."""
    return accept(app, who, invoice_id, Action.DELETE)


def send(app: App, who: Who, invoice_id: str) -> str:
    """Accept sending by e-mail, which QuickBooks does; returns the operation. See ``accept``."""
    return accept(app, who, invoice_id, Action.SEND_EMAIL)


def pdf(app: App, who: Who, invoice_id: str) -> Pdf:
    """
    Fetch the invoice's PDF from QuickBooks.

    Raises:
        NotFound, NoAccess: As in ``accept``.
        NotPossible: It was deleted.
        SignedOut, Busy: QuickBooks wants a new sign-in, or did not answer.
    """
    row = require_invoice(app, who, invoice_id, through_contact=True)
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    require_possible(app, who, connection, row, Action.DOWNLOAD_PDF)
    client = app.quickbooks(who.tenant_id, connection.id, connection.realm_id)
    try:
        content = invoices.pdf(client, row.quickbooks_id)
    except Reread as error:
        raise NotPossible(error.code, {"number": row.number}) from error
    except (SignInEnded, Refused) as error:
        raise SignedOut from error
    except QuickBooksError as error:
        raise Busy(error.code) from error
    name = re.sub(r"[^\w.-]+", "-", row.number).strip("-.") or row.quickbooks_id
    return Pdf(name=f"invoice-{name}.pdf", content=content)


def accept(app: App, who: Who, invoice_id: str, action: Action, *, body: Mapping[str, Any] | None = None) -> str:
    """
    Write an act down and tell the engine; safe to repeat while it is under way: the same operation is returned.

    Args:
        app: The product.
        who: The user.
        invoice_id: The invoice.
        action: What to do with it.
        body: What the user agreed to beforehand, where payments are taken off first.

    Raises:
        NotFound: No such invoice, or none that this user may see.
        NoAccess: Only the user who connected QuickBooks may see invoices.
        NotPossible: The invoice's state does not allow it; the code says why.
        SignedOut: QuickBooks wants a new sign-in.
    """
    require_invoice(app, who, invoice_id, through_contact=action is Action.SEND_EMAIL)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        row = must(store, invoice_id)
        working = store.operations.working_on([row.id]).get(row.id)
        if working is not None:
            if working.kind == _KINDS[action]:
                return working.id
            raise NotPossible("invoice.busy", {"number": row.number})
        offer = require_possible(app, who, connection, row, action)
        if offer.guided and body is None:
            raise NotPossible("reason.has_payments", {"number": row.number})
        operation = new_operation(
            app, _KINDS[action], connection, installation_id=who.installation_id, user_name=who.name
        )
        operation.invoice_id, operation.number, operation.currency = row.id, row.number, row.currency
        operation.customer_name, operation.total = row.customer_name, row.total
        operation.deal_id = next(iter(link.deal_id for link in store.invoices.deals_of(row.id)), 0)
        operation.body = {"sync_token": row.sync_token, "email": row.email, **(body or {})}
        row.fault = None
        row.version += 1
        store.operations.add(operation)
        store.audit.add(at=app.now(), who=who.name, what=operation.kind, about=row.id)
    app.engine.start(operation.id, operation.kind)
    return operation.id


def require_invoice(app: App, who: Who, invoice_id: str, *, through_contact: bool = False) -> InvoiceRow:
    """
    Return an invoice of which this user may see a deal.

    Args:
        app: The product.
        who: The user.
        invoice_id: The invoice.
        through_contact: One of a customer whose organization or person he may see will do; nothing is asked for that.

    Raises:
        NotFound: There is none, or he may not; the two look the same.
        NoAccess: Only the user who connected QuickBooks may see invoices.
    """
    with app.database.read(who.tenant_id) as store:
        require_visible(store, who)
        row = must(store, invoice_id)
        deals = store.invoices.deals_of(invoice_id)
    for link in deals:
        try:
            require_deal(app, who, link.deal_id)
        except NotSeen:
            continue
        return row
    if through_contact and _is_of_contact(app, who, row):
        return row
    raise NotFound


def _is_of_contact(app: App, who: Who, row: InvoiceRow) -> bool:
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.get(row.connection_id)
        if connection is None:
            return False
        seen = store.contacts.seen_since(who.user_id, app.now() - REMEMBERED)
        contacts = [ContactRef(one.kind, one.contact_id) for one in seen]
        return any(row.customer_id in debtor_of(store, connection, contact, None).ids for contact in contacts)


def must(store: Store, invoice_id: str) -> InvoiceRow:
    """
    Return an invoice of this tenant.

    Raises:
        NotFound: There is none.
    """
    row = store.invoices.get(invoice_id)
    if row is None:
        raise NotFound
    return row


def require_possible(app: App, who: Who, connection: Connection, row: InvoiceRow, action: Action) -> Offer:
    """
    Return the offer of an action that the invoice's state allows.

    Raises:
        NotPossible: It does not; the code says why.
    """
    standing = row.standing()
    status = derive(standing, app.today(connection, who.time_zone))
    offer = next(
        (offer for offer in offers(status, standing, has_email=bool(row.email)) if offer.action is action), None
    )
    if offer is None:
        raise NotPossible(f"reason.{status.flag.value}", {"number": row.number})
    if not offer.possible:
        raise NotPossible(offer.reason, {"number": row.number})
    return offer
