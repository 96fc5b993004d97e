"""
Sales tax of a transaction: United States with tax groups of its own, rate by rate on the sum of taxed lines.

Source: sample invoice 1029 (422.00 at 7.1 % and 2 % is 29.96 and 8.44); rounding half up.
# Not emulated: automated sales tax and non-US regimes; a company outside the US here has its tax switched off.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference

Row = dict[str, Any]
CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """Round to two places, half up and away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def compute(company: Row, invoice: Row, *, discount: Decimal) -> Row:
    """
    Return ``TxnTaxDetail`` of an invoice whose lines are complete.

    Raises:
        Refusal: 2500 when the tax group does not exist.
    """
    preferences = company["entities"]["Preferences"]["1"].get("TaxPrefs", {})
    if not preferences.get("UsingSalesTax"):
        return {"TotalTax": Decimal(0)}
    asked = (invoice.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef") or preferences.get("TaxGroupCodeRef")
    lines = [line for line in invoice["Line"] if line.get("DetailType") == "SalesItemLineDetail"]
    taxed = [line for line in lines if line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value") == "TAX"]
    customer = company["entities"]["Customer"].get(invoice["CustomerRef"]["value"], {})
    if not taxed or asked is None or customer.get("Taxable") is False:
        return {"TotalTax": Decimal(0)}
    code = company["entities"]["TaxCode"].get(asked["value"])
    if code is None or "SalesTaxRateList" not in code:
        raise bad_reference("TaxCodes", asked["value"])
    base = sum((Decimal(line["Amount"]) for line in taxed), Decimal(0))
    if invoice.get("ApplyTaxAfterDiscount") and discount:
        whole = sum((Decimal(line["Amount"]) for line in lines), Decimal(0))
        base -= cents(discount * base / whole)
    rows: list[Row] = []
    for detail in code["SalesTaxRateList"]["TaxRateDetail"]:
        rate = company["entities"]["TaxRate"][detail["TaxRateRef"]["value"]]
        percent = Decimal(rate["RateValue"])
        rows.append(
            {
                "Amount": cents(base * percent / 100),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": rate["Id"]},
                    "PercentBased": True,
                    "TaxPercent": percent,
                    "NetAmountTaxable": base,
                },
            }
        )
    total = sum((Decimal(row["Amount"]) for row in rows), Decimal(0))
    return {"TxnTaxCodeRef": {"value": asked["value"]}, "TotalTax": total, "TaxLine": rows}


def check_codes(invoice: Row) -> None:
    """
    Refuse line codes that the United States do not know.

    Raises:
        Refusal: 6100.
    """
    for line in invoice["Line"]:
        code = (line.get("SalesItemLineDetail") or {}).get("TaxCodeRef", {}).get("value")
        if code not in (None, "TAX", "NON"):
            raise Refusal("6100", f"Invalid Line TaxCode in the request : {code}", "Line")
