"""Fills an open form from a template; what somebody typed stays."""

from dataclasses import replace
from typing import Any

from dealvoice.connections.who import Who
from dealvoice.invoicing.books import Books
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.templates import Template, apply, fields_of
from dealvoice.storage.connections import Connection
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import series
from dealvoice.workflows.invoice.books import gather
from dealvoice.workflows.invoice.review import form_view, require_form
from dealvoice.workflows.invoice.views import FormView


def choose(app: App, who: Who, *, form_id: str, draft: Draft) -> FormView:
    """
    Fill a form from the template that it names (none takes the last one's values back); no vendor is asked.

    Args:
        app: The product.
        who: The user.
        form_id: The open form.
        draft: What the form says, with ``details.template_id``.

    Raises:
        NotFound: No such form of this user.
        NoAccess: This user may not see the deal.
    """
    require_deal(app, who, draft.deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        form = require_form(store, who, form_id, draft.deal_id)
        chosen = next((known for known in store.templates.all() if known.id == draft.details.template_id), None)
        filled, form.context = fill_from(store, connection, chosen, draft, form.context)
        return form_view(app, store, connection, form, filled, problems=(), who=who)


def fill_from(
    store: Store, connection: Connection, template: Template | None, draft: Draft, context: dict[str, Any]
) -> tuple[Draft, dict[str, Any]]:
    """Return a draft filled from a template, and the form's context that remembers what was filled."""
    books = gather(
        store,
        connection,
        customer_id=draft.customer_id,
        item_ids={line.item_id for line in draft.lines if line.item_id},
        number=draft.number,
        issued_on=draft.issued_on,
        currency=draft.currency,
        pattern=draft.details.number_pattern,
    )
    at_first = context.get("before_template") or fields_of(draft)
    filled, values = apply(template, draft, books, at_first=at_first, filled=context.get("by_template") or at_first)
    return _numbered(store, connection, filled, books), {**context, "before_template": at_first, "by_template": values}


def _numbered(store: Store, connection: Connection, draft: Draft, books: Books) -> Draft:
    """Propose the next number of the draft's series, unless somebody typed one."""
    if draft.number.strip() != draft.number_proposed or draft.issued_on is None:
        return draft
    pattern = draft.details.number_pattern
    proposes = books.company.custom_numbers or bool(pattern)
    number = series.next_free(store, connection.id, draft.issued_on, pattern=pattern) if proposes else ""
    return replace(draft, number=number, number_proposed=number)
