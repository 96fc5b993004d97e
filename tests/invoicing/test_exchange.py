"""Exchange rates: a foreign invoice has one, for its own day; what is odd is asked about; the home amount adds up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dealvoice.invoicing.books import Books, Company, Customer, TaxRegime
from dealvoice.invoicing.draft import Draft, Rate, TaxMode
from dealvoice.invoicing.exchange import check_rate, in_home, needs_rate, with_rate
from dealvoice.invoicing.finding import Severity
from dealvoice.invoicing.money import Money

DAY = date(2026, 11, 25)


def a_company(**more) -> Company:
    values = {
        "name": "Craig's", "country": "US", "home_currency": "USD", "multicurrency": True,
        "tax_regime": TaxRegime.US_MANUAL, "custom_numbers": False, "allow_discount": True, "books_closed_on": None,
        "default_tax_code": "2", "default_due_days": 30,
    }  # fmt: skip
    return Company(**{**values, **more})


def the_books(rate: str | None, *, customer_currency: str = "EUR", **more) -> Books:
    customer = Customer("58", "Acme", customer_currency, active=True, balance=Money.zero(customer_currency))
    known = Decimal(rate) if rate is not None else None
    return Books(a_company(**more), (), customer, {}, rate=known)


def a_draft(rate: str | None = None, *, rate_on: date = DAY, rate_currency: str = "EUR", **more) -> Draft:
    values = {
        "deal_id": 9, "customer_id": "58", "create_customer": False, "to": "Acme", "address": "", "email": "",
        "tax_id": "", "currency": "EUR", "number": "", "issued_on": DAY, "due_on": None,
        "tax_mode": TaxMode.EXCLUSIVE, "tax_code": None, "lines": (),
        "rate": Rate(Decimal(rate), rate_currency, rate_on) if rate is not None else None,
    }  # fmt: skip
    return Draft(**{**values, **more})


@pytest.mark.parametrize(
    ("currency", "multicurrency", "needed"),
    [("EUR", True, True), ("USD", True, False), ("EUR", False, False), ("", True, False), ("XXQ", True, False)],
)
def test_rate_is_needed_for_a_foreign_currency_of_a_multicurrency_company(currency, multicurrency, needed):
    assert needs_rate(currency, a_company(multicurrency=multicurrency)) is needed


def test_rate_of_the_day_is_taken_from_quickbooks():
    assert with_rate(a_draft(), the_books("1.0834")).rate == Rate(Decimal("1.0834"), "EUR", DAY)


def test_rate_typed_for_this_day_is_kept():
    assert with_rate(a_draft("1.1"), the_books("1.0834")).rate == Rate(Decimal("1.1"), "EUR", DAY)


@pytest.mark.parametrize("other", [{"rate_on": date(2026, 11, 24)}, {"rate_currency": "CAD"}])
def test_rate_of_another_day_or_currency_is_replaced(other):
    assert with_rate(a_draft("1.1", **other), the_books("1.0834")).rate == Rate(Decimal("1.0834"), "EUR", DAY)


def test_rate_of_an_invoice_in_home_currency_is_dropped():
    draft = with_rate(a_draft("1.1", currency="USD"), the_books(None, customer_currency="USD"))

    assert draft.rate is None


def test_total_in_home_currency_is_rounded_once():
    draft = a_draft("1.08345")

    found = in_home(Money(Decimal("883.80"), "EUR"), draft, a_company())

    assert found is not None
    assert found.total == Money(Decimal("957.55"), "USD")  # 957.55311


def test_yen_home_has_no_decimals():
    draft = a_draft("163.27")

    found = in_home(Money(Decimal("10.01"), "EUR"), draft, a_company(home_currency="JPY"))

    assert found is not None
    assert found.total == Money(Decimal(1634), "JPY")


def _told(draft: Draft, books: Books) -> list[tuple[str, Severity, str, str]]:
    return [(one.code, one.severity, one.remedy, one.remedy_value) for one in check_rate(draft, books)]


def test_missing_rate_blocks_and_can_be_fetched():
    assert _told(with_rate(a_draft(), the_books(None)), the_books(None)) == [
        ("currency.rate_missing", Severity.BLOCKER, "fetch_rate", "")
    ]


@pytest.mark.parametrize("typed", ["0", "-1.08", "1000000000", "NaN"])
def test_impossible_rate_blocks(typed):
    assert [told[:2] for told in _told(a_draft(typed), the_books("1.08"))] == [("currency.rate_odd", Severity.BLOCKER)]


@pytest.mark.parametrize(("typed", "odd"), [("4.30", False), ("4.73", False), ("4.74", True), ("0.43", True)])
def test_rate_more_than_a_tenth_away_is_asked_about(typed, odd):
    told = _told(a_draft(typed), the_books("4.30"))

    assert told == ([("currency.rate_odd", Severity.WARNING, "use_rate", "4.30")] if odd else [])


def test_customer_of_another_currency_is_mended_first():
    books = the_books(None, customer_currency="USD")

    assert _told(replace(a_draft(), rate=None), books) == []
