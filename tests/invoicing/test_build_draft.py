"""How a deal becomes the draft that the form opens with."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice.invoicing.address import Address
from dealvoice.invoicing.books import Books, Company, Item, TaxCode, TaxRate, TaxRegime
from dealvoice.invoicing.deal import Contact, Deal, DealDiscount, DealProduct, FieldKind, FieldRef, FieldValue, Owner
from dealvoice.invoicing.draft import Links, TaxMode, build_draft
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.money import round_money
from dealvoice.invoicing.tax import compute

TODAY = date(2026, 3, 13)


def a_product(price="100", quantity="1", *, discount="0", percent=True, row_sum=None, **more) -> DealProduct:
    values = {
        "row_id": 1,
        "product_id": 11,
        "variation_id": None,
        "name": "Design",
        "code": None,
        "comments": "",
        "tax_percent": Decimal(8),
        "tax_method": "exclusive",
        "enabled": True,
        "recurring": None,
    }
    return DealProduct(
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        discount=Decimal(discount),
        discount_is_percent=percent,
        row_sum=None if row_sum is None else Decimal(row_sum),
        **{**values, **more},
    )


def a_deal(*products, discounts=(), currency="USD", value="1000", title="Website") -> Deal:
    return Deal(
        id=9,
        title=title,
        value=None if value is None else Decimal(value),
        currency=currency,
        organization=Contact(Owner.ORGANIZATION, 5, "Acme"),
        person=None,
        products=products,
        discounts=tuple(discounts),
        values={
            FieldRef(Owner.ORGANIZATION, "name"): FieldValue(FieldKind.TEXT, "Acme"),
            FieldRef(Owner.ORGANIZATION, "address"): FieldValue(
                FieldKind.ADDRESS,
                "x",
                Address("x", street="Main St", house="5", city="Bayshore", country="United States"),
            ),
            FieldRef(Owner.PERSON, "emails"): FieldValue(FieldKind.EMAIL, emails=("ann@acme.com", "b@acme.com")),
        },
    )


def the_books(regime=TaxRegime.US_MANUAL, *, codes=(), items=None, default=None) -> Books:
    company = Company(
        name="Books",
        country="US",
        home_currency="USD",
        multicurrency=False,
        tax_regime=regime,
        custom_numbers=False,
        allow_discount=True,
        books_closed_on=None,
        default_tax_code=default,
        default_due_days=None,
    )
    return Books(company, tuple(codes), None, items or {})


def build(deal, *, links=Links(), books=None, mapping=None):  # noqa: B008 # Links is frozen
    return build_draft(deal, mapping=mapping or Mapping.default(), links=links, books=books or the_books(), today=TODAY)


def percent(amount) -> DealDiscount:
    return DealDiscount("", Decimal(amount), is_percent=True)


def off(amount) -> DealDiscount:
    return DealDiscount("", Decimal(amount), is_percent=False)


def test_draft_takes_contact_currency_and_dates():
    draft = build(a_deal(a_product(), currency="EUR"), books=the_books(default="2"))

    assert (draft.deal_id, draft.to, draft.address, draft.email) == (
        9,
        "Acme",
        "5 Main St\nBayshore\nUSA",
        "ann@acme.com",
    )
    assert (draft.currency, draft.number, draft.tax_code) == ("EUR", "", "2")
    assert (draft.issued_on, draft.due_on) == (date(2026, 3, 13), date(2026, 3, 20))
    assert not draft.create_customer
    assert not draft.second_confirmed


def test_draft_takes_known_links():
    links = Links("58", {(11, None): "4", (12, 3): "7"})
    deal = a_deal(a_product(), a_product(row_id=2, product_id=12, variation_id=3), a_product(row_id=3, product_id=12))

    draft = build(deal, links=links)

    assert draft.customer_id == "58"
    assert [line.item_id for line in draft.lines] == ["4", "7", None]


def test_products_become_rows_with_quantity_price_discount_and_tax():
    rows = (
        a_product("75", "1.5", row_id=1),
        a_product("20", "2", row_id=2, discount="10"),
        a_product("5", "3", row_id=3, tax_percent=Decimal(0)),
    )

    draft = build(a_deal(*rows))

    assert [
        (str(line.quantity), str(line.unit_price), str(line.discount_percent), line.taxed) for line in draft.lines
    ] == [
        ("1.5", "75", "0", True),
        ("2", "20", "10", True),
        ("3", "5", "0", False),
    ]
    assert len({line.key for line in draft.lines}) == 3


def test_disabled_products_stay_out_and_leave_no_row_behind():
    draft = build(a_deal(a_product(enabled=False)))

    assert draft.lines == ()


def test_text_is_name_period_and_comments():
    draft = build(a_deal(a_product(name="Support", recurring="monthly", comments=" for March ")))

    assert draft.lines[0].text == "Support (monthly)\nfor March"
    assert draft.lines[0].product_name == "Support"


def test_deal_without_products_becomes_one_row_of_its_value():
    (line,) = build(a_deal(value="12500")).lines

    assert (line.text, line.quantity, line.unit_price, line.item_id) == ("Website", Decimal(1), Decimal(12500), None)


@pytest.mark.parametrize("value", [None, "0"])
def test_deal_without_products_and_value_has_no_price(value):
    (line,) = build(a_deal(value=value)).lines

    assert line.unit_price is None


@pytest.mark.parametrize(
    ("row", "price", "discount"),
    [
        pytest.param(a_product("33.33", "3", discount="15"), "33.33", "15", id="percent"),
        pytest.param(a_product("40", "2", discount="20", percent=False), "40", "25", id="amount, exact percent"),
        pytest.param(a_product("80", "1", discount="10", percent=False), "80", "12.5", id="amount, exact to a decimal"),
        pytest.param(a_product("33.33", "3", discount="20", percent=False), "26.6633333", "0", id="amount into price"),
        pytest.param(
            a_product("33.33", "3", discount="20", percent=False, row_sum="79.99"),
            "26.6633333",
            "0",
            id="sum says per row",
        ),
        pytest.param(
            a_product("30", "3", discount="3", percent=False, row_sum="81"), "30", "10", id="sum says per unit"
        ),
        pytest.param(
            a_product("30", "3", discount="3", percent=False, row_sum="72"), "30", "20", id="sum fits neither"
        ),
        pytest.param(a_product("30", "3", discount="9", percent=False, row_sum="999"), "30", "10", id="sum impossible"),
        pytest.param(a_product("30", "0", discount="9", percent=False), "30", "0", id="nothing to discount"),
        pytest.param(a_product("30", "1", discount="36", percent=False), "30", "120", id="more than the row"),
        pytest.param(
            a_product("0.01", "3000000", discount="0.01", percent=False), "0.01", "0.00003", id="too many for a price"
        ),
    ],
)
def test_row_discount_becomes_a_percent_or_goes_into_the_price(row, price, discount):
    (line,) = build(a_deal(row)).lines

    assert (str(line.unit_price), str(line.discount_percent)) == (price, discount)


@pytest.mark.parametrize(
    ("discounts", "expected"),
    [
        pytest.param([], ("0", "0"), id="none"),
        pytest.param([percent(10)], ("10", "0"), id="one percent"),
        pytest.param([off(50)], ("0", "50"), id="one amount"),
        pytest.param([percent(10), off(50)], ("0", "150"), id="percents first, then amounts"),
        pytest.param([off(50), percent(10)], ("0", "150"), id="the order does not matter"),
        pytest.param([percent(10), percent(5)], ("0", "150"), id="two percents of the same sum"),
    ],
)
def test_deal_discounts_become_one(discounts, expected):
    draft = build(a_deal(a_product("500", "2"), discounts=discounts))

    assert (draft.discount_percent, draft.discount_amount) == tuple(map(Decimal, expected))


def test_deal_discounts_of_ten_percent_and_fifty_leave_850_of_1000():
    deal = a_deal(a_product("500", "2", tax_method="none"), discounts=[percent(10), off(50)])

    assert compute(build(deal), the_books()).total.amount == 850


def test_deal_percent_is_taken_of_what_is_sold_once():
    rows = (a_product("100", row_id=1), a_product("900", row_id=2, recurring="monthly"))

    draft = build(a_deal(*rows, discounts=[percent(10)]))

    assert (draft.discount_percent, draft.discount_amount) == (0, 10)


@pytest.mark.parametrize(
    ("method", "rate", "regime", "mode"),
    [
        ("exclusive", 8, TaxRegime.US_MANUAL, TaxMode.EXCLUSIVE),
        ("inclusive", 8, TaxRegime.US_MANUAL, TaxMode.INCLUSIVE),
        ("inclusive", 0, TaxRegime.US_MANUAL, TaxMode.EXCLUSIVE),
        ("inclusive", 0, TaxRegime.NON_US, TaxMode.INCLUSIVE),
        ("none", 8, TaxRegime.US_MANUAL, TaxMode.NONE),
        ("whatever", 8, TaxRegime.US_MANUAL, TaxMode.EXCLUSIVE),
    ],
)
def test_tax_mode_comes_from_the_rows(method, rate, regime, mode):
    deal = a_deal(a_product(tax_method=method, tax_percent=Decimal(rate)))

    assert build(deal, books=the_books(regime)).tax_mode is mode


def test_row_without_tax_is_not_taxed_among_taxed_ones():
    draft = build(a_deal(a_product(row_id=1), a_product(row_id=2, tax_method="none")))

    assert draft.tax_mode is TaxMode.EXCLUSIVE
    assert [line.taxed for line in draft.lines] == [True, False]


def a_code(code_id, rate, *, active=True, rated=True) -> TaxCode:
    return TaxCode(code_id, code_id, (TaxRate(code_id, Decimal(rate)),) if rated else (), active)


UK = (
    a_code("S20", "20"),
    a_code("RC20", "20"),
    a_code("R5", "5"),
    a_code("Z0", "0"),
    a_code("E0", "0"),
    a_code("old", "5", active=False),
    a_code("purchases", "0", rated=False),
)


@pytest.mark.parametrize(
    ("rate", "item_code", "default", "expected"),
    [
        pytest.param("5", None, None, "R5", id="only one fits"),
        pytest.param("20", None, None, None, id="several fit: ask"),
        pytest.param("20", "RC20", None, "RC20", id="the item's own"),
        pytest.param("20", None, "S20", "S20", id="the company's own"),
        pytest.param("20", "R5", None, None, id="the item's does not fit"),
        pytest.param("23", "S20", "S20", None, id="none fits"),
        pytest.param("0", None, None, None, id="zero picks none"),
        pytest.param("0", "Z0", None, "Z0", id="zero of the item"),
        pytest.param("5.00", None, None, "R5", id="the same number"),
    ],
)
def test_tax_code_outside_the_us_comes_from_the_percent(rate, item_code, default, expected):
    item = Item("4", "Design", "Service", active=True, unit_price=None, tax_code=item_code)
    books = the_books(TaxRegime.NON_US, codes=UK, items={"4": item}, default=default)
    deal = a_deal(a_product(tax_percent=Decimal(rate)))

    (line,) = build(deal, books=books, links=Links(None, {(11, None): "4"})).lines

    assert line.tax_code == expected
    assert not line.taxed


def test_own_currency_of_the_account_does_not_stop_the_draft():
    draft = build(
        a_deal(a_product("33.33", "3", discount="20", percent=False), currency="Points", discounts=[percent(5)])
    )

    assert draft.currency == "Points"
    assert len(draft.lines) == 1


AMOUNTS = st.decimals(min_value=0, max_value=5000, places=2)


@st.composite
def rows(draw):
    price, quantity = draw(AMOUNTS), draw(st.decimals(min_value=1, max_value=500, places=2))
    gross = round_money(price * quantity, "USD")
    is_percent = draw(st.booleans())
    discount = draw(st.integers(0, 100)) if is_percent else draw(st.decimals(min_value=0, max_value=gross, places=2))
    return a_product(
        price,
        quantity,
        discount=discount,
        percent=is_percent,
        row_id=draw(st.integers(1, 10**6)),
        name=draw(st.text(max_size=10)),
        enabled=draw(st.booleans()),
        tax_method="none",
    )


@settings(deadline=None)
@given(products=st.lists(rows(), min_size=1, max_size=6, unique_by=lambda row: row.row_id))
def test_draft_never_loses_a_row_and_keeps_every_amount_to_the_cent(products):
    draft = build(a_deal(*products))

    enabled = [row for row in products if row.enabled]
    amounts = [line.amount.amount for line in compute(draft, the_books()).lines]
    expected = []
    for row in enabled:
        gross = round_money(row.quantity * row.unit_price, "USD")
        taken = round_money(gross * row.discount / 100, "USD") if row.discount_is_percent else row.discount
        expected.append(gross - taken)
    assert [line.key for line in draft.lines] == [f"p{row.row_id}" for row in enabled]
    assert amounts == expected
