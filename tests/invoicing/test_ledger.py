"""Sums by currency."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.ledger import ledger
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Standing, derive

TODAY = date(2026, 11, 23)


def an_invoice(total, balance, *, currency="USD", due_on=date(2026, 12, 1), **facts):
    standing = Standing(Money(Decimal(total), currency), Money(Decimal(balance), currency), due_on, **facts)
    return standing, derive(standing, TODAY)


def test_ledger_adds_up_what_is_paid_open_and_overdue():
    (sums,) = ledger(
        [
            an_invoice("100.00", "0"),
            an_invoice("50.00", "20.00"),
            an_invoice("70.00", "60.00", due_on=date(2026, 11, 1)),
        ]
    )

    assert [sums.invoiced, sums.paid, sums.open, sums.overdue, sums.owed] == [
        Money(Decimal(amount), "USD") for amount in ("220.00", "140.00", "20.00", "60.00", "80.00")
    ]


def test_ledger_keeps_currencies_apart_in_order_of_code():
    assert [sums.currency for sums in ledger([an_invoice("1", "1"), an_invoice("2", "2", currency="EUR")])] == [
        "EUR",
        "USD",
    ]


def test_ledger_never_counts_void_and_deleted():
    assert ledger([an_invoice("0", "0", voided=True), an_invoice("90", "90", deleted=True)]) == []


def test_ledger_of_nothing_is_empty():
    assert ledger([]) == []


AMOUNTS = st.decimals(min_value=0, max_value=1000, places=2)


@given(rows=st.lists(st.tuples(AMOUNTS, AMOUNTS, st.sampled_from(["USD", "EUR"]), st.dates(), st.booleans())))
def test_ledger_always_adds_up(rows):
    invoices = [
        an_invoice(max(a, b), min(a, b), currency=currency, due_on=due_on, deleted=deleted)
        for a, b, currency, due_on, deleted in rows
    ]

    for sums in ledger(invoices):
        assert sums.paid + sums.owed == sums.invoiced
        assert sums.open + sums.overdue == sums.owed
