"""QuickBooks' answers become rows of the mirror, and our drafts become QuickBooks' invoices."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from dealvoice.invoicing.address import to_bill_address
from dealvoice.invoicing.books import NumberKind, TaxRegime
from dealvoice.invoicing.customer_diff import Detail
from dealvoice.invoicing.money import Money, to_minor
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.status import void_word
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.page_models import PageInvoice, PageLine
from dealvoice.storage.accounts import AccountRow
from dealvoice.storage.choices import ChoiceKind, ChoiceRow
from dealvoice.storage.connections import Connection
from dealvoice.storage.customers import CustomerRow, fold_name
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.items import ItemRow, TaxCodeRow, TermRow
from dealvoice.storage.numbers import NumberRow, fold_number
from dealvoice.storage.payments import PaymentLink, PaymentRow

_LAPSED = frozenset({"EXPIRED", "CANCELED", "CANCELLED", "SUSPENDED"})
_ZERO = Decimal(0)


def company_facts(row: Connection, info: qb.CompanyInfo) -> None:
    """Take over what CompanyInfo says."""
    row.company_name = info.company_name or ""
    row.country = (info.country or "").upper()[:8]
    row.time_zone = info.default_time_zone or ""
    row.rules = {**(row.rules or {}), "plan": (info.setting("OfferingSku") or "")[:80]}
    row.lapsed = (info.setting("SubscriptionStatus") or "").upper() in _LAPSED


def preference_facts(row: Connection, preferences: qb.Preferences) -> None:
    """Take over what Preferences says; the country must be known already."""
    forms = preferences.sales_forms_prefs or qb.SalesFormsPrefs()
    money = preferences.currency_prefs or qb.CurrencyPrefs()
    books = preferences.accounting_info_prefs or qb.AccountingInfoPrefs()
    tax = preferences.tax_prefs or qb.TaxPrefs()
    row.custom_numbers = bool(forms.custom_txn_numbers)
    row.allow_discount = bool(forms.allow_discount)
    row.default_term = _value(forms.default_terms)
    row.discount_account = forms.discount_account_id
    row.multicurrency = bool(money.multi_currency_enabled)
    row.home_currency = _value(money.home_currency) or row.home_currency or "USD"
    row.books_closed_on = books.book_close_date
    row.default_tax_code = _value(tax.tax_group_code_ref)
    row.tax_regime = _regime(row.country, tax).value
    row.rules = {**(row.rules or {}), **_rules(preferences)}


def _rules(preferences: qb.Preferences) -> dict[str, Any]:
    """Return which rarer details the company has switched on, as the row keeps them."""
    forms = preferences.sales_forms_prefs or qb.SalesFormsPrefs()
    books = preferences.accounting_info_prefs or qb.AccountingInfoPrefs()
    products = preferences.product_and_services_prefs or qb.ProductAndServicesPrefs()
    messages = preferences.email_messages_prefs
    mail = messages.invoice_message if messages else None
    return {
        "class_per_invoice": bool(books.class_tracking_per_txn),
        "class_per_line": bool(books.class_tracking_per_txn_line),
        "locations": bool(books.track_departments),
        "location_word": books.department_terminology or "",
        "custom_fields": _custom_fields(forms),
        "service_dates": bool(forms.allow_service_date),
        "revenue_recognition": bool(products.revenue_recognition_enabled),
        "online_payment": bool(forms.e_transaction_payment_enabled),
        "mail_subject": (mail.subject if mail else None) or "",
        "mail_copies": (forms.sales_email_cc.address if forms.sales_email_cc else None) or "",
    }


def _custom_fields(forms: qb.SalesFormsPrefs) -> list[tuple[str, str]]:
    """
    Return number and name of the company's own fields on sales forms.

    Source: Preferences, SalesFormsPrefs.CustomField: one group of UseSalesCustom1..3 (yes or no), one of
    SalesCustomName1..3 (names). A field without a word of its use is in use.
    """
    entries = [entry for group in forms.custom_field for entry in group.custom_field]
    names = {entry.name or "": entry for entry in entries}
    found: list[tuple[str, str]] = []
    for number in ("1", "2", "3"):
        named = names.get(f"SalesFormsPrefs.SalesCustomName{number}")
        used = names.get(f"SalesFormsPrefs.UseSalesCustom{number}")
        if named is not None and named.string_value and not (used is not None and used.boolean_value is False):
            found.append((number, named.string_value))
    return found


def number_row(connection_id: str, kind: NumberKind, seen: qb.NumberedTxn) -> NumberRow:
    """Return the number of a credit memo or sales receipt."""
    number = seen.doc_number or ""
    return NumberRow(
        connection_id=connection_id,
        kind=kind.value,
        quickbooks_id=seen.id,
        number=number,
        folded=fold_number(number),
        customer_name=(seen.customer_ref.name if seen.customer_ref else None) or "",
        issued_on=seen.txn_date,
        created_at=seen.meta_data.create_time if seen.meta_data else None,
    )


def choice_row(connection_id: str, kind: ChoiceKind, seen: qb.NamedList) -> ChoiceRow:
    """Return a class or location."""
    return ChoiceRow(
        connection_id=connection_id,
        kind=kind.value,
        quickbooks_id=seen.id,
        name=seen.fully_qualified_name or seen.name or "",
        active=seen.active is not False,
    )


def _regime(country: str, tax: qb.TaxPrefs) -> TaxRegime:
    if country not in ("US", "USA", ""):
        return TaxRegime.NON_US
    if not tax.using_sales_tax:
        return TaxRegime.OFF
    return TaxRegime.US_AUTOMATED if tax.partner_tax_enabled else TaxRegime.US_MANUAL


def customer_row(connection_id: str, seen: qb.Customer, *, home_currency: str) -> CustomerRow:
    """Return a customer's row."""
    name = seen.display_name or seen.fully_qualified_name or ""
    currency = _value(seen.currency_ref) or home_currency
    details = customer_details(seen)
    email, tax_id = details[Detail.EMAIL], details[Detail.TAX_ID]
    phone = (seen.primary_phone.free_form_number if seen.primary_phone else None) or ""
    address = seen.bill_addr
    return CustomerRow(
        connection_id=connection_id,
        quickbooks_id=seen.id,
        name=name,
        search=" ".join((name, seen.company_name or "", email, tax_id, seen.resale_num or "")).casefold(),
        folded_name=fold_name(name),
        currency=currency,
        active=seen.active is not False,
        balance=to_minor(Money(seen.balance or _ZERO, currency)),
        # Taxable=false alone exempts nobody: the sample company charges tax to such customers (invoices 1004, 1037).
        taxable=not seen.tax_exemption_reason_id,
        email=email,
        phone=phone,
        tax_id=tax_id,
        address=details[Detail.ADDRESS],
        city=(address.city if address else None) or "",
        postal_code=(address.postal_code if address else None) or "",
        parent_id=_value(seen.parent_ref),
        sync_token=seen.sync_token,
        updated_at=_updated(seen),
    )


