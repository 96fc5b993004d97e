"""
The discount of a document: a percentage or an amount off the subtotal, spread over the lines for tax.

Source: Invoice page (DiscountLineDetail), error codes page (6090), manage sales tax for US locales.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business
from dealvoice_sandbox.quickbooks.forms import Form
from dealvoice_sandbox.quickbooks.given import cents
from dealvoice_sandbox.quickbooks.tax_engine import spread

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def settle(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Compute the discount and what of it falls on each line.

    Raises:
        Refusal: 6090 when neither amount nor percentage is given, 6000 when they disagree or are too large, 2500.
    """
    form.shares = [Decimal(0)] * len(form.sold)
    line = form.discount_line
    if line is None:
        return
    prices = [_price(form, sold) for sold in form.sold]
    whole = sum(prices, Decimal(0))
    detail = line["DiscountLineDetail"]
    form.discount = _amount(line, detail, whole, _stored(form))
    if form.inclusive and emulator.switches["discount_when_inclusive"] == "refuse":
        raise _too_large()
    _account(emulator, realm, form, detail)
    line["Amount"] = form.discount
    if form.discount:
        marks = [given.ref(sold["SalesItemLineDetail"].get("TaxCodeRef"), "TaxCodeRef") for sold in form.sold]
        form.shares = spread(form.discount, prices, ties=marks)


def _price(form: Form, sold: Row) -> Decimal:
    return Decimal(sold["SalesItemLineDetail"]["TaxInclusiveAmt"] if form.inclusive else sold["Amount"])


def _stored(form: Form) -> Decimal | None:
    """Return the discount as it stood, which a client that reads, changes and writes sends again."""
    for line in (form.before or {}).get("Line", []):
        if line["DetailType"] == "DiscountLineDetail":
            return Decimal(line["Amount"])
    return None


def _amount(line: Row, detail: Row, whole: Decimal, stored: Decimal | None) -> Decimal:
    percent, typed = detail.get("DiscountPercent"), line.get("Amount")
    by_percent = detail.get("PercentBased") is True or str(detail.get("PercentBased")).lower() == "true"
    if by_percent and percent is not None:
        rate = given.number(percent, "DiscountPercent")
        if not 0 <= rate <= 100:
            raise _too_large()
        amount = cents(whole * rate / 100)
        if typed is not None and cents(given.number(typed, "Amount")) not in (amount, stored):
            raise business("You can't set both an amount and a discount percentage for the same discount line.")
        detail["PercentBased"], detail["DiscountPercent"] = True, rate
        return amount
    if typed is None or by_percent:
        raise Refusal("6090", "Discount line needs an amount or a percentage", "Line")
    amount = cents(given.number(typed, "Amount"))
    if amount < 0 or amount > whole:
        raise _too_large()
    detail["PercentBased"] = False
    detail.pop("DiscountPercent", None)
    return amount


def _account(emulator: "QuickBooksEmulator", realm: str, form: Form, detail: Row) -> None:
    asked = given.ref(detail.get("DiscountAccountRef"), "DiscountAccountRef")
    usual = form.setting("SalesFormsPrefs", "DefaultDiscountAccount")
    if not asked and not (isinstance(usual, str) and usual):
        return
    row = emulator.reference(realm, "Account", {"value": asked or usual}, kind="Accounts")
    detail["DiscountAccountRef"] = {"value": row["Id"], "name": row["Name"]}


def _too_large() -> Refusal:
    return business("The discount amount can't be greater than the subtotal.")
