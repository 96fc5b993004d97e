"""
Wire types of Pipedrive: the vendor's names, exact decimals, almost every field optional because nulls are real.

REST v2 shapes, but for users and notes, which exist in v1 only. Unknown fields are ignored.

Source: API reference and OpenAPI documents of Pipedrive, and recorded answers.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    # Text, number (exact), flag, or an object or list of these: what a custom field may hold, by its type.
    FieldValue = str | int | Decimal | bool | None | list["FieldValue"] | dict[str, "FieldValue"]
    # Null for "none" is read as an empty dictionary.
    FieldValues = dict[str, FieldValue]
else:
    # Untyped when read: with the decoder's float hook every number that is not whole becomes a Decimal.
    FieldValue = Any
    FieldValues = dict[str, Any] | None


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an answer."""


class WithFields(Wire, frozen=True, kw_only=True):
    """What carries custom fields: every field of the account by its code, None when empty."""

    custom_fields: FieldValues = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.custom_fields is None:  # null on the wire
            msgspec.structs.force_setattr(self, "custom_fields", {})  # type: ignore[unreachable] # see FieldValues


class Address(Wire, frozen=True, kw_only=True):
    """An address: the full text, and parts that the vendor may leave empty."""

    value: str | None = None
    country: str | None = None
    admin_area_level_1: str | None = None
    admin_area_level_2: str | None = None
    locality: str | None = None
    sublocality: str | None = None
    route: str | None = None
    street_number: str | None = None
    subpremise: str | None = None
    postal_code: str | None = None
    formatted_address: str | None = None


class Labelled(Wire, frozen=True, kw_only=True):
    """An e-mail address or telephone number."""

    label: str | None = None
    value: str | None = None
    primary: bool = False


class Deal(WithFields, frozen=True, kw_only=True):
    """A deal; ``value`` is in ``currency``, which may be a code of the company's own."""

    id: int
    title: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    # open, won, lost, deleted.
    status: str | None = None
    person_id: int | None = None
    org_id: int | None = None
    owner_id: int | None = None
    creator_user_id: int | None = None
    stage_id: int | None = None
    pipeline_id: int | None = None
    add_time: datetime | None = None
    # Null in the answer to a POST.
    update_time: datetime | None = None
    won_time: datetime | None = None
    expected_close_date: date | None = None
    visible_to: int | str | None = None
    is_deleted: bool | None = None
    is_archived: bool | None = None
    # Only when asked for.
    products_count: int | None = None


class Person(WithFields, frozen=True, kw_only=True):
    """A contact person."""

    id: int
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    org_id: int | None = None
    owner_id: int | None = None
    emails: list[Labelled] | None = None
    phones: list[Labelled] | None = None
    job_title: str | None = None
    # Only where contacts are synchronised.
    postal_address: Address | str | None = None
    add_time: datetime | None = None
    update_time: datetime | None = None
    is_deleted: bool | None = None

    @property
    def primary_email(self) -> str | None:
        """Give the primary address, else the first that is not empty."""
        return _primary(self.emails)

    @property
    def primary_phone(self) -> str | None:
        """Give the primary number, else the first that is not empty."""
        return _primary(self.phones)


class Organization(WithFields, frozen=True, kw_only=True):
    """An organization."""

    id: int
    name: str | None = None
    owner_id: int | None = None
    address: Address | str | None = None
    # Only on some plans, of no documented type.
    website: FieldValue = None
    industry: FieldValue = None
    add_time: datetime | None = None
    update_time: datetime | None = None
    is_deleted: bool | None = None


class Price(Wire, frozen=True, kw_only=True):
    """A product's price in one currency."""

    price: Decimal | None = None
    currency: str | None = None
    cost: Decimal | None = None
    direct_cost: Decimal | None = None
    notes: str | None = None


class Product(WithFields, frozen=True, kw_only=True):
    """A product; ``tax`` is a percentage."""

    id: int
    name: str | None = None
    code: str | None = None
    description: str | None = None
    unit: str | None = None
    tax: Decimal | None = None
    # A name or an option's id, depending on where one looks.
    category: str | int | None = None
    prices: list[Price] | None = None
    owner_id: int | None = None
    is_linkable: bool | None = None
    is_deleted: bool | None = None
    billing_frequency: str | None = None
    update_time: datetime | None = None