def customer_details(seen: qb.Customer) -> dict[Detail, str]:
    """Return a customer's details as text."""
    return {
        Detail.ADDRESS: "\n".join(_address_lines(seen.bill_addr)),
        Detail.EMAIL: (seen.primary_email_addr.address if seen.primary_email_addr else None) or "",
        Detail.TAX_ID: seen.primary_tax_identifier or seen.gstin or seen.business_number or "",
    }


def kept_details(seen: qb.Customer) -> dict[str, str]:
    """Return a customer's details by name, as rows keep them."""
    return {detail.value: value for detail, value in customer_details(seen).items()}


def item_row(connection_id: str, seen: qb.Item) -> ItemRow:
    """Return an item's row."""
    name = seen.name or ""
    return ItemRow(
        connection_id=connection_id,
        quickbooks_id=seen.id,
        name=name,
        folded_name=same_name(name),
        parent_id=_value(seen.parent_ref),
        search=" ".join((seen.fully_qualified_name or name, seen.sku or "", seen.description or "")).casefold(),
        kind=seen.type or "",
        active=seen.active is not False,
        unit_price=seen.unit_price,
        sku=seen.sku or "",
        description=seen.description or "",
        taxable=bool(seen.taxable),
        sold=seen.income_account_ref is not None,
        tax_code=_value(seen.sales_tax_code_ref),
        on_hand=seen.qty_on_hand if seen.type == "Inventory" else None,
        income_account=_value(seen.income_account_ref),
        sync_token=seen.sync_token,
        updated_at=_updated(seen),
    )


