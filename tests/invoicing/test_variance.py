"""What QuickBooks arrived at, beside what the form promised."""

from decimal import Decimal

import pytest

from dealvoice.invoicing.money import Money
from dealvoice.invoicing.variance import Reason, find_variance


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("total", "tax", "rates", "by_quickbooks", "reason", "serious"),
    [
        ("108.00", "8.00", 1, False, None, None),
        ("108.02", "8.02", 1, False, Reason.ROUNDING, False),
        ("108.03", "8.03", 1, False, Reason.TAX, True),
        ("108.04", "8.04", 2, False, Reason.ROUNDING, False),
        ("107.99", "7.99", 0, False, Reason.ROUNDING, False),
        ("100.00", "0.00", 1, False, Reason.NOT_TAXED, True),
        ("108.01", "8.00", 1, False, Reason.NET, True),
        ("108.00", "7.99", 1, False, Reason.NET, True),
        ("107.25", "7.25", 1, True, None, None),
        ("100.00", "0.00", 1, True, None, None),
        ("107.26", "7.25", 1, True, Reason.NET, True),
    ],
)
def test_variance_is_told_by_its_reason_and_weight(
    total: str, tax: str, rates: int, by_quickbooks: bool, reason: Reason | None, serious: bool | None
) -> None:
    promised = usd("0") if by_quickbooks else usd("8.00")

    found = find_variance(
        net=usd("100.00"),
        tax=promised,
        their_total=usd(total),
        their_tax=usd(tax),
        rates=rates,
        tax_by_quickbooks=by_quickbooks,
    )

    assert (found.reason if found else None, found.serious if found else None) == (reason, serious)


def test_a_cent_is_told_with_its_sign() -> None:
    found = find_variance(
        net=usd("100"), tax=usd("8"), their_total=usd("107.99"), their_tax=usd("7.99"), rates=1, tax_by_quickbooks=False
    )

    assert found is not None
    assert (found.net, found.tax) == (usd("0.00"), usd("-0.01"))
