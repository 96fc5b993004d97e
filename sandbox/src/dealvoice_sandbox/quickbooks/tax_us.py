"""Tax in the United States: by a group of rates that the company keeps itself, or found by the vendor from the place."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference
from dealvoice_sandbox.quickbooks.forms import Form
from dealvoice_sandbox.quickbooks.tax_areas import Levy, levies
from dealvoice_sandbox.quickbooks.tax_engine import Part, Rate, Share, by_line, by_total, spread

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_REASONS = (
    "Federal government", "State government", "Local government", "Tribal government", "Charitable organization",
    "Religious organization", "Educational organization", "Hospital", "Resale", "Direct pay permit",
    "Multiple points of use", "Direct mail", "Agricultural production", "Industrial production / manufacturing",
    "Foreign diplomat",
)  # fmt: skip
_NO_TAX: Row = {"TotalTax": Decimal(0)}


def code_lines(emulator: "QuickBooksEmulator", form: Form) -> None:
    """
    Put TAX or NON on lines that say neither.

    Raises:
        Refusal: 6100 for another code, 6160 or 6230 for the pseudo code of automatic tax.
    """
    reserved = "6230" if form.before is not None else "6160"
    for line in form.taxable:
        detail = line["SalesItemLineDetail"]
        code = given.ref(detail.get("TaxCodeRef"), "TaxCodeRef")
        if code == "CustomSalesTax":
            raise Refusal(reserved, "CustomSalesTax code cannot be used.", "TaxCodeRef")
        if code and code not in ("TAX", "NON"):
            raise Refusal("6100", f"Invalid Line TaxCode in the request : {code}", "Line")
        detail["TaxCodeRef"] = {"value": code or _default(emulator, form, line)}
    asked = given.ref(
        given.group(form.values.get("TxnTaxDetail"), "TxnTaxDetail").get("TxnTaxCodeRef"), "TxnTaxCodeRef"
    )
    if asked == "CustomSalesTax":
        raise Refusal(reserved, "CustomSalesTax code cannot be used.", "TxnTaxCodeRef")


def manual(emulator: "QuickBooksEmulator", realm: str, form: Form) -> Row:
    """
    Tax by the group that the document, the customer or the company names; rate by rate on the sum of its TAX lines.

    Raises:
        Refusal: 2500 when there is no such group.
    """
    detail = given.group(form.values.get("TxnTaxDetail"), "TxnTaxDetail")
    parts = _parts(form, ())
    codes = emulator.rows(realm, "TaxCode")
    asked = given.ref(detail.get("TxnTaxCodeRef"), "TxnTaxCodeRef") or _usual(codes, form)
    if not parts or not asked or is_exempt(emulator, form):
        return dict(_NO_TAX)
    code = codes.get(asked)
    if code is None or not code.get("SalesTaxRateList"):
        raise bad_reference("TaxCodes", asked)
    rates = emulator.rows(realm, "TaxRate")
    found = [rates[one["TaxRateRef"]["value"]] for one in code["SalesTaxRateList"]["TaxRateDetail"]]
    shares = _computed(emulator, form, [Rate(row["Id"], Decimal(row["RateValue"])) for row in found])
    wanted = asked_total(detail)
    if wanted is not None and emulator.switches["us_tax_override"] == "honoured":
        shares = overridden(shares, wanted)
    return {"TxnTaxCodeRef": {"value": asked}, **lines_of(shares)}


def automatic(emulator: "QuickBooksEmulator", realm: str, form: Form) -> Row:
    """Tax by the place that goods are shipped to; a code that the client sent is not echoed (seen in September 2026)."""
    form.values.pop("TaxExemptionRef", None)
    parts = _parts(form, ())
    if parts and is_exempt(emulator, form):
        reason = str(form.customer.get("TaxExemptionReasonId") or "")
        if reason.isdigit() and 0 < int(reason) <= len(_REASONS):
            form.values["TaxExemptionRef"] = {"value": reason, "name": _REASONS[int(reason) - 1]}
        return dict(_NO_TAX)
    here = levies(form.values.get("ShipAddr"))
    if here is None and not form.values.get("ShipAddr"):
        here = levies(form.values.get("BillAddr"))
    wanted = asked_total(given.group(form.values.get("TxnTaxDetail"), "TxnTaxDetail"))
    if not parts:
        return dict(_NO_TAX)
    shares = _computed(emulator, form, [_rate(emulator, realm, one) for one in here or ()])
    rule = emulator.switches["automatic_tax_override"]
    if wanted is None or rule == "dropped" or (rule == "in_jurisdiction" and not shares):
        return lines_of(shares)
    if wanted == sum((share.tax for share in shares), Decimal(0)):
        return lines_of(shares)
    made = lines_of(overridden(shares, wanted)) if shares else {"TotalTax": wanted}
    return {"TotalTax": made.pop("TotalTax"), "TaxReviewStatus": "AST_TAX_OVERRIDE", **made}


def is_exempt(emulator: "QuickBooksEmulator", form: Form) -> bool:
    """
    Tell whether a customer is charged no tax even on TAX lines.

    The tax pages ask for Taxable=false and a reason; the sample company taxes a customer whose Taxable is false
    (invoice 1037), so the flag alone is not enough unless the switch says so.
    """
    if form.customer.get("TaxExemptionReasonId"):
        return True
    return form.customer.get("Taxable") is False and emulator.switches["untaxed_customer"] == "flag"


def asked_total(detail: Row) -> Decimal | None:
    """Return the tax that a client set by hand: TotalTax, else the sum of its tax lines."""
    if detail.get("TotalTax") is not None:
        return given.number(detail["TotalTax"], "TotalTax")
    lines = given.rows(detail.get("TaxLine"), "TaxLine")
    amounts = [given.number(line["Amount"], "Amount") for line in lines if line.get("Amount") is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def overridden(shares: Sequence[Share], total: Decimal) -> list[Share]:
    """Spread a tax that was set by hand over the rates."""
    computed = [share.tax for share in shares]
    weights = computed if sum(computed) else [share.rate.percent for share in shares]
    if not sum(weights):
        return list(shares)
    parts = spread(given.cents(total), weights, ties=[share.rate.id for share in shares])
    return [Share(share.rate, share.base, part) for share, part in zip(shares, parts, strict=True)]


def lines_of(shares: Sequence[Share]) -> Row:
    """Return ``TotalTax`` and ``TaxLine``, one line a rate."""
    total = sum((share.tax for share in shares), Decimal(0))
    rows = [
        {
            "Amount": share.tax,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": share.rate.id},
                "PercentBased": True,
                "TaxPercent": share.rate.percent,
                "NetAmountTaxable": share.base,
            },
        }
        for share in shares
    ]
    return {"TotalTax": total, **({"TaxLine": rows} if rows else {})}


def _default(emulator: "QuickBooksEmulator", form: Form, line: Row) -> str:
    item = form.items.get(id(line), {})
    if not item.get("Taxable") or not form.taxes:
        return "NON"
    theirs = form.customer.get("Taxable") is not False or emulator.switches["default_line_code"] == "item"
    return "TAX" if theirs else "NON"


def _usual(codes: dict[str, Row], form: Form) -> str:
    theirs = given.ref(form.customer.get("DefaultTaxCodeRef"), "DefaultTaxCodeRef")
    if theirs in codes and codes[theirs].get("SalesTaxRateList"):
        return theirs
    return given.ref(form.setting("TaxPrefs", "TaxGroupCodeRef"), "TaxGroupCodeRef")


def _parts(form: Form, rates: tuple[Rate, ...]) -> list[Part]:
    before_tax = bool(form.values.get("ApplyTaxAfterDiscount")) and form.discount
    shares = form.shares if before_tax else [Decimal(0)] * len(form.sold)
    amounts = [(line, Decimal(line["Amount"]) - share) for line, share in zip(form.sold, shares, strict=True)]
    amounts += [(line, Decimal(line["Amount"])) for line in form.shipping]
    return [
        Part(amount, rates) for line, amount in amounts if line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"
    ]


def _computed(emulator: "QuickBooksEmulator", form: Form, rates: list[Rate]) -> list[Share]:
    parts = _parts(form, tuple(rates))
    return by_line(parts) if emulator.switches["tax_rounding"] == "line" else by_total(parts)


def _rate(emulator: "QuickBooksEmulator", realm: str, levy: Levy) -> Rate:
    """Find the company's rate of an authority; the vendor adds those it meets for the first time."""
    rows = emulator.rows(realm, "TaxRate")
    for row in rows.values():
        if row["Name"] == levy.name and Decimal(row["RateValue"]) == levy.percent:
            return Rate(row["Id"], levy.percent)
    agencies = emulator.rows(realm, "TaxAgency")
    agency = next((row for row in agencies.values() if row["DisplayName"] == levy.agency), None)
    if agency is None:
        names = {"DisplayName": levy.agency, "TaxTrackedOnSales": True, "TaxTrackedOnPurchases": False}
        agency = emulator.new(realm, "TaxAgency", _free(agencies), {**names, "TaxAgencyConfig": "SYSTEM_GENERATED"})
    made = emulator.new(
        realm, "TaxRate", _free(rows),
        {
            "Name": levy.name, "Description": levy.name, "Active": True, "RateValue": levy.percent,
            "AgencyRef": {"value": agency["Id"]}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly",
            "EffectiveTaxRate": [],
        },
    )  # fmt: skip
    return Rate(made["Id"], levy.percent)


def _free(rows: dict[str, Row]) -> str:
    return str(max((int(one) for one in rows if one.isdigit()), default=0) + 1)
