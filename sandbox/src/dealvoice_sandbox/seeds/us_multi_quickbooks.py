"""Seed ``us-multi``: the sample company that also sells in Canadian dollars and in euro."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.quickbooks.currency import reference, to_home
from dealvoice_sandbox.quickbooks.writing import stamp
from dealvoice_sandbox.seeds import us_quickbooks
from dealvoice_sandbox.seeds.bookkeeping import Bookkeeper
from dealvoice_sandbox.seeds.worlds import US_MULTI

Row = dict[str, Any]


def build(now: datetime) -> Row:
    """Return the tree of the whole emulator."""
    company = us_quickbooks.sample(now)
    entities = company["entities"]
    entities["Preferences"]["1"]["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    for entity in ("Invoice", "CreditMemo", "Estimate", "SalesReceipt", "Payment"):
        for row in entities[entity].values():
            row["ExchangeRate"] = Decimal(1)
            if entity != "Payment":
                to_home(row)
    day, made = (now.date() - timedelta(days=90)).isoformat(), stamp(now - timedelta(days=90))
    entities["ExchangeRate"] = {
        f"{code}:{day}": {
            "SourceCurrencyCode": code, "TargetCurrencyCode": "USD", "Rate": rate, "AsOfDate": day, "domain": "QBO",
            "sparse": False, "SyncToken": "0", "MetaData": {"CreateTime": made, "LastUpdatedTime": made},
        }
        for code, rate in US_MULTI.rates.items()
    }  # fmt: skip
    for row in entities["Account"].values():
        row["CurrencyRef"] = reference("USD")
    keeper = Bookkeeper(US_MULTI, company, now)
    keeper.add_customers(taxable=True)
    _documents(keeper)
    return {"companies": {US_MULTI.realm: company}, "grants": {}, "codes": {}, "access": {}}


def _documents(keeper: Bookkeeper) -> None:
    keeper.document("Invoice", "Maple Grove Estates", 12, keeper.sold("Design", "10", "100", "NON"))
    late = keeper.document("Invoice", "Jardins du Plateau", 55, keeper.sold("Design", "4", "100", "NON"))
    keeper.pay("Jardins du Plateau", 20, "150", (late, "150"))
    paid = keeper.document("Invoice", "Żuraw Logistyka Sp. z o.o.", 40, keeper.sold("Installation", "9", "50", "NON"))
    keeper.pay("Żuraw Logistyka Sp. z o.o.", 10, "450", (paid, "450"))
    keeper.document("Invoice", "Żuraw Logistyka Sp. z o.o.", 3, keeper.sold("Design", "10", "90", "NON"))
    keeper.document("Invoice", "Blumenhaus Köln GmbH", 60, keeper.sold("Design", "2", "90", "NON"))
