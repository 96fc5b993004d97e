"""Seed ``uk``: a British company with VAT, pounds at home, customers who pay in euro and dollars."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.seeds.bookkeeping import Bookkeeper
from dealvoice_sandbox.seeds.company_quickbooks import Code
from dealvoice_sandbox.seeds.company_quickbooks import build as build_company
from dealvoice_sandbox.seeds.worlds import UK

Row = dict[str, Any]
STANDARD, REDUCED, ZERO, EXEMPT, NO_VAT = "2", "3", "4", "5", "6"
_CODES = (
    Code("20.0% S", (("20.0% S (Sales)", "20"),), "Standard"),
    Code("5.0% R", (("5.0% R (Sales)", "5"),), "Reduced"),
    Code("0.0% Z", (("0.0% Z (Sales)", "0"),), "Zero"),
    Code("Exempt", (("Exempt (Sales)", "0"),), "Exempt"),
    Code("No VAT", (("No VAT (Sales)", "0"),), "No VAT"),
)


def build(now: datetime) -> Row:
    """Return the tree of the whole emulator."""
    company = build_company(UK, now, agencies=("HM Revenue & Customs (VAT)",), codes=_CODES)
    keeper = Bookkeeper(UK, company, now)
    keeper.add_customers(taxable=True)
    keeper.add_items("1", {Decimal(20): STANDARD, Decimal(5): REDUCED, Decimal(0): ZERO})
    _at_home(keeper)
    _abroad(keeper)
    _others(keeper)
    return {"companies": {UK.realm: company}, "grants": {}, "codes": {}, "access": {}}


def _at_home(keeper: Bookkeeper) -> None:
    late = keeper.document(
        "Invoice", "Kew Terrace Hotels Ltd", 70, keeper.sold("Garden design", "20", "95", STANDARD),
        BillEmail={"Address": "accounts@kewterrace.example"},
    )  # fmt: skip
    keeper.pay("Kew Terrace Hotels Ltd", 35, "1000", (late, "1000"), PaymentRefNum="BACS 0417")
    keeper.document("Invoice", "Kew Terrace Hotels Ltd", 10, keeper.sold("Planting", "12", "45.50", STANDARD))
    paid = keeper.document("Invoice", "O'Hara & Sons", 40, keeper.sold("Garden design", "4", "95", STANDARD))
    keeper.pay("O'Hara & Sons", 20, "456", (paid, "456"))
    keeper.document(
        "Invoice", "Cardiff Bay Residents' Association", 45, keeper.sold("Planting", "1", "45.50", STANDARD),
        keeper.sold("Smart meter fitting", "1", "120", REDUCED), keeper.sold("Seed potatoes", "4", "7.25", ZERO),
        keeper.sold("Horticulture course", "1", "180", EXEMPT),
    )  # fmt: skip
    butts = keeper.sold("Water butt", "3", "20.8233333", STANDARD, TaxInclusiveAmt="74.97")
    keeper.document("Invoice", "O'Hara & Sons", 2, butts, GlobalTaxCalculation="TaxInclusive")
    mistake = keeper.document(
        "Invoice", "Cardiff Bay Residents' Association", 30, keeper.sold("Planting", "2", "45.50", STANDARD)
    )
    keeper.void(mistake, 29)


def _abroad(keeper: Bookkeeper) -> None:
    keeper.document("Invoice", "Jardin Vivant SARL", 20, keeper.sold("Garden design", "10", "110", NO_VAT))
    late = keeper.document(
        "Invoice", "Ogrody Mazowsza Sp. z o.o.", 60, keeper.sold("Garden design", "8", "110", NO_VAT)
    )
    keeper.pay("Ogrody Mazowsza Sp. z o.o.", 25, "300", (late, "300"))
    keeper.document("Invoice", "Hudson Terraces LLC", 5, keeper.sold("Garden design", "6", "120", NO_VAT))


def _others(keeper: Bookkeeper) -> None:
    keeper.document("Estimate", "Kew Terrace Hotels Ltd", 6, keeper.sold("Planting", "30", "45.50", STANDARD))
    keeper.document("SalesReceipt", "O'Hara & Sons", 3, keeper.sold("Seed potatoes", "2", "7.25", ZERO))
    # A credit that waits for the next invoice.
    keeper.document("CreditMemo", "Kew Terrace Hotels Ltd", 1, keeper.sold("Planting", "1", "45.50", STANDARD))
