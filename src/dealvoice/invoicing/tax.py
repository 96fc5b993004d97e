"""
Adds an invoice up and finds its tax, to the cent, in the four ways that QuickBooks companies work.

Source: QuickBooks Online Accounting API, "Sales tax" and Invoice, sample company's invoices 1012, 1029, 1037.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from dealvoice.invoicing.books import Books, TaxCode, TaxRate, TaxRegime
from dealvoice.invoicing.draft import Draft, DraftLine, TaxMode
from dealvoice.invoicing.money import Money, plain, product, quotient, round_money, round_to, split
from dealvoice.invoicing.rows import Row, currency_of, discount_of, gross_of, is_usable, sold_rows

_HUNDRED = Decimal(100)
PRICE_PLACES = 7
"""Decimals of a unit price that QuickBooks keeps."""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What one tax rate takes."""

    name: str
    percent: Decimal
    base: Money
    """Net amount that the rate was applied to."""
    amount: Money


@dataclass(frozen=True, slots=True)
class LineTotals:
    """A row of the form in figures, in the prices as entered (with tax when they include it)."""

    key: str
    gross: Money
    """Quantity times price."""
    discount: Money
    amount: Money
    """Gross less discount."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures under the form; ``total = subtotal - discount + tax``."""

    lines: tuple[LineTotals, ...]
    subtotal: Money
    """Net sum of the lines after their own discounts."""
    line_discount: Money
    """The discounts of the lines, in the prices as entered; already inside ``subtotal``."""
    discount: Money
    """The discount on the whole invoice, net."""
    taxes: tuple[TaxLine, ...]
    tax: Money
    total: Money
    tax_by_quickbooks: bool
    """QuickBooks computes the tax on saving: ``tax`` is zero here and ``total`` lacks it."""


def compute(draft: Draft, books: Books, *, discount_first: bool = True, per_line: bool | None = None) -> Totals:
    """
    Add an invoice up as QuickBooks will.

    Missing or impossible numbers count as zero, so that a form half filled in has totals too.

    Args:
        draft: The invoice.
        books: The company's rules, tax codes and the items of the draft.
        discount_first: Take the invoice discount off before tax (``ApplyTaxAfterDiscount``). Matters in the US only.
        per_line: Round the tax of each line instead of each rate's total. Default: per line outside the US, where
            line rates differ; per total in the US.

    Returns:
        The totals in the draft's currency; in the home currency while the draft has none.
    """
    currency = currency_of(draft, books)
    rows = sold_rows(draft, books)
    nothing = Money.zero(currency)
    lines = tuple(_line(line, currency) for line in draft.lines)
    line_discount = sum((line.discount for line in lines), nothing)
    entered = sum((row.amount for row in rows), nothing)
    discount = _discount(draft, entered)
    by_quickbooks = False
    if includes_tax(draft, books):
        subtotal, discount, taxes = _inclusive(draft, books, rows, discount)
    else:
        subtotal = entered
        taxes = _exclusive(draft, books, rows, discount, discount_first=discount_first, per_line=per_line)
        by_quickbooks = _is_automated(books, rows)
    tax = sum((line.amount for line in taxes), nothing)
    return Totals(
        lines=lines,
        subtotal=subtotal,
        line_discount=line_discount,
        discount=discount,
        taxes=tuple(taxes),
        tax=tax,
        total=subtotal - discount + tax,
        tax_by_quickbooks=by_quickbooks,
    )


def _line(line: DraftLine, currency: str) -> LineTotals:
    gross, discount = Money(gross_of(line, currency), currency), Money(discount_of(line, currency), currency)
    return LineTotals(key=line.key, gross=gross, discount=discount, amount=gross - discount)


def _discount(draft: Draft, entered: Money) -> Money:
    """Return the invoice discount in the prices as entered; the percent wins when both are given."""
    if is_usable(draft.discount_percent) and draft.discount_percent != 0:
        share = product(entered.amount, draft.discount_percent, Decimal("0.01"))
        return Money(round_money(share, entered.currency), entered.currency)
    if not is_usable(draft.discount_amount):
        return Money.zero(entered.currency)
    return Money(round_money(draft.discount_amount, entered.currency), entered.currency)


