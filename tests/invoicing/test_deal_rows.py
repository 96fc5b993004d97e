"""What a deal has to bill: periods, installments, what other invoices have, and where its rows go on the form."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dealvoice.invoicing.books import TaxCode, TaxRate
from dealvoice.invoicing.deal import DealDiscount, Installment
from dealvoice.invoicing.deal_checks import check_deal
from dealvoice.invoicing.deal_rows import DealOffer, Sold, offer_of, with_row
from dealvoice.invoicing.draft import Draft, Links, build_draft
from dealvoice.invoicing.finding import CATALOGUE
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.tax import compute
from invoicing.test_build_draft import TODAY, a_deal, a_product, the_books

CALIFORNIA = TaxCode("2", "California", (TaxRate("California", Decimal(8)),))
BOOKS = the_books(codes=[CALIFORNIA], default="2")


def filled(deal, sold: dict[str, str] | None = None, numbers: tuple[str, ...] = ("1038",)) -> tuple[Draft, DealOffer]:
    """Return the draft of a deal and what the deal offers."""
    known = {key: Sold(Decimal(quantity), numbers) for key, quantity in (sold or {}).items()}
    links, books = Links(items={(11, None): "5"}), BOOKS
    quantities = {key: one.quantity for key, one in known.items()}
    draft = build_draft(
        deal, mapping=Mapping.default(), links=links, books=books, today=TODAY, sold=quantities,
        periods={"monthly": "co miesiąc"},
    )  # fmt: skip
    return draft, offer_of(deal, draft, links=links, books=books, sold=known, periods={"monthly": "co miesiąc"})


def told(draft: Draft, offer: DealOffer) -> dict[str, dict[str, str]]:
    """Return the findings' parameters by code."""
    found = list(check_deal(draft, offer, compute(draft, BOOKS)))
    assert all(set(finding.params) == set(CATALOGUE[finding.code]) for finding in found)
    return {
        finding.code: finding.params | {"remedy": finding.remedy, "value": finding.remedy_value} for finding in found
    }


def parts(*amounts: str) -> tuple[Installment, ...]:
    return tuple(
        Installment(number, f"Part {number}", Decimal(amount), date(2026, 3, number))
        for number, amount in enumerate(amounts, 1)
    )


@pytest.mark.parametrize(
    ("frequency", "cycles", "sold", "quantity"),
    [
        pytest.param(None, None, "0", "6", id="nothing billed"),
        pytest.param(None, None, "2", "4", id="the rest"),
        pytest.param(None, None, "6", None, id="all of it billed"),
        pytest.param(None, None, "9", None, id="more than all"),
        pytest.param("monthly", 12, "0", "6", id="one period, not twelve"),
        pytest.param("monthly", 12, "66", "6", id="the last period"),
        pytest.param("monthly", 12, "72", None, id="all periods billed"),
        pytest.param("monthly", None, "600", "6", id="no end is never used up"),
    ],
)
def test_what_other_invoices_have_is_not_filled_in_again(frequency, cycles, sold, quantity):
    deal = a_deal(a_product("30", "6", recurring=frequency, cycles=cycles))

    draft, _ = filled(deal, {"p1": sold} if sold != "0" else None)

    assert [str(line.quantity) for line in draft.lines] == ([] if quantity is None else [quantity])


def test_recurring_row_offers_all_of_its_periods_and_back():
    draft, offer = filled(a_deal(a_product("30", "2", recurring="monthly", cycles=12)))
    twelve = replace(draft, lines=(replace(draft.lines[0], quantity=Decimal(24)),))

    assert draft.lines[0].text == "Design (co miesiąc)"
    one, all_of_them = told(draft, offer)["line.recurring"], told(twelve, offer)["line.recurring"]
    assert (one["count"], one["cycles"], one["remedy"], one["value"]) == ("1", "12", "all_periods", "24")
    assert (all_of_them["count"], all_of_them["remedy"], all_of_them["value"]) == ("12", "one_period", "2")


def test_recurring_row_without_an_end_is_never_multiplied():
    draft, offer = filled(a_deal(a_product("30", "2", recurring="monthly")))

    found = told(draft, offer)

    assert found["line.recurring_endless"]["remedy"] == "leave_out"
    assert "line.recurring" not in found


def test_switched_off_row_is_told_and_put_back_to_its_place():
    rows = [a_product(row_id=n, name=f"Row {n}", enabled=n != 2) for n in (1, 2, 3)]
    draft, offer = filled(a_deal(*rows))

    after = with_row(draft, offer, "p2")

    assert told(draft, offer)["line.disabled"] == {"product": "Row 2", "remedy": "put_back", "value": "p2"}
    assert [line.key for line in after.lines] == ["p1", "p2", "p3"]
    assert "line.disabled" not in told(after, offer)
    assert with_row(after, offer, "p2") == after


