"""What the core knows of a deal: its contact, its products and the field values that a mapping may pick."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.address import Address


class Owner(StrEnum):
    """Whose field it is."""

    ORGANIZATION = "organization"
    PERSON = "person"
    DEAL = "deal"


class FieldKind(StrEnum):
    """What a field holds, as far as it decides how its value is read."""

    TEXT = "text"
    """One line or several; also phone, enum and set labels, visibility, status, stage."""
    NUMBER = "number"
    """A plain number."""
    MONEY = "money"
    """A number with a currency."""
    DATE = "date"
    """A date or time, or a range of them, written as ISO."""
    ADDRESS = "address"
    """A structured address or its text."""
    EMAIL = "email"
    """A list of e-mail addresses, the primary first."""
    REFERENCE = "reference"
    """Another record, by its name."""


@dataclass(frozen=True, slots=True)
class FieldRef:
    """Names a field of Pipedrive: its owner and its key (``name``, ``address``, ``emails`` or 40 hex digits)."""

    owner: Owner
    key: str


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field's value as read from Pipedrive; labels instead of option ids."""

    kind: FieldKind
    text: str = ""
    """The value in words; several lines are kept."""
    address: Address | None = None
    """Only of kind ADDRESS."""
    emails: tuple[str, ...] = ()
    """Only of kind EMAIL: the primary first."""


@dataclass(frozen=True, slots=True)
class DealProduct:
    """A product row of a deal."""

    row_id: int
    """Id of the row on the deal, not of the product."""
    product_id: int
    variation_id: int | None
    name: str
    code: str | None
    """The product's code in Pipedrive, matched with a QuickBooks SKU."""
    comments: str
    quantity: Decimal
    unit_price: Decimal
    """Price of one, in the deal's currency; with tax when ``tax_method`` is inclusive."""
    tax_percent: Decimal
    tax_method: str
    """``exclusive``, ``inclusive`` or ``none``."""
    discount: Decimal
    discount_is_percent: bool
    row_sum: Decimal | None
    """What Pipedrive computed for the row: tells whether an amount discount is per line or per unit."""
    enabled: bool
    recurring: str | None
    """Billing frequency when it is not one-time."""
    cycles: int | None = None
    """How often a recurring row is billed in all; None: without end, or once."""


@dataclass(frozen=True, slots=True)
class Installment:
    """A part of the deal to be billed on a day; Pipedrive does not hold their sum to the deal's value."""

    id: int
    text: str
    amount: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class DealDiscount:
    """A discount on the whole deal."""

    description: str
    amount: Decimal
    is_percent: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the deal is with: the organization if it has one, else the person."""

    owner: Owner
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal, its contact and its rows, in Pipedrive's figures."""

    id: int
    title: str
    value: Decimal | None
    currency: str
    organization: Contact | None
    person: Contact | None
    products: tuple[DealProduct, ...]
    discounts: tuple[DealDiscount, ...]
    installments: tuple[Installment, ...] = ()
    """By day."""
    contact_ids: tuple[int | None, int | None] = (None, None)
    """Organization and person that the deal names, also those that this user may not read."""
    archived: bool = False
    values: dict[FieldRef, FieldValue] = field(default_factory=dict)
    """Every field value that a mapping could pick, of the three objects."""

    @property
    def contact(self) -> Contact | None:
        """The organization if the deal has one, else the person."""
        return self.organization or self.person
