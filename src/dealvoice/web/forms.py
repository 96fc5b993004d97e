"""
The invoice form's fields: read into a draft, and written from one.

What cannot be read is a finding at its field, and the raw text is kept to be shown again: nobody loses what he typed.
Numbers and dates are read and written in the user's own locale.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from dealvoice.i18n import Speech
from dealvoice.invoicing.customer_diff import Detail, Tick
from dealvoice.invoicing.details import CUSTOM_FIELDS, Details
from dealvoice.invoicing.draft import Draft, DraftLine, Rate, TaxMode
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.money import is_currency, round_money
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import TooLarge

MOST_ROWS: Final = 10_000
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent."""

    draft: Draft
    problems: tuple[Finding, ...]
    """What could not be read."""
    fields: dict[str, str]
    """Every field's raw text by name, to show again."""


class _Reader:
    """Reads one form, collecting what it cannot read."""

    def __init__(self, fields: Fields, speech: Speech) -> None:
        self._fields, self._speech = fields, speech
        self.problems: list[Finding] = []

    def text(self, name: str) -> str:
        return self._fields.get(name)

    def ticked(self, name: str) -> bool:
        return self._fields.get(name) == "1"

    def number(self, name: str) -> Decimal | None:
        typed = self.text(name).strip()
        if not typed:
            return None
        try:
            return self._speech.parse_number(typed)
        except ValueError:
            self._add("number.format", name, typed)
            return None

    def day(self, name: str) -> date | None:
        typed = self.text(name).strip()
        if not typed:
            return None
        try:
            return self._speech.parse_date(typed)
        except ValueError:
            self._add("date.invalid", name, typed)
            return None

    def keys(self) -> list[str]:
        found = list(dict.fromkeys(key for key in self._fields.all("row") if _KEY.fullmatch(key)))
        if len(found) > MOST_ROWS:
            raise TooLarge
        return found

    def _add(self, code: str, field: str, value: str) -> None:
        params = {"field": field.rpartition(".")[2], "value": value[:60]}
        self.problems.append(Finding(code, Severity.BLOCKER, field, params))


def read(fields: Fields, speech: Speech) -> Typed:
    """
    Read a form into a draft; a number that cannot be read counts as missing and is told.

    Raises:
        TooLarge: It has more than ``MOST_ROWS`` rows.
        Unreadable: It names no deal.
    """
    reader = _Reader(fields, speech)
    by_amount = reader.text("discount_kind") == "amount"
    discount = reader.number("discount") or _ZERO
    draft = Draft(
        deal_id=fields.whole("deal"),
        customer_id=reader.text("customer_id") or None,
        create_customer=reader.ticked("create_customer"),
        to=reader.text("to"),
        address=reader.text("address"),
        email=reader.text("email"),
        tax_id=reader.text("tax_id"),
        currency=_currency(reader.text("currency")),
        number=reader.text("number"),
        issued_on=reader.day("issued_on"),
        due_on=reader.day("due_on"),
        tax_mode=_tax_mode(reader.text("tax_mode")),
        tax_code=reader.text("tax_code") or None,
        lines=tuple(_line(reader, key) for key in reader.keys()),  # noqa: SIM118 - a method of ours, not a dict's
        discount_percent=_ZERO if by_amount else discount,
        discount_amount=discount if by_amount else _ZERO,
        send_email=reader.ticked("send_email"),
        second_confirmed=reader.ticked("second"),
        rate=_rate(reader),
        number_proposed=reader.text("number_proposed"),
        new_name=reader.text("new_name"),
        other_than=tuple(part for part in reader.text("other_than").split(",") if part),
        update_customer=reader.ticked("update_customer"),
        update_ticks=_ticks(reader),
        details=_details(reader),
    )
    # A form that lacks fields is shown with all of them; what was typed stays as it was typed.
    raw = write(draft, speech) | {name: value for name, value in fields if name != "row"}
    return Typed(draft, tuple(reader.problems), raw)


def write(draft: Draft, speech: Speech) -> dict[str, str]:
    """Return the fields that show a draft: what ``read`` reads back."""
    fields = {
        "customer_id": draft.customer_id or "",
        "create_customer": _tick(on=draft.create_customer),
        "to": draft.to,
        "address": draft.address,
        "email": draft.email,
        "tax_id": draft.tax_id,
        "currency": draft.currency,
        "number": draft.number,
        "number_proposed": draft.number_proposed,
        **_write_details(draft.details),
        "issued_on": speech.date_field(draft.issued_on) if draft.issued_on else "",
        "due_on": speech.date_field(draft.due_on) if draft.due_on else "",
        "tax_mode": draft.tax_mode.value,
        "tax_code": draft.tax_code or "",
        **write_discount(draft, speech),
        "send_email": _tick(on=draft.send_email),
        "second": _tick(on=draft.second_confirmed),
        **write_rate(draft.rate, speech),
        "new_name": draft.new_name,
        "other_than": ",".join(draft.other_than),
        "update_customer": _tick(on=draft.update_customer),
    }
    for detail, tick in draft.update_ticks.items():
        fields |= {f"write.{detail}": _tick(on=tick.on), f"beside.{detail}": tick.against}
    for line in draft.lines:
        fields |= write_line(line, speech, draft.currency)
    return fields


def write_discount(draft: Draft, speech: Speech) -> dict[str, str]:
    """Return the fields of the discount on the whole invoice."""
    by_amount = draft.discount_amount != 0
    return {
        "discount_kind": "amount" if by_amount else "percent",
        "discount": speech.number(draft.discount_amount if by_amount else draft.discount_percent),
    }