def account_row(connection_id: str, seen: qb.Account) -> AccountRow:
    """Return an account's row."""
    return AccountRow(
        connection_id=connection_id,
        quickbooks_id=seen.id,
        name=seen.fully_qualified_name or seen.name or "",
        kind=seen.account_type or "",
        active=seen.active is not False,
    )


def tax_code_row(connection_id: str, seen: qb.TaxCode, rates: dict[str, qb.TaxRate]) -> TaxCodeRow:
    """Return a tax code's row with its sales rates; a pseudo code has none."""
    details = seen.sales_tax_rate_list.tax_rate_detail if seen.sales_tax_rate_list else []
    named = [detail.tax_rate_ref.value for detail in details if detail.tax_rate_ref is not None]
    found = [rates[rate_id] for rate_id in named if rate_id in rates]
    return TaxCodeRow(
        connection_id=connection_id,
        quickbooks_id=seen.id,
        name=seen.name or "",
        active=seen.active is not False and not seen.hidden,
        rates=[(rate.name or "", format(rate.rate_value or _ZERO, "f")) for rate in found],
    )


def term_row(connection_id: str, seen: qb.Term) -> TermRow:
    """Return a payment term's row."""
    return TermRow(
        connection_id=connection_id,
        quickbooks_id=seen.id,
        name=seen.name or "",
        due_days=seen.due_days,
        day_of_month=seen.day_of_month_due,
        next_month_days=seen.due_next_month_days or 0,
        active=seen.active is not False,
    )


def write_invoice(row: InvoiceRow, seen: qb.Invoice | PageInvoice, *, void_told: bool = False, now: datetime) -> None:
    """
    Take over what QuickBooks says of an invoice.

    Voided means: told so by a void of ours or an event, or zero amounts with cleared lines (no property says it). The
    note, which is in the company's language, counts only where the lines leave it open.
    """
    currency = _value(seen.currency_ref) or row.currency
    total = to_minor(Money(seen.total_amt or _ZERO, currency))
    balance = to_minor(Money(seen.balance or _ZERO, currency))
    row.number = seen.doc_number or ""
    row.customer_id = _value(seen.customer_ref) or ""
    row.customer_name = (seen.customer_ref.name if seen.customer_ref else "") or row.customer_name or ""
    row.currency, row.total, row.balance = currency, total, balance
    tax = (seen.txn_tax_detail.total_tax if seen.txn_tax_detail else None) or _ZERO
    row.tax = to_minor(Money(tax, currency))
    row.issued_on, row.due_on = seen.txn_date, seen.due_date
    row.email = (seen.bill_email.address if seen.bill_email else None) or ""
    copies = (seen.bill_email_cc, seen.bill_email_bcc)
    row.copies = ", ".join(mail.address for mail in copies if mail is not None and mail.address)[:420]
    delivered = seen.delivery_info.delivery_time if seen.delivery_info else None
    row.sent_at = delivered or (row.sent_at if seen.email_status == "EmailSent" else None)
    row.has_payments = any(link.txn_type == "Payment" for link in seen.linked_txn)
    voided = total == 0 and balance == 0 and (row.voided or void_told or _looks_voided(seen))
    if voided and not row.voided:
        row.ended_at = now
    row.voided = voided
    if not voided:
        row.last_total = total
    row.sync_token = seen.sync_token
    row.updated_at = _updated(seen)
    row.created_at = seen.meta_data.create_time if seen.meta_data else row.created_at
    row.version = (row.version or 0) + 1


def _looks_voided(seen: qb.Invoice | PageInvoice) -> bool:
    """
    Tell whether an invoice of zero was voided: its lines have neither amount nor quantity nor price left.

    A zero invoice that somebody wrote so keeps a quantity, a price or a discount. Where there are no lines with
    products to tell by, the word in the note decides.

    Source: Invoice, void; recordings: Qty becomes 0 if it was present, and UnitPrice disappears.
    """
    sold = [line for line in _flat(seen.line) if line.sales_item_line_detail is not None]
    if any(line.discount_line_detail is not None and line.amount for line in seen.line):
        return False
    if not sold:
        return void_word(seen.private_note or "")
    return all(_cleared(line) for line in sold)


