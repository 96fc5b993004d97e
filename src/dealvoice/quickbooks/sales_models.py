"""
Wire types of the Accounting API: the vendor's names in snake case, exact decimals, every field optional.

Unset fields are left out when written; unknown ones are ignored when read, so that a new property of the vendor breaks nothing.
``id`` and ``sync_token`` are empty on an object not yet created. Small reference lists and settings live in ``company_models``.

Source: API reference of the Accounting API, page of each entity, and its XML schemas for names.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """A part of an entity."""


class Ref(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reference: only ``value`` (the id) matters when written, and ``name`` may lag behind a rename."""

    value: str
    name: str = ""


class MetaData(Wire, frozen=True, kw_only=True):
    """When an object was made and last changed; times carry an offset."""

    create_time: datetime | None = None
    last_updated_time: datetime | None = None


class Entity(Wire, frozen=True, kw_only=True):
    """What every stored object has."""

    id: str = ""
    sync_token: str = ""
    meta_data: MetaData | None = None
    # True on a write: only the properties present change; lists are replaced whole all the same.
    sparse: bool | None = msgspec.field(default=None, name="sparse")
    # ``Deleted`` in answers to a delete and in change data capture.
    status: str | None = msgspec.field(default=None, name="status")

    @property
    def is_deleted(self) -> bool:
        """Tell a tombstone."""
        return self.status == "Deleted"


class Address(Wire, frozen=True, kw_only=True):
    """``PhysicalAddress``; the id changes with every change of the address."""

    id: str = ""
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    # ISO alpha-3 or a full name; older answers carry both kinds.
    country: str | None = None
    country_sub_division_code: str | None = None
    postal_code: str | None = None


class Email(Wire, frozen=True, kw_only=True):
    """``EmailAddress``; several addresses may stand in one, parted by a comma or semicolon."""

    address: str | None = None


class Phone(Wire, frozen=True, kw_only=True):
    """``TelephoneNumber``."""

    free_form_number: str | None = None


class WebSite(Wire, frozen=True, kw_only=True):
    """``WebSiteAddress``."""

    uri: str | None = msgspec.field(default=None, name="URI")


