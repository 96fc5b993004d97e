"""
What a deal offers to an invoice: its products, switched off and billed ones too, and its installments.

The form keeps this beside the draft: what is not on the invoice can be put on it by a press, with no call.
"""

from collections.abc import Mapping as Words
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

from dealvoice.invoicing.books import Books
from dealvoice.invoicing.deal import Deal, DealProduct, Installment
from dealvoice.invoicing.draft import Draft, DraftLine, Links, deal_tax_mode, left_of, product_line, row_key
from dealvoice.invoicing.money import plain, product

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sold:
    """How much of a row is on live invoices of the deal, and on which."""

    quantity: Decimal
    numbers: tuple[str, ...]
    """Numbers of those invoices; of one under way, or without a number, none."""


@dataclass(frozen=True, slots=True)
class DealRow:
    """Something that the deal has to bill."""

    line: DraftLine
    """The form's row that it becomes: one period of a recurring product, the whole of any other."""
    sold: Decimal = _NONE
    """Quantity on live invoices of the deal."""
    numbers: tuple[str, ...] = ()
    enabled: bool = True
    """Switched off rows are not filled in."""
    frequency: str = ""
    """Pipedrive's billing frequency of a recurring product."""
    cycles: int | None = None
    """How often a recurring product is billed in all; None: without end."""
    due_on: date | None = None
    """The day of an installment; None for a product."""
    left: Decimal | None = None
    """How many are filled in: what no live invoice has, at most one period; None: all of it is billed."""

    @property
    def is_installment(self) -> bool:
        """Whether it is an installment, not a product."""
        return self.due_on is not None

    @property
    def all_periods(self) -> Decimal | None:
        """The quantity of all periods that are not billed yet; None when there is no end, or only one is left."""
        if not self.frequency or self.cycles is None or self.line.quantity is None:
            return None
        rest = product(self.line.quantity, Decimal(self.cycles)) - self.sold
        return plain(rest) if rest > self.line.quantity else None


@dataclass(frozen=True, slots=True)
class DealOffer:
    """What a deal offers to an invoice."""

    rows: tuple[DealRow, ...] = ()
    discounts: int = 0
    """How many discounts the deal has."""
    discount_percent: Decimal = _NONE
    """What they became on the draft."""
    discount_amount: Decimal = _NONE
    value: Decimal | None = None
    """The deal's own value, in its currency."""
    filled: str = ""
    """Mark of the draft as it was filled from the deal: tells one that nobody has touched."""

    def row(self, key: str) -> DealRow | None:
        """Return a row by the key of its line."""
        return next((row for row in self.rows if row.line.key == key), None)


def offer_of(
    deal: Deal,
    draft: Draft,
    *,
    links: Links,
    books: Books,
    sold: Words[str, Sold],
    periods: Words[str, str] | None = None,
) -> DealOffer:
    """
    Return what a deal offers beside the draft that was filled from it.

    Args:
        deal: The deal.
        draft: ``build_draft`` of it.
        links: Known links to QuickBooks.
        books: The company.
        sold: What live invoices of the deal have, by row key.
        periods: Words for Pipedrive's billing frequencies.
    """
    mode = deal_tax_mode([row for row in deal.products if row.enabled], books)
    nothing = Sold(_NONE, ())

    def product_row(row: DealProduct) -> DealRow:
        known = sold.get(row_key(row), nothing)
        return DealRow(
            line=product_line(row, mode, deal.currency, links, books, periods=periods),
            sold=known.quantity,
            numbers=known.numbers,
            enabled=row.enabled,
            frequency=row.recurring or "",
            cycles=row.cycles,
            left=left_of(row, known.quantity),
        )

    products = [product_row(row) for row in deal.products]
    like = _shared(products)
    installments = [_installment_row(one, like, sold.get(f"i{one.id}", nothing)) for one in deal.installments]
    return DealOffer(
        rows=(*products, *installments),
        discounts=len(deal.discounts),
        discount_percent=draft.discount_percent,
        discount_amount=draft.discount_amount,
        value=deal.value,
        filled=mark(draft),
    )


def mark(draft: Draft) -> str:
    """Return a mark of all that decides a draft's total: equal marks, equal amounts."""
    rows = [
        (line.key, _figure(line.quantity), _figure(line.unit_price), _figure(line.discount_percent), line.taxed,
         line.tax_code or "")
        for line in draft.lines
    ]  # fmt: skip
    head = (draft.currency, draft.tax_mode.value, _figure(draft.discount_percent), _figure(draft.discount_amount))
    return sha256(repr((head, rows)).encode()).hexdigest()[:16]


def _figure(number: Decimal | None) -> str:
    return "" if number is None else f"{plain(number):f}"


def _shared(products: list[DealRow]) -> DraftLine | None:
    """Return the row whose product and tax an installment takes over: the only one, or one that all others equal there."""
    lines = [row.line for row in products if row.enabled and not row.frequency]
    kinds = {(line.item_id, line.taxed, line.tax_code) for line in lines}
    return lines[0] if len(kinds) == 1 else None


def _installment_row(one: Installment, like: DraftLine | None, known: Sold) -> DealRow:
    """
    Return an installment: its amount as given.

    Where the products of the deal differ in their link or their tax it has neither: a person chooses.
    """
    line = DraftLine(
        key=f"i{one.id}",
        text=one.text,
        item_id=like.item_id if like else None,
        quantity=Decimal(1),
        unit_price=one.amount,
        taxed=like.taxed if like else False,
        tax_code=like.tax_code if like else None,
    )
    left = None if known.quantity > 0 else Decimal(1)
    return DealRow(line=line, sold=known.quantity, numbers=known.numbers, due_on=one.due_on, left=left)


def with_row(draft: Draft, offer: DealOffer, key: str) -> Draft:
    """
    Return a draft with one more row of the deal on it; as it is when the deal has no such row, or the draft has it.

    An installment is a part of the same money as the products: it takes their place.
    """
    row = offer.row(key)
    if row is None or any(line.key == key for line in draft.lines):
        return draft
    added = row.line if row.left is None else replace(row.line, quantity=row.left)
    if row.is_installment:
        kept = [line for line in draft.lines if not _is_product(offer, line)]
        linked = {line.item_id for line in draft.lines if offer.row(line.key) is not None}
        if added.item_id is None and len(linked) == 1:
            added = replace(added, item_id=linked.pop())
        # The deal's discounts are of its products; what an installment asks for is given.
        return replace(draft, lines=(*kept, added), discount_percent=_NONE, discount_amount=_NONE)
    return replace(draft, lines=_in_order(draft.lines, added, offer))


def _is_product(offer: DealOffer, line: DraftLine) -> bool:
    row = offer.row(line.key)
    return row is not None and not row.is_installment


def _in_order(lines: tuple[DraftLine, ...], added: DraftLine, offer: DealOffer) -> tuple[DraftLine, ...]:
    """Put a row of the deal behind those that stand before it on the deal; at the end when there are none."""
    order = [row.line.key for row in offer.rows]
    before = set(order[: order.index(added.key)])
    places = [index for index, line in enumerate(lines) if line.key in before]
    at = places[-1] + 1 if places else (0 if any(line.key in order for line in lines) else len(lines))
    return (*lines[:at], added, *lines[at:])
