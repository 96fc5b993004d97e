"""
The rows that an invoice sells, with their amounts: the one source of the totals and of the lines that are sent.

A row of the form becomes one row here, or two when its discount is shown: the full amount and a negative row of the
same item and tax code. Stock items are never split, because a negative row would move stock; none is where the company
wants discounts inside the prices.
"""

from dataclasses import dataclass
from decimal import Decimal

from dealvoice.invoicing.books import Books
from dealvoice.invoicing.draft import Draft, DraftLine, TaxMode
from dealvoice.invoicing.money import Money, is_currency, product, round_money

STOCK = "Inventory"
_LIMIT = Decimal(10) ** 15
"""QuickBooks takes numbers of at most 15 digits; what is beyond has no amount (preflight tells ``number.format``)."""


@dataclass(frozen=True, slots=True)
class Row:
    """An amount sold, in the prices as entered: with tax when the draft's prices include it."""

    line: DraftLine
    amount: Money
    is_discount: bool
    folded: bool
    """The discount is already inside the amount."""
    taxed: bool
    tax_code: str | None


def currency_of(draft: Draft, books: Books) -> str:
    """Return the draft's currency; while it is none, the company's home currency, so that totals can be shown."""
    return draft.currency if is_currency(draft.currency) else books.company.home_currency


def is_usable(value: Decimal | None) -> bool:
    """Tell whether a number can be reckoned with."""
    return value is not None and value.is_finite() and abs(value) < _LIMIT


def gross_of(line: DraftLine, currency: str) -> Decimal:
    """Return quantity times price, rounded to the currency; a missing or impossible number counts as zero."""
    if line.quantity is None or line.unit_price is None:
        return Decimal(0)
    if not (is_usable(line.quantity) and is_usable(line.unit_price)):
        return Decimal(0)
    return round_money(product(line.quantity, line.unit_price), currency)


def discount_of(line: DraftLine, currency: str) -> Decimal:
    """Return the discount of a line in money, rounded to the currency."""
    if not is_usable(line.discount_percent):
        return Decimal(0)
    return round_money(product(gross_of(line, currency), line.discount_percent, Decimal("0.01")), currency)


def is_sold(line: DraftLine) -> bool:
    """Tell whether a line goes on the invoice: a line of quantity zero does so only for its text."""
    return line.quantity is None or not line.quantity.is_zero() or bool(line.text.strip())


def sold_rows(draft: Draft, books: Books) -> tuple[Row, ...]:
    """Return the rows of the invoice in the order of the form."""
    currency = currency_of(draft, books)
    return tuple(row for line in draft.lines if is_sold(line) for row in _rows(draft, books, line, currency))


def _rows(draft: Draft, books: Books, line: DraftLine, currency: str) -> tuple[Row, ...]:
    gross, discount = gross_of(line, currency), discount_of(line, currency)
    item = books.items.get(line.item_id or "")
    folded = discount != 0 and (books.fold_discounts or (item is not None and item.kind == STOCK))
    taxed = line.taxed and draft.tax_mode is not TaxMode.NONE

    def row(amount: Decimal, *, is_discount: bool = False) -> Row:
        return Row(
            line=line,
            amount=Money(amount, currency),
            is_discount=is_discount,
            folded=folded,
            taxed=taxed,
            tax_code=None if draft.tax_mode is TaxMode.NONE else line.tax_code,
        )

    if discount == 0:
        return (row(gross),)
    if folded:
        return (row(gross - discount),)
    return (row(gross), row(-discount, is_discount=True))
