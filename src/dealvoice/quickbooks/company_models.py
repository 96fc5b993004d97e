"""
Wire types of a company's settings and reference lists: accounts, terms, tax, preferences, currencies.

Read only, as far as this product goes. Shared parts live in ``sales_models``.

Source: API reference of the Accounting API, page of each entity.
"""

from datetime import date
from decimal import Decimal

import msgspec

from dealvoice.quickbooks.sales_models import Address, CustomField, Email, Entity, Phone, Ref, WebSite, Wire


class Account(Entity, frozen=True, kw_only=True):
    """An account of the chart of accounts."""

    name: str | None = None
    fully_qualified_name: str | None = None
    acct_num: str | None = None
    account_type: str | None = None
    account_sub_type: str | None = None
    classification: str | None = None
    currency_ref: Ref | None = None
    active: bool | None = None
    sub_account: bool | None = None
    parent_ref: Ref | None = None


class Term(Entity, frozen=True, kw_only=True):
    """Payment terms: days after the invoice date (STANDARD), or a day of the month (DATE_DRIVEN)."""

    name: str | None = None
    active: bool | None = None
    type: str | None = None
    due_days: int | None = None
    day_of_month_due: int | None = None
    due_next_month_days: int | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None
    discount_day_of_month: int | None = None


class PaymentMethod(Entity, frozen=True, kw_only=True):
    """How a payment was made."""

    name: str | None = None
    active: bool | None = None
    type: str | None = None


class NamedList(Entity, frozen=True, kw_only=True):
    """A class or a location (``Department``)."""

    name: str | None = None
    fully_qualified_name: str | None = None
    active: bool | None = None
    parent_ref: Ref | None = None


class TaxRateDetail(Wire, frozen=True, kw_only=True):
    """A rate within a tax code."""

    tax_rate_ref: Ref | None = None
    tax_type_applicable: str | None = None
    tax_order: int | None = None
    tax_on_tax_order: int | None = None


class TaxRateList(Wire, frozen=True, kw_only=True):
    """The rates of a tax code."""

    tax_rate_detail: list[TaxRateDetail] = msgspec.field(default_factory=list)


class TaxCode(Entity, frozen=True, kw_only=True):
    """A tax code; without ``tax_group`` it is one of the pseudo codes TAX, NON, CustomSalesTax."""

    name: str | None = None
    description: str | None = None
    active: bool | None = None
    hidden: bool | None = None
    taxable: bool | None = None
    tax_group: bool | None = None
    tax_code_config_type: str | None = None
    sales_tax_rate_list: TaxRateList | None = None
    purchase_tax_rate_list: TaxRateList | None = None


class EffectiveTaxRate(Wire, frozen=True, kw_only=True):
    """A rate and the time it is in force."""

    rate_value: Decimal | None = None
    effective_date: str | None = None
    end_date: str | None = None

    @property
    def starts_on(self) -> date | None:
        """Give the first day; the vendor sends a date or a date-time here."""
        return _day(self.effective_date)

    @property
    def ends_on(self) -> date | None:
        """Give the last day, None while it has none."""
        return _day(self.end_date)


class TaxRate(Entity, frozen=True, kw_only=True):
    """A rate in percent."""

    name: str | None = None
    description: str | None = None
    active: bool | None = None
    rate_value: Decimal | None = None
    agency_ref: Ref | None = None
    special_tax_type: str | None = None
    display_type: str | None = None
    effective_tax_rate: list[EffectiveTaxRate] = msgspec.field(default_factory=list)


class NameValue(Wire, frozen=True, kw_only=True):
    """A named setting without a type."""

    name: str
    value: str | None = None


class CompanyInfo(Entity, frozen=True, kw_only=True):
    """The company itself; its ``id`` is "1", whatever the realm."""

    company_name: str | None = None
    legal_name: str | None = None
    company_addr: Address | None = None
    legal_addr: Address | None = None
    customer_communication_addr: Address | None = None
    # ISO alpha-2; decides the tax regime.
    country: str | None = None
    email: Email | None = None
    web_addr: WebSite | None = None
    primary_phone: Phone | None = None
    supported_languages: str | None = None
    fiscal_year_start_month: str | None = None
    # IANA zone; dates are judged in it.
    default_time_zone: str | None = None
    name_value: list[NameValue] = msgspec.field(default_factory=list)

    def setting(self, name: str) -> str | None:
        """Give one of the named settings, such as ``OfferingSku`` or ``SubscriptionStatus``."""
        return next((pair.value for pair in self.name_value if pair.name == name), None)


