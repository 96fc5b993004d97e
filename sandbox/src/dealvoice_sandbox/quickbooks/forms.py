"""
What a document is while it is being completed: its values, and the facts of company and customer that decide about it.

Plain data between ``documents``' modules; nothing here changes a company.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


@dataclass(slots=True)
class Form:
    """One sales document at work."""

    entity: str
    values: Row
    """What it will be."""
    given: Row
    """What the client sent this time."""
    before: Row | None
    """What it was; None for a new one."""
    customer: Row
    preferences: Row
    country: str
    sold: list[Row] = field(default_factory=list)
    """Sales lines, those inside bundles too, shipping apart."""
    items: dict[int, Row] = field(default_factory=dict)
    """The item of each of them, by the line's identity."""
    shipping: list[Row] = field(default_factory=list)
    discount_line: Row | None = None
    discount: Decimal = Decimal(0)
    shares: list[Decimal] = field(default_factory=list)
    """What of the discount falls on each line of ``sold``."""

    @property
    def is_us(self) -> bool:
        """Whether the company is in the United States."""
        return self.country == "US"

    @property
    def taxes(self) -> bool:
        """Whether the company charges sales tax at all."""
        return bool(self.preferences.get("TaxPrefs", {}).get("UsingSalesTax"))

    @property
    def automatic_tax(self) -> bool:
        """Whether the vendor finds the tax by itself."""
        return self.is_us and self.preferences.get("TaxPrefs", {}).get("PartnerTaxEnabled") is True

    @property
    def inclusive(self) -> bool:
        """Whether prices include tax."""
        return not self.is_us and self.taxes and self.values.get("GlobalTaxCalculation") == "TaxInclusive"

    @property
    def taxable(self) -> list[Row]:
        """The lines that tax may fall on."""
        return [*self.sold, *self.shipping]

    @property
    def subtotal(self) -> Decimal:
        """The sum of the lines, shipping apart."""
        return sum((Decimal(line["Amount"]) for line in self.sold), Decimal(0))

    def setting(self, group: str, name: str) -> Any:
        """Return one preference."""
        found = self.preferences.get(group)
        return found.get(name) if isinstance(found, dict) else None


def feature_off(emulator: "QuickBooksEmulator", feature: str, element: str) -> Refusal:
    """Return the fault of using something that the company has switched off."""
    code = emulator.switches["feature_off_code"]
    sentence = "Business Validation Error: " if code == "6000" else "Feature Not Supported Error : "
    return Refusal(code, f"{sentence}{feature} is not turned on for this company.", element)
