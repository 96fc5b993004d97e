"""What the fields on deals say, from a deal's invoices."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.deal_fields import LONGEST_TEXT, FieldKind, Told, deal_values
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing

TODAY = date(2026, 11, 23)


def usd(amount):
    return Money(Decimal(amount), "USD")


def told(number, total, balance, *, currency="USD", late=-10, tax="0", with_tax=False, **facts):
    standing = Standing(
        Money(Decimal(total), currency), Money(Decimal(balance), currency), TODAY - timedelta(days=late), **facts
    )
    link = f"https://books/{number}"
    return Told(number, standing, Money(Decimal(tax), currency), TODAY, link, tax_in_value=with_tax)


def said(*invoices, value="1000.00", currency="USD", full=True):
    worth = None if value is None else Money(Decimal(value), currency)
    return deal_values(invoices, value=worth, currency=currency, today=TODAY, full=full)


def test_fields_of_a_deal_with_several_invoices():
    paid_on = date(2026, 11, 5)

    values = said(
        told("1021", "459.00", "239.00", late=15, paid_on=date(2026, 10, 1)),
        told("1039", "642.60", "342.60", paid_on=paid_on),
        told("1040", "194.40", "194.40", tax="14.40"),
    )

    assert values == {
        FieldKind.STATUS: Flag.OVERDUE,
        FieldKind.NUMBERS: "1021, 1039, 1040",
        FieldKind.TOTAL: usd("1296.00"),
        FieldKind.PAID: usd("520.00"),
        FieldKind.LEFT: usd("776.00"),
        FieldKind.DAYS: Decimal(15),
        FieldKind.PAID_ON: paid_on,
        FieldKind.TO_INVOICE: usd("-281.60"),
        FieldKind.LINK: "https://books/1021",
    }


def test_amounts_are_those_of_the_deals_currency_and_numbers_name_the_others():
    values = said(told("1", "100", "100"), told("2", "70", "70", currency="EUR", late=40))

    assert (values[FieldKind.TOTAL], values[FieldKind.LEFT]) == (usd("100"), usd("100"))
    assert values[FieldKind.NUMBERS] == "1, 2 (EUR)"
    assert values[FieldKind.TO_INVOICE] is None
    assert (values[FieldKind.STATUS], values[FieldKind.DAYS]) == (Flag.OVERDUE, Decimal(40))


def test_prices_with_tax_are_held_against_a_value_with_tax():
    net = said(told("1", "123.00", "123.00", tax="23.00"), value="123.00")
    gross = said(told("1", "123.00", "123.00", tax="23.00", with_tax=True), value="123.00")

    assert (net[FieldKind.TO_INVOICE], gross[FieldKind.TO_INVOICE]) == (usd("23.00"), usd("0.00"))


def test_hidden_amounts_leave_the_status_alone():
    values = said(told("1", "100", "20", late=3), full=False)

    assert values.pop(FieldKind.STATUS) is Flag.OVERDUE
    assert set(values.values()) == {None}


def test_voided_and_deleted_invoices_give_a_status_and_nothing_else():
    values = said(told("1", "0", "0", voided=True), told("2", "50", "50", deleted=True))

    assert values.pop(FieldKind.STATUS) is Flag.VOIDED
    assert set(values.values()) == {None}
    assert set(said().values()) == {None}


def test_refunded_payment_is_no_last_payment():
    assert said(told("1", "100", "100", paid_on=TODAY))[FieldKind.PAID_ON] is None


@given(st.integers(1, 200), st.integers(1, 21))
def test_numbers_are_cut_between_two_and_say_how_many_are_left_out(count, length):
    numbers = [str(n).rjust(length, "0") for n in range(count)]

    text = said(*(told(number, "1", "1") for number in numbers))[FieldKind.NUMBERS]

    assert len(text) <= LONGEST_TEXT
    shown, _, rest = text.partition(" … +")
    assert shown.split(", ") == numbers[: len(shown.split(", "))]
    assert len(shown.split(", ")) + int(rest or 0) == count
