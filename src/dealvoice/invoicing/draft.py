"""The draft of an invoice: what the form shows and what Create sends; and how a deal becomes one."""

from collections.abc import Mapping as Words
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.books import Books, TaxCode, TaxRegime
from dealvoice.invoicing.customer_diff import Detail, Tick
from dealvoice.invoicing.deal import Deal, DealDiscount, DealProduct
from dealvoice.invoicing.details import Details
from dealvoice.invoicing.mapping import Mapping, due_date, fill
from dealvoice.invoicing.money import is_currency, plain, product, quotient, round_money, round_to


class TaxMode(StrEnum):
    """What the prices of the lines mean."""

    EXCLUSIVE = "exclusive"
    """Before tax."""
    INCLUSIVE = "inclusive"
    """Including tax."""
    NONE = "none"
    """Without tax."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One row of the form."""

    key: str
    """Names the row inside its form; never changes while the form is open."""
    text: str
    """What the customer reads: the line's description."""
    item_id: str | None
    """The linked QuickBooks product."""
    quantity: Decimal | None
    unit_price: Decimal | None
    """Before the discount, in the draft's currency."""
    discount_percent: Decimal = Decimal(0)
    taxed: bool = False
    """US: the line is TAX rather than NON."""
    tax_code: str | None = None
    """Outside the US: the line's code."""
    product_id: int | None = None
    """The Pipedrive product it came from; None for a free row."""
    variation_id: int | None = None
    product_name: str = ""
    """Name of that product, to tell rows apart and to remember links."""
    new_item: str = ""
    """No link: name of the product to be made in QuickBooks together with the invoice."""
    account_id: str | None = None
    """Income account of that product."""
    activate: bool = False
    """The linked product is inactive, and to be made active together with the invoice."""
    service_on: date | None = None
    """When it was done or delivered."""
    class_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate, and what it was read or typed for."""

    value: Decimal | None
    """Home units per one foreign unit; None while it is not known."""
    currency: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that nobody has sent yet. Every value as the user sees it."""

    deal_id: int
    customer_id: str | None
    """The linked QuickBooks customer."""
    create_customer: bool
    """No link: make a new customer named ``to``."""
    to: str
    address: str
    """Lines of text."""
    email: str
    """One address or several, comma separated."""
    tax_id: str
    currency: str
    number: str
    """Empty: QuickBooks numbers the invoice."""
    issued_on: date | None
    due_on: date | None
    tax_mode: TaxMode
    tax_code: str | None
    """US manual: the tax group of the whole invoice."""
    lines: tuple[DraftLine, ...]
    discount_percent: Decimal = Decimal(0)
    """On the whole invoice; at most one of percent and amount."""
    discount_amount: Decimal = Decimal(0)
    send_email: bool = False
    second_confirmed: bool = False
    """The user was told of another invoice of this deal and wants one more."""
    rate: Rate | None = None
    """Only of an invoice in a foreign currency."""
    number_proposed: str = ""
    """The proposal that ``number`` was filled with; the two differ when somebody typed a number."""
    details: Details = field(default_factory=Details)
    new_name: str = ""
    """Name of the customer to be created when ``to`` is taken: ``to`` with something behind (see ``name_of_new``)."""
    other_than: tuple[str, ...] = ()
    """Near matches that the user said are somebody else, as ``NearMatch.key``."""
    update_customer: bool = False
    """Bring the linked customer in QuickBooks up to date, after the invoice."""
    update_ticks: dict[Detail, Tick] = field(default_factory=dict)
    """What the user said of each detail that differs."""

    @property
    def number_is_proposed(self) -> bool:
        """Whether nobody typed the number: Create may take the next free one instead."""
        return bool(self.number.strip()) and self.number.strip() == self.number_proposed


@dataclass(frozen=True, slots=True)
class Links:
    """What was linked before: the customer of the deal's contact, the items of its products."""

    customer_id: str | None = None
    items: dict[tuple[int, int | None], str] = field(default_factory=dict)
    """QuickBooks items by Pipedrive product and variation."""


def name_of_new(draft: Draft) -> str:
    """Return the name that a new customer gets, with single blanks: ``new_name`` as long as it still fits ``to``."""
    name, free = " ".join(draft.to.split()), " ".join(draft.new_name.split())
    return free if name and free.startswith(name) else name


_PERCENT_PLACES = 5
_PRICE_PLACES = 7
_MOST_PERCENT_PLACES = 14


