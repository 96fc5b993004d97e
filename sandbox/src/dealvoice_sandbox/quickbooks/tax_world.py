"""
Tax outside the United States: a code on every line, prices with or without tax, several rates in one code.

Source: manage sales tax for non-US locales; TaxCode and TaxRate pages.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference, business, inactive
from dealvoice_sandbox.quickbooks.forms import Form
from dealvoice_sandbox.quickbooks.tax_engine import Part, Rate, Share, by_line, by_total, out_of, taxes
from dealvoice_sandbox.quickbooks.tax_us import asked_total, lines_of, overridden

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_MODES = ("TaxExcluded", "TaxInclusive", "NotApplicable")
_WORDS = {"CA": "GST/HST", "AU": "GST", "NZ": "GST", "IN": "GST", "SG": "GST"}
_TOLERANCE = Decimal("0.02")
"""Of a tax set by hand, for each line."""


def code_lines(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Check how tax is meant and that every line has a code in use.

    Raises:
        Refusal: 2170 for an unknown mode, 6170 for tax where none applies, 6000 for a line without code, 2500.
    """
    mode = form.values.get("GlobalTaxCalculation") or "TaxExcluded"
    if mode not in _MODES:
        raise Refusal("2170", f"Invalid Enumeration : {mode}", "GlobalTaxCalculation")
    if not form.taxes:
        form.values.pop("GlobalTaxCalculation", None)
        return
    form.values["GlobalTaxCalculation"] = mode
    if mode == "NotApplicable" and _says_something(form.given.get("TxnTaxDetail")):
        detail = "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable"
        raise Refusal("6170", f"Invalid TxnTaxDetail : {detail}", "TxnTaxDetail")
    for line in form.taxable:
        if mode != "NotApplicable" or line["SalesItemLineDetail"].get("TaxCodeRef"):
            _code(emulator, realm, form, line["SalesItemLineDetail"])
    discount = form.discount_line
    if discount is not None and mode != "NotApplicable" and emulator.switches["discount_needs_tax_code"]:
        _code(emulator, realm, form, discount["DiscountLineDetail"])


def take_out(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """Give each line its net amount and the price with tax, whichever of the two was sent."""
    for line in form.taxable:
        detail = line["SalesItemLineDetail"]
        if not form.inclusive:
            detail.pop("TaxInclusiveAmt", None)
            continue
        rates = _rates(emulator, realm, form, detail)
        # Some clients send 0 for a price that they leave open.
        if not given.number(detail.get("TaxInclusiveAmt") or 0, "TaxInclusiveAmt"):
            net = Decimal(line["Amount"])
            detail["TaxInclusiveAmt"] = net + sum(taxes(net, rates), Decimal(0))
            continue
        gross = given.cents(given.number(detail["TaxInclusiveAmt"], "TaxInclusiveAmt"))
        line["Amount"], detail["TaxInclusiveAmt"] = out_of(gross, rates)[0], gross


def detail(emulator: "QuickBooksEmulator", realm: str, form: Form) -> Row:
    """Return ``TxnTaxDetail``: one tax line a rate, rounded line by line unless the switch says otherwise."""
    if form.values["GlobalTaxCalculation"] == "NotApplicable":
        return {"TotalTax": Decimal(0)}
    if form.inclusive:
        shares = _inclusive(emulator, realm, form)
    else:
        parts = [
            Part(Decimal(line["Amount"]) - share, _rates(emulator, realm, form, line["SalesItemLineDetail"]))
            for line, share in zip(form.taxable, [*form.shares, *([Decimal(0)] * len(form.shipping))], strict=True)
        ]
        shares = by_total(parts) if emulator.switches["tax_rounding"] == "total" else by_line(parts)
    wanted = asked_total(given.group(form.given.get("TxnTaxDetail"), "TxnTaxDetail"))
    if wanted is not None and _may_override(emulator, form, shares, wanted):
        shares = overridden(shares, wanted)
    return lines_of(shares)


def _inclusive(emulator: "QuickBooksEmulator", realm: str, form: Form) -> list[Share]:
    found: dict[str, Share] = {}

    def add(gross: Decimal, rates: tuple[Rate, ...], sign: int) -> Decimal:
        net, parts = out_of(gross, rates)
        for rate, tax in zip(rates, parts, strict=True):
            known = found.get(rate.id, Share(rate, Decimal(0), Decimal(0)))
            found[rate.id] = Share(rate, known.base + sign * net, known.tax + sign * tax)
        return net

    for line in form.taxable:
        inner = line["SalesItemLineDetail"]
        add(Decimal(inner["TaxInclusiveAmt"]), _rates(emulator, realm, form, inner), 1)
    # A discount is taken off prices with tax: its own tax goes with it.
    off = [
        add(share, _rates(emulator, realm, form, line["SalesItemLineDetail"]), -1)
        for line, share in zip(form.sold, form.shares, strict=True)
    ]
    if form.discount_line is not None:
        form.discount_line["DiscountLineDetail"]["TaxInclusiveAmt"] = form.discount
        form.discount = sum(off, Decimal(0))
        form.discount_line["Amount"] = form.discount
    return list(found.values())


def _says_something(sent: Any) -> bool:
    sent = given.group(sent, "TxnTaxDetail")
    return bool(sent.get("TaxLine") or sent.get("TxnTaxCodeRef") or asked_total(sent))


def _may_override(emulator: "QuickBooksEmulator", form: Form, shares: list[Share], wanted: Decimal) -> bool:
    computed = sum((share.tax for share in shares), Decimal(0))
    match emulator.switches["world_tax_override"]:
        case "always":
            return True
        case "tolerance":
            return abs(wanted - computed) <= _TOLERANCE * len(form.taxable)
        case _:
            return False


def _code(emulator: "QuickBooksEmulator", realm: str, form: Form, inner: Row) -> None:
    asked = given.ref(inner.get("TaxCodeRef"), "TaxCodeRef")
    if not asked:
        word = _WORDS.get(form.country, "VAT")
        refusal = business("")
        refusal.detail = (
            f"Business Validation Error 2: Make sure all your transactions have a {word} rate before you save."
        )
        raise refusal
    row = emulator.rows(realm, "TaxCode").get(asked)
    if row is None or not row.get("SalesTaxRateList"):
        raise bad_reference("TaxCodes", asked)
    if row.get("Active") is False or row.get("Hidden") is True:
        raise inactive()
    inner["TaxCodeRef"] = {"value": asked}


def _rates(emulator: "QuickBooksEmulator", realm: str, form: Form, inner: Row) -> tuple[Rate, ...]:
    code = emulator.rows(realm, "TaxCode").get(given.ref(inner.get("TaxCodeRef"), "TaxCodeRef"), {})
    rows = emulator.rows(realm, "TaxRate")
    found = []
    for one in code.get("SalesTaxRateList", {}).get("TaxRateDetail", []):
        row = rows[one["TaxRateRef"]["value"]]
        found.append(Rate(row["Id"], _in_force(row, form.values["TxnDate"]), compound=bool(one.get("TaxOnTaxOrder"))))
    return tuple(found)


def _in_force(row: Row, on: str) -> Decimal:
    """Return a rate's percent on a day: a change of rate leaves its history in EffectiveTaxRate."""
    for one in row.get("EffectiveTaxRate") or []:
        since, until = str(one.get("EffectiveDate") or "")[:10], str(one.get("EndDate") or "9999")[:10]
        if since <= on <= until:
            return Decimal(one["RateValue"])
    return Decimal(row["RateValue"])
