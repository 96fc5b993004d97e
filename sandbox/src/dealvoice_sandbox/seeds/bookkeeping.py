"""
Keeps the books of a seed's company by the emulator's own rules: figures of a seed are what the service would compute.

A bookkeeper works on a given day, so that versions and times of what he writes are as old as the documents.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.quickbooks import currency, operations
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.seeds.worlds import Address, Customer, Item, World

Row = dict[str, Any]
ISO3 = {"US": "USA", "GB": "GBR", "CA": "CAN", "FR": "FRA", "PL": "POL", "DE": "DEU"}


class _Day(Clock):
    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.at = now

    def now(self) -> datetime:
        return self.at


class Bookkeeper:
    """
    Writes into a company's tree.

    Args:
        world: Whom and what the seed knows.
        company: The tree, with its lists of accounts, terms and taxes.
        now: The day of the seed; dates are counted back from it.
    """

    def __init__(self, world: World, company: Row, now: datetime) -> None:
        self._world, self._now, self._day = world, now, _Day(now)
        portal = Portal.for_app("http://localhost", redirect_path="/")
        portal.webhook_url = ""
        self._books = QuickBooksEmulator(self._day, portal, seed="", folder=None)
        self._books.deliveries.stop()
        self._books.store.tree["companies"][world.realm] = company
        self._company = company
        self.customers = {row["DisplayName"]: row["Id"] for row in self._rows("Customer").values()}
        self.items = {row["Name"]: row["Id"] for row in self._rows("Item").values()}

    def back(self, days: int) -> str:
        """Return a date some days ago, and work on that day from now on."""
        self._day.at = self._now - timedelta(days=days, hours=1)
        return (self._now.date() - timedelta(days=days)).isoformat()

    def add_customers(self, *, taxable: bool) -> None:
        """Add the world's customers that the company does not have yet."""
        self.back(120)
        for one in self._world.customers:
            if one.name not in self.customers:
                self.customers[one.name] = self._customer(one, taxable=taxable)["Id"]

    def add_items(self, income: str, codes: dict[Decimal, str]) -> None:
        """Add the world's items; ``codes`` are tax codes by percent."""
        self.back(120)
        for one in self._world.items:
            if one.name not in self.items:
                self.items[one.name] = self._item(one, income, codes)["Id"]

    def sold(self, item: str, quantity: str, price: str, code: str, **more: str) -> Row:
        """Return a sales line."""
        count, each = Decimal(quantity), Decimal(price)
        detail = {"ItemRef": {"value": self.items[item]}, "Qty": count, "UnitPrice": each,
                  "TaxCodeRef": {"value": code}, **more}  # fmt: skip
        return {
            "Amount": round(count * each, 2), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail,
            "Description": item,
        }  # fmt: skip

    def document(self, entity: str, customer: str, days: int, *lines: Row, **more: Any) -> Row:
        """Write a document dated some days ago, at the world's rate when its currency is a foreign one."""
        day = self.back(days)
        body = {"CustomerRef": {"value": self.customers[customer]}, "TxnDate": day, "Line": list(lines), **more}
        code = self._currency(customer)
        if code in self._world.rates:
            body |= {"CurrencyRef": {"value": code}, "ExchangeRate": self._world.rates[code]}
        return self.write(entity, body)

    def pay(self, customer: str, days: int, amount: str, *invoices: tuple[Row, str], **more: Any) -> Row:
        """Receive a payment; ``invoices`` come with what goes to each."""
        day = self.back(days)
        lines = [
            {"Amount": Decimal(part), "LinkedTxn": [{"TxnId": row["Id"], "TxnType": "Invoice"}]}
            for row, part in invoices
        ]
        body = {"CustomerRef": {"value": self.customers[customer]}, "TxnDate": day, "TotalAmt": Decimal(amount),
                "Line": lines, **more}  # fmt: skip
        code = self._currency(customer)
        if code in self._world.rates:
            body |= {"CurrencyRef": {"value": code}, "ExchangeRate": self._world.rates[code]}
        return self.write("Payment", body)

    def void(self, row: Row, days: int) -> None:
        """Void an invoice some days ago."""
        self.back(days)
        self.write("Invoice", {"Id": row["Id"], "SyncToken": row["SyncToken"]}, operation="void")

    def write(self, entity: str, body: Row, *, operation: str = "") -> Row:
        """Write by the door that clients use."""
        return operations.write(
            self._books, self._world.realm, entity, body, operation=operation, include=frozenset()
        )  # fmt: skip

    def _customer(self, one: Customer, *, taxable: bool) -> Row:
        body: Row = {"DisplayName": one.name, "CompanyName": one.name, "Taxable": taxable and not one.exempt}
        if one.exempt:
            body["TaxExemptionReasonId"] = "9"
        if one.email:
            body["PrimaryEmailAddr"] = {"Address": one.email}
        if one.tax_id:
            body["PrimaryTaxIdentifier"] = one.tax_id
        if one.address:
            body |= {"BillAddr": address(one.address), "ShipAddr": address(one.address)}
        if self._world.multicurrency:
            body["CurrencyRef"] = {"value": one.currency}
            currency.adopt(self._books, self._world.realm, one.currency)
        return self.write("Customer", body)

    def _item(self, one: Item, income: str, codes: dict[Decimal, str]) -> Row:
        body: Row = {
            "Name": one.name, "Type": "Service", "UnitPrice": one.price, "Sku": one.sku, "Description": one.description,
            "IncomeAccountRef": {"value": income},
        }  # fmt: skip
        if one.tax_percent in codes:
            body["SalesTaxCodeRef"] = {"value": codes[one.tax_percent]}
        return self.write("Item", body)

    def _currency(self, customer: str) -> str:
        row = self._rows("Customer")[self.customers[customer]]
        return str((row.get("CurrencyRef") or {}).get("value", self._world.home))

    def _rows(self, entity: str) -> dict[str, Row]:
        found: dict[str, Row] = self._company["entities"].setdefault(entity, {})
        return found


def address(one: Address) -> Row:
    """Return an address as QuickBooks keeps it."""
    parts = {
        "Line1": one.line1, "City": one.city, "CountrySubDivisionCode": one.region, "PostalCode": one.postal_code,
        "Country": ISO3[one.country],
    }  # fmt: skip
    return {name: value for name, value in parts.items() if value}
