"""What QuickBooks arrived at, beside what the form promised: equal, a difference to know of, or one to look into."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.money import Money


class Reason(StrEnum):
    """Why two totals are not equal."""

    NET = "net"
    """The amount before tax differs: some line or discount was read in another way."""
    NOT_TAXED = "not_taxed"
    """Tax was promised and QuickBooks charged none."""
    TAX = "tax"
    """Another tax, beyond what rounding explains."""
    ROUNDING = "rounding"
    """Another tax by a cent or two a rate: QuickBooks rounds in another place."""


_CENTS_A_RATE = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Variance:
    """How far QuickBooks' figures are from the form's: theirs less ours."""

    net: Money
    tax: Money
    reason: Reason

    @property
    def serious(self) -> bool:
        """Whether a person should look: more than rounding explains."""
        return self.reason is not Reason.ROUNDING


def find_variance(
    *, net: Money, tax: Money, their_total: Money, their_tax: Money, rates: int, tax_by_quickbooks: bool
) -> Variance | None:
    """
    Compare the promised amounts with QuickBooks' own; None when they are equal.

    Args:
        net: Promised before tax.
        tax: Promised tax; means nothing when ``tax_by_quickbooks``.
        their_total: QuickBooks' TotalAmt.
        their_tax: QuickBooks' TotalTax.
        rates: How many rates the tax is made of: QuickBooks may round each in another place by up to two cents
            (vendor facts: 9.975 % of 4495.16 came back as 448.40).
        tax_by_quickbooks: The form said that QuickBooks adds the tax, and named no figure.
    """
    off_net = their_total - their_tax - net
    off_tax = Money.zero(tax.currency) if tax_by_quickbooks else their_tax - tax
    if off_net.is_zero and off_tax.is_zero:
        return None
    if not off_net.is_zero:
        return Variance(off_net, off_tax, Reason.NET)
    if their_tax.is_zero:
        return Variance(off_net, off_tax, Reason.NOT_TAXED)
    most = _CENTS_A_RATE * max(rates, 1)
    return Variance(off_net, off_tax, Reason.ROUNDING if abs(off_tax.amount) <= most else Reason.TAX)
