"""Sums by currency."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.ledger import DealBill, DealThen, Drift, deal_ledger, ledger
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


def a_bill(total, balance, *, tax="0", with_tax=False, **facts):
    standing, status = an_invoice(total, balance, **facts)
    return DealBill(standing, status, Money(Decimal(tax), standing.total.currency), tax_in_value=with_tax)


def usd(amount):
    return Money(Decimal(amount), "USD")


THEN = DealThen(Decimal(1000), "USD", 4, "1040")


def test_deal_invoiced_beyond_its_value_says_so():
    sums = deal_ledger([a_bill("1296.00", "0", tax="96.00")], value=usd("1000.00"), currency="USD")

    assert (sums.billed, sums.remaining, sums.drifts) == (usd("1200.00"), usd("-200.00"), (Drift.OVER,))


def test_invoice_in_another_currency_is_not_compared_and_says_so():
    bills = [a_bill("100", "0"), a_bill("50", "50", currency="EUR")]

    sums = deal_ledger(bills, value=usd("1000"), currency="USD")

    assert (sums.remaining, sums.drifts) == (None, (Drift.CURRENCY,))
    assert sums.own is not None
    assert sums.own.invoiced == usd("100")


@pytest.mark.parametrize(
    ("value", "currency", "products", "changed"),
    [("1000", "USD", 4, False), ("1000", "USD", None, False), ("1001", "USD", 4, True), ("1000", "USD", 5, True)],
)
def test_deal_changed_after_its_last_invoice_says_so(value, currency, products, changed):
    sums = deal_ledger(
        [a_bill("100", "0")], value=usd(value), currency=currency, products=products, then=THEN
    )  # fmt: skip

    assert (Drift.CHANGED in sums.drifts, sums.then) == (changed, THEN if changed else None)


def test_deal_without_a_live_invoice_has_no_alarm():
    bills = [a_bill("0", "0", voided=True), a_bill("90", "90", deleted=True, currency="EUR")]

    assert deal_ledger(bills, value=usd("5"), currency="USD", products=9, then=THEN).drifts == ()


def test_credit_is_told_as_a_part_of_what_is_paid():
    (sums,) = ledger([an_invoice("100", "20", credited=usd("50")), an_invoice("30", "30")])

    assert (sums.paid, sums.credited) == (usd("80"), usd("50"))


BILLS = st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["USD", "EUR"]), st.booleans(), st.booleans())


@given(rows=st.lists(BILLS), value=AMOUNTS)
def test_deal_ledger_always_adds_up(rows, value):
    bills = [
        a_bill(a + b, b, tax=min(tax, a + b), currency=currency, deleted=deleted, with_tax=with_tax)
        for a, b, tax, currency, deleted, with_tax in rows
    ]

    sums = deal_ledger(bills, value=usd(value), currency="USD")

    for one in sums.sums:
        assert one.paid + one.owed == one.invoiced
        assert one.open + one.overdue == one.owed
    live = [bill for bill in bills if not bill.standing.deleted]
    foreign = any(bill.standing.total.currency == "EUR" for bill in live)
    assert (Drift.CURRENCY in sums.drifts) == foreign
    assert (sums.remaining is None) == (foreign or value == 0)
    if sums.remaining is not None:
        assert sums.billed is not None
        assert sums.billed + sums.remaining == usd(value)
        assert (Drift.OVER in sums.drifts) == (sums.remaining.amount < 0)
        assert sums.billed <= sum((bill.standing.total for bill in live), usd(0))