def includes_tax(draft: Draft, books: Books) -> bool:
    """Tell whether QuickBooks is sent prices that include tax: the US edition takes only those before tax."""
    return draft.tax_mode is TaxMode.INCLUSIVE and books.company.tax_regime is TaxRegime.NON_US


def is_exempt(books: Books) -> bool:
    """Tell whether QuickBooks charges the customer no sales tax whatever the lines say (US)."""
    return books.customer is not None and not books.customer.taxable


def _is_automated(books: Books, rows: Sequence[Row]) -> bool:
    if books.company.tax_regime is not TaxRegime.US_AUTOMATED or is_exempt(books):
        return False
    return any(row.taxed for row in rows)


def _exclusive(
    draft: Draft, books: Books, rows: Sequence[Row], discount: Money, *, discount_first: bool, per_line: bool | None
) -> list[TaxLine]:
    if draft.tax_mode is TaxMode.NONE:
        return []
    match books.company.tax_regime:
        case TaxRegime.US_MANUAL:
            code = code_by_id(books, draft.tax_code)
            if code is None or is_exempt(books):
                return []
            taken = discount if discount_first else Money.zero(discount.currency)
            coded = [(row, code if row.taxed else None) for row in rows]
            return _taxes(coded, taken, per_line=bool(per_line))
        case TaxRegime.NON_US:
            coded = [(row, code_by_id(books, row.tax_code)) for row in rows]
            return _taxes(coded, discount, per_line=per_line is not False)
        case _:
            return []


def code_by_id(books: Books, code_id: str | None) -> TaxCode | None:
    """Return a tax code of the company."""
    return next((code for code in books.tax_codes if code.id == code_id), None)


def _taxes(coded: Sequence[tuple[Row, TaxCode | None]], discount: Money, *, per_line: bool) -> list[TaxLine]:
    """Apply each rate to its rows, each less its share of the invoice discount."""
    nothing = Money.zero(discount.currency)
    groups = _groups(coded)
    shares = _shares(discount, [_sum(rows, nothing) for rows in groups.values()])
    bases: dict[TaxRate, list[Money]] = {}
    for (code, rows), share in zip(groups.items(), shares, strict=True):
        for rate in code.rates if code else ():
            bases.setdefault(rate, []).extend(_bases(rows, share, nothing, per_line=per_line))
    return [_tax_line(rate, parts, nothing, per_line=per_line) for rate, parts in bases.items()]


def _groups(coded: Sequence[tuple[Row, TaxCode | None]]) -> dict[TaxCode | None, list[Row]]:
    groups: dict[TaxCode | None, list[Row]] = {}
    for row, code in coded:
        groups.setdefault(code, []).append(row)
    return groups


def _sum(rows: Sequence[Row], nothing: Money) -> Money:
    return sum((row.amount for row in rows), nothing)


def _shares(discount: Money, sums: Sequence[Money]) -> list[Money]:
    """
    Spread a discount over amounts in proportion, so that one of 100 % leaves nothing of any, negative ones too.

    Amounts that add up to less than zero (a code that only takes back) get theirs in the same proportion.
    """
    weights = [amount.amount for amount in sums]
    total = sum(weights, Decimal(0))
    if total == 0:
        return [Money.zero(discount.currency)] * len(sums)
    return split(discount, weights if total > 0 else [-weight for weight in weights])


def _bases(rows: Sequence[Row], share: Money, nothing: Money, *, per_line: bool) -> list[Money]:
    if not per_line:
        return [_sum(rows, nothing) - share]
    shares = _shares(share, [row.amount for row in rows])
    return [row.amount - part for row, part in zip(rows, shares, strict=True)]


