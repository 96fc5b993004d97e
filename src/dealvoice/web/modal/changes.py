"""What a press on the form sets: a customer, a product of a row, or what a finding's remedy proposes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from dealvoice.i18n import Speech
from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.customer_diff import Detail
from dealvoice.invoicing.details import CUSTOM_FIELDS
from dealvoice.invoicing.tax import without_tax
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import Unreadable
from dealvoice.web.forms import setting, write_line
from dealvoice.web.modal.rows import ROW_ACTS
from dealvoice.workflows.invoice.views import FormView


@dataclass(frozen=True, slots=True)
class Change:
    """A press."""

    act: str
    """``customer``, ``new_customer``, ``no_customer``, ``arrived``, ``item``, ``day``, or a remedy's name."""
    at: str
    """The row's key, or the field it is about."""
    value: str
    """What it sets, as data: an id, a number, an ISO date."""


_LONGEST_NAME = 500
"""More is no name; what QuickBooks takes is the core's business."""
ACCEPTED: Final = frozenset({"keep_item", "use_item_price"})
"""Presses by which the user accepts what became of a linked product: it is remembered as it is now."""

NO_CUSTOMER: Final = {
    "customer_id": "", "create_customer": "", "new_name": "", "other_than": "", "update_customer": "",
    **{f"{name}.{detail}": "" for name in ("write", "beside") for detail in Detail},
}  # fmt: skip
"""No customer is chosen: what was said of the one before says nothing of the next."""
_CUSTOM: Final = tuple(f"custom_{field_id}" for field_id in CUSTOM_FIELDS)
_Setter = Callable[[Change, FormView, Speech], dict[str, str]]


def changed_fields(form: Fields, change: Change, view: FormView, speech: Speech) -> Fields:
    """
    Return the form as it is after a press.

    Raises:
        Unreadable: No button of ours says that.
    """
    setter = _SETTERS.get(change.act)
    if setter is None:
        raise Unreadable
    return setting(form, setter(change, view, speech))


def _customer(change: Change, _: FormView, __: Speech) -> dict[str, str]:
    return NO_CUSTOMER | {"customer_id": change.value}


def _new_customer(_: Change, __: FormView, ___: Speech) -> dict[str, str]:
    return NO_CUSTOMER | {"create_customer": "1"}


def _new_in_currency(_: Change, view: FormView, __: Speech) -> dict[str, str]:
    """Make a new customer in the invoice's currency; the old one has the name, so that the new one gets one like it."""
    return NO_CUSTOMER | {"create_customer": "1", "new_name": view.free_name}


def _no_customer(_: Change, __: FormView, ___: Speech) -> dict[str, str]:
    return dict(NO_CUSTOMER)