class ProductVariation(Wire, frozen=True, kw_only=True):
    """A variation of a product with prices of its own."""

    id: int
    name: str | None = None
    product_id: int | None = None
    prices: list[Price] | None = None


class DealProduct(Wire, frozen=True, kw_only=True):
    """A product attached to a deal: ``id`` is the attachment's, prices are in the deal's currency."""

    id: int
    item_price: Decimal
    quantity: Decimal
    deal_id: int | None = None
    product_id: int | None = None
    product_variation_id: int | None = None
    name: str | None = None
    comments: str | None = None
    # Amount of the line after its discount.
    sum: Decimal | None = None
    # Percent.
    tax: Decimal | None = None
    # exclusive, inclusive, none; in effect one for the whole deal.
    tax_method: str | None = None
    discount: Decimal | None = None
    # percentage (also when absent) or amount.
    discount_type: str | None = None
    currency: str | None = None
    is_enabled: bool | None = None
    order_nr: int | None = None
    # one-time, weekly, monthly, quarterly, semi-annually, annually.
    billing_frequency: str | None = None
    # None: once, or without end for a recurring line.
    billing_frequency_cycles: int | None = None
    billing_start_date: date | None = None


class Discount(Wire, frozen=True, kw_only=True):
    """A discount of the whole deal, on its one-time lines."""

    id: str | int
    amount: Decimal
    # percentage or amount.
    type: str
    description: str | None = None
    deal_id: int | None = None


class Installment(Wire, frozen=True, kw_only=True):
    """A part of a deal to be billed on a day."""

    id: int
    amount: Decimal
    billing_date: date
    description: str | None = None
    deal_id: int | None = None


class FieldOption(Wire, frozen=True, kw_only=True):
    """A choice of an enum or set field."""

    id: int | str | bool
    label: str | None = None
    color: str | None = None


class Field(Wire, frozen=True, kw_only=True):
    """A field definition; ``field_code`` is 40 hexadecimal digits for custom fields. Names are not unique."""

    field_code: str
    field_name: str | None = None
    field_type: str | None = None
    description: str | None = None
    options: list[FieldOption] | None = None
    is_custom_field: bool | None = None


class Note(Wire, frozen=True, kw_only=True):
    """A note (v1): ``content`` is HTML that the vendor cleans; times are UTC without saying so."""

    id: int
    content: str | None = None
    deal_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None
    user_id: int | None = None
    add_time: str | None = None
    update_time: str | None = None
    active_flag: bool | int | None = None
    pinned_to_deal_flag: bool | int | None = None

    @property
    def added_at(self) -> datetime | None:
        """Give the time it was made, in UTC."""
        return datetime.fromisoformat(self.add_time).replace(tzinfo=UTC) if self.add_time else None


class Language(Wire, frozen=True, kw_only=True):
    """Language of a user's screen."""

    language_code: str | None = None
    country_code: str | None = None


class Access(Wire, frozen=True, kw_only=True):
    """What a user may do in one of the vendor's applications."""

    app: str | None = None
    admin: bool = False


class User(Wire, frozen=True, kw_only=True):
    """The user behind a token, and his company (v1)."""

    id: int
    company_id: int
    name: str | None = None
    email: str | None = None
    company_name: str | None = None
    company_domain: str | None = None
    company_country: str | None = None
    default_currency: str | None = None
    # Format of dates and numbers, such as ``et_EE``; the screen's language is ``language``.
    locale: str | None = None
    language: Language | None = None
    timezone_name: str | None = None
    active_flag: bool | int | None = None
    is_admin: bool | int | None = None
    access: list[Access] | None = None

    @property
    def administers(self) -> bool:
        """Tell whether he may change the company's settings."""
        if self.is_admin:
            return True
        return any(entry.admin and entry.app in {"global", "account_settings"} for entry in self.access or ())


def _primary(values: list[Labelled] | None) -> str | None:
    filled = [entry for entry in values or () if entry.value]
    # Nothing flagged: the first counts.
    return next((entry.value for entry in filled if entry.primary), filled[0].value if filled else None)
