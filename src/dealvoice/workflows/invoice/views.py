"""What the screens of an invoice show: plain values, no text; the words are made in web, in the user's language."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from dealvoice.invoicing.actions import Action, Offer
from dealvoice.invoicing.books import Account, Company, Customer, Item, TaxCode
from dealvoice.invoicing.customer_diff import Difference
from dealvoice.invoicing.deal import FieldRef
from dealvoice.invoicing.deal_changes import DealChange
from dealvoice.invoicing.deal_rows import DealOffer
from dealvoice.invoicing.details import Choice, Term
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.exchange import InHome
from dealvoice.invoicing.ledger import DealThen, Drift, Ledger
from dealvoice.invoicing.mapping import Target
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.preflight import Finding
from dealvoice.invoicing.release import Applied
from dealvoice.invoicing.status import Status
from dealvoice.invoicing.tax import Totals
from dealvoice.invoicing.templates import Template
from dealvoice.invoicing.variance import Variance

HIDDEN = 0
"""Stands for a deal that is not named."""


class PanelState(StrEnum):
    """What the deal panel is about."""

    NOT_CONNECTED = "not_connected"
    """No QuickBooks connection yet: offer Connect."""
    NEEDS_RECONNECT = "needs_reconnect"
    """The sign-in ended: the last known list, and Reconnect."""
    READY = "ready"
    """Connected; the list may be empty."""


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list."""

    id: str
    """Ours, for actions and links."""
    number: str
    """DocNumber; empty when QuickBooks gave none."""
    customer_name: str
    status: Status
    total: Money
    issued_on: date | None
    due_on: date | None
    paid_on: date | None
    sent_at: datetime | None
    email: str
    """Where QuickBooks would mail it."""
    changed_at: datetime | None
    """When a void or delete was seen, UTC."""
    changed_by: str
    """Who voided or deleted it here; empty when it happened in QuickBooks."""
    url: str
    """The invoice in QuickBooks."""
    offers: tuple[Offer, ...]
    working: str = ""
    """Id of an operation under way for it; empty when none."""
    copies: str = ""
    """Who gets a copy of the e-mail."""
    mail_subject: str = ""
    """Subject of the e-mail, as far as it is known."""
    working_kind: str = ""
    """``invoice.void``, ``invoice.delete``, ``invoice.send``."""
    fault: Finding | None = None
    """What went wrong with the last action on it, until the next one."""
    deal_id: int | None = None
    """The deal it is linked to, for lists over all deals; ``HIDDEN`` for one that this user is not known to see."""
    made_here: bool = True
    """Created by Dealvoice, not by hand in QuickBooks."""


@dataclass(frozen=True, slots=True)
class PendingRow:
    """An invoice on its way: an operation that QuickBooks has not answered for good."""

    operation_id: str
    number: str
    total: Money
    state: str
    """``accepted``, ``sending``, ``unknown``, ``refused`` or ``needs_attention``."""
    fault: Finding | None
    created: bool = False
    """The invoice exists: its amount is what needs a look."""


@dataclass(frozen=True, slots=True)
class PanelView:
    """The deal panel."""

    state: PanelState
    deal_id: int
    deal_title: str
    deal_value: Money | None
    products: int | None
    """How many products the deal has, when known."""
    archived: bool
    customer_name: str
    """The linked QuickBooks customer; empty when none is linked."""
    customer_url: str
    ledgers: tuple[Ledger, ...]
    """One per currency."""
    left: Money | None
    """Deal value less what was invoiced, net, when it makes sense; negative when over."""
    rows: tuple[InvoiceRow, ...]
    pending: tuple[PendingRow, ...]
    as_of: datetime | None
    """The last moment at which the list was known to match QuickBooks, UTC."""
    version: str
    """Changes whenever anything shown changes: sent back in ``since=``."""
    connected_by: str
    """Who holds the connection."""
    today: date
    """In the company's time zone."""
    problems: int = 0
    """What was refused on this deal and still needs this user."""
    with_tax: bool = False
    """The deal's prices include tax: ``left`` and its value do too."""
    drifts: tuple[Drift, ...] = ()
    """How the deal and its invoices came to differ."""
    then: DealThen | None = None
    """What the deal was when it was invoiced last, when it has changed since."""
    deal_currency: str = ""
    parked: str = ""
    """Why Pipedrive takes nothing on this deal, as a user code; empty when it does."""
    steward: str = ""
    """Whose rights notes and fields are written with."""