def _other_customer(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    """Keep that a near match is somebody else."""
    return {"other_than": ",".join(dict.fromkeys((*view.draft.other_than, change.value)))}


def _write_detail(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    """Tick a detail of the customer, beside the value that QuickBooks has now."""
    found = next((one for one in view.differences if one.detail == change.value), None)
    if found is None:
        raise Unreadable
    return {f"write.{found.detail}": "1", f"beside.{found.detail}": found.mark}


def _arrived(_: Change, view: FormView, __: Speech) -> dict[str, str]:
    """Fill in what the form could not know when it was opened during the first import."""
    company = view.company
    lacks_tax = company.tax_regime is TaxRegime.US_MANUAL and not view.draft.tax_code
    return {"tax_code": company.default_tax_code} if lacks_tax and company.default_tax_code else {}


def _item(change: Change, _: FormView, __: Speech) -> dict[str, str]:
    at = f"line.{change.at.removeprefix('line.')}."
    return {at + "item_id": change.value, at + "new_item": "", at + "activate": ""}


def _new_item(change: Change, _: FormView, __: Speech) -> dict[str, str]:
    """Make the product of a row together with the invoice; a product of the deal keeps its own name."""
    at = f"line.{change.at}."
    return {
        at + "item_id": "",
        at + "new_item": change.value[:_LONGEST_NAME],
        at + "account_id": "",
        at + "activate": "",
    }


def _activate_item(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    return {f"{_row(change, view)}.activate": "1"}


def _account(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    return {f"{_row(change, view)}.account_id": change.value}


def _row(change: Change, view: FormView) -> str:
    """
    Return the row that a finding points at, or at a field of it.

    Raises:
        Unreadable: The form has no such row.
    """
    at = ".".join(change.at.split(".")[:2])
    if at not in {f"line.{line.key}" for line in view.draft.lines}:
        raise Unreadable
    return at


def _item_price(change: Change, view: FormView, speech: Speech) -> dict[str, str]:
    return _number(Change(change.act, f"{change.at}.unit_price", change.value), view, speech)


def _as_it_is(_: Change, __: FormView, ___: Speech) -> dict[str, str]:
    return {}


def _named(field: str) -> _Setter:
    return lambda change, _, __: {field: change.value}


def _term(_: Change, view: FormView, speech: Speech) -> dict[str, str]:
    """The chosen terms set the due date."""
    term = next((known for known in view.terms if known.id == view.draft.details.term_id), None)
    if term is None or view.draft.issued_on is None:
        return {}
    return {"due_on": speech.date_field(term.due_on(view.draft.issued_on))}


def _emptied(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    lines = {f"line.{line.key}.{part}" for line in view.draft.lines for part in ("class_id", "service_on")}
    if change.at not in {"class_id", "location_id", "term_id", *_CUSTOM} | lines:
        raise Unreadable
    return {change.at: ""}


def _service_date(change: Change, view: FormView, speech: Speech) -> dict[str, str]:
    if change.at not in {f"line.{line.key}.service_on" for line in view.draft.lines}:
        raise Unreadable
    try:
        return {change.at: speech.date_field(date.fromisoformat(change.value))}
    except ValueError as error:
        raise Unreadable from error


def _proposed_number(change: Change, _: FormView, __: Speech) -> dict[str, str]:
    """Take a proposal: nobody typed it, so that Create may take the next free one."""
    return {"number": change.value, "number_proposed": change.value}


def _no_number(_: Change, __: FormView, ___: Speech) -> dict[str, str]:
    return {"number": "", "number_proposed": ""}


def _text(change: Change, view: FormView, _: Speech) -> dict[str, str]:
    return {_field(change, view): change.value}


def _number(change: Change, view: FormView, speech: Speech) -> dict[str, str]:
    try:
        value = Decimal(change.value)
    except InvalidOperation as error:
        raise Unreadable from error
    if not value.is_finite() or len(change.value) > 40:
        raise Unreadable
    return {_field(change, view): speech.number(value)}


def _quantity(change: Change, view: FormView, speech: Speech) -> dict[str, str]:
    """Set a row's quantity; the finding points at the row."""
    return _number(Change(change.act, f"{change.at}.quantity", change.value), view, speech)


def _day(field: str = "") -> _Setter:
    def setter(change: Change, _: FormView, speech: Speech) -> dict[str, str]:
        name = field or change.at
        if name not in {"issued_on", "due_on"}:
            raise Unreadable
        try:
            return {name: speech.date_field(date.fromisoformat(change.value))}
        except ValueError as error:
            raise Unreadable from error

    return setter


def _tax_code(change: Change, _: FormView, __: Speech) -> dict[str, str]:
    return {change.at if change.at.startswith("line.") else "tax_code": change.value}


def _no_discount(_: Change, __: FormView, ___: Speech) -> dict[str, str]:
    return {"discount": "0", "discount_kind": "percent"}


def _net(_: Change, view: FormView, speech: Speech) -> dict[str, str]:
    books = Books(company=view.company, tax_codes=view.tax_codes, customer=view.customer, items=view.items)
    draft = without_tax(view.draft, books)
    fields = {"tax_mode": draft.tax_mode.value}
    for line in draft.lines:
        fields |= write_line(line, speech, draft.currency)
    return fields


def _field(change: Change, view: FormView) -> str:
    """
    Return the field that a finding points at, if the form has it.

    Raises:
        Unreadable: It has not.
    """
    whole = {
        "to",
        "address",
        "email",
        "tax_id",
        "number",
        "discount",
        "exchange_rate",
        "memo",
        "note",
        "copies",
        *_CUSTOM,
    }
    rows = {
        f"line.{line.key}.{part}"
        for line in view.draft.lines
        for part in ("text", "quantity", "unit_price", "discount_percent", "new_item")
    }
    if change.at not in whole | rows:
        raise Unreadable
    return change.at


_SETTERS: Final[Mapping[str, _Setter]] = {
    "customer": _customer,
    "new_customer": _new_customer,
    "no_customer": _no_customer,
    "arrived": _arrived,
    "item": _item,
    "link_named": _item,
    "new_item": _new_item,
    "activate_item": _activate_item,
    "use_account": _account,
    "use_price": _number,
    "use_item_price": _item_price,
    "keep_item": _as_it_is,
    "day": _day(),
    "use_currency": _named("currency"),
    "use_name": _named("new_name"),
    "link_namesake": _customer,
    "link_near": _customer,
    "link_survivor": _customer,
    "other_customer": _other_customer,
    "new_in_currency": _new_in_currency,
    "write_detail": _write_detail,
    "update_customer": _named("update_customer"),
    "use_customer_email": _named("email"),
    "use_email": _named("email"),
    "use_customer_address": _named("address"),
    "use_issue_date": _day("issued_on"),
    "use_due_date": _day("due_on"),
    "term": _term,
    "leave_out": _emptied,
    "remove_detail": _emptied,
    "use_copies": _named("copies"),
    "use_service_date": _service_date,
    "use_number": _proposed_number,
    "no_number": _no_number,
    "use_tax_code": _tax_code,
    "use_quantity": _number,
    "one_period": _quantity,
    "all_periods": _quantity,
    "use_rate": _number,
    "limit_discount": _number,
    "remove_discount": _no_discount,
    "round": _number,
    "clean": _text,
    "without_diacritics": _text,
    "shorten": _text,
    "convert_to_net": _net,
}
SETTABLE: Final = frozenset(_SETTERS) | frozenset(ROW_ACTS)
"""Remedies that a press on the form applies; the others lead somewhere else."""
SECOND_REMEDIES: Final[Mapping[str, str]] = {
    "line.recurring": "leave_out",
    "item.changed": "keep_item",
    "item.inactive": "link_item",
    "item.name_taken": "link_item",
    "item.account_missing": "link_item",
}
"""The other way out of a finding, by its code."""