class Memo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``MemoRef``: text in a wrapper."""

    value: str = ""


class LinkedTxn(Wire, frozen=True, kw_only=True):
    """A link to another transaction."""

    txn_id: str
    txn_type: str = ""
    txn_line_id: str | None = None


class CustomField(Wire, frozen=True, kw_only=True):
    """One of the three legacy text fields."""

    definition_id: str = ""
    name: str | None = None
    type: str | None = None
    string_value: str | None = None
    boolean_value: bool | None = None


class SalesItemLineDetail(Wire, frozen=True, kw_only=True):
    """A product or service line."""

    item_ref: Ref | None = None
    class_ref: Ref | None = None
    unit_price: Decimal | None = None
    rate_percent: Decimal | None = None
    qty: Decimal | None = None
    item_account_ref: Ref | None = None
    tax_code_ref: Ref | None = None
    service_date: date | None = None
    # Gross amount of a line in a tax-inclusive invoice, outside the United States.
    tax_inclusive_amt: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amt: Decimal | None = None


class DiscountLineDetail(Wire, frozen=True, kw_only=True):
    """The one discount of an invoice; ``discount_percent`` 10 means 10 %."""

    percent_based: bool | None = None
    discount_percent: Decimal | None = None
    discount_account_ref: Ref | None = None
    class_ref: Ref | None = None
    tax_code_ref: Ref | None = None


class DescriptionLineDetail(Wire, frozen=True, kw_only=True):
    """A line of text."""

    service_date: date | None = None
    tax_code_ref: Ref | None = None


class SubTotalLineDetail(Wire, frozen=True, kw_only=True):
    """The subtotal that the server appends."""


class TaxLineDetail(Wire, frozen=True, kw_only=True):
    """What one tax rate came to."""

    tax_rate_ref: Ref | None = None
    percent_based: bool | None = None
    tax_percent: Decimal | None = None
    net_amount_taxable: Decimal | None = None
    tax_inclusive_amount: Decimal | None = None
    override_delta_amount: Decimal | None = None


class TaxLine(Wire, frozen=True, kw_only=True):
    """A line of ``TxnTaxDetail``, one for each tax rate."""

    amount: Decimal | None = None
    detail_type: str | None = None
    tax_line_detail: TaxLineDetail | None = None


class TxnTaxDetail(Wire, frozen=True, kw_only=True):
    """Tax of a whole transaction."""

    txn_tax_code_ref: Ref | None = None
    total_tax: Decimal | None = None
    tax_line: list[TaxLine] = msgspec.field(default_factory=list)


class GroupLineDetail(Wire, frozen=True, kw_only=True):
    """A bundle and the lines it came to."""

    group_item_ref: Ref | None = None
    quantity: Decimal | None = None
    line: "list[Line]" = msgspec.field(default_factory=list)


class Line(Wire, frozen=True, kw_only=True):
    """A line of an invoice, or of a payment (amount and links only); ``detail_type`` names the detail that is set."""

    id: str = ""
    line_num: int | None = None
    description: str | None = None
    # Must equal quantity x unit price rounded to two decimals when both are given (fault 6070).
    amount: Decimal | None = None
    detail_type: str | None = None
    sales_item_line_detail: SalesItemLineDetail | None = None
    discount_line_detail: DiscountLineDetail | None = None
    description_line_detail: DescriptionLineDetail | None = None
    sub_total_line_detail: SubTotalLineDetail | None = None
    group_line_detail: GroupLineDetail | None = None
    linked_txn: list[LinkedTxn] = msgspec.field(default_factory=list)


class DeliveryInfo(Wire, frozen=True, kw_only=True):
    """How the last e-mail went."""

    delivery_type: str | None = None
    delivery_time: datetime | None = None
    delivery_error_type: str | None = None


class Invoice(Entity, frozen=True, kw_only=True):
    """An invoice; amounts are in its own currency unless the name says home."""

    doc_number: str | None = None
    txn_date: date | None = None
    due_date: date | None = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    # Home units per foreign unit; the server takes 1 when it is left out.
    exchange_rate: Decimal | None = None
    line: list[Line] = msgspec.field(default_factory=list)
    txn_tax_detail: TxnTaxDetail | None = None
    global_tax_calculation: str | None = None
    apply_tax_after_discount: bool | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    deposit: Decimal | None = None
    deposit_to_account_ref: Ref | None = None
    home_total_amt: Decimal | None = None
    home_balance: Decimal | None = None
    bill_email: Email | None = None
    bill_email_cc: Email | None = None
    bill_email_bcc: Email | None = None
    bill_addr: Address | None = None
    ship_addr: Address | None = None
    ship_from_addr: Address | None = None
    ship_date: date | None = None
    sales_term_ref: Ref | None = None
    class_ref: Ref | None = None
    department_ref: Ref | None = None
    customer_memo: Memo | None = None
    # Statement memo; cannot be queried.
    private_note: str | None = None
    custom_field: list[CustomField] = msgspec.field(default_factory=list)
    linked_txn: list[LinkedTxn] = msgspec.field(default_factory=list)
    print_status: str | None = None
    email_status: str | None = None
    delivery_info: DeliveryInfo | None = None
    allow_online_credit_card_payment: bool | None = None
    allow_online_ach_payment: bool | None = msgspec.field(default=None, name="AllowOnlineACHPayment")
    invoice_link: str | None = None


class NumberedTxn(Entity, frozen=True, kw_only=True):
    """A credit memo or sales receipt, as far as the number series they share with invoices needs it."""

    doc_number: str | None = None
    txn_date: date | None = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    remaining_credit: Decimal | None = None


class Payment(Entity, frozen=True, kw_only=True):
    """Money received; its lines link the invoices it was applied to, its own links the bank deposit it sits in."""

    txn_date: date | None = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    exchange_rate: Decimal | None = None
    total_amt: Decimal | None = None
    unapplied_amt: Decimal | None = None
    payment_ref_num: str | None = None
    payment_method_ref: Ref | None = None
    deposit_to_account_ref: Ref | None = None
    ar_account_ref: Ref | None = msgspec.field(default=None, name="ARAccountRef")
    project_ref: Ref | None = None
    process_payment: bool | None = None
    private_note: str | None = None
    txn_source: str | None = None
    line: list[Line] = msgspec.field(default_factory=list)
    linked_txn: list[LinkedTxn] = msgspec.field(default_factory=list)


class Customer(Entity, frozen=True, kw_only=True):
    """A customer, sub-customer or job."""

    display_name: str | None = None
    title: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    suffix: str | None = None
    company_name: str | None = None
    fully_qualified_name: str | None = None
    print_on_check_name: str | None = None
    active: bool | None = None
    primary_email_addr: Email | None = None
    primary_phone: Phone | None = None
    mobile: Phone | None = None
    web_addr: WebSite | None = None
    bill_addr: Address | None = None
    ship_addr: Address | None = None
    # Set at creation for good.
    currency_ref: Ref | None = None
    sales_term_ref: Ref | None = None
    default_tax_code_ref: Ref | None = None
    taxable: bool | None = None
    tax_exemption_reason_id: str | int | None = None
    # Masked in answers but for the last characters.
    primary_tax_identifier: str | None = None
    secondary_tax_identifier: str | None = None
    resale_num: str | None = None
    business_number: str | None = None
    gstin: str | None = msgspec.field(default=None, name="GSTIN")
    notes: str | None = None
    job: bool | None = None
    bill_with_parent: bool | None = None
    parent_ref: Ref | None = None
    level: int | None = None
    is_project: bool | None = None
    balance: Decimal | None = None
    balance_with_jobs: Decimal | None = None
    preferred_delivery_method: str | None = None


class NameRow(Entity, frozen=True, kw_only=True):
    """A vendor or employee, kept for its name only: the three lists share one name space."""

    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company_name: str | None = None
    active: bool | None = None


class Item(Entity, frozen=True, kw_only=True):
    """A product or service; its prices are in the home currency."""

    name: str | None = None
    fully_qualified_name: str | None = None
    # Service, NonInventory, Inventory, Group, Category.
    type: str | None = None
    sku: str | None = None
    description: str | None = None
    active: bool | None = None
    unit_price: Decimal | None = None
    purchase_cost: Decimal | None = None
    taxable: bool | None = None
    sales_tax_code_ref: Ref | None = None
    sales_tax_included: bool | None = None
    income_account_ref: Ref | None = None
    expense_account_ref: Ref | None = None
    asset_account_ref: Ref | None = None
    track_qty_on_hand: bool | None = None
    qty_on_hand: Decimal | None = None
    inv_start_date: date | None = None
    sub_item: bool | None = None
    parent_ref: Ref | None = None
    level: int | None = None
    class_ref: Ref | None = None