@dataclass(frozen=True, slots=True)
class Option:
    """A customer or product to choose."""

    id: str
    name: str
    detail: str
    """Proof: e-mail, currency, debt; or SKU and price. Already plain text without amounts words."""
    tags: tuple[str, ...] = ()
    """Text keys of the reasons."""
    name_differs: str = ""
    """The words by which a name differs from the one looked for."""
    best: bool = False
    money: Money | None = None
    """Debt of a customer, price of a product."""


@dataclass(frozen=True, slots=True)
class FormView:
    """The invoice form."""

    form_id: str
    deal_id: int
    deal_title: str
    draft: Draft
    company: Company
    customer: Customer | None
    customer_url: str
    items: dict[str, Item]
    """The linked items, by id."""
    tax_codes: tuple[TaxCode, ...]
    currencies: tuple[str, ...]
    """Those that may be chosen."""
    origins: dict[Target, FieldRef | None]
    """Where each customer field came from."""
    field_names: dict[FieldRef, str]
    """Names of those fields in Pipedrive."""
    totals: Totals
    findings: tuple[Finding, ...]
    next_number: str
    """What QuickBooks will likely give, or the proposal; empty when unknown."""
    customer_options: tuple[Option, ...] = ()
    """Best matches while none is linked."""
    item_options: dict[str, Option] = field(default_factory=dict)
    """Best match of an unlinked row, by row key."""
    deal_products: int = 0
    offer: DealOffer = field(default_factory=DealOffer)
    """What the deal has to bill, on this invoice or not."""
    in_home: InHome | None = None
    """The total in the company's own currency, when the invoice is in another one and its rate is known."""
    rate_renewed: bool = False
    """The rate that came with the form was for another currency or day, and was replaced."""
    number_renewed: bool = False
    """The proposed number that came with the form was taken or out of date, and was replaced."""
    terms: tuple[Term, ...] = ()
    classes: tuple[Choice, ...] = ()
    locations: tuple[Choice, ...] = ()
    templates: tuple[Template, ...] = ()
    deal_changes: tuple[DealChange, ...] = ()
    """What became different on the deal since the form was filled; told when Create was pressed."""
    income_accounts: tuple[Account, ...] = ()
    """Those that a new product may earn on, while a row asks for one."""
    usual_account: str = ""
    """Id of the one proposed."""
    importing: bool = False
    """The first import is under way: customers, products and tax codes may still be missing."""
    differences: tuple[Difference, ...] = ()
    """How the linked customer compares with the form; empty unless he is to be brought up to date."""
    customer_changed_at: datetime | None = None
    """When QuickBooks last changed the linked customer, UTC."""
    parent_name: str = ""
    """Whose sub-customer or job he is."""
    new_name: str = ""
    """The name that a new customer would get."""
    free_name: str = ""
    """A name that a new customer could have, when the draft's own is taken or its customer has another currency."""
    activating: bool = False
    """The linked customer is being made active in QuickBooks."""
    tax_id_kept: bool = True
    """The company's edition of QuickBooks has a place for the tax ID on the customer."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an operation, told to the user."""

    key: str
    """Text key such as ``done.step1``."""
    at: datetime | None
    """UTC; None while it is not done."""


