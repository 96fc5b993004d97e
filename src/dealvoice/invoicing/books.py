"""What the core knows of the QuickBooks company: its rules, its customers and items, its taxes."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.customer_diff import Details
from dealvoice.invoicing.details import Choice, Rules, Term
from dealvoice.invoicing.money import Money


class TaxRegime(StrEnum):
    """How the company's sales tax works (facts: "Sales tax")."""

    US_MANUAL = "us_manual"
    """A United States company with its own tax groups: we compute to the cent."""
    US_AUTOMATED = "us_automated"
    """Automated sales tax: QuickBooks computes on save."""
    OFF = "off"
    """Sales tax is switched off."""
    NON_US = "non_us"
    """A code on every line."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate of a tax code."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code (outside the US) or tax group (US manual) with its sales rates."""

    id: str
    name: str
    rates: tuple[TaxRate, ...]
    active: bool = True

    @property
    def percent(self) -> Decimal:
        """All rates together, in percent."""
        return sum((rate.percent for rate in self.rates), Decimal(0))


@dataclass(frozen=True, slots=True)
class Company:
    """The company's settings that decide what QuickBooks accepts."""

    name: str
    country: str
    """ISO 3166 alpha-2."""
    home_currency: str
    multicurrency: bool
    tax_regime: TaxRegime
    custom_numbers: bool
    """QuickBooks' CustomTxnNumbers: the number must be given, else the invoice has none."""
    allow_discount: bool
    books_closed_on: date | None
    default_tax_code: str | None
    """The tax group used when the form chooses none (US manual)."""
    default_due_days: int | None
    """Days of the company's default terms."""
    discount_account: bool = True
    """The account of QuickBooks' discount line may be used: it is not known to be inactive."""
    lapsed: bool = False
    """The subscription is known to have ended: QuickBooks refuses every write."""
    rules: Rules = field(default_factory=Rules)
    currencies: frozenset[str] | None = None
    """Foreign currencies that the company has added; None while they are not known."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as QuickBooks has it."""

    id: str
    name: str
    """DisplayName."""
    currency: str
    active: bool
    balance: Money
    taxable: bool = True
    email: str = ""
    phone: str = ""
    tax_id: str = ""
    """Masked but for its last five characters, when QuickBooks shows it at all."""
    address: str = ""
    """BillAddr in lines."""
    city: str = ""
    postal_code: str = ""
    parent_id: str | None = None
    """Set for a sub-customer or job."""
    sync_token: str = "0"  # noqa: S105 # a version, not a secret


@dataclass(frozen=True, slots=True)
class Item:
    """A product or service as QuickBooks has it."""

    id: str
    name: str
    kind: str
    """Service, NonInventory, Inventory, Category or Group."""
    active: bool
    unit_price: Decimal | None
    """In the home currency."""
    sku: str = ""
    description: str = ""
    taxable: bool = False
    sold: bool = True
    """Has an income account."""
    tax_code: str | None = None
    on_hand: Decimal | None = None
    """What is in stock; None of what is not kept in stock."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a product may earn on."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """What a product of the deal was linked to, as it was then."""

    item_id: str
    name: str
    """Empty when it was not kept."""
    price: Decimal | None
    """In home currency; None when it had none, or it was not kept."""


class TakenKind(StrEnum):
    """Which list a name belongs to; the three share one name space."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    EMPLOYEE = "employee"


class NumberKind(StrEnum):
    """The documents that QuickBooks numbers in one series."""

    INVOICE = "invoice"
    """An invoice, or one on its way."""
    CREDIT_MEMO = "credit_memo"
    """What a customer gets back."""
    SALES_RECEIPT = "sales_receipt"
    """A sale paid at once."""


@dataclass(frozen=True, slots=True)
class OtherName:
    """Somebody who is no customer, and whose name no customer may have."""

    kind: TakenKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class NearMatch:
    """Somebody in QuickBooks who may be the one that is about to be created once more."""

    kind: TakenKind
    id: str
    name: str
    score: int
    """As in ``matching``."""
    reasons: tuple[str, ...] = ()
    """Text keys of what fits."""

    @property
    def key(self) -> str:
        """Name the match, so that a user's word on it can be kept."""
        return f"{self.kind.value}:{self.id}"


@dataclass(frozen=True, slots=True)
class Survivor:
    """The customer that another one was merged into."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TakenNumber:
    """A number already used."""

    number: str
    invoice_id: str
    """Empty when it is no invoice."""
    customer_name: str
    kind: NumberKind = NumberKind.INVOICE


@dataclass(frozen=True, slots=True)
class Books:
    """Everything about the company that one draft needs; read from the store, never from the net."""

    company: Company
    tax_codes: tuple[TaxCode, ...]
    customer: Customer | None
    """The draft's customer, when one is linked."""
    items: dict[str, Item]
    """The items the draft's lines name, by id."""
    number_taken_by: TakenNumber | None = None
    """Who has the draft's number, when somebody has."""
    name_taken_by: TakenKind | None = None
    """Which list has the name of the customer to be created, when one has."""
    name_taken_id: str = ""
    """Id of who has it."""
    free_name: str = ""
    """A name like it that nobody has, when it is taken or the customer's currency forbids to take him."""
    near: NearMatch | None = None
    """Who is most like the customer to be created, the namesake and those that the user denied left out."""
    survivor: Survivor | None = None
    """Whom the draft's customer was merged into, when he is gone and that is known."""
    parent_name: str = ""
    """Whose sub-customer or job the draft's customer is."""
    looked: Details | None = None
    """The customer's details when the user last looked at them; None when he never did."""
    deals: Details = field(default_factory=dict)
    """The customer's details as the deal has them, by the mapping."""
    last_number: str | None = None
    """The newest DocNumber of the company."""
    next_number: str = ""
    """The next free number by the company's own pattern, when the caller has looked it up."""
    linked: dict[tuple[int, int | None], LinkedItem] = field(default_factory=dict)
    """Remembered links of the draft's products, by product and variation."""
    income_accounts: tuple[Account, ...] = ()
    """Active accounts that a new product may earn on."""
    usual_account: Account | None = None
    """The one proposed: chosen last, else the one that most products earn on."""
    names_taken: dict[str, Item] = field(default_factory=dict)
    """Products that have the name of one to be made, by ``same_name``; inactive ones too."""
    fold_discounts: bool = False
    """Line discounts go into the price, instead of a line of their own (settings)."""
    rate: Decimal | None = None
    """QuickBooks' exchange rate of the draft's currency on its issue date, when it is foreign and known."""
    terms: tuple[Term, ...] = ()
    classes: tuple[Choice, ...] = ()
    locations: tuple[Choice, ...] = ()
