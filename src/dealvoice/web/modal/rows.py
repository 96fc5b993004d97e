"""
What a press does to the rows of the form: added, removed, moved, or put on from the deal.

Rows that stay keep what was typed in them, also what could not be read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from dealvoice.i18n import Speech
from dealvoice.invoicing.deal_rows import DealOffer, with_row
from dealvoice.invoicing.draft import Draft
from dealvoice.web.bodies import Fields
from dealvoice.web.errors import Unreadable
from dealvoice.web.forms import new_row, setting, without_row, write_discount, write_line

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Arranged:
    """A form after its rows were changed, and where the focus goes."""

    form: Fields
    focus: str
    """Id of a control; empty where the focus stays."""


def arrange(form: Fields, act: str, at: str) -> Arranged:
    """
    Add an empty row, remove one, or move one up or down.

    Raises:
        Unreadable: No button of ours says that.
    """
    keys = form.all("row")
    match act:
        case "add":
            added = new_row(form)
            return Arranged(added, f"line-{added.all('row')[-1]}-search")
        case "remove":
            return Arranged(without_row(form, at), _beside(keys, at))
        case "up" | "down" if at in keys:
            return Arranged(_in_order(form, _moved(keys, at, -1 if act == "up" else 1)), "")
        case _:
            raise Unreadable


def _moved(keys: list[str], key: str, by: int) -> list[str]:
    index = keys.index(key)
    to = min(max(index + by, 0), len(keys) - 1)
    rest = [one for one in keys if one != key]
    return [*rest[:to], key, *rest[to:]]


def _beside(keys: list[str], gone: str) -> str:
    """Return the control to go to when a row is gone: the name of the next row, or of the last one left."""
    if gone not in keys or len(keys) == 1:
        return "add-row"
    index = keys.index(gone)
    return f"line-{(keys[index + 1 :] or keys[:index][-1:])[0]}-text"


def _in_order(form: Fields, keys: list[str]) -> Fields:
    return Fields((*((name, value) for name, value in form if name != "row"), *(("row", key) for key in keys)))


Act = Callable[[Draft, DealOffer, str], Draft]


def _put_back(draft: Draft, offer: DealOffer, key: str) -> Draft:
    return with_row(draft, offer, key)


def _leave_out(draft: Draft, _: DealOffer, key: str) -> Draft:
    return replace(draft, lines=tuple(line for line in draft.lines if line.key != key))


def _add_sold(draft: Draft, offer: DealOffer, _: str) -> Draft:
    """Put on what other invoices of the deal have, whole."""
    for row in offer.rows:
        if row.sold == 0 or row.is_installment or row.frequency or not row.enabled:
            continue
        draft = with_row(draft, offer, row.line.key)
        draft = replace(
            draft,
            lines=tuple(
                replace(line, quantity=row.line.quantity) if line.key == row.line.key else line for line in draft.lines
            ),
        )
    return draft


def _installment(draft: Draft, offer: DealOffer, key: str) -> Draft:
    """Put an installment on, or take it off; with the last one off, the products come back."""
    if not any(line.key == key for line in draft.lines):
        return with_row(draft, offer, key)
    draft = _leave_out(draft, offer, key)
    if any(row.is_installment and row.line.key == line.key for row in offer.rows for line in draft.lines):
        return draft
    for row in offer.rows:
        if not row.is_installment and row.enabled and row.left is not None:
            draft = with_row(draft, offer, row.line.key)
    return replace(draft, discount_percent=offer.discount_percent, discount_amount=offer.discount_amount)


def _only_installments(draft: Draft, offer: DealOffer, _: str) -> Draft:
    products = {row.line.key for row in offer.rows if not row.is_installment}
    kept = tuple(line for line in draft.lines if line.key not in products)
    return replace(draft, lines=kept, discount_percent=_NOTHING, discount_amount=_NOTHING)


ROW_ACTS: Final[Mapping[str, Act]] = {
    "put_back": _put_back,
    "bill_installment": _put_back,
    "leave_out": _leave_out,
    "add_sold": _add_sold,
    "installment": _installment,
    "only_installments": _only_installments,
}
"""Presses that put the deal's rows on the form, or take them off."""


def from_deal(form: Fields, act: str, key: str, draft: Draft, offer: DealOffer, speech: Speech) -> Arranged:
    """
    Put rows of the deal on the form, or take them off; the form's fields follow.

    Args:
        form: The form as it was sent.
        act: One of ``ROW_ACTS``.
        key: The row's key.
        draft: What the form says.
        offer: What the deal has.
        speech: The user's language.
    """
    after = ROW_ACTS[act](draft, offer, key)
    before = {line.key: line for line in draft.lines}
    kept = form
    for gone in before.keys() - {line.key for line in after.lines}:
        kept = without_row(kept, gone)
    values: dict[str, str] = {}
    for line in after.lines:
        if line.key not in before:
            values |= write_line(line, speech, draft.currency)
        elif line.quantity != before[line.key].quantity and line.quantity is not None:
            values[f"line.{line.key}.quantity"] = speech.number(line.quantity)
    if after.discount_percent != draft.discount_percent or after.discount_amount != draft.discount_amount:
        values |= write_discount(after, speech)
    placed = _in_order(setting(kept, values), [line.key for line in after.lines])
    added = [line.key for line in after.lines if line.key not in before]
    return Arranged(placed, f"line-{added[0]}-text" if added and act != "installment" else "")