def _cleared(line: qb.Line | PageLine) -> bool:
    detail = line.sales_item_line_detail
    return not line.amount and (detail is None or (not detail.qty and not detail.unit_price))


def _flat(lines: Sequence[qb.Line | PageLine]) -> list[qb.Line | PageLine]:
    flat: list[qb.Line | PageLine] = []
    for line in lines:
        flat += (line,) if line.group_line_detail is None else (line, *line.group_line_detail.line)
    return flat


def payment_row(connection: Connection, seen: qb.Payment) -> PaymentRow:
    """Return a payment's row."""
    currency = _value(seen.currency_ref) or connection.home_currency
    return PaymentRow(
        connection_id=connection.id,
        quickbooks_id=seen.id,
        paid_on=seen.txn_date,
        currency=currency,
        total=to_minor(Money(seen.total_amt or _ZERO, currency)),
        sync_token=seen.sync_token,
        updated_at=_updated(seen),
    )


def payment_links(connection: Connection, seen: qb.Payment) -> list[PaymentLink]:
    """
    Return what a payment pays of which invoices; of each, the part that its credit memos paid.

    A payment may use credits and money together. Which paid which invoice it does not say, so the credits are taken to
    have gone into its lines one after the other, in its own order.

    Source: Payment, Line: an amount with one linked transaction, an invoice or a credit memo.
    """
    currency = _value(seen.currency_ref) or connection.home_currency
    by_kind: dict[str, list[tuple[str, int]]] = {}
    for line in seen.line:
        for link in line.linked_txn:
            amount = to_minor(Money(line.amount or _ZERO, currency))
            by_kind.setdefault(link.txn_type, []).append((link.txn_id, amount))
    credit_left = sum(amount for _, amount in by_kind.get("CreditMemo", []))
    links: dict[str, PaymentLink] = {}
    for invoice_id, amount in by_kind.get("Invoice", []):
        credit = min(amount, credit_left)
        credit_left -= credit
        paid = links.setdefault(
            invoice_id,
            PaymentLink(
                connection_id=connection.id, payment_id=seen.id, invoice_id=invoice_id, amount=0, credit=0,
                paid_on=seen.txn_date,
            ),
        )  # fmt: skip
        paid.amount += amount
        paid.credit += credit
    return list(links.values())


def new_invoice_row(invoice_id: str, tenant: str, connection: Connection, quickbooks_id: str) -> InvoiceRow:
    """Return an empty row for an invoice seen for the first time."""
    return InvoiceRow(
        id=invoice_id,
        tenant=tenant,
        connection_id=connection.id,
        quickbooks_id=quickbooks_id,
        number="",
        customer_id="",
        customer_name="",
        currency=connection.home_currency,
        total=0,
        balance=0,
        tax=0,
        issued_on=None,
        due_on=None,
        email="",
        copies="",
        sent_at=None,
        has_payments=False,
        voided=False,
        deleted=False,
        last_total=0,
        sync_token="",
        updated_at=None,
        created_at=None,
        ended_by="",
        made_by="",
        version=0,
    )


def bill_address(text: str) -> qb.Address | None:
    """Return an address for QuickBooks, or None when there is nothing to send."""
    found = to_bill_address(text)
    lines: Sequence[str | None] = (*found.lines, *(None,) * 5)[:5]
    if not any((*found.lines, found.city, found.postal_code, found.country)):
        return None
    return qb.Address(
        line1=lines[0],
        line2=lines[1],
        line3=lines[2],
        line4=lines[3],
        line5=lines[4],
        city=found.city or None,
        country=found.country or None,
        country_sub_division_code=found.state or None,
        postal_code=found.postal_code or None,
    )


def _address_lines(address: qb.Address | None) -> list[str]:
    if address is None:
        return []
    place = " ".join(part for part in (address.country_sub_division_code, address.postal_code) if part)
    town = ", ".join(part for part in (address.city, place) if part)
    lines = (address.line1, address.line2, address.line3, address.line4, address.line5, town, address.country)
    return [line for line in lines if line]


def _value(ref: qb.Ref | None) -> str | None:
    return None if ref is None else ref.value


def _updated(seen: qb.Entity) -> datetime | None:
    return seen.meta_data.last_updated_time if seen.meta_data else None
