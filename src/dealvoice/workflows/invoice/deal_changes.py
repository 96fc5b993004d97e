"""
Compares the deal with what a form was filled from, just before Create; and takes its changes over, or leaves them.

The form is what the user has seen and what is sent. When somebody changed the deal meanwhile, nothing is sent until he
has chosen.
"""

from dataclasses import replace

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.invoicing.deal import Deal
from dealvoice.invoicing.deal_changes import differences, snapshot
from dealvoice.invoicing.draft import Draft, DraftLine, Links
from dealvoice.pipedrive import deals
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive import models as pd
from dealvoice.workflows.access import pipedrive_of, require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess
from dealvoice.workflows.invoice.books import gather
from dealvoice.workflows.invoice.filling import filled_from, sold_on
from dealvoice.workflows.invoice.prefill import form_context, read_deal
from dealvoice.workflows.invoice.review import form_view, require_form
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.translate.deals import core_deal, kept_snapshot, read_snapshot


def look_at_deal(app: App, who: Who, *, form_id: str, deal_id: int) -> None:
    """
    Read the deal and remember how it differs from what the form was filled from: one round of two calls.

    When Pipedrive does not answer the form stands as it is: it shows what will be sent.

    Raises:
        NotFound: No such form of this user.
        NoAccess: The deal is gone, or this user may not see it any more.
    """
    with app.database.read(who.tenant_id) as store:
        form = require_form(store, who, form_id, deal_id)
        known = form.context.get("deal")
        sent = store.operations.of_form(form_id) is not None
    if known is None or sent:
        return
    client = pipedrive_of(app, who)
    try:
        deal, rows = app.together([lambda: deals.read(client, deal_id), lambda: deals.products(client, deal_id)])
    except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden) as error:
        raise NoAccess from error
    except (pipedrive_errors.PipedriveError, SignInEnded):
        return
    now = snapshot(_bare(deal, rows))  # type: ignore[arg-type] # results keep their order
    found = differences(read_snapshot(known), now)
    with app.database.write(who.tenant_id) as store:
        form = require_form(store, who, form_id, deal_id)
        form.context = {**form.context, "deal_now": kept_snapshot(now) if found else None}


def keep_form(app: App, who: Who, *, form_id: str, deal_id: int) -> None:
    """
    Leave the deal's changes: the form stays as it is, and they are not told again.

    Raises:
        NotFound: No such form of this user.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        form = require_form(store, who, form_id, deal_id)
        now = form.context.get("deal_now")
        if now:
            form.context = {**form.context, "deal": now, "deal_now": None}


def take_deal(app: App, who: Who, *, form_id: str, draft: Draft) -> FormView:
    """
    Fill the form anew with the deal as it is now: rows, discount, currency, and a new contact's details.

    Rows that the user added, and products that he linked, stay.

    Raises:
        NotFound: No such form of this user.
        NoAccess: The deal is gone, or this user may not see it any more.
        Busy: Pipedrive did not answer.
    """
    require_deal(app, who, draft.deal_id)
    with app.database.read(who.tenant_id) as store:
        require_form(store, who, form_id, draft.deal_id)
        mapping, known = store.preferences.mapping(), store.fields.all()
    deal, definitions = read_deal(app, who, draft.deal_id, known)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        form = require_form(store, who, form_id, draft.deal_id)
        moved = read_snapshot(form.context["deal"]).contact != deal.contact_ids
        contact, customer_id = deal.contact, draft.customer_id
        if moved:
            customer_id = None
            if contact is not None:
                customer_id = store.links.customer_of(connection.id, contact.owner.value, contact.id, deal.currency)
        items = store.links.items(connection.id, {row.product_id for row in deal.products})
        items |= {(line.product_id, line.variation_id): line.item_id for line in draft.lines if _linked_row(line)}  # type: ignore[misc] # _linked_row
        today = app.today(connection, who.time_zone)
        books = gather(store, connection, customer_id=customer_id, item_ids=set(items.values()), currency=deal.currency)
        fresh, offer = filled_from(
            app,
            who,
            deal,
            mapping=mapping,
            links=Links(customer_id=customer_id, items=items),
            books=books,
            today=today,
            sold=sold_on(store, draft.deal_id),
        )
        taken = replace(
            draft,
            lines=(*fresh.lines, *(line for line in draft.lines if _own(line))),
            currency=fresh.currency,
            tax_mode=fresh.tax_mode,
            discount_percent=fresh.discount_percent,
            discount_amount=fresh.discount_amount,
        )
        if moved:
            taken = replace(
                taken,
                customer_id=customer_id if books.customer else None,
                create_customer=False,
                to=fresh.to,
                address=fresh.address,
                email=fresh.email,
                tax_id=fresh.tax_id,
            )
        fields = definitions or known
        form.context = {**form.context, **form_context(deal, mapping, fields, offer), "deal_now": None}
        return form_view(app, store, connection, form, taken, problems=(), who=who)


def _linked_row(line: DraftLine) -> bool:
    return line.product_id is not None and line.item_id is not None


def _own(line: DraftLine) -> bool:
    """Tell whether the user added a row himself."""
    return line.product_id is None and line.key.startswith("n")


def _bare(deal: pd.Deal, rows: list[pd.DealProduct]) -> Deal:
    """Return the deal as far as a snapshot needs it."""
    return core_deal(deal, products=rows, discounts=(), catalogue=(), person=None, organization=None, fields=())
