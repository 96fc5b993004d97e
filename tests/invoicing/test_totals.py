"""Totals and tax, to the cent, in every kind of company."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice.invoicing.books import Books, Company, Customer, Item, TaxCode, TaxRate, TaxRegime
from dealvoice.invoicing.draft import Draft, DraftLine, TaxMode
from dealvoice.invoicing.lines import invoice_discount, invoice_lines
from dealvoice.invoicing.money import MOST_PLACES, Money, round_to
from dealvoice.invoicing.tax import compute, without_tax


def a_code(code_id: str, *percents: str) -> TaxCode:
    rates = tuple(TaxRate(f"{code_id} {index}", Decimal(percent)) for index, percent in enumerate(percents))
    return TaxCode(code_id, code_id, rates)


CODES = (
    a_code("CA", "8"),
    a_code("tucson", "7.1", "2"),
    a_code("S20", "20"),
    a_code("R5", "5"),
    a_code("Z", "0"),
    a_code("PL23", "23"),
    a_code("JP10", "10"),
    a_code("QC", "5", "9.975"),
    a_code("QST", "9.975"),
)
ITEMS = {
    "service": Item("service", "Design", "Service", active=True, unit_price=None),
    "stock": Item("stock", "Pump", "Inventory", active=True, unit_price=None),
}


def the_books(regime=TaxRegime.US_MANUAL, *, currency="USD", taxable=True) -> Books:
    company = Company(
        name="Acme Books",
        country="US",
        home_currency=currency,
        multicurrency=True,
        tax_regime=regime,
        custom_numbers=False,
        allow_discount=True,
        books_closed_on=None,
        default_tax_code=None,
        default_due_days=30,
    )
    customer = Customer("1", "Acme", currency, active=True, balance=Money.zero(currency), taxable=taxable)
    return Books(company, CODES, customer, ITEMS)


def a_line(price, quantity="1", *, discount="0", taxed=False, code=None, item="service", key=None) -> DraftLine:
    return DraftLine(
        key=key or f"{price}x{quantity}-{discount}-{taxed}-{code}-{item}",
        text="Work",
        item_id=item,
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        discount_percent=Decimal(discount),
        taxed=taxed,
        tax_code=code,
    )


def a_draft(*lines, percent="0", amount="0", mode=TaxMode.EXCLUSIVE, code=None, currency="USD") -> Draft:
    return Draft(
        deal_id=1,
        customer_id="1",
        create_customer=False,
        to="Acme",
        address="",
        email="",
        tax_id="",
        currency=currency,
        number="",
        issued_on=None,
        due_on=None,
        tax_mode=mode,
        tax_code=code,
        lines=lines,
        discount_percent=Decimal(percent),
        discount_amount=Decimal(amount),
    )


def figures(totals) -> tuple[str, str, str, str]:
    """Return subtotal, discount, tax and total."""
    return tuple(f"{each.amount:.2f}" for each in (totals.subtotal, totals.discount, totals.tax, totals.total))


def rates(totals) -> list[tuple[str, str, str]]:
    """Return percent, base and amount of each tax."""
    return [(str(tax.percent), f"{tax.base.amount:.2f}", f"{tax.amount.amount:.2f}") for tax in totals.taxes]


SAMPLE_1029 = (a_line("75", taxed=True), a_line("24", "3", taxed=True), a_line("275", taxed=True))
GB_LINES = (a_line("100.00", code="S20"), a_line("45.50", code="R5"), a_line("30.00", code="Z"))
CA_LINES = (a_line("500.00", code="QST"), a_line("3995.16", code="QST"))


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        ("75", "1.33333", "100.00"),
        ("18.75", "37.12345", "696.06"),
        ("100", "0.00001", "0.00"),
        ("26.6633333", "3", "79.99"),
        ("-15", "1", "-15.00"),
        ("0", "5", "0.00"),
    ],
)
def test_line_amount_is_quantity_times_price_rounded_once(price, quantity, amount):
    totals = compute(a_draft(a_line(price, quantity)), the_books())

    assert f"{totals.lines[0].amount.amount:.2f}" == amount


@pytest.mark.parametrize(
    ("price", "quantity"), [(None, "2"), ("9", None), ("NaN", "1"), ("1E+40", "1E+40"), ("1", "Infinity")]
)
def test_missing_or_impossible_numbers_count_as_zero(price, quantity):
    totals = compute(a_draft(a_line(price, quantity), a_line("10")), the_books())

    assert figures(totals) == ("10.00", "0.00", "0.00", "10.00")


@pytest.mark.parametrize(
    ("amount", "percent", "expected"),
    [
        ("305.00", "10", ("305.00", "30.50", "0.00", "274.50")),
        ("1005.00", "5", ("1005.00", "50.25", "0.00", "954.75")),
        ("100", "100", ("100.00", "100.00", "0.00", "0.00")),
    ],
)
def test_percent_discount_without_tax(amount, percent, expected):
    assert figures(compute(a_draft(a_line(amount), percent=percent), the_books(TaxRegime.OFF))) == expected


def test_amount_discount_is_taken_as_it_is_and_a_percent_wins_over_it():
    books = the_books(TaxRegime.OFF)

    assert figures(compute(a_draft(a_line("100"), amount="12.34"), books))[3] == "87.66"
    assert figures(compute(a_draft(a_line("100"), amount="12.34", percent="10"), books))[3] == "90.00"


def test_us_manual_taxes_each_rate_on_the_total_of_taxed_lines():
    totals = compute(a_draft(*SAMPLE_1029, code="tucson"), the_books())

    assert rates(totals) == [("7.1", "422.00", "29.96"), ("2", "422.00", "8.44")]
    assert figures(totals) == ("422.00", "0.00", "38.40", "460.40")


def test_us_manual_leaves_lines_out_that_are_not_taxed():
    totals = compute(a_draft(a_line("335.25", taxed=True), code="CA"), the_books())
    mixed = compute(a_draft(a_line("335.25", taxed=True), a_line("50"), code="CA"), the_books())

    assert figures(totals) == ("335.25", "0.00", "26.82", "362.07")
    assert figures(mixed)[2] == "26.82"


@pytest.mark.parametrize(
    ("lines", "code", "first", "tax", "total"),
    [
        pytest.param((a_line("100", taxed=True), a_line("50")), "CA", False, "8.00", "143.00", id="mixed, after tax"),
        pytest.param((a_line("100", taxed=True), a_line("50")), "CA", True, "7.20", "142.20", id="mixed, before tax"),
        pytest.param(SAMPLE_1029, "tucson", False, "38.40", "418.20", id="1029, after tax"),
        pytest.param(SAMPLE_1029, "tucson", True, "34.57", "414.37", id="1029, before tax"),
    ],
)
def test_us_discount_comes_before_or_after_tax(lines, code, first, tax, total):
    totals = compute(a_draft(*lines, percent="10", code=code), the_books(), discount_first=first)

    assert figures(totals)[2:] == (tax, total)


def test_us_discount_before_tax_is_the_default():
    assert figures(compute(a_draft(*SAMPLE_1029, percent="10", code="tucson"), the_books()))[3] == "414.37"


def test_us_line_discounts_lower_the_taxed_base():
    totals = compute(a_draft(a_line("100", discount="15", taxed=True), code="CA"), the_books())

    assert figures(totals) == ("85.00", "0.00", "6.80", "91.80")
    assert f"{totals.line_discount.amount:.2f}" == "15.00"


@pytest.mark.parametrize("code", [None, "gone"])
def test_us_manual_without_a_known_group_finds_no_tax(code):
    assert figures(compute(a_draft(*SAMPLE_1029, code=code), the_books()))[2] == "0.00"


def test_us_exempt_customer_pays_no_tax():
    assert figures(compute(a_draft(*SAMPLE_1029, code="CA"), the_books(taxable=False)))[2] == "0.00"


def test_us_automated_leaves_the_tax_to_quickbooks():
    totals = compute(a_draft(*SAMPLE_1029), the_books(TaxRegime.US_AUTOMATED))

    assert totals.tax_by_quickbooks
    assert figures(totals) == ("422.00", "0.00", "0.00", "422.00")


@pytest.mark.parametrize(
    "draft", [a_draft(a_line("5")), a_draft(a_line("5", taxed=True), mode=TaxMode.NONE)], ids=["untaxed", "no tax mode"]
)
def test_us_automated_without_taxed_lines_has_nothing_to_leave(draft):
    assert not compute(draft, the_books(TaxRegime.US_AUTOMATED)).tax_by_quickbooks


@pytest.mark.parametrize("regime", list(TaxRegime))
def test_mode_without_tax_has_no_tax_anywhere(regime):
    draft = a_draft(a_line("100", taxed=True, code="S20"), code="CA", mode=TaxMode.NONE)

    assert figures(compute(draft, the_books(regime))) == ("100.00", "0.00", "0.00", "100.00")


def test_switched_off_tax_is_no_tax():
    assert figures(compute(a_draft(*SAMPLE_1029, code="CA"), the_books(TaxRegime.OFF)))[2] == "0.00"


def test_outside_the_us_each_line_has_its_code():
    totals = compute(a_draft(*GB_LINES, currency="GBP"), the_books(TaxRegime.NON_US, currency="GBP"))

    assert rates(totals) == [("20", "100.00", "20.00"), ("5", "45.50", "2.28"), ("0", "30.00", "0.00")]
    assert figures(totals) == ("175.50", "0.00", "22.28", "197.78")


def test_outside_the_us_a_discount_is_spread_over_the_codes():
    totals = compute(a_draft(*GB_LINES, percent="10"), the_books(TaxRegime.NON_US))

    assert rates(totals) == [("20", "90.00", "18.00"), ("5", "40.95", "2.05"), ("0", "27.00", "0.00")]
    assert figures(totals) == ("175.50", "17.55", "20.05", "178.00")


@pytest.mark.parametrize(
    ("lines", "per_line", "tax"),
    [
        pytest.param(CA_LINES, None, "448.40", id="recorded: per line"),
        pytest.param(CA_LINES, False, "448.39", id="per total"),
        pytest.param(
            tuple(a_line("10.05", code="QST", key=str(n)) for n in range(3)), None, "3.00", id="three, per line"
        ),
        pytest.param(
            tuple(a_line("10.05", code="QST", key=str(n)) for n in range(3)), False, "3.01", id="three, per total"
        ),
        pytest.param((a_line("100", code="QC"),), None, "14.98", id="two rates"),
        pytest.param((a_line("19.99", code="QC"),), None, "2.99", id="two rates, each rounded"),
    ],
)
def test_outside_the_us_tax_is_rounded_per_line_and_rate(lines, per_line, tax):
    assert figures(compute(a_draft(*lines), the_books(TaxRegime.NON_US), per_line=per_line))[2] == tax


def test_both_canadian_rates_add_up():
    lines = tuple(a_line(line.unit_price, code="QC") for line in CA_LINES)

    totals = compute(a_draft(*lines, currency="CAD"), the_books(TaxRegime.NON_US, currency="CAD"))

    assert rates(totals) == [("5", "4495.16", "224.76"), ("9.975", "4495.16", "448.40")]
    assert figures(totals)[3] == "5168.32"


@pytest.mark.parametrize(
    ("line", "net", "tax"),
    [
        (a_line("123.00", code="PL23"), "100.00", "23.00"),
        (a_line("24.99", code="S20"), "20.83", "4.16"),
        (a_line("9.99", "3", code="S20"), "24.98", "4.99"),
        (a_line("100.00", code="Z"), "100.00", "0.00"),
        (a_line("114.98", code="QC"), "100.00", "14.98"),
    ],
)
def test_inclusive_prices_survive_as_the_total(line, net, tax):
    totals = compute(a_draft(line, mode=TaxMode.INCLUSIVE), the_books(TaxRegime.NON_US))

    assert figures(totals) == (net, "0.00", tax, f"{Decimal(net) + Decimal(tax):.2f}")


def test_inclusive_discount_is_taken_from_what_the_customer_saw():
    draft = a_draft(a_line("123.00", code="PL23"), percent="10", mode=TaxMode.INCLUSIVE)

    assert figures(compute(draft, the_books(TaxRegime.NON_US))) == ("100.00", "10.00", "20.70", "110.70")


@pytest.mark.parametrize(
    ("price", "mode", "expected"),
    [
        ("1235", TaxMode.EXCLUSIVE, ("1235.00", "0.00", "124.00", "1359.00")),
        ("1999", TaxMode.INCLUSIVE, ("1817.00", "0.00", "182.00", "1999.00")),
    ],
)
def test_yen_have_no_decimals(price, mode, expected):
    draft = a_draft(a_line(price, code="JP10"), mode=mode, currency="JPY")

    assert figures(compute(draft, the_books(TaxRegime.NON_US, currency="JPY"))) == expected


DISCOUNTED = {"price": "33.33", "quantity": "3", "discount": "15", "code": "PL23"}


@pytest.mark.parametrize(
    ("line", "mode", "expected"),
    [
        pytest.param(a_line(**DISCOUNTED), TaxMode.NONE, ("84.99", "0.00", "0.00", "84.99"), id="none"),
        pytest.param(a_line(**DISCOUNTED), TaxMode.EXCLUSIVE, ("84.99", "0.00", "19.55", "104.54"), id="exclusive"),
        pytest.param(
            a_line(**DISCOUNTED), TaxMode.INCLUSIVE, ("69.09", "0.00", "15.90", "84.99"), id="inclusive, shown"
        ),
        pytest.param(
            a_line(**DISCOUNTED, item="stock"),
            TaxMode.INCLUSIVE,
            ("69.10", "0.00", "15.89", "84.99"),
            id="inclusive, folded",
        ),
    ],
)
def test_line_discount_by_tax_mode(line, mode, expected):
    assert figures(compute(a_draft(line, mode=mode), the_books(TaxRegime.NON_US))) == expected


def test_totals_without_a_currency_are_told_in_the_home_currency():
    for currency in ("", "PTSX", "pts"):
        assert compute(a_draft(a_line("5"), currency=currency), the_books()).total.currency == "USD"


def test_prices_with_tax_become_prices_before_it():
    draft = a_draft(a_line("99.99", taxed=True), a_line("10"), mode=TaxMode.INCLUSIVE, code="CA")

    turned = without_tax(draft, the_books())

    assert turned.tax_mode is TaxMode.EXCLUSIVE
    assert [str(line.unit_price) for line in turned.lines] == ["92.58", "10"]
    assert figures(compute(turned, the_books())) == ("102.58", "0.00", "7.41", "109.99")


def sent(draft, regime=TaxRegime.NON_US) -> list[tuple[str | None, str | None, str]]:
    """Return quantity, price and amount of the lines sent."""
    return [
        (
            None if line.quantity is None else str(line.quantity),
            None if line.unit_price is None else str(line.unit_price),
            f"{line.amount.amount:.2f}",
        )
        for line in invoice_lines(draft, the_books(regime, currency=draft.currency))
    ]


def test_shown_discount_is_a_negative_line_of_the_same_item_and_code():
    full, less = invoice_lines(a_draft(a_line(**DISCOUNTED)), the_books(TaxRegime.NON_US), discount_words="Rabat")

    assert (full.text, str(full.quantity), str(full.unit_price), str(full.amount)) == (
        "Work",
        "3",
        "33.33",
        "99.99 USD",
    )
    assert (less.text, str(less.quantity), str(less.unit_price), str(less.amount)) == (
        "Rabat 15 %",
        "1",
        "-15.00",
        "-15.00 USD",
    )
    assert less.is_discount
    assert (less.item_id, less.tax_code) == (full.item_id, full.tax_code)


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        pytest.param(a_draft(a_line("26.6633333", "3")), [("3", "26.6633333", "79.99")], id="folded price"),
        pytest.param(a_draft(a_line("75.00", "2.50")), [("2.5", "75", "187.50")], id="zeros dropped"),
        pytest.param(a_draft(a_line("75", "1.333333")), [("1.33333", "75", "100.00")], id="quantity rounded"),
        pytest.param(
            a_draft(a_line("333", "1.5", code="JP10"), currency="JPY"),
            [("1.5", "333.3333333", "500.00")],
            id="price found",
        ),
        pytest.param(
            a_draft(a_line("0.01", "5000000", code="S20"), mode=TaxMode.INCLUSIVE),
            [(None, None, "41666.67")],
            id="no price makes it",
        ),
        pytest.param(
            a_draft(a_line("0.01", "5000000", code="S20", item="stock"), mode=TaxMode.INCLUSIVE),
            [("5000000", None, "41666.67")],
            id="stock keeps quantity",
        ),
        pytest.param(
            a_draft(a_line(**DISCOUNTED, item="stock"), mode=TaxMode.INCLUSIVE),
            [("3", "23.0333333", "69.10")],
            id="stock folded",
        ),
        pytest.param(
            a_draft(a_line(**DISCOUNTED), mode=TaxMode.INCLUSIVE),
            [("3", "27.0966667", "81.29"), ("1", "-12.20", "-12.20")],
            id="inclusive shown",
        ),
        pytest.param(
            a_draft(a_line("9.99", "3", code="S20"), mode=TaxMode.INCLUSIVE),
            [("3", "8.3266667", "24.98")],
            id="inclusive price",
        ),
        pytest.param(a_draft(a_line("0", "0")), [("0", "0", "0.00")], id="zero quantity with text stays"),
    ],
)
def test_lines_sent_have_a_price_that_makes_the_amount(draft, expected):
    assert sent(draft) == expected


def test_line_of_zero_quantity_without_text_is_dropped():
    bare = DraftLine("1", "", "service", Decimal(0), Decimal(5))

    assert invoice_lines(a_draft(bare), the_books()) == ()


def test_inclusive_lines_carry_what_the_customer_saw_and_the_invoice_discount():
    draft = a_draft(a_line("123.00", code="PL23"), percent="10", mode=TaxMode.INCLUSIVE)
    books = the_books(TaxRegime.NON_US)

    sold, less = invoice_lines(draft, books)

    assert (str(sold.with_tax), str(less.with_tax)) == ("123.00 USD", "-12.30 USD")
    assert less.text == "Discount 10 %"
    assert invoice_discount(draft, books) == (0, 0)


def test_exclusive_invoice_discount_is_left_to_quickbooks():
    books = the_books(TaxRegime.NON_US)

    assert invoice_discount(a_draft(a_line("10"), percent="10"), books) == (10, 0)
    assert invoice_discount(a_draft(a_line("10"), amount="2.50"), books) == (0, Decimal("2.50"))


def test_taxed_is_not_sent_without_tax():
    (line,) = invoice_lines(a_draft(a_line("5", taxed=True), mode=TaxMode.NONE), the_books())

    assert not line.taxed


def test_line_without_item_cannot_be_sent():
    with pytest.raises(ValueError, match="has no item"):
        invoice_lines(a_draft(a_line("5", item=None)), the_books())


QUANTITIES = st.one_of(
    st.none(), st.decimals(min_value=-10, max_value=10_000, places=5), st.integers(0, 10**7).map(Decimal)
)
PRICES = st.one_of(
    st.none(), st.decimals(min_value=-1000, max_value=10_000, places=7), st.decimals(0, 10_000, places=2)
)
PERCENTS = st.one_of(st.just(Decimal(0)), st.decimals(min_value=0, max_value=100, places=3))
LINES = st.builds(
    DraftLine,
    key=st.uuids().map(str),
    text=st.sampled_from(["Work", ""]),
    item_id=st.sampled_from(["service", "stock"]),
    quantity=QUANTITIES,
    unit_price=PRICES,
    discount_percent=PERCENTS,
    taxed=st.booleans(),
    tax_code=st.sampled_from([None, "S20", "R5", "Z", "QC", "PL23"]),
)


@st.composite
def drafts(draw) -> Draft:
    lines = draw(st.lists(LINES, max_size=6))
    return a_draft(
        *lines,
        percent=draw(PERCENTS),
        amount=draw(st.decimals(min_value=0, max_value=50, places=2)),
        mode=draw(st.sampled_from(TaxMode)),
        code=draw(st.sampled_from([None, "CA", "tucson"])),
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
    )


@settings(deadline=None)
@given(draft=drafts(), regime=st.sampled_from(TaxRegime))
def test_totals_always_add_up(draft, regime):
    totals = compute(draft, the_books(regime))

    nothing = Money.zero(draft.currency)
    assert totals.total == totals.subtotal - totals.discount + totals.tax
    assert totals.tax == sum((tax.amount for tax in totals.taxes), nothing)
    assert totals.line_discount == sum((line.discount for line in totals.lines), nothing)
    assert all(line.amount == line.gross - line.discount for line in totals.lines)
    assert [line.key for line in totals.lines] == [line.key for line in draft.lines]


@settings(deadline=None)
@given(draft=drafts(), regime=st.sampled_from(TaxRegime))
def test_lines_sent_always_add_up_to_the_subtotal(draft, regime):
    books = the_books(regime)
    totals = compute(draft, books)

    lines = invoice_lines(draft, books)

    nothing = Money.zero(draft.currency)
    inclusive = draft.tax_mode is TaxMode.INCLUSIVE and regime is TaxRegime.NON_US
    expected = totals.subtotal - totals.discount if inclusive else totals.subtotal
    assert sum((line.amount for line in lines), nothing) == expected
    if inclusive:
        assert sum((line.with_tax for line in lines if line.with_tax), nothing) == totals.total


@settings(deadline=None)
@given(draft=drafts(), regime=st.sampled_from(TaxRegime))
def test_amount_is_always_quantity_times_price_rounded(draft, regime):
    for line in invoice_lines(draft, the_books(regime)):
        if line.quantity is not None and line.unit_price is not None:
            assert round_to(line.quantity * line.unit_price, MOST_PLACES) == line.amount.amount
        else:
            assert line.unit_price is None
