"""
Taking payments off an invoice, so that it can be voided or deleted: what becomes of the money.

The money never leaves the books: it becomes unused credit of the customer, or pays other invoices of his.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dealvoice.invoicing.money import Money


@dataclass(frozen=True, slots=True)
class Applied:
    """A payment as far as it is applied to one invoice."""

    payment_id: str
    number: str
    """Reference or check number; empty when it has none."""
    paid_on: date | None
    method: str
    amount: Money
    """The whole payment; zero when it only applies a credit memo."""
    on_invoice: Money
    with_credit: bool = False
    """It applies a credit memo too."""

    @property
    def is_credit(self) -> bool:
        """It is no money, only a credit memo that was applied."""
        return self.amount.is_zero

    @property
    def by_hand(self) -> bool:
        """Money and a credit memo in one: which part is the invoice's, only a person can say."""
        return self.with_credit and not self.is_credit


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a sum that goes to one invoice."""

    invoice_id: str
    amount: Money


def spread(amount: Money, owed: Sequence[Share]) -> list[Share]:
    """
    Deal an amount out to invoices in their order, to each at most what is owed on it.

    Returns:
        The shares; together they are the amount, or less when not so much is owed.
    """
    shares: list[Share] = []
    left = amount
    for one in owed:
        part = min(left.amount, one.amount.amount)
        if part <= 0:
            continue
        share = Share(one.invoice_id, Money(part, amount.currency))
        shares.append(share)
        left -= share.amount
    return shares
