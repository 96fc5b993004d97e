"""Checks what the lines sell: the linked product, what became of it since, or the one that is to be made."""

from collections.abc import Iterator
from decimal import Decimal

from dealvoice.invoicing.books import Books, Item
from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.draft import Draft, DraftLine
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.money import Money, quotient, round_money
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.rows import STOCK, is_usable

_NEAR = Decimal("0.005")
"""Prices closer than this are the same."""
_PLAIN_NAME = 100
"""Characters of an Item's Name (facts: "Item")."""
_NOT_IN_NAMES = frozenset(":\t\r\n")


def check_item(line: DraftLine, draft: Draft, books: Books, named: dict[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with what a line sells."""
    field = f"line.{line.key}"
    if not line.item_id:
        if line.new_item:
            yield from _new_item(line, books, named)
        else:
            yield Finding("item.missing", Severity.BLOCKER, field, named, remedy="link_item")
        return
    item = books.items.get(line.item_id)
    if item is None:
        params = {**named, "id": line.item_id}
        yield Finding("item.gone", Severity.BLOCKER, field, params, remedy="link_item")
        return
    params = {**named, "name": item.name}
    if not item.active and not line.activate:
        yield Finding("item.inactive", Severity.BLOCKER, field, params, remedy="activate_item", remedy_value=item.id)
    if item.kind == "Category":
        yield Finding("item.category", Severity.BLOCKER, field, params, remedy="link_item")
    elif item.kind == "Group":
        yield Finding("item.bundle", Severity.BLOCKER, field, params, remedy="link_item")
    elif not item.sold:
        yield Finding("item.not_sold", Severity.BLOCKER, field, params, remedy="link_item")
    else:
        yield from _since_linking(line, item, draft, books, named)
        yield from _stock(line, item, params)
        yield from _home_price(line, item, draft, books, params)


def _new_item(line: DraftLine, books: Books, named: dict[str, str]) -> Iterator[Finding]:
    """
    Tell what stands against a product that is to be made; its name must be free among those without a parent.

    Source: QuickBooks Online Accounting API, Item: Name unique under one parent, inactive ones included (6240).
    """
    field, name = f"line.{line.key}", " ".join(line.new_item.split())
    taken = books.names_taken.get(same_name(name))
    if taken is not None:
        usable = taken.active and taken.sold and taken.kind not in ("Category", "Group")
        yield Finding(
            "item.name_taken",
            Severity.BLOCKER,
            field,
            {**named, "name": taken.name},
            remedy="link_named" if usable else "link_item",
            remedy_value=taken.id if usable else "",
        )
    spoiled = "".join(dict.fromkeys(sign for sign in name if sign in _NOT_IN_NAMES or ord(sign) < 0x20))
    clean = " ".join("".join(" - " if sign == ":" else sign for sign in name if ord(sign) >= 0x20).split())
    if spoiled:
        yield Finding(
            "text.name_characters",
            Severity.BLOCKER,
            f"{field}.new_item",
            {"field": "new_item", "characters": spoiled},
            remedy="clean",
            remedy_value=clean,
        )
    if len(name) > _PLAIN_NAME:
        yield Finding(
            "text.too_long",
            Severity.BLOCKER,
            f"{field}.new_item",
            {"field": "new_item", "max": str(_PLAIN_NAME), "length": str(len(name))},
            remedy="shorten",
            remedy_value=_cut(name),
        )
    usual = books.usual_account
    if account_of(line, books) not in {account.id for account in books.income_accounts}:
        yield Finding(
            "item.account_missing",
            Severity.BLOCKER,
            f"{field}.account_id",
            {**named, "account": usual.name if usual else ""},
            remedy="use_account" if usual else "link_item",
            remedy_value=usual.id if usual else "",
        )


def account_of(line: DraftLine, books: Books) -> str:
    """Return the income account of a product to be made: the one chosen, else the usual one; empty when there is none."""
    usual = books.usual_account
    return line.account_id or (usual.id if usual is not None else "")


def _cut(name: str) -> str:
    at_word = name[: _PLAIN_NAME + 1].rpartition(" ")[0]
    return at_word or name[:_PLAIN_NAME]


def _since_linking(line: DraftLine, item: Item, draft: Draft, books: Books, named: dict[str, str]) -> Iterator[Finding]:
    """Tell what became of the product since it was linked: another name, another price (both in home currency)."""
    known = books.linked.get((line.product_id or 0, line.variation_id))
    if known is None or known.item_id != item.id:
        return
    field = f"line.{line.key}"
    if known.name and same_name(known.name) != same_name(item.name):
        params = {**named, "old": known.name, "new": item.name}
        yield Finding("item.renamed", Severity.WARNING, field, params, remedy="keep_item", remedy_value=item.id)
    home, price = books.company.home_currency, item.unit_price
    if price is None or known.price is None or draft.currency != home:
        return
    if line.unit_price is None or not is_usable(line.unit_price):
        return
    if abs(price - known.price) > _NEAR and abs(price - line.unit_price) > _NEAR:
        params = {
            **named,
            "name": item.name,
            "theirs": str(Money(price, home)),
            "ours": str(Money(line.unit_price, home)),
        }
        yield Finding(
            "item.changed", Severity.WARNING, field, params, remedy="use_item_price", remedy_value=f"{price:f}"
        )


def _stock(line: DraftLine, item: Item, params: dict[str, str]) -> Iterator[Finding]:
    if item.kind != STOCK or item.on_hand is None or line.quantity is None or line.quantity <= item.on_hand:
        return
    yield Finding(
        "item.stock_low",
        Severity.WARNING,
        f"line.{line.key}.quantity",
        {**params, "stock": f"{item.on_hand:f}", "quantity": f"{line.quantity:f}"},
    )


def _home_price(line: DraftLine, item: Item, draft: Draft, books: Books, params: dict[str, str]) -> Iterator[Finding]:
    """
    Tell when a row of the user's own bills the product's price, which is in home currency, in a foreign one.

    Source: QuickBooks Online Accounting API, Item, UnitPrice: in the home currency of the company.
    """
    home, price = books.company.home_currency, item.unit_price
    if line.product_id or draft.currency == home or draft.currency not in EXPONENTS or not price:
        return
    if line.unit_price is None or not is_usable(line.unit_price) or abs(line.unit_price - price) > _NEAR:
        return
    converted = in_foreign(price, draft)
    yield Finding(
        "currency.item_price_home",
        Severity.INFO,
        f"line.{line.key}.unit_price",
        {**params, "theirs": str(Money(price, home)), "ours": str(Money(price, draft.currency))},
        remedy="use_price" if converted is not None else "",
        remedy_value=f"{converted:f}" if converted is not None else "",
    )


def in_foreign(price: Decimal, draft: Draft) -> Decimal | None:
    """Return a price in home currency as one in the draft's, by the draft's rate; None while that is not known."""
    value = draft.rate.value if draft.rate is not None else None
    if value is None or not value.is_finite() or value <= 0:
        return None
    return round_money(quotient(price, value), draft.currency)
