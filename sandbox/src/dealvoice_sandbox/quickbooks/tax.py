"""
Sales tax of a document: which regime a company is under, and the checks that belong to it.

``tax_engine`` computes, ``tax_us`` and ``tax_world`` know the codes, ``tax_areas`` the places. A company outside the
United States puts a real code on every line; inside, a line is TAX or NON and the rates come from a group or a place.
Source: manage sales tax pages for US and non-US locales; preferences page (UsingSalesTax, PartnerTaxEnabled).
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from dealvoice_sandbox.quickbooks import tax_us, tax_world
from dealvoice_sandbox.quickbooks.forms import Form
from dealvoice_sandbox.quickbooks.given import cents

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

__all__ = ["cents", "code_lines", "compute", "price"]


def code_lines(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Give lines the code that they lack, and refuse those that do not exist here.

    Raises:
        Refusal: 6100, 6160, 6230, 6170, 2500 or 6000.
    """
    if form.is_us:
        form.values.pop("GlobalTaxCalculation", None)
        tax_us.code_lines(emulator, form)
    else:
        form.values.pop("ApplyTaxAfterDiscount", None)
        tax_world.code_lines(emulator, realm, form)


def price(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """Bring lines of prices that include tax to their net amounts, before anything is added up."""
    if not form.is_us and form.taxes:
        tax_world.take_out(emulator, realm, form)


def compute(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Set ``TxnTaxDetail`` of a document whose lines and discount are complete.

    Raises:
        Refusal: 2500 when the tax group does not exist.
    """
    if not form.taxes:
        form.values["TxnTaxDetail"] = {"TotalTax": Decimal(0)}
    elif not form.is_us:
        form.values["TxnTaxDetail"] = tax_world.detail(emulator, realm, form)
    elif form.automatic_tax:
        form.values["TxnTaxDetail"] = tax_us.automatic(emulator, realm, form)
    else:
        form.values["TxnTaxDetail"] = tax_us.manual(emulator, realm, form)
