"""Opens the invoice form: filled from the deal by the mapping, with no call to QuickBooks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

from dealvoice.connections.secrets import new_id
from dealvoice.connections.who import Who
from dealvoice.invoicing.deal import Deal, FieldRef, Owner
from dealvoice.invoicing.deal_changes import snapshot
from dealvoice.invoicing.deal_rows import DealOffer
from dealvoice.invoicing.draft import Links
from dealvoice.invoicing.mapping import Mapping, Target, fill
from dealvoice.pipedrive import contacts, deals, fields, products
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive import models as pd
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.fields import FieldRow
from dealvoice.storage.forms import FormRow
from dealvoice.workflows.access import asking_pipedrive, pipedrive_of, require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess
from dealvoice.workflows.invoice.books import gather
from dealvoice.workflows.invoice.filling import filled_from, sold_on
from dealvoice.workflows.invoice.review import form_view
from dealvoice.workflows.invoice.templates import fill_from
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.translate.deals import STANDARD, core_deal, field_rows, kept_offer, kept_snapshot

FIELDS_KEPT = timedelta(hours=24)
PLAN_KEPT = timedelta(days=7)
"""How long a plan without installments is not asked for them again."""


def open_form(app: App, who: Who, deal_id: int) -> FormView:
    """
    Open a form for a deal; at most two rounds of Pipedrive calls, each side by side, and none to QuickBooks.

    Raises:
        NoAccess: This user may not see the deal.
        SignedOut: QuickBooks is not connected, or one of the two wants a new sign-in.
        Busy: Pipedrive did not answer; nothing was sent.
    """
    require_deal(app, who, deal_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
        mapping = store.preferences.mapping()
        known = store.fields.all()
    deal, definitions = read_deal(app, who, deal_id, known)
    filled = fill(mapping, deal, known=_known(definitions or known))
    contact = deal.contact
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        if definitions:
            store.fields.replace(definitions)
        items = store.links.items(connection.id, {row.product_id for row in deal.products})
        customer_id = None
        if contact is not None:
            customer_id = store.links.customer_of(connection.id, contact.owner.value, contact.id, deal.currency)
        today = app.today(connection, who.time_zone)
        books = gather(
            store,
            connection,
            customer_id=customer_id,
            item_ids=set(items.values()),
            issued_on=today,
            currency=deal.currency,
        )
        draft, offer = filled_from(
            app,
            who,
            deal,
            mapping=mapping,
            # One that is gone for sure is told; before the first import nobody is known yet.
            links=Links(customer_id=customer_id if books.customer or connection.imported_at else None, items=items),
            books=books,
            today=today,
            sold=sold_on(store, deal_id),
        )
        if connection.custom_numbers:
            draft = replace(draft, number=books.next_number, number_proposed=books.next_number)
        preferences = store.preferences.get()
        # Without an address the default would only be in the way.
        mailed = preferences is not None and preferences.mail_after and bool(draft.email.strip())
        draft = replace(draft, send_email=mailed)
        context = form_context(deal, mapping, definitions or known, offer)
        default = next((template for template in store.templates.all() if template.is_default), None)
        draft, context = fill_from(store, connection, default, draft, context)
        form = FormRow(
            id=new_id(),
            tenant=who.tenant_id,
            installation_id=who.installation_id,
            deal_id=deal_id,
            opened_at=app.now(),
            context=context,
        )
        store.forms.add(form)
        return form_view(app, store, connection, form, draft, problems=filled.findings, who=who)


def read_deal(app: App, who: Who, deal_id: int, known: list[FieldRow]) -> tuple[Deal, list[FieldRow]]:
    """
    Read a deal with all that the mapping may pick from: two rounds of calls, each side by side.

    Returns:
        The deal, and fresh field definitions when the known ones are missing or a day old (else an empty list).
    """
    client = pipedrive_of(app, who)
    with app.database.everyone_read() as lobby:
        tenant = lobby.tenants.get(who.tenant_id)
    refused_at = tenant.no_installments_at if tenant else None
    stale = not known or app.now() - min(row.seen_at for row in known) > FIELDS_KEPT
    with asking_pipedrive():
        try:
            first = app.together(
                [
                    lambda: deals.read(client, deal_id),
                    lambda: deals.products(client, deal_id),
                    lambda: deals.discounts(client, deal_id),
                    *(_definition_calls(client) if stale else ()),
                ]
            )
        except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden) as error:
            raise NoAccess from error
        deal = cast(pd.Deal, first[0])
        rows = cast(list[pd.DealProduct], first[1])
        asked = _may_have_installments(rows) and (refused_at is None or app.now() - refused_at > PLAN_KEPT)
        second = app.together(
            [
                lambda: _installments(client, deal_id) if asked else [],
                lambda: _person(client, deal.person_id),
                lambda: _organization(client, deal.org_id),
                lambda: products.by_ids(client, sorted({row.product_id for row in rows if row.product_id})),
            ]
        )
    installments = cast(list[pd.Installment] | None, second[0])
    if asked and (installments is None or refused_at is not None):
        _remember_plan(app, who, has_installments=installments is not None)
    definitions: list[FieldRow] = []
    if stale:
        for owner, seen in zip((Owner.DEAL, Owner.PERSON, Owner.ORGANIZATION), first[3:], strict=True):
            definitions += field_rows(who.tenant_id, owner, cast(list[pd.Field], seen), now=app.now())
    found = core_deal(
        deal,
        products=rows,
        discounts=cast(list[pd.Discount], first[2]),
        catalogue=cast(list[pd.Product], second[3]),
        person=cast(pd.Person | None, second[1]),
        organization=cast(pd.Organization | None, second[2]),
        fields=definitions or known,
        installments=installments or [],
    )
    return found, definitions


def _definition_calls(client: Pipedrive) -> tuple[Callable[[], object], ...]:
    return (
        lambda: fields.deal_fields(client),
        lambda: fields.person_fields(client),
        lambda: fields.organization_fields(client),
    )


def _may_have_installments(rows: list[pd.DealProduct]) -> bool:
    """
    Tell whether a deal with such rows can have installments: they need a product sold once and none that recurs.

    Source: Pipedrive API v2, "Add an installment to a deal".
    """
    once = [(row.billing_frequency or "one-time") == "one-time" for row in rows]
    return bool(once) and all(once)


def _installments(client: Pipedrive, deal_id: int) -> list[pd.Installment] | None:
    """Return a deal's installments; None where the plan, or this user's rights, have none (the answers look alike)."""
    try:
        return deals.installments(client, [deal_id])
    except pipedrive_errors.Forbidden:
        return None


def _remember_plan(app: App, who: Who, *, has_installments: bool) -> None:
    with app.database.everyone_write() as lobby:
        tenant = lobby.tenants.get(who.tenant_id)
        if tenant is not None:
            tenant.no_installments_at = None if has_installments else app.now()


def _person(client: Pipedrive, person_id: int | None) -> pd.Person | None:
    if person_id is None:
        return None
    try:
        return contacts.person(client, person_id)
    except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden):
        # A deal may name a person that this user may not see, or that was deleted: the form stays empty there.
        return None


def _organization(client: Pipedrive, organization_id: int | None) -> pd.Organization | None:
    if organization_id is None:
        return None
    try:
        return contacts.organization(client, organization_id)
    except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden):
        return None  # as above


def _known(definitions: list[FieldRow]) -> set[FieldRef]:
    """Return every field that exists, so that a mapping to one that is gone is told."""
    standard = {FieldRef(owner, key) for owner, keys in STANDARD.items() for key in keys}
    return standard | {FieldRef(Owner(row.owner), row.key) for row in definitions}


def form_context(deal: Deal, mapping: Mapping, definitions: list[FieldRow], offer: DealOffer) -> dict[str, object]:
    """Return what a form remembers of the deal that it was filled from."""
    names = {f"{row.owner}:{row.key}": row.name for row in definitions}
    origins = {
        Target.TO: mapping.to,
        Target.ADDRESS: mapping.address,
        Target.EMAIL: mapping.email,
        Target.TAX_ID: mapping.tax_id,
    }
    contact, filled = deal.contact, fill(mapping, deal)
    return {
        "filled": {"to": filled.to, "address": filled.address, "email": filled.email, "tax_id": filled.tax_id},
        "title": deal.title,
        "currency": deal.currency,
        "contact": [contact.owner.value, contact.id, contact.name] if contact else None,
        "origins": {target.value: [ref.owner.value, ref.key] if ref else None for target, ref in origins.items()},
        "names": {
            f"{ref.owner.value}:{ref.key}": names.get(f"{ref.owner.value}:{ref.key}", "")
            for ref in origins.values()
            if ref is not None
        },
        "deal": kept_snapshot(snapshot(deal)),
        "products": len(deal.products),
        "offer": kept_offer(offer),
        "codes": {str(row.product_id): row.code for row in deal.products if row.code},
        "shown": [],
    }
