"""Seed ``us-ast``: the sample company with automated sales tax, and customers in places that are taxed differently."""

from datetime import datetime
from typing import Any

from dealvoice_sandbox.seeds import us_quickbooks
from dealvoice_sandbox.seeds.bookkeeping import Bookkeeper
from dealvoice_sandbox.seeds.worlds import US_AST

Row = dict[str, Any]


def build(now: datetime) -> Row:
    """Return the tree of the whole emulator."""
    company = us_quickbooks.sample(now)
    company["entities"]["Preferences"]["1"]["TaxPrefs"]["PartnerTaxEnabled"] = True
    keeper = Bookkeeper(US_AST, company, now)
    keeper.add_customers(taxable=True)
    _documents(keeper)
    return {"companies": {US_AST.realm: company}, "grants": {}, "codes": {}, "access": {}}


def _documents(keeper: Bookkeeper) -> None:
    keeper.document(
        "Invoice", "Tucson Cactus House", 9, keeper.sold("Soil", "10", "10", "TAX"),
        keeper.sold("Design", "1", "75", "NON"), BillEmail={"Address": "desk@tucsoncactus.example"},
    )  # fmt: skip
    late = keeper.document("Invoice", "Brooklyn Roof Farms", 48, keeper.sold("Soil", "20", "10", "TAX"))
    keeper.pay("Brooklyn Roof Farms", 15, "100", (late, "100"))
    keeper.document("Invoice", "Portland Moss Co", 4, keeper.sold("Soil", "5", "10", "TAX"))
    keeper.document("Invoice", "Bay Area Resale Nursery", 6, keeper.sold("Soil", "50", "10", "TAX"))
    keeper.document("Invoice", "Walk-in without address", 1, keeper.sold("Soil", "1", "10", "TAX"))
