"""
The chart of accounts, as far as a client may change it.

Source: Account page of the Accounting API: types with their classification and usual subtype, names, numbers.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import company_currencies, currency, merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.references import check_references

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
TYPES = {
    "Bank": ("Asset", "CashOnHand", "Checking Savings MoneyMarket RentsHeldInTrust TrustAccounts"),
    "Accounts Receivable": ("Asset", "AccountsReceivable", ""),
    "Other Current Asset": (
        "Asset", "EmployeeCashAdvances",
        "UndepositedFunds Inventory PrepaidExpenses OtherCurrentAssets AllowanceForBadDebts LoansToOthers Retainage",
    ),
    "Fixed Asset": (
        "Asset", "FurnitureAndFixtures", "Vehicles Buildings Land MachineryAndEquipment AccumulatedDepreciation",
    ),
    "Other Asset": ("Asset", "OtherLongTermAssets", "SecurityDeposits Licenses Goodwill OrganizationalCosts"),
    "Accounts Payable": ("Liability", "AccountsPayable", ""),
    "Credit Card": ("Liability", "CreditCard", ""),
    "Other Current Liability": (
        "Liability", "OtherCurrentLiabilities",
        "GlobalTaxPayable SalesTaxPayable LineOfCredit LoanPayable PayrollTaxPayable DeferredRevenue InsurancePayable",
    ),
    "Long Term Liability": ("Liability", "NotesPayable", "OtherLongTermLiabilities ShareholderNotesPayable"),
    "Equity": ("Equity", "OpeningBalanceEquity", "RetainedEarnings OwnersEquity PartnersEquity CommonStock"),
    "Income": (
        "Revenue", "ServiceFeeIncome",
        "SalesOfProductIncome OtherPrimaryIncome DiscountsRefundsGiven NonProfitIncome UnappliedCashPaymentIncome",
    ),
    "Other Income": (
        "Revenue", "OtherInvestmentIncome", "InterestEarned OtherMiscellaneousIncome DividendIncome TaxExemptInterest",
    ),
    "Cost of Goods Sold": (
        "Expense", "SuppliesMaterialsCogs",
        "CostOfLaborCos EquipmentRentalCos OtherCostsOfServiceCos ShippingFreightDeliveryCos",
    ),
    "Expense": (
        "Expense", "Travel",
        ("AdvertisingPromotional Auto BankCharges DuesSubscriptions Entertainment EntertainmentMeals EquipmentRental "
        "Insurance InterestPaid LegalProfessionalFees OfficeGeneralAdministrativeExpenses "
        "OtherMiscellaneousServiceCost RepairMaintenance RentOrLeaseOfBuildings ShippingFreightDelivery "
        "SuppliesMaterials TaxesPaid TravelMeals UnappliedCashBillPaymentExpense Utilities"),
    ),
    "Other Expense": ("Expense", "Depreciation", "OtherMiscellaneousExpense PenaltiesSettlements Amortization"),
}  # fmt: skip
"""Type -> classification, the subtype that it gets by itself, other subtypes."""
_SUBTYPES = {
    subtype: kind for kind, (_, usual, others) in TYPES.items() for subtype in (usual, *others.split())
}  # fmt: skip
_NUMBERS = {"US": 7, "GB": 7, "UK": 7, "IN": 7}
_LONGEST_NUMBER = 20
_KEPT = frozenset({"Active", "CurrencyRef", "AccountType", "AccountSubType"})
_GONE = " (deleted)"


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Open an account."""
    values = merging.writable("Account", body)
    base = company_currencies.home(emulator, realm)
    values["CurrencyRef"] = currency.reference(str((values.get("CurrencyRef") or {}).get("value") or base))
    values["Active"] = values.get("Active", True)
    values["CurrentBalance"] = values["CurrentBalanceWithSubAccounts"] = Decimal(0)
    _complete(emulator, realm, values, own_id="")
    return emulator.new(realm, "Account", emulator.next_id(realm, "other"), values)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change an account; ``Active`` false is how it is deleted, and its name says so from then on."""
    row = emulator.current(realm, "Account", body)
    values = merging.merged("Account", row, body, keep=_KEPT)
    values["CurrencyRef"] = row.get("CurrencyRef")
    _complete(emulator, realm, values, own_id=row["Id"])
    if values.get("Active") is False and row.get("Active") is not False:
        values["Name"] = row["Name"] + _GONE
        values["FullyQualifiedName"] = row["FullyQualifiedName"] + _GONE
    return merging.store(emulator, realm, "Account", row, values)


def _complete(emulator: "QuickBooksEmulator", realm: str, values: Row, *, own_id: str) -> None:
    name = values["Name"].strip()
    if ":" in name or '"' in name:
        raise Refusal("2040", "Invalid String : the element contains invalid characters", "Name")
    values["Name"] = name
    check_references(emulator, realm, values, {"ParentRef": "Account", "TaxCodeRef": "TaxCode"})
    kind, subtype = values.get("AccountType"), values.get("AccountSubType")
    if not kind and not subtype:
        raise Refusal("6010", "Account type or subtype is required", "AccountType")
    if subtype and kind is None and subtype not in _SUBTYPES:
        raise Refusal("2170", f"Invalid Enumeration : {subtype}", "AccountSubType")
    kind = kind or _SUBTYPES[str(subtype)]
    if kind not in TYPES or (subtype in _SUBTYPES and _SUBTYPES[str(subtype)] != kind):
        raise Refusal("2170", f"Invalid Enumeration : {subtype if kind in TYPES else kind}", "AccountSubType")
    classification, usual, _ = TYPES[kind]
    values |= {"AccountType": kind, "AccountSubType": subtype or usual, "Classification": classification}
    parent = (values.get("ParentRef") or {}).get("value", "")
    values["SubAccount"] = bool(parent)
    values["FullyQualifiedName"] = name
    if parent:
        above = emulator.rows(realm, "Account")[parent]
        if above["AccountType"] != kind or parent == own_id:
            raise Refusal("700", "Invalid parent : a subaccount is of its parent's type", "ParentRef")
        values["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{name}"
    _is_free(emulator, realm, values, own_id)


def _is_free(emulator: "QuickBooksEmulator", realm: str, values: Row, own_id: str) -> None:
    number = values.get("AcctNum")
    country = str(emulator.company(realm).get("country", ""))
    longest = _NUMBERS.get(country, _LONGEST_NUMBER)
    if number and (":" in number or len(number) > longest):
        detail = (
            "String length specified does not match the supported length. "
            f"Min:0 Max:{longest} supported. Supplied length:{len(number)}"
        )
        raise Refusal("2050", detail, "AcctNum")
    for row in emulator.rows(realm, "Account").values():
        if row["Id"] == own_id:
            continue
        if str(row.get("FullyQualifiedName", row["Name"])).casefold() == values["FullyQualifiedName"].casefold():
            raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", "Name")
        if number and row.get("AcctNum") == number:
            raise Refusal("6240", f"The account number supplied already exists. : Id={row['Id']}", "AcctNum")
