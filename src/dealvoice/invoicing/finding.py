"""Findings: what is wrong with a draft, or good to know, as data; and every code there is with its parameters."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    BLOCKER = "blocker"
    """Create invoice refuses and points at the field."""
    WARNING = "warning"
    """Shown; the user may go on."""
    INFO = "info"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend or to know, as data; its text is made at the edge, in the user's language."""

    code: str
    """Like ``item.missing``; every code has a text in every language."""
    severity: Severity
    field: str
    """The field it points at: ``customer``, ``update``, ``to``, ``address``, ``email``, ``tax_id``, ``number``, ``currency``,
    ``issued_on``, ``due_on``, ``items``, ``line.<key>`` and ``line.<key>.<field of DraftLine>``, ``tax``, ``tax_mode``,
    ``discount``, ``totals``, ``form``."""
    params: dict[str, str] = dataclasses.field(default_factory=dict)
    """Named parts of the text: plain strings; amounts as ``<decimal> <currency>``, dates as ISO."""
    remedy: str = ""
    """The one-click way out, by name (``link_item``, ``use_number``, ``use_customer_email`` ...); empty when none."""
    remedy_value: str = ""
    """What the remedy sets: an id, a number, a date, a currency."""


CATALOGUE: dict[str, tuple[str, ...]] = {
    "text.control_characters": ("field", "characters"),
    "text.name_characters": ("field", "characters"),
    "text.outside_latin1": ("field", "characters"),
    "text.too_long": ("field", "max", "length"),
    "number.format": ("field", "value"),
    "line.precision": ("n", "product", "field", "value", "rounded"),
    "company.unsupported": ("company", "country"),
    "company.lapsed": ("company",),
    "company.feature_off": ("feature",),
    "class.inactive": ("name",),
    "location.inactive": ("name",),
    "term.inactive": ("name",),
    "custom_field.unknown": ("number",),
    "customer.missing": (),
    "customer.gone": ("id", "survivor"),
    "customer.inactive": ("name",),
    "customer.currency_mismatch": ("a", "b", "customer"),
    "customer.name_taken": ("name", "kind", "proposal"),
    "customer.name_missing": (),
    "customer.near_duplicate": ("candidate", "kind", "reasons"),
    "customer.changed_meanwhile": ("customer", "fields"),
    "customer.exempt": ("customer",),
    "customer.is_sub": ("customer", "parent"),
    "customer.tax_id_hidden": ("end",),
    "customer.tax_id_suspect": ("value", "country"),
    "email.missing": (),
    "email.invalid": ("value",),
    "address.missing": (),
    "note.reserved_word": ("word",),
    "deal.changed": ("count",),
    "deal.installments": ("count", "next"),
    "deal.billed_twice": (),
    "deal.only_left": ("n", "numbers"),
    "deal.invoiced_already": ("who", "when", "number", "amount", "count"),
    "date.invalid": (),
    "date.books_closed": ("date", "issued"),
    "date.due_before_issue": ("issued", "due"),
    "date.unusual": ("issued",),
    "line.service_date_missing": ("n", "product"),
    "currency.missing": (),
    "currency.unknown": ("currency",),
    "currency.multicurrency_off": ("currency", "home", "company"),
    "currency.not_in_plan": ("currency", "home", "company"),
    "currency.not_listed": ("currency",),
    "currency.rate_missing": ("cur", "home", "date"),
    "currency.rate_odd": ("cur", "home", "date", "rate", "known"),
    "currency.decimals": ("currency", "places", "value", "rounded"),
    "number.missing": ("next",),
    "number.duplicate": ("number", "kind", "name", "next"),
    "number.own_series": ("number", "next"),
    "number.jump": ("number", "last", "next"),
    "lines.none": (),
    "lines.too_many": ("count", "limit"),
    "currency.item_price_home": ("n", "product", "name", "theirs", "ours"),
    "item.missing": ("n", "product"),
    "item.gone": ("n", "product", "id"),
    "item.inactive": ("n", "product", "name"),
    "item.category": ("n", "product", "name"),
    "item.bundle": ("n", "product", "name"),
    "item.not_sold": ("n", "product", "name"),
    "item.renamed": ("n", "product", "old", "new"),
    "item.changed": ("n", "product", "name", "theirs", "ours"),
    "item.stock_low": ("n", "product", "name", "stock", "quantity"),
    "item.name_taken": ("n", "product", "name"),
    "item.account_missing": ("n", "product", "account"),
    "line.price_missing": ("n", "product"),
    "line.quantity_missing": ("n", "product", "item"),
    "line.quantity_zero": ("n", "product"),
    "line.disabled": ("product",),
    "line.negative": ("n", "product", "amount"),
    "line.subtotal_word": ("n", "product"),
    "line.recurring": ("n", "product", "frequency", "count", "cycles"),
    "line.recurring_endless": ("n", "product", "frequency", "count", "cycles"),
    "tax.code_missing": ("n", "product"),
    "tax.code_inactive": ("n", "product", "name"),
    "tax.group_missing": (),
    "tax.inclusive_unsupported": (),
    "tax.switched_off": ("company",),
    "tax.estimated": (),
    "discount.too_large": ("discount", "subtotal"),
    "discount.account_missing": (),
    "discount.merged": ("count", "discount"),
    "total.negative": ("total",),
    "total.zero": (),
    "total.differs_from_deal": ("total", "value"),
    "mapping.field_gone": ("field",),
    "mapping.number_as_tax_id": ("value",),
}
"""Every code that the core gives, in the order of its findings, with the names of its parameters."""
