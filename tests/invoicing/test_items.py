"""What stands against the product of a line: made anew, inactive, changed since it was linked, priced in home currency."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice.invoicing.books import Account, Item, LinkedItem, TaxCode, TaxRate, TaxRegime
from dealvoice.invoicing.deal import DealDiscount
from dealvoice.invoicing.draft import Draft, DraftLine, Links, Rate, TaxMode, build_draft
from dealvoice.invoicing.finding import CATALOGUE, Severity
from dealvoice.invoicing.lines import InvoiceLine, invoice_discount, invoice_lines
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.money import Money, product, round_to
from dealvoice.invoicing.preflight import check
from dealvoice.invoicing.tax import compute
from invoicing.test_build_draft import TODAY, a_deal, a_product, the_books

PUMP = Item("11", "Pump", "Service", active=True, unit_price=Decimal(15))
INCOME = Account("79", "Sales of Product Income")


def a_draft(line: DraftLine, **changes) -> Draft:
    draft = build_draft(
        a_deal(a_product("15", "1")), mapping=Mapping.default(), links=Links(), books=the_books(), today=TODAY
    )
    return replace(draft, lines=(line,), **changes)


def a_row(**changes) -> DraftLine:
    row = DraftLine(
        key="k", text="Fountain pump", item_id="11", quantity=Decimal(1), unit_price=Decimal(15), product_id=7,
        product_name="Fountain pump",
    )  # fmt: skip
    return replace(row, **changes)


def some_books(item: Item = PUMP, **changes):
    company = replace(the_books().company, **changes.pop("company", {}))
    return replace(the_books(items={item.id: item}), company=company, **changes)


def told(draft: Draft, books) -> dict[str, tuple[Severity, str, str]]:
    """Return the findings about items, by code."""
    found = check(draft, books, compute(draft, books), today=TODAY)
    assert all(set(finding.params) == set(CATALOGUE[finding.code]) for finding in found)
    return {finding.code: (finding.severity, finding.remedy, finding.remedy_value) for finding in found}


@pytest.mark.parametrize(
    ("known", "price", "expected"),
    [
        pytest.param(LinkedItem("11", "Pump", Decimal(15)), "15", set(), id="as it was"),
        pytest.param(LinkedItem("11", " pump", Decimal("15.004")), "15", set(), id="as good as it was"),
        pytest.param(LinkedItem("11", "Pump", Decimal(12)), "12", {"item.changed"}, id="dearer there"),
        pytest.param(LinkedItem("11", "Pump", Decimal(12)), "15", set(), id="dearer there and here"),
        pytest.param(LinkedItem("11", "Big pump", Decimal(15)), "15", {"item.renamed"}, id="renamed"),
        pytest.param(LinkedItem("11", "", None), "12", set(), id="name was never kept"),
        pytest.param(LinkedItem("9", "Other", Decimal(1)), "12", set(), id="another one is chosen now"),
    ],
)
def test_product_is_compared_with_what_it_was_when_linked(known, price, expected):
    found = told(a_draft(a_row(unit_price=Decimal(price))), some_books(linked={(7, None): known}))

    assert {code for code in found if code in ("item.changed", "item.renamed")} == expected


def test_price_is_not_compared_across_currencies():
    known = {(7, None): LinkedItem("11", "Pump", Decimal(12))}
    draft = a_draft(a_row(unit_price=Decimal(12)), currency="EUR")

    assert "item.changed" not in told(draft, some_books(linked=known, company={"multicurrency": True}))


@pytest.mark.parametrize(("quantity", "low"), [("25", False), ("30", True)])
def test_stock_that_does_not_suffice_is_told(quantity, low):
    stock = replace(PUMP, kind="Inventory", on_hand=Decimal(25))

    assert ("item.stock_low" in told(a_draft(a_row(quantity=Decimal(quantity))), some_books(stock))) is low


def test_inactive_product_blocks_until_it_is_to_be_woken():
    books = some_books(replace(PUMP, active=False))

    assert told(a_draft(a_row()), books)["item.inactive"] == (Severity.BLOCKER, "activate_item", "11")
    assert "item.inactive" not in told(a_draft(a_row(activate=True)), books)


@pytest.mark.parametrize(
    ("name", "code", "value"),
    [
        ("Pump: big", "text.name_characters", "Pump - big"),
        ("Pump\tbig", "", ""),
        ("x" * 101, "text.too_long", "x" * 100),
        ("word " * 21 + "x", "text.too_long", ("word " * 20).strip()),
    ],
)
def test_name_of_a_new_product_follows_quickbooks_rules(name, code, value):
    found = told(
        a_draft(a_row(item_id=None, new_item=name)), some_books(income_accounts=(INCOME,), usual_account=INCOME)
    )

    told_about = {key: found[key] for key in found if key.startswith("text.")}
    assert {key: one[2] for key, one in told_about.items()} == ({code: value} if code else {})


@pytest.mark.parametrize(
    ("taken", "remedy"),
    [
        (PUMP, ("link_named", "11")),
        (replace(PUMP, active=False), ("link_item", "")),
        (replace(PUMP, kind="Category", sold=False), ("link_item", "")),
    ],
)
def test_new_product_with_a_name_in_use_is_linked_instead_when_it_can_be_sold(taken, remedy):
    books = some_books(income_accounts=(INCOME,), usual_account=INCOME, names_taken={"pump": taken})

    assert told(a_draft(a_row(item_id=None, new_item=" PUMP ")), books)["item.name_taken"][1:] == remedy


@pytest.mark.parametrize(
    ("chosen", "usual", "missing"),
    [(None, INCOME, False), ("79", None, False), (None, None, True), ("80", INCOME, True)],
)
def test_new_product_needs_an_account_that_is_there(chosen, usual, missing):
    books = some_books(income_accounts=(INCOME,), usual_account=usual)

    found = told(a_draft(a_row(item_id=None, new_item="Lamp", account_id=chosen)), books)

    assert ("item.account_missing" in found) is missing
    assert "item.missing" not in found


def test_price_in_home_currency_on_a_foreign_invoice_is_told_and_converted():
    books = some_books(company={"multicurrency": True})
    draft = a_draft(a_row(product_id=None), currency="EUR", rate=Rate(Decimal("1.25"), "EUR", TODAY))

    assert told(draft, books)["currency.item_price_home"] == (Severity.INFO, "use_price", "12.00")
    assert "currency.item_price_home" not in told(replace(draft, lines=(a_row(),)), books)
    empty = replace(draft, lines=(a_row(product_id=None, unit_price=None),))
    assert told(empty, books)["line.price_missing"] == (Severity.BLOCKER, "use_price", "12.00")


def test_discount_needs_an_account_that_is_active():
    books = some_books(company={"discount_account": False})

    assert "discount.account_missing" in told(a_draft(a_row(), discount_percent=Decimal(5)), books)
    assert "discount.account_missing" not in told(a_draft(a_row()), books)


def test_text_that_quickbooks_would_add_up_is_told():
    assert "line.subtotal_word" in told(a_draft(a_row(quantity=Decimal(0), text="Subtotal:")), some_books())


def test_line_whose_arithmetic_is_wrong_cannot_be_made():
    with pytest.raises(ValueError, match="is not"):
        InvoiceLine("11", "", Decimal(3), Decimal("26.66"), Money(Decimal("79.99"), "USD"), False, None)


# Random deals: every line that is sent adds up, and so does the deal.

_PRICES = st.decimals(min_value="-500", max_value="99999", places=2)
_QUANTITIES = st.decimals(min_value="0.01", max_value="5000", places=3)
_CODES = tuple(TaxCode(str(n), f"{n} %", (TaxRate("VAT", Decimal(n)),)) for n in (5, 20, 23))


@st.composite
def a_random_row(draw):
    by_percent = draw(st.booleans())
    quantity, price = draw(_QUANTITIES), draw(_PRICES)
    most = max(abs(round_to(product(quantity, price), 2)), Decimal(0))
    discount = st.decimals(min_value="0", max_value="100", places=3) if by_percent else st.decimals("0", most, places=2)
    return {
        "price": str(price), "quantity": str(quantity), "percent": by_percent or price < 0,
        "discount": str(draw(discount)) if by_percent else (str(draw(discount)) if price > 0 else "0"),
        "tax_percent": Decimal(draw(st.sampled_from((0, 5, 20, 23)))),
    }  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(a_random_row(), min_size=1, max_size=6),
    regime=st.sampled_from(TaxRegime),
    method=st.sampled_from(TaxMode),
    folded=st.booleans(),
    stock=st.booleans(),
    percent=st.decimals("0", "100", places=2),
)
def test_every_line_that_is_sent_adds_up_and_the_deal_survives_to_the_cent(
    rows, regime, method, folded, stock, percent
):
    products = [a_product(**{**row, "row_id": n, "tax_method": method.value}) for n, row in enumerate(rows, 1)]
    item = replace(PUMP, kind="Inventory" if stock else "Service")
    books = replace(the_books(regime, codes=_CODES, items={"11": item}, default="5"), fold_discounts=folded)
    deal = a_deal(*products, discounts=[DealDiscount("", percent, is_percent=True)] if percent else [])
    draft = build_draft(
        deal, mapping=Mapping.default(), links=Links(items={(11, None): "11"}), books=books, today=TODAY
    )

    lines = invoice_lines(draft, books)
    totals = compute(draft, books)

    for line in lines:
        if line.quantity is not None and line.unit_price is not None:
            assert round_to(product(line.quantity, line.unit_price), 2) == line.amount.amount
    net = sum((line.amount for line in lines), Money.zero("USD"))
    inclusive = draft.tax_mode is TaxMode.INCLUSIVE and regime is TaxRegime.NON_US
    assert net == (totals.subtotal - totals.discount if inclusive else totals.subtotal)
    if inclusive:
        assert invoice_discount(draft, books) == (0, 0)
