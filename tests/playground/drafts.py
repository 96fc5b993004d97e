"""What a user does in the form, without a browser."""

from dataclasses import replace

from dealvoice.invoicing.deal_rows import with_row
from dealvoice.invoicing.draft import Draft
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.views import FormView
from playground.house import AVIARY, House

ITEMS = {"Rock fountain": "5", "Fountain pump": "11", "Installation": "7", "Garden lights": "8"}
"""Ids of the sample company's items that the deal's products are linked to."""
AMY = "1"
"""Id of the sample company's customer Amy's Bird Sanctuary."""


def linked(view: FormView, *, second: bool = False, send_email: bool = False) -> Draft:
    """Link customer and items; confirm a second invoice when asked to, of what the first one has once more."""
    draft = view.draft
    for row in view.offer.rows if second else ():
        draft = with_row(draft, view.offer, row.line.key) if row.sold else draft
    lines = tuple(replace(line, item_id=line.item_id or ITEMS.get(line.product_name, "5")) for line in draft.lines)
    return replace(
        draft,
        customer_id=AMY,
        create_customer=False,
        lines=lines,
        second_confirmed=second,
        send_email=send_email,
        email=view.draft.email or "Birds@Intuit.com",
    )


def press(house: House, deal_id: int = AVIARY) -> str:
    """Open the form, link everything, confirm a second invoice, press Create; returns the operation."""
    view = open_form(house.app, house.who, deal_id)
    answer = issue(
        house.app, house.who, form_id=view.form_id, deal_id=deal_id, draft=linked(view, second=True), problems=()
    )
    assert isinstance(answer, Accepted)
    return answer.operation_id