def write_rate(rate: Rate | None, speech: Speech) -> dict[str, str]:
    """Return the fields of an exchange rate: its value, and what it is for."""
    if rate is None:
        return {"exchange_rate": "", "rate_currency": "", "rate_on": ""}
    return {
        "exchange_rate": "" if rate.value is None else speech.number(rate.value),
        "rate_currency": rate.currency,
        "rate_on": rate.on.isoformat() if rate.on else "",
    }


def write_line(line: DraftLine, speech: Speech, currency: str) -> dict[str, str]:
    """Return the fields of one row."""
    at = f"line.{line.key}."
    return {
        at + "text": line.text,
        at + "item_id": line.item_id or "",
        at + "quantity": "" if line.quantity is None else speech.number(line.quantity),
        at + "unit_price": "" if line.unit_price is None else shown_price(line.unit_price, speech, currency),
        at + "discount_percent": speech.number(line.discount_percent),
        at + "taxed": _tick(on=line.taxed),
        at + "tax_code": line.tax_code or "",
        at + "product_id": "" if line.product_id is None else str(line.product_id),
        at + "variation_id": "" if line.variation_id is None else str(line.variation_id),
        at + "product_name": line.product_name,
        at + "new_item": line.new_item,
        at + "account_id": line.account_id or "",
        at + "activate": _tick(on=line.activate),
        at + "service_on": speech.date_field(line.service_on) if line.service_on else "",
        at + "class_id": line.class_id or "",
    }


def _details(reader: _Reader) -> Details:
    custom = ((field_id, reader.text(f"custom_{field_id}")) for field_id in CUSTOM_FIELDS)
    return Details(
        term_id=reader.text("term_id") or None,
        memo=reader.text("memo"),
        note=reader.text("note"),
        class_id=reader.text("class_id") or None,
        location_id=reader.text("location_id") or None,
        custom_fields=tuple((field_id, text) for field_id, text in custom if text.strip()),
        copies=reader.text("copies"),
        online_card=_choice(reader.text("online_card")),
        online_bank=_choice(reader.text("online_bank")),
        number_pattern=reader.text("number_pattern"),
        template_id=reader.text("template_id"),
    )


def _write_details(details: Details) -> dict[str, str]:
    return {
        "term_id": details.term_id or "",
        "memo": details.memo,
        "note": details.note,
        "class_id": details.class_id or "",
        "location_id": details.location_id or "",
        **{f"custom_{field_id}": details.custom_field(field_id) for field_id in CUSTOM_FIELDS},
        "copies": details.copies,
        "online_card": _chosen(yes=details.online_card),
        "online_bank": _chosen(yes=details.online_bank),
        "number_pattern": details.number_pattern,
        "template_id": details.template_id,
    }


def _choice(text: str) -> bool | None:
    return None if text not in {"0", "1"} else text == "1"


def _chosen(*, yes: bool | None) -> str:
    return "" if yes is None else "1" if yes else "0"


def new_row(fields: Iterable[tuple[str, str]]) -> Fields:
    """Return a form with one more, empty row."""
    key = f"n{secrets.token_hex(4)}"
    return Fields((*fields, ("row", key), (f"line.{key}.quantity", "1"), (f"line.{key}.discount_percent", "0")))


def without_row(fields: Fields, key: str) -> Fields:
    """Return a form without one of its rows."""
    at = f"line.{key}."
    return Fields(
        tuple((name, value) for name, value in fields if not (name.startswith(at) or (name == "row" and value == key)))
    )


def setting(fields: Fields, values: dict[str, str]) -> Fields:
    """Return a form with some of its fields set."""
    return Fields((*((name, value) for name, value in fields if name not in values), *values.items()))


def _ticks(reader: _Reader) -> dict[Detail, Tick]:
    """Return what was said of each detail that the form offered: a box without a tick sends nothing by itself."""
    beside = {detail: reader.text(f"beside.{detail}") for detail in Detail}
    return {
        detail: Tick(on=reader.ticked(f"write.{detail}"), against=mark[:40]) for detail, mark in beside.items() if mark
    }


def _rate(reader: _Reader) -> Rate | None:
    currency = _currency(reader.text("rate_currency"))
    if not currency:
        return None
    try:
        on = date.fromisoformat(reader.text("rate_on"))
    except ValueError:
        return None
    return Rate(value=reader.number("exchange_rate"), currency=currency, on=on)


def _line(reader: _Reader, key: str) -> DraftLine:
    at = f"line.{key}."
    return DraftLine(
        key=key,
        text=reader.text(at + "text"),
        item_id=reader.text(at + "item_id") or None,
        quantity=reader.number(at + "quantity"),
        unit_price=reader.number(at + "unit_price"),
        discount_percent=reader.number(at + "discount_percent") or _ZERO,
        taxed=reader.ticked(at + "taxed"),
        tax_code=reader.text(at + "tax_code") or None,
        product_id=_id(reader.text(at + "product_id")),
        variation_id=_id(reader.text(at + "variation_id")),
        product_name=reader.text(at + "product_name"),
        new_item=reader.text(at + "new_item"),
        account_id=reader.text(at + "account_id") or None,
        activate=reader.ticked(at + "activate"),
        service_on=reader.day(at + "service_on"),
        class_id=reader.text(at + "class_id") or None,
    )


def shown_price(price: Decimal, speech: Speech, currency: str) -> str:
    """Write a unit price with the currency's decimals, or with all of its own when it has more."""
    if is_currency(currency) and round_money(price, currency) == price:
        return speech.amount(price, currency)
    return speech.number(price)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _currency(text: str) -> str:
    typed = text.strip().upper()
    return typed if is_currency(typed) else ""


def _tax_mode(text: str) -> TaxMode:
    return TaxMode(text) if text in set(TaxMode) else TaxMode.EXCLUSIVE


def _tick(*, on: bool) -> str:
    return "1" if on else ""
