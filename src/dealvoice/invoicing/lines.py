"""
The lines that are sent: a draft's rows in QuickBooks' terms.

QuickBooks refuses a line whose Amount is not Qty times UnitPrice rounded to two decimals (6070); where no price can
say the amount, quantity and price are left out.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealvoice.invoicing.books import Books
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.money import MOST_PLACES, Money, plain, product, quotient, round_to
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.rows import STOCK, Row, sold_rows
from dealvoice.invoicing.tax import PRICE_PLACES, code_by_id, discount_parts, includes_tax, net_of

QUANTITY_PLACES = 5
"""Decimals of a quantity that QuickBooks keeps."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line as it is sent."""

    item_id: str
    text: str
    quantity: Decimal | None
    """None when no quantity and price make the amount; a stock item always has one."""
    unit_price: Decimal | None
    amount: Money
    """Without tax. ``round(quantity * unit_price, 2)`` whenever both are there."""
    taxed: bool
    tax_code: str | None
    is_discount: bool = False
    """A negative line that shows a discount."""
    new_item: str = ""
    """``same_name`` of a product that is made before the invoice; ``item_id`` is empty then."""
    with_tax: Money | None = None
    """The amount as entered when prices include tax (TaxInclusiveAmt): no net amount reaches every price."""
    service_on: date | None = None
    class_id: str | None = None

    def __post_init__(self) -> None:
        """
        Hold the one rule of arithmetic that QuickBooks has for a line.

        Raises:
            ValueError: Quantity times price is not the amount (QuickBooks' fault 6070).
        """
        if (
            self.quantity is not None
            and self.unit_price is not None
            and not _makes(self.quantity, self.unit_price, self.amount)
        ):
            raise ValueError(f"{self.quantity} times {self.unit_price} is not {self.amount}")


def invoice_lines(draft: Draft, books: Books, *, discount_words: str = "Discount") -> tuple[InvoiceLine, ...]:
    """
    Return the lines to send.

    A line's discount is shown: the full line, then a negative one of the same item and code. Stock items carry it
    inside their price, and all do where the company wants that (``Books.fold_discounts``). Where prices include tax the discount on the whole invoice comes as negative lines too, one for
    each tax code, because QuickBooks takes no discount line there; see ``invoice_discount``.

    Args:
        draft: The invoice, without blockers.
        books: The company.
        discount_words: "Discount" in the customer's language; the percent follows it.

    Returns:
        Lines that add up to the totals' ``subtotal`` (less ``discount`` when prices include tax), to the cent.

    Raises:
        ValueError: A line has no item.
    """
    inclusive = includes_tax(draft, books)
    lines = [_line(row, draft, books, discount_words=discount_words) for row in sold_rows(draft, books)]
    if inclusive:
        text = _discount_text(discount_words, draft.discount_percent)
        lines += [_negative(row, -share, draft, books, text=text) for row, share in discount_parts(draft, books)]
    return tuple(lines)


def invoice_discount(draft: Draft, books: Books) -> tuple[Decimal, Decimal]:
    """
    Return the discount to send as QuickBooks' discount line: percent and amount, at most one of them not zero.

    Both are zero when prices include tax: the discount is in the lines then.
    """
    if includes_tax(draft, books):
        return Decimal(0), Decimal(0)
    if not draft.discount_percent.is_zero():
        return draft.discount_percent, Decimal(0)
    return Decimal(0), draft.discount_amount


def _line(row: Row, draft: Draft, books: Books, *, discount_words: str) -> InvoiceLine:
    line = row.line
    if row.is_discount:
        text = _discount_text(discount_words, line.discount_percent)
        return _negative(row, row.amount, draft, books, text=text)
    net, with_tax = net_amount(row.amount, row, draft, books)
    quantity, price = _quantity_and_price(row, net, books)
    return InvoiceLine(
        item_id=_item_id(row),
        new_item=_new_item(row),
        text=line.text,
        quantity=quantity,
        unit_price=price,
        amount=net,
        taxed=row.taxed,
        tax_code=row.tax_code,
        with_tax=with_tax,
        service_on=line.service_on,
        class_id=line.class_id,
    )


def _negative(row: Row, amount: Money, draft: Draft, books: Books, *, text: str) -> InvoiceLine:
    net, with_tax = net_amount(amount, row, draft, books)
    return InvoiceLine(
        item_id=_item_id(row),
        new_item=_new_item(row),
        text=text,
        quantity=Decimal(1),
        unit_price=net.amount,
        amount=net,
        taxed=row.taxed,
        tax_code=row.tax_code,
        is_discount=True,
        with_tax=with_tax,
        service_on=row.line.service_on,
        class_id=row.line.class_id,
    )


def _item_id(row: Row) -> str:
    if not row.line.item_id and not row.line.new_item:
        raise ValueError(f"line {row.line.key} has no item")
    return row.line.item_id or ""


def _new_item(row: Row) -> str:
    return "" if row.line.item_id else same_name(row.line.new_item)


def net_amount(amount: Money, row: Row, draft: Draft, books: Books) -> tuple[Money, Money | None]:
    """Return an amount of a row as it is sent: without tax, and with it where prices include it."""
    if not includes_tax(draft, books):
        return amount, None
    code = code_by_id(books, row.tax_code)
    return net_of(amount, code.percent if code else Decimal(0)), amount


def _quantity_and_price(row: Row, net: Money, books: Books) -> tuple[Decimal | None, Decimal | None]:
    """Return the quantity and price as entered if they make the amount, else the price that does, else nothing."""
    line = row.line
    item = books.items.get(line.item_id or "")
    stock = item is not None and item.kind == STOCK
    if line.quantity is None or line.unit_price is None:
        return None, None
    quantity = plain(round_to(line.quantity, QUANTITY_PLACES))
    price = plain(round_to(line.unit_price, PRICE_PLACES))
    if _makes(quantity, price, net):
        return quantity, price
    if quantity != 0:
        price = plain(round_to(quotient(net.amount, quantity), PRICE_PLACES))
        if _makes(quantity, price, net):
            return quantity, price
    # A stock item is refused without its quantity (6520); a price that does not fit is refused too (6070).
    return (quantity, None) if stock else (None, None)


def _makes(quantity: Decimal, price: Decimal, net: Money) -> bool:
    return round_to(product(quantity, price), MOST_PLACES) == net.amount


def _discount_text(words: str, percent: Decimal) -> str:
    return words if percent == 0 else f"{words} {plain(percent)} %"
