"""The six flags, from what QuickBooks says and what day it is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing, derive, is_newer, void_word

TODAY = date(2026, 11, 23)
LATER = date(2026, 12, 20)
PAST = date(2026, 11, 1)


def a_standing(total="100.00", balance="100.00", due_on=LATER, **facts) -> Standing:
    return Standing(Money(Decimal(total), "USD"), Money(Decimal(balance), "USD"), due_on, **facts)


@pytest.mark.parametrize(
    ("standing", "flag"),
    [
        pytest.param(a_standing(deleted=True), Flag.DELETED, id="2: tombstone"),
        pytest.param(a_standing("0", "0", deleted=True, voided=True), Flag.DELETED, id="2: tombstone beats void"),
        pytest.param(a_standing("0", "0", voided=True), Flag.VOIDED, id="3: zero with void marker"),
        pytest.param(a_standing("0", "0", PAST, voided=True), Flag.VOIDED, id="3: never overdue"),
        pytest.param(a_standing("0", "0"), Flag.OPEN, id="4: nothing to pay"),
        pytest.param(a_standing("0", "0", PAST), Flag.OPEN, id="4: nothing to pay is never overdue"),
        pytest.param(a_standing("100", "0"), Flag.PAID, id="5: paid"),
        pytest.param(a_standing("100", "0", PAST), Flag.PAID, id="5: paid late"),
        pytest.param(a_standing("100", "-5"), Flag.PAID, id="5: overpaid"),
        pytest.param(a_standing("100", "40", PAST), Flag.OVERDUE, id="6: overdue wins over partially paid"),
        pytest.param(a_standing("100", "100", PAST), Flag.OVERDUE, id="7: overdue"),
        pytest.param(a_standing("100", "40"), Flag.PARTIALLY_PAID, id="8: partially paid"),
        pytest.param(a_standing("100", "100"), Flag.OPEN, id="9: open"),
        pytest.param(a_standing("100", "100", TODAY), Flag.OPEN, id="edge: due today"),
        pytest.param(a_standing("54.00", "4.00"), Flag.PARTIALLY_PAID, id="sample 1005"),
        pytest.param(a_standing("362.07", "362.07"), Flag.OPEN, id="sample 1037"),
        pytest.param(a_standing("477.50", "477.50"), Flag.OPEN, id="sample 1036"),
        pytest.param(a_standing("80", "80", voided=True), Flag.OPEN, id="edge: amounts win over an old void"),
        pytest.param(
            a_standing("100", "80", deposit=Money(Decimal(20), "USD")), Flag.PARTIALLY_PAID, id="edge: deposit"
        ),
        pytest.param(a_standing("100", "0", has_payments=True), Flag.PAID, id="edge: by credit memo"),
        pytest.param(a_standing("50", "50", None), Flag.OPEN, id="edge: no due date is never overdue"),
        pytest.param(a_standing("50", "50", date(2020, 1, 1)), Flag.OVERDUE, id="edge: due before issue"),
        pytest.param(a_standing("100", "120"), Flag.OPEN, id="edge: balance above total"),
    ],
)
def test_derive_follows_the_table(standing, flag):
    assert derive(standing, TODAY).flag is flag


@pytest.mark.parametrize(("at", "flag"), [("2026-11-23T06:30", Flag.OPEN), ("2026-11-23T08:00", Flag.OVERDUE)])
def test_derive_judges_the_day_in_the_companys_zone(at, flag):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    today = now.astimezone(ZoneInfo("America/Los_Angeles")).date()

    assert derive(a_standing(due_on=date(2026, 11, 22)), today).flag is flag


def test_derive_tells_paid_part_and_days_of_an_overdue_invoice():
    status = derive(a_standing("100", "40", TODAY - timedelta(days=5)), TODAY)

    assert (Decimal(60), Decimal(40), 5) == (status.paid.amount, status.left.amount, status.overdue_days)


def test_derive_tells_a_zero_invoice_from_a_voided_one():
    assert derive(a_standing("0", "0"), TODAY).nothing_to_pay
    assert not derive(a_standing("0", "0", voided=True), TODAY).nothing_to_pay


def test_derive_remembers_that_amounts_came_back_after_a_void():
    assert derive(a_standing(voided=True), TODAY).was_voided
    assert not derive(a_standing(), TODAY).was_voided


def test_derive_goes_back_when_a_payment_is_taken_off():
    paid, unpaid = a_standing("100", "0", PAST), a_standing("100", "100", PAST)

    assert [derive(paid, TODAY).flag, derive(unpaid, TODAY).flag] == [Flag.PAID, Flag.OVERDUE]


@pytest.mark.parametrize("standing", [a_standing("100", "30", deleted=True), a_standing("0", "0", voided=True)])
def test_derive_of_an_ended_invoice_owes_nothing(standing):
    status = derive(standing, TODAY)

    assert status.left.is_zero
    assert status.paid.is_zero
    assert status.overdue_days == 0


AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=2)


@given(
    total=AMOUNTS,
    balance=AMOUNTS,
    due_on=st.none() | st.dates(),
    deleted=st.booleans(),
    voided=st.booleans(),
    today=st.dates(),
)
def test_derive_gives_every_standing_exactly_one_consistent_status(total, balance, due_on, deleted, voided, today):
    standing = Standing(Money(total, "USD"), Money(balance, "USD"), due_on, deleted=deleted, voided=voided)

    status = derive(standing, today)

    assert status.flag in Flag
    assert (status.flag is Flag.OVERDUE) == (status.overdue_days > 0)
    if status.flag is Flag.VOIDED:
        assert total == balance == 0
    if status.flag not in (Flag.DELETED, Flag.VOIDED):
        assert status.paid + status.left == standing.total


T1, T2 = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "held", "newer"),
    [
        (("3", T1), ("2", T2), True),
        (("10", T1), ("9", T1), True),
        (("2", T2), ("3", T1), False),
        (("3", T2), ("3", T1), True),
        (("3", T1), ("3", T1), False),
        (("3", T1), ("3", T2), False),
        (("3", T1), ("3", None), True),
        (("3", None), ("3", T1), False),
        (("0", None), ("", None), True),
        (("", None), ("", None), False),
    ],
)
def test_is_newer_by_token_then_by_time(seen, held, newer):
    assert is_newer(*seen, *held) is newer


@pytest.mark.parametrize(
    ("note", "found"),
    [("Voided", True), ("order 7\nVOIDED - by Ann", True), ("avoided", False), ("", False), ("not voided", True)],
)
def test_void_word_finds_the_word_alone(note, found):
    assert void_word(note) is found