class AccountingInfoPrefs(Wire, frozen=True, kw_only=True):
    """Books and tracking."""

    class_tracking_per_txn: bool | None = None
    class_tracking_per_txn_line: bool | None = None
    track_departments: bool | None = None
    department_terminology: str | None = None
    customer_terminology: str | None = None
    book_close_date: date | None = None
    use_account_numbers: bool | None = None


class CustomFieldGroup(Wire, frozen=True, kw_only=True):
    """A group of sales form custom field settings."""

    custom_field: list[CustomField] = msgspec.field(default_factory=list)


class SalesFormsPrefs(Wire, frozen=True, kw_only=True):
    """What invoices may carry."""

    custom_txn_numbers: bool | None = None
    default_terms: Ref | None = None
    allow_deposit: bool | None = None
    allow_discount: bool | None = None
    allow_shipping: bool | None = None
    allow_service_date: bool | None = None
    allow_estimates: bool | None = None
    # Documented as a boolean, sent as an account id.
    default_discount_account: str | bool | None = None
    default_shipping_account: str | bool | None = None
    default_customer_message: str | None = None
    sales_email_cc: Email | None = None
    sales_email_bcc: Email | None = None
    e_transaction_payment_enabled: bool | None = None
    auto_apply_credit: bool | None = None
    auto_apply_payments: bool | None = None
    using_price_levels: bool | None = None
    custom_field: list[CustomFieldGroup] = msgspec.field(default_factory=list)

    @property
    def discount_account_id(self) -> str | None:
        """Give the account of discount lines, None when there is none."""
        return self.default_discount_account if isinstance(self.default_discount_account, str) else None


class TaxPrefs(Wire, frozen=True, kw_only=True):
    """Sales tax; ``partner_tax_enabled`` is absent where tax is manual or the company is not in the United States."""

    using_sales_tax: bool | None = None
    partner_tax_enabled: bool | None = None
    tax_group_code_ref: Ref | None = None


class CurrencyPrefs(Wire, frozen=True, kw_only=True):
    """Currencies of the books."""

    multi_currency_enabled: bool | None = None
    home_currency: Ref | None = None


class ProductAndServicesPrefs(Wire, frozen=True, kw_only=True):
    """Products."""

    for_sales: bool | None = None
    quantity_with_price_and_rate: bool | None = None
    quantity_on_hand: bool | None = None
    revenue_recognition_enabled: bool | None = None


class Message(Wire, frozen=True, kw_only=True):
    """A prepared e-mail."""

    subject: str | None = None
    message: str | None = None


class EmailMessagesPrefs(Wire, frozen=True, kw_only=True):
    """What e-mails to customers say."""

    invoice_message: Message | None = None


class OtherPrefs(Wire, frozen=True, kw_only=True):
    """Everything without a place of its own."""

    name_value: list[NameValue] = msgspec.field(default_factory=list)


class Preferences(Entity, frozen=True, kw_only=True):
    """A company's settings."""

    accounting_info_prefs: AccountingInfoPrefs | None = None
    sales_forms_prefs: SalesFormsPrefs | None = None
    tax_prefs: TaxPrefs | None = None
    currency_prefs: CurrencyPrefs | None = None
    product_and_services_prefs: ProductAndServicesPrefs | None = None
    email_messages_prefs: EmailMessagesPrefs | None = None
    other_prefs: OtherPrefs | None = None

    def other(self, name: str) -> str | None:
        """Give one of the untyped settings, such as ``SalesFormsPrefs.DefaultItem``."""
        pairs = self.other_prefs.name_value if self.other_prefs else []
        return next((pair.value for pair in pairs if pair.name == name), None)


class CompanyCurrency(Entity, frozen=True, kw_only=True):
    """A foreign currency the company uses; the home currency is not in the list."""

    code: str | None = None
    name: str | None = None
    active: bool | None = None


class ExchangeRate(Wire, frozen=True, kw_only=True):
    """Home units per one unit of the source currency; has no id."""

    source_currency_code: str | None = None
    target_currency_code: str | None = None
    rate: Decimal | None = None
    as_of_date: date | None = None
    sync_token: str = ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
