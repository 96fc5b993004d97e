"""Checks the lines of a draft: product, quantity, price, tax code."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.draft import Draft, DraftLine, TaxMode
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.item_checks import check_item, in_foreign
from dealvoice.invoicing.lines import QUANTITY_PLACES, net_amount
from dealvoice.invoicing.money import Money, places, plain, round_money, round_to
from dealvoice.invoicing.rows import Row, currency_of, is_sold, is_usable, sold_rows
from dealvoice.invoicing.tax import PRICE_PLACES, LineTotals, Totals, code_by_id

_MOST_DIGITS = 15
_MOST_LINES = 10_000
_MOST_TAXED_LINES = 750
"""Of an invoice on which at least one line is taxable."""
_LARGEST_AMOUNT = Decimal(10) ** 10
"""Ten integer digits."""
_LARGEST_PRICE = Decimal(99_999_999_999)
_HUNDRED = Decimal(100)
_SUBTOTAL = "Subtotal:"
"""A text alone that QuickBooks turns into a subtotal of the lines above (facts: "Invoice lines")."""


def check_lines(draft: Draft, books: Books, totals: Totals) -> Iterator[Finding]:
    """Yield what is wrong with the lines, line by line, and whether any is left."""
    if not any(is_sold(line) for line in draft.lines):
        yield Finding("lines.none", Severity.BLOCKER, "items", remedy="add_item")
    rows = sold_rows(draft, books)
    yield from _count(rows)
    figures = {line.key: line for line in totals.lines}
    charged = {row.line.key: row for row in rows if not row.is_discount}
    for index, line in enumerate(draft.lines):
        named = {"n": str(index + 1), "product": line.product_name or line.text.partition("\n")[0].strip()}
        yield from _price(line, draft, books, named)
        yield from _numbers(line, figures[line.key], named)
        if line.key in charged:
            yield from _amount(charged[line.key], draft, books)
        yield from _decimals(line, currency_of(draft, books))
        if is_sold(line):
            yield from check_item(line, draft, books, named)
            yield from _tax_code(line, draft, books, named)


def _count(rows: Sequence[Row]) -> Iterator[Finding]:
    """Lines that the invoice would have, discounts of rows included (facts: "Headers", limits)."""
    limit = _MOST_TAXED_LINES if any(row.taxed for row in rows) else _MOST_LINES
    if len(rows) > limit:
        params = {"count": str(len(rows)), "limit": str(limit)}
        yield Finding("lines.too_many", Severity.BLOCKER, "items", params)


def _price(line: DraftLine, draft: Draft, books: Books, named: dict[str, str]) -> Iterator[Finding]:
    """Tell of a price that is missing; the product's own, in home currency, is proposed by the invoice's rate."""
    if line.unit_price is not None:
        return
    item = books.items.get(line.item_id or "")
    price = item.unit_price if item is not None else None
    if price and draft.currency != books.company.home_currency:
        price = in_foreign(price, draft)
    yield Finding(
        "line.price_missing",
        Severity.BLOCKER,
        f"line.{line.key}.unit_price",
        named,
        remedy="use_price" if price else "",
        remedy_value=f"{price:f}" if price else "",
    )


def _numbers(line: DraftLine, figures: LineTotals, named: dict[str, str]) -> Iterator[Finding]:
    field = f"line.{line.key}"
    if line.unit_price is not None:
        yield from _number(f"{field}.unit_price", line.unit_price, PRICE_PLACES, named, largest=_LARGEST_PRICE)
    if line.quantity is None:
        params = {**named, "item": named["product"]}
        yield Finding(
            "line.quantity_missing",
            Severity.BLOCKER,
            f"{field}.quantity",
            params,
            remedy="use_quantity",
            remedy_value="1",
        )
    elif line.quantity.is_zero():
        if line.text.strip() == _SUBTOTAL:
            yield Finding("line.subtotal_word", Severity.WARNING, f"{field}.text", named)
        yield Finding(
            "line.quantity_zero", Severity.WARNING, f"{field}.quantity", named, remedy="use_quantity", remedy_value="1"
        )
    else:
        yield from _number(f"{field}.quantity", line.quantity, QUANTITY_PLACES, named)
    if not is_usable(line.discount_percent):
        yield _malformed(f"{field}.discount_percent", line.discount_percent)
    elif not 0 <= line.discount_percent <= _HUNDRED:
        yield Finding(
            "discount.too_large",
            Severity.BLOCKER,
            f"{field}.discount_percent",
            {"discount": f"{plain(line.discount_percent):f} %", "subtotal": str(figures.gross)},
            remedy="limit_discount",
            remedy_value="100" if line.discount_percent > 0 else "0",
        )
    if figures.amount.amount < 0:
        yield Finding("line.negative", Severity.WARNING, field, {**named, "amount": str(figures.amount)})


def _amount(row: Row, draft: Draft, books: Books) -> Iterator[Finding]:
    """Tell of an amount with too many digits, as it would be sent: without tax, and without a discount that is inside."""
    net, _ = net_amount(row.amount, row, draft, books)
    if abs(net.amount) >= _LARGEST_AMOUNT:
        yield _malformed(f"line.{row.line.key}.amount", row.amount.amount)


def _number(
    field: str, value: Decimal, decimals: int, named: dict[str, str], *, largest: Decimal | None = None
) -> Iterator[Finding]:
    if not is_usable(value) or _integer_digits(value) > _MOST_DIGITS or (largest is not None and abs(value) > largest):
        yield _malformed(field, value)
        return
    rounded = round_to(value, decimals)
    if rounded != value:
        params = {"field": field.rpartition(".")[2], "value": str(value), "rounded": f"{plain(rounded):f}"}
        yield Finding(
            "line.precision",
            Severity.WARNING,
            field,
            {**named, **params},
            remedy="round",
            remedy_value=f"{plain(rounded):f}",
        )


def _integer_digits(value: Decimal) -> int:
    return max(value.adjusted() + 1, 1)


def _malformed(field: str, value: Decimal) -> Finding:
    return Finding("number.format", Severity.BLOCKER, field, {"field": field.rpartition(".")[2], "value": str(value)})


def _decimals(line: DraftLine, currency: str) -> Iterator[Finding]:
    """Tell of prices finer than a currency that has not two decimals: their amounts could not be kept."""
    price = line.unit_price
    if price is None or not is_usable(price) or EXPONENTS.get(currency, 2) == 2:
        return
    rounded = round_money(price, currency)
    if rounded != price:
        yield Finding(
            "currency.decimals",
            Severity.BLOCKER,
            f"line.{line.key}.unit_price",
            {
                "currency": currency,
                "places": str(places(currency)),
                "value": str(Money(price, currency)),
                "rounded": str(Money(rounded, currency)),
            },
            remedy="round",
            remedy_value=f"{rounded:f}",
        )


def _tax_code(line: DraftLine, draft: Draft, books: Books, named: dict[str, str]) -> Iterator[Finding]:
    if books.company.tax_regime is not TaxRegime.NON_US or draft.tax_mode is TaxMode.NONE:
        return
    field = f"line.{line.key}.tax_code"
    proposal = _usual_code(line, books)
    remedy = "use_tax_code" if proposal else ""
    if not line.tax_code:
        yield Finding("tax.code_missing", Severity.BLOCKER, field, named, remedy=remedy, remedy_value=proposal)
        return
    code = code_by_id(books, line.tax_code)
    if code is None or not code.active or not code.rates:
        params = {**named, "name": code.name if code else line.tax_code}
        yield Finding("tax.code_inactive", Severity.BLOCKER, field, params, remedy=remedy, remedy_value=proposal)


def _usual_code(line: DraftLine, books: Books) -> str:
    """Return the item's own code, else the company's, if it may be used on sales."""
    item = books.items.get(line.item_id or "")
    for code_id in (item.tax_code if item else None, books.company.default_tax_code):
        code = code_by_id(books, code_id)
        if code is not None and code.active and code.rates:
            return code.id
    return ""