def _tax_line(rate: TaxRate, parts: Sequence[Money], nothing: Money, *, per_line: bool) -> TaxLine:
    base = sum(parts, nothing)
    amounts = [_percent_of(part, rate.percent) for part in (parts if per_line else [base])]
    return TaxLine(name=rate.name, percent=rate.percent, base=base, amount=sum(amounts, nothing))


def _percent_of(base: Money, percent: Decimal) -> Money:
    return Money(round_money(product(base.amount, percent, Decimal("0.01")), base.currency), base.currency)


def net_of(gross: Money, percent: Decimal) -> Money:
    """Return the amount without tax of one that includes it, rounded; the rest is the tax."""
    net = quotient(product(gross.amount, _HUNDRED), _HUNDRED + percent)
    return Money(round_money(net, gross.currency), gross.currency)


def discount_parts(draft: Draft, books: Books) -> list[tuple[Row, Money]]:
    """
    Spread the invoice discount over the tax codes of an invoice whose prices include tax.

    QuickBooks refuses a discount line there, so that it goes out as one negative line for each code.

    Returns:
        A row of each code (the first), and its share of the discount, with tax.
    """
    rows = sold_rows(draft, books)
    nothing = Money.zero(currency_of(draft, books))
    groups = _groups([(row, code_by_id(books, row.tax_code)) for row in rows])
    discount = _discount(draft, _sum(rows, nothing))
    shares = _shares(discount, [_sum(group, nothing) for group in groups.values()])
    return [(group[0], share) for group, share in zip(groups.values(), shares, strict=True) if not share.is_zero]


def _inclusive(draft: Draft, books: Books, rows: Sequence[Row], discount: Money) -> tuple[Money, Money, list[TaxLine]]:
    """Return net subtotal, net discount and taxes; what was entered, with tax, survives as their sum."""
    nothing = Money.zero(discount.currency)
    subtotal, taken = nothing, nothing
    found: dict[TaxRate, TaxLine] = {}
    sold = [(row.tax_code, row.amount) for row in rows]
    parts = [(row.tax_code, -share) for row, share in discount_parts(draft, books)]
    for index, (code_id, gross) in enumerate([*sold, *parts]):
        code = code_by_id(books, code_id)
        net = net_of(gross, code.percent if code else Decimal(0))
        if index < len(sold):
            subtotal += net
        else:
            taken -= net
        if code is not None:
            _take(found, code, net, gross - net)
    return subtotal, taken, list(found.values())


def _take(found: dict[TaxRate, TaxLine], code: TaxCode, net: Money, tax: Money) -> None:
    nothing = Money.zero(net.currency)
    weights = [rate.percent for rate in code.rates]
    amounts = split(tax, weights) if any(weights) else [nothing] * len(weights)
    for rate, amount in zip(code.rates, amounts, strict=True):
        known = found.get(rate, TaxLine(name=rate.name, percent=rate.percent, base=nothing, amount=nothing))
        found[rate] = replace(known, base=known.base + net, amount=known.amount + amount)


def without_tax(draft: Draft, books: Books) -> Draft:
    """
    Turn prices that include tax into prices before tax: the way out where a company takes only those (US).

    Each taxed line keeps its net amount to the cent where a price of seven decimals can say it; the sum with tax may
    then differ from the old one by a cent for each line.
    """
    code = code_by_id(books, draft.tax_code)
    percent = code.percent if code else Decimal(0)
    currency = currency_of(draft, books)
    lines = tuple(_net_line(line, percent, currency) if line.taxed else line for line in draft.lines)
    return replace(draft, tax_mode=TaxMode.EXCLUSIVE, lines=lines)


def _net_line(line: DraftLine, percent: Decimal, currency: str) -> DraftLine:
    if line.unit_price is None or not is_usable(line.unit_price):
        return line
    if line.quantity is None or not is_usable(line.quantity) or line.quantity == 0:
        price = quotient(product(line.unit_price, _HUNDRED), _HUNDRED + percent)
    else:
        price = quotient(net_of(Money(gross_of(line, currency), currency), percent).amount, line.quantity)
    return replace(line, unit_price=plain(round_to(price, PRICE_PLACES)))
