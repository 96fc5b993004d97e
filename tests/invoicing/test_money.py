"""Money: exact, one currency, half up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.money import (
    Money,
    from_minor,
    places,
    plain,
    quotient,
    round_money,
    round_to,
    split,
    to_minor,
)

AMOUNTS = st.decimals(min_value=-(10**10), max_value=10**10, places=2)
WEIGHTS = st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1, max_size=12).filter(any)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), 1.5, 1, "1"])
def test_money_of_something_inexact_is_refused(amount):
    with pytest.raises(ValueError, match="exact"):
        Money(amount, "USD")


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDD", "U1D", "ŻŁÓ"])
def test_money_of_no_currency_is_refused(currency):
    with pytest.raises(ValueError, match="currency code"):
        Money(Decimal(1), currency)


@pytest.mark.parametrize("mixed", ["add", "sub", "lt", "le", "gt", "ge"])
def test_two_currencies_do_not_mix(mixed):
    dollars, euros = usd("1"), Money(Decimal(1), "EUR")

    with pytest.raises(ValueError, match="do not mix"):
        getattr(dollars, f"__{mixed}__")(euros)


def test_money_adds_subtracts_and_compares_in_one_currency():
    assert usd("0.30") == usd("0.10") + usd("0.20")
    assert usd("-0.10") == usd("0.10") - usd("0.20")
    assert usd("-5") == -usd("5")
    assert usd("5") == abs(usd("-5"))
    assert usd("1") < usd("2") <= usd("2.00")
    assert usd("2") > usd("1") >= usd("1.00")


def test_equal_amounts_of_different_scale_are_equal():
    assert usd("1.0") == usd("1.00")
    assert usd("1") != Money(Decimal(1), "EUR")


def test_zero_is_zero_and_prints_with_its_currency():
    assert Money.zero("PLN").is_zero
    assert not usd("0.01").is_zero
    assert str(usd("12.50")) == "12.50 USD"


@pytest.mark.parametrize(
    ("currency", "decimals"), [("USD", 2), ("PLN", 2), ("JPY", 0), ("KRW", 0), ("KWD", 2), ("XYZ", 2)]
)
def test_places_are_iso_but_never_more_than_two(currency, decimals):
    assert places(currency) == decimals


@pytest.mark.parametrize(
    ("value", "currency", "rounded"),
    [
        ("99.99975", "USD", "100.00"),
        ("696.0646875", "USD", "696.06"),
        ("0.005", "USD", "0.01"),
        ("-0.005", "USD", "-0.01"),
        ("2.275", "GBP", "2.28"),
        ("123.5", "JPY", "124"),
        ("-123.5", "JPY", "-124"),
        ("30.375", "KWD", "30.38"),
        ("-0.001", "USD", "0.00"),
    ],
)
def test_rounding_is_half_up_away_from_zero(value, currency, rounded):
    assert str(round_money(Decimal(value), currency)) == rounded


def test_rounding_keeps_more_digits_than_the_usual_context():
    assert str(round_to(Decimal("12345678901234567890123456789012.345"), 2)) == "12345678901234567890123456789012.35"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("-0.01", "USD", -1),
        ("1235", "JPY", 1235),
        ("123.50", "JPY", 124),
        ("30.38", "KWD", 3038),
    ],
)
def test_minor_units_follow_the_places_of_the_currency(amount, currency, minor):
    assert to_minor(Money(Decimal(amount), currency)) == minor


@given(minor=st.integers(min_value=-(10**15), max_value=10**15), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_minor_units_come_back_unchanged(minor, currency):
    assert to_minor(from_minor(minor, currency)) == minor


def test_split_gives_the_rest_to_the_largest():
    assert split(usd("10.00"), [Decimal(1), Decimal(1), Decimal(1)]) == [usd("3.34"), usd("3.33"), usd("3.33")]
    assert split(usd("0.05"), [Decimal(1), Decimal(2)]) == [usd("0.02"), usd("0.03")]
    assert split(Money(Decimal(100), "JPY"), [Decimal(1), Decimal(2)])[0] == Money(Decimal(33), "JPY")


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_split_keeps_the_sum(amount, weights):
    parts = split(Money(amount, "USD"), weights)

    assert sum((part.amount for part in parts), Decimal(0)) == amount
    assert len(parts) == len(weights)


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_split_of_the_negative_mirrors_the_positive(amount, weights):
    parts = split(Money(amount, "USD"), weights)

    assert split(Money(-amount, "USD"), weights) == [-part for part in parts]


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(1), Decimal(-1)], [Decimal(1), Decimal(-3)]])
def test_split_by_impossible_weights_is_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        split(usd("1"), weights)


@pytest.mark.parametrize(("value", "text"), [("75.5000000", "75.5"), ("100.00", "100"), ("1E+2", "100"), ("0.00", "0")])
def test_plain_drops_zeros_and_exponents(value, text):
    assert str(plain(Decimal(value))) == text


def test_dividing_by_no_quantity_is_refused():
    with pytest.raises(ZeroDivisionError):
        quotient(Decimal(1), Decimal(0))


def test_split_takes_back_from_a_weight_below_zero():
    assert split(usd("54.18"), [Decimal("55.52"), Decimal("-1.34")]) == [usd("55.52"), usd("-1.34")]
