"""What becomes of the money of an invoice that is voided."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.release import Applied, Share, spread


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def test_money_pays_other_invoices_in_their_order():
    owed = [Share("1040", usd("194.40")), Share("1021", usd("239.00"))]

    assert spread(usd("300.00"), owed) == [Share("1040", usd("194.40")), Share("1021", usd("105.60"))]


def test_money_beyond_what_is_owed_stays_where_it_is():
    assert spread(usd("300.00"), [Share("1040", usd("194.40"))]) == [Share("1040", usd("194.40"))]


def test_invoices_that_owe_nothing_get_nothing():
    assert spread(usd("10.00"), [Share("1040", usd("0.00")), Share("1021", usd("5.00"))]) == [
        Share("1021", usd("5.00"))
    ]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**8), max_size=12))
def test_no_cent_is_made_or_lost_and_no_invoice_overpaid(cents, owed_cents):
    owed = [Share(str(n), Money(Decimal(cent) / 100, "USD")) for n, cent in enumerate(owed_cents)]

    shares = spread(Money(Decimal(cents) / 100, "USD"), owed)

    assert sum(share.amount.amount for share in shares) == min(Decimal(cents), Decimal(sum(owed_cents))) / 100
    assert all(share.amount.amount <= owed[int(share.invoice_id)].amount.amount for share in shares)


@pytest.mark.parametrize(
    ("amount", "with_credit", "is_credit", "by_hand"),
    [("300", False, False, False), ("0", True, True, False), ("300", True, False, True)],
)
def test_credit_memo_and_money_are_told_apart(amount, with_credit, is_credit, by_hand):
    applied = Applied("9", "", None, "", usd(amount), usd("100"), with_credit=with_credit)

    assert (applied.is_credit, applied.by_hand) == (is_credit, by_hand)
