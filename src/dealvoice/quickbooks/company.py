"""Read a company's settings and reference lists."""

from datetime import date

from dealvoice.quickbooks.client import QuickBooks, entity_of, one, path_id
from dealvoice.quickbooks.models import (
    Account,
    CompanyCurrency,
    CompanyInfo,
    ExchangeRate,
    NamedList,
    PaymentMethod,
    Preferences,
    TaxCode,
    TaxRate,
    Term,
)
from dealvoice.quickbooks.query import every

_ANY = "Active IN (true, false)"


def info(client: QuickBooks) -> CompanyInfo:
    """Read name, country, time zone and plan of the company."""
    path = f"companyinfo/{path_id(client.realm_id)}"
    return entity_of(client.get(path, one("CompanyInfo", CompanyInfo), entity="companyinfo", operation="read"))


def preferences(client: QuickBooks) -> Preferences:
    """Read the company's settings."""
    answer = client.get("preferences", one("Preferences", Preferences), entity="preferences", operation="read")
    return entity_of(answer)


def tax_codes(client: QuickBooks) -> list[TaxCode]:
    """Give all tax codes, inactive ones too, the pseudo codes TAX and NON once each."""
    # Unsorted: the page of this entity names no sorting by creation time.
    return list({code.id: code for code in every(client, "TaxCode", TaxCode, where=_ANY, order="")}.values())


def tax_rates(client: QuickBooks) -> list[TaxRate]:
    """Give all tax rates, inactive ones too."""
    return list({rate.id: rate for rate in every(client, "TaxRate", TaxRate, where=_ANY, order="")}.values())


def terms(client: QuickBooks) -> list[Term]:
    """Give all payment terms, inactive ones too."""
    return every(client, "Term", Term, where=_ANY)


def accounts(client: QuickBooks) -> list[Account]:
    """Give the chart of accounts, inactive ones too."""
    return every(client, "Account", Account, where=_ANY)


def payment_methods(client: QuickBooks) -> list[PaymentMethod]:
    """Give all payment methods, inactive ones too."""
    return every(client, "PaymentMethod", PaymentMethod, where=_ANY)


def classes(client: QuickBooks) -> list[NamedList]:
    """Give all classes, inactive ones too; refused where the plan has none."""
    return every(client, "Class", NamedList, where=_ANY)


def departments(client: QuickBooks) -> list[NamedList]:
    """Give all locations, inactive ones too; refused where the plan has none."""
    return every(client, "Department", NamedList, where=_ANY)


def currencies(client: QuickBooks) -> list[CompanyCurrency]:
    """Give the foreign currencies in use; only with multicurrency switched on."""
    return every(client, "CompanyCurrency", CompanyCurrency, where=_ANY)


def exchange_rate(client: QuickBooks, currency: str, on: date) -> ExchangeRate:
    """Read how many home units one unit of ``currency`` is worth on a day."""
    answer = client.get(
        "exchangerate",
        one("ExchangeRate", ExchangeRate),
        entity="exchangerate",
        operation="read",
        params={"sourcecurrencycode": currency, "asofdate": on.isoformat()},
    )
    return entity_of(answer)
