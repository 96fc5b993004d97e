"""
Wire types for walking a whole list: of each object only what the mirror keeps, so that a page of a thousand costs little.

The names of the fields are those of the full types in ``sales_models``; whatever reads an invoice's facts takes either.
"""

from datetime import date
from decimal import Decimal

import msgspec

from dealvoice.quickbooks.sales_models import DeliveryInfo, Email, Entity, LinkedTxn, Ref, Wire


class PageSale(Wire, frozen=True, kw_only=True):
    """What a line sells: a voided one has neither quantity nor price."""

    qty: Decimal | None = None
    unit_price: Decimal | None = None


class PageDiscount(Wire, frozen=True, kw_only=True):
    """Says that a line is a discount."""


class PageLine(Wire, frozen=True, kw_only=True):
    """A line's amount, and what tells a voided one."""

    amount: Decimal | None = None
    sales_item_line_detail: PageSale | None = None
    discount_line_detail: PageDiscount | None = None
    group_line_detail: "PageGroup | None" = None


class PageGroup(Wire, frozen=True, kw_only=True):
    """The lines of a bundle."""

    line: list[PageLine] = msgspec.field(default_factory=list)


class PageTax(Wire, frozen=True, kw_only=True):
    """The tax of a transaction, as one sum."""

    total_tax: Decimal | None = None


class PageInvoice(Entity, frozen=True, kw_only=True):
    """An invoice of a page: about a third of its document."""

    doc_number: str | None = None
    txn_date: date | None = None
    due_date: date | None = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    line: list[PageLine] = msgspec.field(default_factory=list)
    txn_tax_detail: PageTax | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    bill_email: Email | None = None
    bill_email_cc: Email | None = None
    bill_email_bcc: Email | None = None
    private_note: str | None = None
    linked_txn: list[LinkedTxn] = msgspec.field(default_factory=list)
    email_status: str | None = None
    delivery_info: DeliveryInfo | None = None
