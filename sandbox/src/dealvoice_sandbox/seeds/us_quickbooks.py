"""
Builds the QuickBooks side of seed ``us``: the US sample company, dates shifted so that it ends today.

Amounts stand as recorded and are never recomputed. A second, empty company in Britain is there for the chooser.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from dealvoice_sandbox.quickbooks.writing import PACIFIC, stamp

REALM = "9341452000000001"
OTHER_REALM = "9341452000000002"
_ISO3 = {"US": "USA", "GB": "GBR"}
Entity = dict[str, Any]


def build(now: datetime) -> dict[str, Any]:
    """Return the tree of the whole emulator; the sample's anchor day is today."""
    return {
        "companies": {REALM: sample(now), OTHER_REALM: garden_house(now)},
        "grants": {},
        "codes": {},
        "access": {},
    }


def sample(now: datetime) -> dict[str, Any]:
    """Return the sample company alone."""
    data = json.loads((Path(__file__).parent / "us_company.json").read_text(), parse_float=Decimal)
    return _Maker(now, data).company()


class _Maker:
    def __init__(self, now: datetime, data: dict[str, Any]) -> None:
        self._now, self._data = now, data
        self._today = now.astimezone(PACIFIC).date()
        self._items = {row["Id"]: row for row in data["items"]}
        self._names = {row["Id"]: row["DisplayName"] for row in data["customers"]}

    def company(self) -> dict[str, Any]:
        data = self._data
        info = data["company_info"]
        entities: dict[str, dict[str, Entity]] = {
            "Customer": self._each(data["customers"], self._customer),
            "Item": self._each(data["items"], self._item),
            "Account": self._each(data["accounts"], self._account),
            "Term": self._each(data["terms"], dict),
            "PaymentMethod": self._each(data["payment_methods"], dict),
            "TaxAgency": self._each(data["tax_agencies"], dict),
            "TaxRate": self._each(data["tax_rates"], self._tax_rate),
            "TaxCode": self._each(data["tax_codes"], self._tax_code),
            "Vendor": self._each(data["vendors"], self._person),
            "Employee": self._each(data["employees"], self._person),
            "Invoice": self._each(data["invoices"], self._invoice),
            "Payment": self._each(data["payments"], self._payment),
            "CreditMemo": self._each(data["credit_memos"], self._credit_memo),
            "Estimate": self._each(data["estimates"], self._estimate),
            "SalesReceipt": self._each(data["sales_receipts_partial"], self._sales_receipt),
            "Class": {},
            "Department": {},
            "CompanyCurrency": {},
            "CompanyInfo": {"1": self._base("1") | self._info(info)},
            "Preferences": {"1": self._base("1") | {k: v for k, v in data["preferences"].items() if k != "Id"}},
        }
        return {
            "name": info["CompanyName"],
            "country": "US",
            "entities": entities,
            "next": {"txn": 145, "Customer": 58, "Item": 19, "address": 200, "other": 100},
            "doc": 1038,
            "deleted": [],
            "replays": {},
            "outbox": [],
        }

    def _each(self, rows: list[Entity], make: Any) -> dict[str, Entity]:
        return {row["Id"]: self._base(row["Id"], row.get("SyncToken", "0"), row) | make(row) for row in rows}

    def _base(self, entity_id: str, token: str = "0", row: Entity | None = None) -> Entity:
        offset = int((row or {}).get("TxnDateOffsetDays", -30))
        made = (
            self._now
            - timedelta(days=1)
            + timedelta(days=min(offset, 0), minutes=int(entity_id) if entity_id.isdigit() else 0)
        )
        made = min(made, self._now - timedelta(minutes=30))
        return {
            "domain": "QBO", "sparse": False, "Id": entity_id, "SyncToken": token,
            "MetaData": {"CreateTime": stamp(made), "LastUpdatedTime": stamp(made)},
        }  # fmt: skip

    def _day(self, offset: int) -> str:
        return (self._today + timedelta(days=offset)).isoformat()

    def _info(self, info: Entity) -> Entity:
        address = {"Id": "1", **info["CompanyAddr"], "Country": _ISO3["US"]}
        return {
            "CompanyName": info["CompanyName"],
            "LegalName": info["LegalName"],
            "CompanyAddr": address,
            "LegalAddr": address,
            "CustomerCommunicationAddr": address,
            "Country": "US",
            "Email": {"Address": info["Email"]},
            "WebAddr": {},
            "FiscalYearStartMonth": "January",
            "SupportedLanguages": "en",
            "DefaultTimeZone": "America/Los_Angeles",
            "NameValue": [
                {"Name": "NeoEnabled", "Value": "true"},
                {"Name": "SubscriptionStatus", "Value": "PAID"},
                {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            ],
        }

    def _customer(self, row: Entity) -> Entity:
        made: Entity = {
            name: row[name]
            for name in (
                "Taxable", "Job", "BillWithParent", "Level", "Balance", "BalanceWithJobs", "PreferredDeliveryMethod",
                "GivenName", "MiddleName", "FamilyName", "FullyQualifiedName", "CompanyName", "DisplayName",
                "PrintOnCheckName", "Active",
            )
            if name in row
        }  # fmt: skip
        made["CurrencyRef"] = _currency(row.get("CurrencyCode", "USD"))
        for name in ("PrimaryPhone", "Mobile", "Fax"):
            if name in row:
                made[name] = {"FreeFormNumber": row[name]}
        if "PrimaryEmailAddr" in row:
            made["PrimaryEmailAddr"] = {"Address": row["PrimaryEmailAddr"]}
        if "WebAddr" in row:
            made["WebAddr"] = {"URI": row["WebAddr"]}
        if "ParentId" in row:
            made["ParentRef"] = {"value": row["ParentId"]}
        for name in ("BillAddr", "ShipAddr"):
            if name in row:
                made[name] = {"Id": str(int(row["Id"]) + 1), **row[name]}
        return made

    def _item(self, row: Entity) -> Entity:
        made = {
            name: value for name, value in row.items() if not name.endswith("Id") and name not in {"Id", "SyncToken"}
        }
        for name in ("IncomeAccount", "ExpenseAccount", "AssetAccount"):
            if f"{name}Id" in row:
                made[f"{name}Ref"] = self._account_ref(row[f"{name}Id"])
        if "ParentId" in row:
            made["ParentRef"] = {"value": row["ParentId"]}
        return made

    def _account_ref(self, account_id: str) -> Entity:
        name = next((row["Name"] for row in self._data["accounts"] if row["Id"] == account_id), "")
        return {"value": account_id, "name": name}

    def _account(self, row: Entity) -> Entity:
        return {k: v for k, v in row.items() if k not in {"Id", "ParentId"}} | {"CurrencyRef": _currency("USD")}

    def _tax_rate(self, row: Entity) -> Entity:
        made = {k: v for k, v in row.items() if k not in {"Id", "AgencyId"}}
        return made | {"AgencyRef": {"value": row["AgencyId"]}, "EffectiveTaxRate": []}

    def _tax_code(self, row: Entity) -> Entity:
        def rates(name: str) -> Entity:
            found = [
                {"TaxRateRef": {"value": rate["TaxRateId"]}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
                for rate in row.get(name, [])
            ]
            return {"TaxRateDetail": found}

        made = {k: v for k, v in row.items() if k not in {"Id", "note", "SalesTaxRateList", "PurchaseTaxRateList"}}
        made.setdefault("Active", True)
        made.setdefault("Description", made["Name"])
        if "SalesTaxRateList" in row:
            made |= {"SalesTaxRateList": rates("SalesTaxRateList"), "PurchaseTaxRateList": rates("PurchaseTaxRateList")}
        return made

    def _person(self, row: Entity) -> Entity:
        return {"DisplayName": row["DisplayName"], "Active": True} | (
            {"Balance": row["Balance"]} if "Balance" in row else {}
        )

    def _invoice(self, row: Entity) -> Entity:
        lines = [self._line(line) for line in row["Line"]]
        subtotal = {"Amount": row["SubTotal"], "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
        lines = [line for line in lines if line["DetailType"] != "DiscountLineDetail"]
        made: Entity = {
            "AllowIPNPayment": False,
            "AllowOnlinePayment": False,
            "AllowOnlineCreditCardPayment": False,
            "AllowOnlineACHPayment": False,
            "CustomField": [],
            "DocNumber": row["DocNumber"],
            "TxnDate": self._day(int(row["TxnDateOffsetDays"])),
            "DueDate": self._day(int(row["DueDateOffsetDays"])),
            "CurrencyRef": _currency("USD"),
            "LinkedTxn": row.get("LinkedTxn", []),
            "Line": [*lines, subtotal, *discounts],
            "TxnTaxDetail": self._tax(row),
            "CustomerRef": {"value": row["CustomerId"], "name": row["CustomerName"]},
            "TotalAmt": row["TotalAmt"],
            "ApplyTaxAfterDiscount": row.get("ApplyTaxAfterDiscount", False),
            "PrintStatus": row.get("PrintStatus", "NotSet"),
            "EmailStatus": row.get("EmailStatus", "NotSet"),
            "Balance": row["Balance"],
        }
        for name in ("PrivateNote", "BillAddr", "ShipAddr"):
            if row.get(name):
                made[name] = row[name]
        if row.get("CustomerMemo"):
            made["CustomerMemo"] = {"value": row["CustomerMemo"]}
        if row.get("BillEmail"):
            made["BillEmail"] = {"Address": row["BillEmail"]}
        if row.get("SalesTermId"):
            made["SalesTermRef"] = {"value": row["SalesTermId"]}
        return made

    def _tax(self, row: Entity) -> Entity:
        made: Entity = {"TotalTax": row.get("TotalTax", 0)}
        if row.get("TxnTaxCodeId"):
            made["TxnTaxCodeRef"] = {"value": row["TxnTaxCodeId"]}
        lines = [
            {
                "Amount": line["Amount"],
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": line["TaxRateId"]},
                    "PercentBased": True,
                    "TaxPercent": line["TaxPercent"],
                    "NetAmountTaxable": line["NetAmountTaxable"],
                },
            }
            for line in row.get("TaxLine", [])
        ]
        return made | ({"TaxLine": lines} if lines else {})

    def _line(self, line: Entity) -> Entity:
        made: Entity = {
            name: line[name] for name in ("Id", "LineNum", "Description", "Amount", "DetailType") if name in line
        }
        if line["DetailType"] == "DiscountLineDetail":
            made["DiscountLineDetail"] = line.get("DiscountLineDetail", {})
        elif line["DetailType"] == "SalesItemLineDetail":
            detail: Entity = {"ItemRef": {"value": line["ItemId"], "name": line["ItemName"]}}
            detail |= {name: line[name] for name in ("UnitPrice", "Qty") if name in line}
            income = self._items.get(line["ItemId"], {}).get("IncomeAccountId")
            if income:
                detail["ItemAccountRef"] = self._account_ref(income)
            detail["TaxCodeRef"] = {"value": line.get("TaxCode", "NON")}
            made["SalesItemLineDetail"] = detail
        else:
            made[line["DetailType"]] = {}
        return made

    def _payment(self, row: Entity) -> Entity:
        made = {
            "CustomerRef": {"value": row["CustomerId"], "name": self._names.get(row["CustomerId"], "")},
            "DepositToAccountRef": {"value": row.get("DepositToAccountId", "4")},
            "TotalAmt": row["TotalAmt"],
            "UnappliedAmt": row.get("UnappliedAmt", 0),
            "ProcessPayment": False,
            "TxnDate": self._day(int(row["TxnDateOffsetDays"])),
            "CurrencyRef": _currency("USD"),
            "LinkedTxn": row.get("LinkedTxn", []),
            "Line": row["Line"],
        }
        if row.get("PaymentRefNum"):
            made["PaymentRefNum"] = row["PaymentRefNum"]
        if row.get("PaymentMethodId"):
            made["PaymentMethodRef"] = {"value": row["PaymentMethodId"]}
        return made

    def _credit_memo(self, row: Entity) -> Entity:
        return {
            **self._form(row, -20),
            "TxnTaxDetail": {"TotalTax": 0},
            "RemainingCredit": row["RemainingCredit"],
            "Balance": row["Balance"],
        }

    def _estimate(self, row: Entity) -> Entity:
        code = {"TxnTaxCodeRef": {"value": "2"}} if row["TotalTax"] else {}
        return {
            **self._form(row, int(row["TxnDateOffsetDays"])),
            "LinkedTxn": row.get("LinkedTxn", []),
            "TxnTaxDetail": {**code, "TotalTax": row["TotalTax"]},
            "EmailStatus": row["EmailStatus"],
            "TxnStatus": row["TxnStatus"],
        }

    def _sales_receipt(self, row: Entity) -> Entity:
        return {
            **self._form({**row, "Line": [{"DetailType": "SalesItemLineDetail", **line} for line in row["Line"]]}, -25),
            "LinkedTxn": [],
            "TxnTaxDetail": {"TotalTax": 0},
            "Balance": 0,
            "PaymentMethodRef": {"value": row["PaymentMethodId"]},
            "PaymentRefNum": row["PaymentRefNum"],
            "DepositToAccountRef": self._account_ref(row["DepositToAccountId"]),
        }

    def _form(self, row: Entity, offset: int) -> Entity:
        lines = [self._line({"Id": str(n), "LineNum": n, **line}) for n, line in enumerate(row["Line"], 1)]
        amounts = [Decimal(line["Amount"]) for line in lines if line["DetailType"] == "SalesItemLineDetail"]
        total = {"Amount": sum(amounts, Decimal(0)), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        return {
            "CustomField": [],
            "DocNumber": row["DocNumber"],
            "TxnDate": self._day(offset),
            "CurrencyRef": _currency("USD"),
            "Line": [*[line for line in lines if line["DetailType"] != "SubTotalLineDetail"], total],
            "CustomerRef": {"value": row["CustomerId"], "name": self._names[row["CustomerId"]]},
            "TotalAmt": row["TotalAmt"],
            "ApplyTaxAfterDiscount": False,
            "PrintStatus": "NeedToPrint",
            "EmailStatus": "NotSet",
        }


def _currency(code: str) -> Entity:
    names = {"USD": "United States Dollar", "GBP": "British Pound Sterling", "EUR": "Euro"}
    return {"value": code, "name": names.get(code, code)}


def garden_house(now: datetime) -> dict[str, Any]:
    """Return a second, empty company, so that there is something to choose from and to mix up."""
    made = {"CreateTime": stamp(now - timedelta(days=40)), "LastUpdatedTime": stamp(now - timedelta(days=40))}
    base = {"domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0", "MetaData": made}
    info = {
        **base, "CompanyName": "Garden House Ltd", "LegalName": "Garden House Ltd", "Country": "GB",
        "CompanyAddr": {"Id": "1", "Line1": "4 Mill Lane", "City": "Bath", "PostalCode": "BA1 1AA", "Country": _ISO3["GB"]},
        "DefaultTimeZone": "Europe/London", "NameValue": [{"Name": "SubscriptionStatus", "Value": "TRIAL"}],
    }  # fmt: skip
    preferences = {
        **base,
        "SalesFormsPrefs": {"CustomTxnNumbers": False, "AllowDiscount": True, "DefaultTerms": {"value": "3"}},
        "CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}, "MultiCurrencyEnabled": False},
        "TaxPrefs": {"UsingSalesTax": False},
        "AccountingInfoPrefs": {},
    }
    names = (
        "Customer", "Item", "Account", "Term", "PaymentMethod", "TaxAgency", "TaxRate", "TaxCode", "Vendor", "Employee",
        "Invoice", "Payment", "CreditMemo", "Estimate", "Class", "Department", "CompanyCurrency",
    )  # fmt: skip
    entities: dict[str, dict[str, Entity]] = {name: {} for name in names}
    entities["CompanyInfo"], entities["Preferences"] = {"1": info}, {"1": preferences}
    return {
        "name": "Garden House Ltd", "country": "GB", "entities": entities,
        "next": {"txn": 1, "Customer": 1, "Item": 1, "address": 2, "other": 1}, "doc": 1001, "deleted": [],
        "replays": {}, "outbox": [],
    }  # fmt: skip
