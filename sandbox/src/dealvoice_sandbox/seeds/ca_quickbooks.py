"""Seed ``ca``: a company in Québec; one tax code of two rates, GST 5 % and QST 9.975 %, each by itself."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.seeds.bookkeeping import Bookkeeper
from dealvoice_sandbox.seeds.company_quickbooks import Code
from dealvoice_sandbox.seeds.company_quickbooks import build as build_company
from dealvoice_sandbox.seeds.worlds import CA

Row = dict[str, Any]
BOTH, GST, HST, ZERO, EXEMPT, OUTSIDE = "2", "3", "4", "5", "6", "7"
_CODES = (
    Code("GST/QST QC - 9.975", (("GST", "5"), ("QST 9.975%", "9.975"))),
    Code("GST", (("GST", "5"),)),
    Code("HST ON", (("HST ON", "13"),)),
    Code("Zero-rated", (("Zero-rated", "0"),)),
    Code("Exempt", (("Exempt", "0"),)),
    Code("Out of Scope", (("Out of Scope", "0"),)),
)


def build(now: datetime) -> Row:
    """Return the tree of the whole emulator."""
    company = build_company(CA, now, agencies=("Canada Revenue Agency", "Revenu Québec"), codes=_CODES)
    keeper = Bookkeeper(CA, company, now)
    keeper.add_customers(taxable=True)
    keeper.add_items("1", {Decimal("14.975"): BOTH, Decimal(0): ZERO})
    _documents(keeper)
    return {"companies": {CA.realm: company}, "grants": {}, "codes": {}, "access": {}}


def _documents(keeper: Bookkeeper) -> None:
    # The recorded example: 9.975 % of 500.00 and of 3995.16 is 448.40, line by line.
    keeper.document(
        "Invoice", "Hôtel du Vieux-Port", 12, keeper.sold("Snow removal", "1", "500", BOTH),
        keeper.sold("Stone wall", "1", "3995.16", BOTH), BillEmail={"Address": "comptes@vieuxport.example"},
    )  # fmt: skip
    paid = keeper.document("Invoice", "Café Mont-Royal", 50, keeper.sold("Snow removal", "1", "100", BOTH))
    keeper.pay("Café Mont-Royal", 30, "114.98", (paid, "114.98"))
    late = keeper.document("Invoice", "Café Mont-Royal", 65, keeper.sold("Aménagement paysager", "6", "85", BOTH))
    keeper.pay("Café Mont-Royal", 30, "200", (late, "200"))
    keeper.document("Invoice", "Ottawa Green Roofs Ltd", 45, keeper.sold("Aménagement paysager", "3", "85", HST))
    keeper.document("Invoice", "Vermont Sugar Shack", 8, keeper.sold("Basic groceries basket", "2", "19.99", ZERO))
    keeper.document("Estimate", "Hôtel du Vieux-Port", 4, keeper.sold("Aménagement paysager", "40", "85", BOTH))
    keeper.document("CreditMemo", "Ottawa Green Roofs Ltd", 2, keeper.sold("Aménagement paysager", "1", "85", HST))
