"""Templates fill what they hold, give back what they filled, and leave alone what a person typed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dealvoice.invoicing.books import Books, Company, TaxRegime
from dealvoice.invoicing.details import Details, Term
from dealvoice.invoicing.draft import Draft, TaxMode
from dealvoice.invoicing.templates import Template, apply, fields_of

DAY = date(2026, 3, 13)
COMPANY = Company("Craig's", "US", "USD", False, TaxRegime.US_MANUAL, False, True, None, "2", 30)
BOOKS = Books(COMPANY, (), None, {}, terms=(Term("3", "Net 30", due_days=30),))
DRAFT = Draft(
    deal_id=9, customer_id="1", create_customer=False, to="Amy", address="", email="", tax_id="", currency="USD",
    number="", issued_on=DAY, due_on=date(2026, 3, 20), tax_mode=TaxMode.EXCLUSIVE, tax_code="2", lines=(),
    discount_percent=Decimal(0),
)  # fmt: skip
FIRST = fields_of(DRAFT)


def a_template(**fills: str) -> Template:
    return Template("t1", "Standard", fills=fills)


def test_template_fills_the_fields_it_holds_and_no_other():
    filled, _ = apply(a_template(memo="Thanks", due_days="14"), DRAFT, BOOKS, at_first=FIRST, filled=FIRST)

    assert filled.details == Details(memo="Thanks", template_id="t1")
    assert filled.due_on == date(2026, 3, 27)
    assert replace(filled, details=DRAFT.details, due_on=DRAFT.due_on) == DRAFT


def test_template_leaves_alone_what_was_typed_by_hand():
    typed = replace(DRAFT, details=Details(memo="Dear Amy"))

    filled, _ = apply(a_template(memo="Thanks", note="n"), typed, BOOKS, at_first=FIRST, filled=FIRST)

    assert (filled.details.memo, filled.details.note) == ("Dear Amy", "n")


def test_other_template_takes_back_what_the_first_one_filled():
    once, values = apply(a_template(memo="Thanks", send_email="1"), DRAFT, BOOKS, at_first=FIRST, filled=FIRST)

    twice, values = apply(a_template(note="n"), once, BOOKS, at_first=FIRST, filled=values)
    none, _ = apply(None, twice, BOOKS, at_first=FIRST, filled=values)

    assert (twice.details.memo, twice.details.note, twice.send_email) == ("", "n", False)
    assert none == DRAFT


def test_terms_of_a_template_set_the_due_date():
    filled, _ = apply(a_template(term_id="3"), DRAFT, BOOKS, at_first=FIRST, filled=FIRST)

    assert (filled.details.term_id, filled.due_on) == ("3", date(2026, 4, 12))


def test_template_with_tax_in_prices_is_passed_over_where_quickbooks_takes_none():
    filled, _ = apply(a_template(tax_mode="inclusive"), DRAFT, BOOKS, at_first=FIRST, filled=FIRST)

    assert filled.tax_mode is TaxMode.EXCLUSIVE


@pytest.mark.parametrize("fills", [{"nothing": "x"}, {"due_days": "-1"}, {"due_days": "x"}, {"tax_mode": "x"}])
def test_template_that_cannot_be_is_refused(fills):
    with pytest.raises(ValueError, match=r"."):
        a_template(**fills)


@pytest.mark.parametrize(
    ("term", "issued_on", "due_on"),
    [
        (Term("1", "Net 7", due_days=7), DAY, date(2026, 3, 20)),
        (Term("1", "Receipt", due_days=0), DAY, DAY),
        (Term("1", "15th", day_of_month=15), DAY, date(2026, 3, 15)),
        (Term("1", "15th", day_of_month=15, next_month_days=5), DAY, date(2026, 4, 15)),
        (Term("1", "Last", day_of_month=31), date(2026, 2, 3), date(2026, 2, 28)),
        (Term("1", "10th", day_of_month=10), DAY, date(2026, 4, 10)),
    ],
)
def test_terms_say_when_an_invoice_is_due(term, issued_on, due_on):
    assert term.due_on(issued_on) == due_on