def build_draft(
    deal: Deal,
    *,
    mapping: Mapping,
    links: Links,
    books: Books,
    today: date,
    sold: Words[str, Decimal] | None = None,
    periods: Words[str, str] | None = None,
) -> Draft:
    """
    Turn a deal into the draft that the form opens with.

    Each enabled product becomes one row, in Pipedrive's order; a deal without products becomes one row with its title
    and value. A recurring product is billed once. What is on live invoices of the deal already is not filled in again.
    Discounts on the deal become one discount on the invoice. Nothing is converted: the draft has the deal's currency
    and prices.

    Args:
        deal: The deal with its contact, rows and field values.
        mapping: Where the customer's details come from, and the days to pay.
        links: Known links to QuickBooks.
        books: The company; its customer and items when linked.
        today: The issue date, in the company's time zone.
        sold: Quantities on live invoices of the deal, by row key.
        periods: Words for Pipedrive's billing frequencies, in the user's language.

    Returns:
        A draft that may well have blockers; ``preflight.check`` tells.
    """
    filled = fill(mapping, deal)
    rows = [row for row in deal.products if row.enabled]
    mode = deal_tax_mode(rows, books)
    sold = sold or {}
    filled_rows = [
        (row, left) for row in rows if (left := left_of(row, sold.get(row_key(row), Decimal(0)))) is not None
    ]
    lines = tuple(
        replace(product_line(row, mode, deal.currency, links, books, periods=periods), quantity=left)
        for row, left in filled_rows
    )
    once = [line for line, (row, _) in zip(lines, filled_rows, strict=True) if not row.recurring]
    # An amount is taken off once: it is on the invoices that the deal has already.
    discounts = [each for each in deal.discounts if each.is_percent or not sold]
    percent, amount = _deal_discount(discounts, once, deal.currency, all_once=len(once) == len(lines))
    return Draft(
        deal_id=deal.id,
        customer_id=links.customer_id,
        create_customer=False,
        to=filled.to,
        address=filled.address,
        email=filled.email,
        tax_id=filled.tax_id,
        currency=deal.currency,
        number="",
        issued_on=today,
        due_on=due_date(today, mapping.due_days),
        tax_mode=mode,
        tax_code=books.company.default_tax_code if books.company.tax_regime is TaxRegime.US_MANUAL else None,
        lines=lines if deal.products else (_deal_line(deal),),
        discount_percent=percent,
        discount_amount=amount,
    )


def row_key(row: DealProduct) -> str:
    """Return the key of the form's row that a product of the deal becomes."""
    return f"p{row.row_id}"


def left_of(row: DealProduct, sold: Decimal) -> Decimal | None:
    """
    Return how many of a product this invoice is to bill: what is not billed yet, at most one period.

    None: all of it is billed. What recurs without end is billed again each time.
    """
    if sold == 0 or (row.recurring and row.cycles is None):
        return row.quantity
    rest = product(row.quantity, Decimal(row.cycles or 1)) - sold
    return plain(min(row.quantity, rest)) if rest > 0 else None


def deal_tax_mode(rows: Sequence[DealProduct], books: Books) -> TaxMode:
    """
    Return what the rows' prices mean.

    Pipedrive keeps one method for all rows of a deal. Where no row is taxed the US company reads prices with tax as
    prices before it: they are the same.
    """
    methods = [TaxMode(row.tax_method) for row in rows if row.tax_method in tuple(TaxMode)]
    mode = next((method for method in methods if method is not TaxMode.NONE), None)
    if mode is None:
        return TaxMode.NONE if methods else TaxMode.EXCLUSIVE
    american = books.company.tax_regime is not TaxRegime.NON_US
    untaxed = all(row.tax_percent == 0 for row in rows)
    return TaxMode.EXCLUSIVE if american and untaxed else mode


def _deal_line(deal: Deal) -> DraftLine:
    return DraftLine(
        key="deal",
        text=deal.title,
        item_id=None,
        quantity=Decimal(1),
        unit_price=deal.value or None,
    )


def product_line(
    row: DealProduct,
    mode: TaxMode,
    currency: str,
    links: Links,
    books: Books,
    *,
    periods: Words[str, str] | None = None,
) -> DraftLine:
    """Return the form's row of a whole product of the deal, or of one period of it."""
    item_id = links.items.get((row.product_id, row.variation_id))
    price, percent = _discounted(row, currency)
    taxable = mode is not TaxMode.NONE and row.tax_method != TaxMode.NONE
    american = books.company.tax_regime is not TaxRegime.NON_US
    return DraftLine(
        key=row_key(row),
        text=_text(row, periods or {}),
        item_id=item_id,
        quantity=row.quantity,
        unit_price=price,
        discount_percent=percent,
        taxed=american and taxable and row.tax_percent > 0,
        tax_code=None if american or not taxable else _tax_code(row.tax_percent, item_id, books),
        product_id=row.product_id,
        variation_id=row.variation_id,
        product_name=row.name,
    )


