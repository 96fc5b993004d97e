"""Builds a QuickBooks company outside the United States from its world: settings, accounts, terms, tax codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dealvoice_sandbox.quickbooks.writing import stamp
from dealvoice_sandbox.seeds.bookkeeping import address
from dealvoice_sandbox.seeds.worlds import World

Row = dict[str, Any]
_NAMES = {"GBP": "British Pound Sterling", "CAD": "Canadian Dollar", "EUR": "Euro", "USD": "United States Dollar"}
_ACCOUNTS = (
    ("1", "Services", "Income", "ServiceFeeIncome", "Revenue"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset"),
    ("30", "Uncategorised Income", "Income", "OtherPrimaryIncome", "Revenue"),
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "Liability"),
    ("35", "Current", "Bank", "Checking", "Asset"),
    ("79", "Sales of Product Income", "Income", "SalesOfProductIncome", "Revenue"),
    ("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense"),
    ("81", "Inventory Asset", "Other Current Asset", "Inventory", "Asset"),
    ("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "Asset"),
    ("86", "Discounts given", "Income", "DiscountsRefundsGiven", "Revenue"),
    ("89", "Sales Tax Payable", "Other Current Liability", "SalesTaxPayable", "Liability"),
)
_TERMS = (("1", "Due on receipt", 0), ("2", "Net 15", 15), ("3", "Net 30", 30), ("4", "Net 60", 60))
_METHODS = (("1", "Cash", "NON_CREDIT_CARD"), ("2", "Cheque", "NON_CREDIT_CARD"), ("3", "Visa", "CREDIT_CARD"),
            ("4", "Bank transfer", "NON_CREDIT_CARD"))  # fmt: skip
_DAY = {"GB": ("DDMMYYYY_SEP_SLASH", "UK_NB"), "CA": ("YYYYMMDD_SEP_DASH", "US_NB")}


@dataclass(frozen=True, slots=True)
class Code:
    """A tax code and the rates that it is made of, each with its percent."""

    name: str
    rates: tuple[tuple[str, str], ...]
    description: str = ""


def build(world: World, now: datetime, *, agencies: Sequence[str], codes: Sequence[Code]) -> Row:
    """
    Return a company with its lists, without customers, items and documents.

    Args:
        world: Who the company is.
        now: The seed's day.
        agencies: Tax agencies; a rate belongs to the one whose place among them is that of the rate in its code.
        codes: Tax codes, numbered from 2.
    """
    return _Maker(world, now).company(agencies, codes)


class _Maker:
    def __init__(self, world: World, now: datetime) -> None:
        self._world = world
        made = stamp(now - timedelta(days=400))
        self._base: Row = {
            "domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": {"CreateTime": made, "LastUpdatedTime": made},
        }  # fmt: skip
        self._day = (now.date() - timedelta(days=90)).isoformat()

    def company(self, agencies: Sequence[str], codes: Sequence[Code]) -> Row:
        rates, tax_codes = self._taxes(agencies, codes)
        entities: dict[str, dict[str, Row]] = {
            name: {} for name in ("Customer", "Item", "Vendor", "Employee", "Invoice", "Payment", "CreditMemo",
                                  "Estimate", "SalesReceipt", "Class", "Department", "CompanyCurrency")
        }  # fmt: skip
        entities |= {
            "CompanyInfo": {"1": self._row("1", **self._info())},
            "Preferences": {"1": self._row("1", **self._preferences())},
            "Account": {row[0]: self._account(*row) for row in _ACCOUNTS},
            "Term": {
                n: self._row(
                    n, Name=name, Active=True, Type="STANDARD", DiscountPercent=0, DueDays=days, DiscountDays=0
                )
                for n, name, days in _TERMS
            },
            "PaymentMethod": {n: self._row(n, Name=name, Active=True, Type=kind) for n, name, kind in _METHODS},
            "TaxAgency": {
                str(n): self._row(str(n), DisplayName=name, TaxTrackedOnSales=True, TaxTrackedOnPurchases=True)
                for n, name in enumerate(agencies, 1)
            },
            "TaxRate": rates,
            "TaxCode": tax_codes,
            "ExchangeRate": {f"{code}:{self._day}": self._rate(code, rate) for code, rate in self._world.rates.items()},
        }
        return {
            "name": self._world.company, "country": self._world.country, "entities": entities,
            "next": {"txn": 1, "Customer": 1, "Item": 1, "address": 100, "other": 100}, "doc": 1001, "deleted": [],
            "replays": {}, "outbox": [],
        }  # fmt: skip

    def _row(self, entity_id: str, **values: Any) -> Row:
        return {**values, **self._base, "Id": entity_id}

    def _info(self) -> Row:
        world = self._world
        place = {"Id": "1", **address(world.address)}
        return {
            "CompanyName": world.company, "LegalName": world.company, "CompanyAddr": place, "LegalAddr": place,
            "CustomerCommunicationAddr": place, "Country": world.country, "FiscalYearStartMonth": "January",
            "SupportedLanguages": "en", "DefaultTimeZone": world.zone, "WebAddr": {},
            "Email": {"Address": "books@seller.example"},
            "NameValue": [
                {"Name": "NeoEnabled", "Value": "true"}, {"Name": "SubscriptionStatus", "Value": "PAID"},
                {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            ],
        }  # fmt: skip

    def _preferences(self) -> Row:
        day, number = _DAY[self._world.country]
        message = {
            name: {"Subject": f"{title} from {self._world.company}", "Message": f"Your {title.lower()} is attached."}
            for name, title in (("InvoiceMessage", "Invoice"), ("EstimateMessage", "Estimate"),
                                ("SalesReceiptMessage", "Sales Receipt"), ("StatementMessage", "Statement"))
        }  # fmt: skip
        others = (
            ("SalesFormsPrefs.DefaultItem", "1"), ("UncategorizedIncomeAccountId", "30"), ("DateFormatMnemonic", day),
            ("NumberFormatMnemonic", number), ("WarnDuplicateCheckNumber", "true"),
        )  # fmt: skip
        return {
            "AccountingInfoPrefs": {
                "FirstMonthOfFiscalYear": "January", "UseAccountNumbers": False, "TaxYearMonth": "January",
                "ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False, "TrackDepartments": False,
                "CustomerTerminology": "Customers", "DepartmentTerminology": "Location",
            },
            "ProductAndServicesPrefs": {
                "ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True, "QuantityOnHand": False,
            },
            "SalesFormsPrefs": {
                "CustomTxnNumbers": False, "AllowDeposit": True, "AllowDiscount": True, "AllowShipping": False,
                "AllowServiceDate": False, "AllowEstimates": True, "DefaultTerms": {"value": "3"},
                "DefaultDiscountAccount": "86", "AutoApplyCredit": True, "AutoApplyPayments": True,
                "EmailCopyToCompany": False, "ETransactionEnabledStatus": "NotApplicable",
                "ETransactionPaymentEnabled": False, "IPNSupportEnabled": False, "UsingPriceLevels": False,
                "DefaultCustomerMessage": "Thank you for your business.", "CustomField": [],
            },
            "EmailMessagesPrefs": message,
            "TaxPrefs": {"UsingSalesTax": True},
            "CurrencyPrefs": {
                "HomeCurrency": {"value": self._world.home}, "MultiCurrencyEnabled": self._world.multicurrency,
            },
            "OtherPrefs": {"NameValue": [{"Name": name, "Value": value} for name, value in others]},
        }  # fmt: skip

    def _account(self, entity_id: str, name: str, kind: str, subtype: str, classification: str) -> Row:
        return self._row(
            entity_id, Name=name, SubAccount=False, FullyQualifiedName=name, Active=True,
            Classification=classification, AccountType=kind, AccountSubType=subtype, CurrentBalance=Decimal(0),
            CurrentBalanceWithSubAccounts=Decimal(0),
            CurrencyRef={"value": self._world.home, "name": _NAMES[self._world.home]},
        )  # fmt: skip

    def _rate(self, code: str, rate: Decimal) -> Row:
        return {
            "SourceCurrencyCode": code, "TargetCurrencyCode": self._world.home, "Rate": rate, "AsOfDate": self._day,
            **self._base,
        }  # fmt: skip

    def _taxes(self, agencies: Sequence[str], codes: Sequence[Code]) -> tuple[dict[str, Row], dict[str, Row]]:
        rates: dict[str, Row] = {}
        made: dict[str, Row] = {}
        known: dict[tuple[str, str], str] = {}
        for number, code in enumerate(codes, 2):
            details = []
            for position, (name, percent) in enumerate(code.rates):
                if (name, percent) not in known:
                    rate_id = str(len(rates) + 1)
                    agency = str(min(position, len(agencies) - 1) + 1)
                    rates[rate_id] = self._row(
                        rate_id, Name=name, Description=name, Active=True, RateValue=Decimal(percent),
                        AgencyRef={"value": agency}, SpecialTaxType="ZERO_RATE" if Decimal(percent) == 0 else "NONE",
                        DisplayType="ReadOnly", EffectiveTaxRate=[],
                    )  # fmt: skip
                    known[name, percent] = rate_id
                reference = {"value": known[name, percent], "name": name}
                details.append({"TaxRateRef": reference, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0})
            made[str(number)] = self._row(
                str(number), Name=code.name, Description=code.description or code.name, Active=True, Hidden=False,
                Taxable=True, TaxGroup=True, SalesTaxRateList={"TaxRateDetail": details},
                PurchaseTaxRateList={"TaxRateDetail": []},
            )  # fmt: skip
        return rates, made
