"""Fills a form from a deal: the draft, and beside it what else the deal offers."""

from collections.abc import Mapping as Words
from datetime import date
from decimal import Decimal
from typing import Final

from dealvoice.connections.who import Who
from dealvoice.i18n import Speech
from dealvoice.invoicing.books import Books
from dealvoice.invoicing.deal import Deal
from dealvoice.invoicing.deal_rows import DealOffer, Sold, offer_of
from dealvoice.invoicing.draft import Draft, Links, build_draft
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App

FREQUENCIES: Final = ("weekly", "monthly", "quarterly", "semi-annually", "annually")
"""Pipedrive's billing frequencies of what recurs."""


def filled_from(
    app: App,
    who: Who,
    deal: Deal,
    *,
    mapping: Mapping,
    links: Links,
    books: Books,
    today: date,
    sold: Words[str, Sold],
) -> tuple[Draft, DealOffer]:
    """Return the draft of a deal, and what the deal offers beside it; texts are in the user's language."""
    periods = periods_of(app.speech(who.language, who.locale, who.time_zone))
    quantities = {key: known.quantity for key, known in sold.items()}
    draft = build_draft(deal, mapping=mapping, links=links, books=books, today=today, sold=quantities, periods=periods)
    return draft, offer_of(deal, draft, links=links, books=books, sold=sold, periods=periods)


def periods_of(speech: Speech) -> dict[str, str]:
    """Return the user's word for each billing frequency."""
    return {name: speech.t(f"word.frequency.{name}") for name in FREQUENCIES}


def sold_on(store: Store, deal_id: int) -> dict[str, Sold]:
    """
    Return what live invoices of a deal, made here, have of its rows; those on their way count.

    A voided or deleted invoice, and one that was taken off the deal, leaves its rows to be billed again.
    """
    found: dict[str, Sold] = {}
    for operation in store.operations.creations_of(deal_id):
        invoice = store.invoices.get(operation.invoice_id) if operation.invoice_id else None
        if invoice is not None:
            off = invoice.voided or invoice.deleted or store.invoices.deal_link(deal_id, invoice.id) is None
            if off:
                continue
        number = invoice.number if invoice is not None else operation.number
        for key, quantity in operation.body.get("rows", []):
            known = found.get(key, Sold(Decimal(0), ()))
            numbers = (number, *known.numbers) if number else known.numbers
            found[key] = Sold(known.quantity + Decimal(quantity), numbers)
    return found
