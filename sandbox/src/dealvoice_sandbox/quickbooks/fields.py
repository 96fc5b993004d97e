"""
What each entity knows: its properties in JSON order, lengths, and what a query may ask for.

Source: API reference of each entity and the vendor's schemas for names and order.
"""

_HEAD = ("domain", "sparse", "Id", "SyncToken", "MetaData")
_SALES = (
    "CustomField", "DocNumber", "TxnDate", "DepartmentRef", "CurrencyRef", "ExchangeRate", "PrivateNote", "LinkedTxn",
    "Line", "TxnTaxDetail", "CustomerRef", "CustomerMemo", "BillAddr", "ShipAddr", "FreeFormAddress", "ShipFromAddr",
    "ShipDate", "ShipMethodRef", "TrackingNum", "ClassRef", "SalesTermRef", "DueDate", "GlobalTaxCalculation",
    "TotalAmt", "HomeTotalAmt", "ApplyTaxAfterDiscount", "PrintStatus", "EmailStatus", "BillEmail", "BillEmailCc",
    "BillEmailBcc", "Balance", "HomeBalance", "Deposit", "DepositToAccountRef", "DeliveryInfo", "ProjectRef",
    "TxnSource", "TransactionLocationType", "InvoiceLink", "RecurDataRef", "TaxExemptionRef", "AutoDocNumber",
)  # fmt: skip

FIELDS: dict[str, tuple[str, ...]] = {
    "Invoice": (
        "AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", *_HEAD, *_SALES,
    ),
    "CreditMemo": (*_HEAD, *_SALES, "RemainingCredit", "PaymentMethodRef"),
    "Estimate": (*_HEAD, *_SALES, "TxnStatus", "AcceptedBy", "AcceptedDate", "ExpirationDate"),
    "Payment": (
        "CustomerRef", "DepositToAccountRef", "PaymentMethodRef", "PaymentRefNum", "TotalAmt", "UnappliedAmt",
        "ProcessPayment", *_HEAD, "TxnDate", "CurrencyRef", "ExchangeRate", "PrivateNote", "LinkedTxn", "Line",
        "TxnSource", "ARAccountRef", "CreditCardPayment", "ProjectRef", "TransactionLocationType",
    ),
    "Customer": (
        "Taxable", "TaxExemptionReasonId", "BillAddr", "ShipAddr", "Notes", "Job", "BillWithParent", "ParentRef", "Level",
        "Balance", "OpenBalanceDate", "BalanceWithJobs", "CurrencyRef", "PreferredDeliveryMethod", "ResaleNum",
        "IsProject", "ClientEntityId", *_HEAD, "Title", "GivenName", "MiddleName", "FamilyName", "Suffix",
        "FullyQualifiedName", "CompanyName", "DisplayName", "PrintOnCheckName", "Active", "V4IDPseudonym",
        "PrimaryPhone", "AlternatePhone", "Mobile", "Fax", "PrimaryEmailAddr", "WebAddr", "DefaultTaxCodeRef",
        "SalesTermRef", "PaymentMethodRef", "PrimaryTaxIdentifier", "SecondaryTaxIdentifier", "BusinessNumber",
        "GSTIN", "GSTRegistrationType", "CustomerTypeRef", "ARAccountRef", "Source",
    ),
    "Item": (
        "Name", "Sku", "Description", "Active", "SubItem", "ParentRef", "Level", "FullyQualifiedName", "Taxable",
        "SalesTaxIncluded", "UnitPrice", "Type", "IncomeAccountRef", "PurchaseDesc", "PurchaseTaxIncluded",
        "PurchaseCost", "ExpenseAccountRef", "AssetAccountRef", "PrefVendorRef", "TrackQtyOnHand", "QtyOnHand",
        "ReorderPoint", "InvStartDate", "SalesTaxCodeRef", "PurchaseTaxCodeRef", "ClassRef", "TaxClassificationRef",
        *_HEAD, "Source",
    ),
}  # fmt: skip

LENGTHS: dict[str, dict[str, int]] = {
    "Invoice": {"DocNumber": 21, "PrivateNote": 4000, "TrackingNum": 31},
    "CreditMemo": {"DocNumber": 21, "PrivateNote": 4000},
    "Payment": {"PaymentRefNum": 21, "PrivateNote": 4000},
    "Customer": {
        "DisplayName": 500, "Title": 16, "GivenName": 100, "MiddleName": 100, "FamilyName": 100, "Suffix": 16,
        "CompanyName": 100, "PrintOnCheckName": 110, "Notes": 2000, "ResaleNum": 16,
    },
    "Item": {"Name": 100, "Sku": 100, "Description": 4000, "PurchaseDesc": 1000},
}  # fmt: skip

NOT_QUERYABLE = frozenset(
    {"PrivateNote", "CustomerMemo", "Line", "TxnTaxDetail", "LinkedTxn", "BillAddr", "ShipAddr", "Notes"}
)
"""Asking for one of these is fault 4001."""

LISTS = frozenset(
    {"Customer", "Item", "Account", "Term", "PaymentMethod", "TaxCode", "TaxRate", "TaxAgency", "Vendor", "Employee",
     "Class", "Department", "CompanyCurrency"}
)  # fmt: skip
"""Name lists: they have ``Active`` and are never deleted."""

COUNTED = frozenset({"Invoice", "TaxCode", "TaxRate", "TaxAgency", "CompanyCurrency"})
"""Queries over these carry ``totalCount``."""

ENTITIES = (
    "Invoice", "Payment", "CreditMemo", "Estimate", "Customer", "Item", "Account", "Term", "PaymentMethod", "TaxCode",
    "TaxRate", "TaxAgency", "Vendor", "Employee", "Class", "Department", "CompanyCurrency", "CompanyInfo", "Preferences",
    "SalesReceipt", "ExchangeRate",
)  # fmt: skip
BY_PATH = {name.lower(): name for name in ENTITIES}


def ordered(entity: str, row: dict[str, object]) -> dict[str, object]:
    """Return an object with its properties in the vendor's order; those without a value are left out."""
    order = FIELDS.get(entity, ())
    known = {name: row[name] for name in order if row.get(name) is not None}
    return known | {name: value for name, value in row.items() if name not in known and value is not None}