def test_row_of_the_deal_stays_before_the_users_own():
    draft, offer = filled(a_deal(a_product(row_id=1, enabled=False), a_product(row_id=2)))
    own = replace(draft.lines[0], key="n1")

    assert [line.key for line in with_row(replace(draft, lines=(own,)), offer, "p1").lines] == ["n1", "p1"]
    assert [line.key for line in with_row(replace(draft, lines=(*draft.lines, own)), offer, "p1").lines] == [
        "p1", "p2", "n1",
    ]  # fmt: skip


def test_only_what_is_left_is_told_until_it_is_whole_again():
    deal = a_deal(a_product("30", "6", row_id=1), a_product("10", "1", row_id=2))
    draft, offer = filled(deal, {"p1": "2", "p2": "1"}, ("1038", "1039"))

    assert told(draft, offer)["deal.only_left"]["n"] == "2"
    assert told(draft, offer)["deal.only_left"]["numbers"] == "1038, 1039"
    whole = with_row(draft, offer, "p2")
    whole = replace(whole, lines=tuple(replace(line, quantity=max(line.quantity, Decimal(6))) for line in whole.lines))
    assert "deal.only_left" not in told(whole, offer)


def test_amount_off_the_deal_is_taken_off_once():
    deal = a_deal(a_product("30", "6"), discounts=[DealDiscount("old friends", Decimal(20), is_percent=False)])

    assert filled(deal)[0].discount_amount == 20
    assert filled(deal, {"p1": "2"})[0].discount_amount == 0


def test_installment_takes_the_place_of_the_products_with_their_link_and_tax():
    deal = replace(a_deal(a_product("100", "3"), a_product("5", "1", row_id=2)), installments=parts("100", "205"))
    draft, offer = filled(deal)

    after = with_row(draft, offer, "i1")

    assert told(draft, offer)["deal.installments"]["value"] == "i1"
    (line,) = after.lines
    assert (line.text, line.quantity, line.unit_price, line.item_id, line.taxed) == ("Part 1", 1, 100, "5", True)
    assert "deal.installments" not in told(after, offer)
    assert [line.key for line in with_row(after, offer, "i2").lines] == ["i1", "i2"]


def test_installment_of_products_taxed_differently_leaves_the_tax_to_a_person():
    rows = (a_product(row_id=1), a_product(row_id=2, tax_percent=Decimal(0)))
    draft, offer = filled(replace(a_deal(*rows), installments=parts("100")))

    (line,) = with_row(draft, offer, "i1").lines

    assert (line.item_id, line.taxed, line.tax_code) == ("5", False, None)


def test_installment_takes_the_link_that_was_made_on_the_form():
    draft, offer = filled(replace(a_deal(a_product("100", "3", product_id=99)), installments=parts("100", "200")))
    linked = replace(draft, lines=(replace(draft.lines[0], item_id="8"),))

    first = with_row(linked, offer, "i1")

    assert [line.item_id for line in with_row(first, offer, "i2").lines] == ["8", "8"]


def test_billed_installment_is_not_proposed_again():
    deal = replace(a_deal(a_product("100", "3")), installments=parts("100", "200"))

    draft, offer = filled(deal, {"i1": "1"})

    assert told(draft, offer)["deal.installments"]["value"] == "i2"


def test_products_and_installments_together_are_told():
    deal = replace(a_deal(a_product("100", "3")), installments=parts("100"))
    draft, offer = filled(deal)
    both = replace(draft, lines=(*draft.lines, *with_row(draft, offer, "i1").lines))

    assert "deal.billed_twice" in told(both, offer)


def test_several_discounts_are_told_to_be_one():
    discounts = [DealDiscount("a", Decimal(10), is_percent=True), DealDiscount("b", Decimal(50), is_percent=False)]
    draft, offer = filled(a_deal(a_product("1000"), discounts=discounts))

    assert told(draft, offer)["discount.merged"]["count"] == "2"
    assert told(draft, offer)["discount.merged"]["discount"] == "150.00 USD"


@pytest.mark.parametrize(
    ("value", "differs"),
    [("100", False), ("108", False), ("100.01", False), ("1200", True), ("99.98", True)],
)
def test_draft_that_nobody_touched_is_compared_with_the_deals_value(value, differs):
    draft, offer = filled(a_deal(a_product("100"), value=value))

    assert ("total.differs_from_deal" in told(draft, offer)) is differs
    touched = replace(draft, lines=(replace(draft.lines[0], quantity=Decimal(2)),))
    assert "total.differs_from_deal" not in told(touched, offer)