@dataclass(frozen=True, slots=True)
class OperationView:
    """An operation as the progress part shows it."""

    id: str
    kind: str
    """``invoice.create``, ``invoice.void`` ..."""
    state: str
    """``accepted``, ``sending``, ``unknown``, ``done``, ``differs``, ``refused`` or ``needs_attention``."""
    final: bool
    deal_id: int
    number: str
    customer_name: str
    total: Money
    """What we expected."""
    theirs: Money | None
    """What QuickBooks arrived at."""
    variance: Variance | None
    """How far that is from what the form promised; None when it is equal."""
    tax_by_quickbooks: bool
    """The form named no tax: QuickBooks has added it."""
    net: Money
    tax: Money
    steps: tuple[Step, ...]
    lines: tuple[tuple[str, str, str, Money], ...]
    """Text, quantity, unit price and amount of each line sent."""
    items: int
    """How many of them are no discounts."""
    invoice: InvoiceRow | None
    fault: Finding | None
    sentence: str
    """QuickBooks' own words, when it refused."""
    created_at: datetime
    by: str
    next_try: datetime | None
    form_id: str
    due_on: date | None
    number_was: str = ""
    """The number that the form showed, when somebody took it before Create was pressed."""
    customer_write: "CustomerWritten | None" = None
    """How the update of the customer went, when one was asked for."""
    tax_id_printed: bool = False
    """QuickBooks kept no tax ID on the new customer: it is on the invoice."""


@dataclass(frozen=True, slots=True)
class CustomerWritten:
    """What an update of a customer wrote, and what not."""

    settled: bool
    """Nothing more happens by itself."""
    written: tuple[str, ...]
    """Details that QuickBooks has now, by name."""
    left: tuple[tuple[str, str], ...]
    """Details that were not written, each with the reason: ``changed`` there meanwhile, or ``no_place`` for it."""
    fault: Finding | None


@dataclass(frozen=True, slots=True)
class GuidedPayment:
    """A payment on an invoice that is to be voided or deleted."""

    applied: Applied
    url: str
    """The payment in QuickBooks."""

    @property
    def consent(self) -> str:
        """What the user agrees to, as data: the payment, and the amount that is taken off the invoice."""
        return f"{self.applied.payment_id}={self.applied.on_invoice.amount:f}"


@dataclass(frozen=True, slots=True)
class GuidedView:
    """An invoice with payments that is to be voided or deleted, and what becomes of all."""

    invoice: InvoiceRow
    action: Action
    payments: tuple[GuidedPayment, ...]
    paid: Money
    """What the payments pay of this invoice."""
    move: bool
    """The money pays other invoices of the customer."""
    shares: tuple[tuple[str, Money], ...]
    """Number and amount of each invoice that the money could pay."""
    freed: Money
    """What becomes unused credit of the customer."""
    owes_now: Money
    owes_after: Money
    on_deal_now: Money
    on_deal_after: Money


@dataclass(frozen=True, slots=True)
class AllView:
    """Every invoice of the linked customer."""

    deal_id: int
    customer_name: str
    customer_url: str
    period: str
    """``month``, ``quarter``, ``year``, ``all`` or ``range``."""
    first: date | None
    last: date | None
    """Both ends included."""
    flag: str
    """Only this flag; empty for all."""
    find: str
    """Only numbers and amounts like this; empty for all."""
    sort: str
    """The column that the rows are sorted by: ``number``, ``issued``, ``due``, ``flag``, ``total``, ``left``, ``made`` or
    ``deal``."""
    descending: bool
    after: str
    """Where this page begins; empty for the first."""
    next: str
    """Where the next page begins; empty when this is the last."""
    rows: tuple[InvoiceRow, ...]
    """Of this page."""
    counts: dict[str, int]
    """Invoices by flag in the period, of all pages."""
    ledgers: tuple[Ledger, ...]
    """Of all pages."""
    imported: bool
    """The first import is done: the list is complete."""
    as_of: datetime | None
    today: date
    contact: str = ""
    """The organization or person that the list is about, where it is not a deal."""