def _text(row: DealProduct, periods: Words[str, str]) -> str:
    """Return name, billing period and comments: what the customer reads."""
    name = f"{row.name} ({periods.get(row.recurring, row.recurring)})" if row.recurring else row.name
    return "\n".join(part for part in (name.strip(), row.comments.strip()) if part)


def _tax_code(percent: Decimal, item_id: str | None, books: Books) -> str | None:
    """
    Return the code of a percent: the only one that fits, or the item's or the company's own if it is among those.

    Zero percent picks none by itself: zero-rated, exempt and out of scope differ.
    """
    fitting = [code for code in books.tax_codes if _fits(code, percent)]
    item = books.items.get(item_id or "")
    preferred = (item.tax_code if item else None, books.company.default_tax_code)
    own = next((code.id for wanted in preferred for code in fitting if code.id == wanted), None)
    if own is not None or percent == 0:
        return own
    return fitting[0].id if len(fitting) == 1 else None


def _fits(code: TaxCode, percent: Decimal) -> bool:
    return code.active and bool(code.rates) and code.percent == percent


def _discounted(row: DealProduct, currency: str) -> tuple[Decimal, Decimal]:
    """
    Return unit price and discount percent of a row, so that the row's amount survives to the cent.

    A percent stays one. An amount becomes a percent when a percent of five decimals says it exactly (20.00 of 80.00 is
    25 %). Else it goes into the price, at seven decimals (79.99 for 3 is 26.6633333); where quantities are so large
    that no such price makes the amount, it becomes the shortest percent that does.
    """
    if row.discount_is_percent:
        return row.unit_price, row.discount
    exact = product(row.quantity, row.unit_price)
    gross = _rounded(exact, currency)
    discount = _amount_off(row, gross, currency)
    if discount == 0 or gross == 0:
        return row.unit_price, Decimal(0)
    percent = quotient(product(discount, Decimal(100)), gross)
    short = round_to(percent, _PERCENT_PLACES)
    if product(gross, short, Decimal("0.01")) == discount:
        return row.unit_price, plain(short)
    price = round_to(quotient(gross - discount, row.quantity), _PRICE_PLACES)
    if discount < gross and _rounded(product(row.quantity, price), currency) == gross - discount:
        return plain(price), Decimal(0)
    return row.unit_price, _shortest(percent, gross, discount, currency)


def _shortest(percent: Decimal, gross: Decimal, discount: Decimal, currency: str) -> Decimal:
    for places in range(_PERCENT_PLACES, _MOST_PERCENT_PLACES):
        short = round_to(percent, places)
        if _rounded(product(gross, short, Decimal("0.01")), currency) == discount:
            return plain(short)
    return plain(round_to(percent, _MOST_PERCENT_PLACES))


def _amount_off(row: DealProduct, gross: Decimal, currency: str) -> Decimal:
    """
    Return what an amount discount takes off the row.

    Pipedrive does not say whether it is per row or per unit: its own sum does. Per row when both fit or no sum is
    known; when neither fits the sum counts.
    """
    by_row = _rounded(row.discount, currency)
    if row.row_sum is None or _rounded(row.row_sum, currency) == gross - by_row:
        return by_row
    off = gross - _rounded(row.row_sum, currency)
    return off if 0 <= off <= gross else by_row


def _deal_discount(
    discounts: Sequence[DealDiscount], once: Sequence[DraftLine], currency: str, *, all_once: bool
) -> tuple[Decimal, Decimal]:
    """
    Return all discounts of a deal as one: a percent, or an amount.

    Percents are taken of what is sold once, then amounts. A percent stays one only when it is alone and every row is
    sold once.
    """
    if not discounts:
        return Decimal(0), Decimal(0)
    if len(discounts) == 1 and discounts[0].is_percent and all_once:
        return discounts[0].amount, Decimal(0)
    base = sum((_line_amount(line, currency) for line in once), Decimal(0))
    percents = [product(base, each.amount, Decimal("0.01")) for each in discounts if each.is_percent]
    amounts = [each.amount for each in discounts if not each.is_percent]
    return Decimal(0), sum((_rounded(amount, currency) for amount in [*percents, *amounts]), Decimal(0))


def _line_amount(line: DraftLine, currency: str) -> Decimal:
    gross = _rounded(product(line.quantity or Decimal(0), line.unit_price or Decimal(0)), currency)
    return gross - _rounded(product(gross, line.discount_percent, Decimal("0.01")), currency)


def _rounded(value: Decimal, currency: str) -> Decimal:
    # A deal may have a currency of the account's own making: preflight refuses it, the figures still show.
    return round_money(value, currency if is_currency(currency) else "")
