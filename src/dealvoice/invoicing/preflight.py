"""
Checks a draft before it is sent: everything QuickBooks would refuse, and what the user should know.

The same function runs while the form is open and just before the POST. It reports every finding, not the first, in
the order of ``finding.CATALOGUE``: blockers, then warnings, then what is good to know.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from dealvoice.invoicing.address import to_bill_address
from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.countries import country_code
from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.customer_checks import check_customer
from dealvoice.invoicing.detail_checks import check_details
from dealvoice.invoicing.draft import Draft, TaxMode
from dealvoice.invoicing.emails import is_email, split_emails
from dealvoice.invoicing.exchange import check_rate
from dealvoice.invoicing.finding import CATALOGUE, Finding, Severity
from dealvoice.invoicing.line_checks import check_lines
from dealvoice.invoicing.money import Money, plain
from dealvoice.invoicing.number_checks import check_number
from dealvoice.invoicing.rows import is_usable
from dealvoice.invoicing.tax import Totals, code_by_id, is_exempt
from dealvoice.invoicing.tax_ids import country_of, is_suspect
from dealvoice.invoicing.text_checks import check_texts

__all__ = ["CATALOGUE", "Finding", "OtherInvoice", "Severity", "blockers", "check"]

UNSUPPORTED = frozenset({"FR"})
"""Countries whose companies Dealvoice refuses."""
_UNUSUAL = timedelta(days=365)
_HUNDRED = Decimal(100)
_RANK = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.INFO: 2}
_ORDER = {code: index for index, code in enumerate(CATALOGUE)}
_US_TAXED = (TaxRegime.US_MANUAL, TaxRegime.US_AUTOMATED)


@dataclass(frozen=True, slots=True)
class OtherInvoice:
    """An invoice that the deal has already, or one on its way."""

    number: str
    """Empty while QuickBooks has not given one."""
    total: Money
    created_at: datetime
    by: str
    in_progress: bool
    """Accepted here, not yet answered by QuickBooks."""


def check(
    draft: Draft,
    books: Books,
    totals: Totals,
    *,
    today: date,
    other_invoices: Sequence[OtherInvoice] = (),
) -> list[Finding]:
    """
    Return everything that stands against a draft, or should be known.

    Args:
        draft: The invoice as the user sees it.
        books: The company, and the customer and items that the draft names.
        totals: ``compute`` of this draft and these books.
        today: The day in the company's time zone.
        other_invoices: Live invoices of the same deal, and those under way.

    Source: QuickBooks Online Accounting API, "Error codes"; facts of each rule stand with it.
    """
    found = [
        *check_texts(draft, latin1=books.company.tax_regime is not TaxRegime.NON_US),
        *_company(draft, books),
        *check_customer(draft, books),
        *check_details(draft, books),
        *_contact(draft, books),
        *_other_invoices(draft, other_invoices),
        *_dates(draft, books, today),
        *_currency(draft, books),
        *check_rate(draft, books),
        *check_number(draft, books),
        *check_lines(draft, books, totals),
        *_tax(draft, books),
        *_discount_account(draft, books),
        *_totals(draft, totals),
    ]
    return sorted(found, key=lambda finding: (_RANK[finding.severity], _ORDER[finding.code]))


def blockers(findings: Iterable[Finding]) -> list[Finding]:
    """Return only what must be mended before Create invoice."""
    return [finding for finding in findings if finding.severity is Severity.BLOCKER]


def _company(draft: Draft, books: Books) -> Iterator[Finding]:
    company = books.company
    if company.country in UNSUPPORTED:
        params = {"company": company.name, "country": company.country}
        yield Finding("company.unsupported", Severity.BLOCKER, "form", params)
    if company.lapsed:
        yield Finding("company.lapsed", Severity.BLOCKER, "form", {"company": company.name}, remedy="open_billing")
    # Where prices include tax the discount is no discount line (see ``invoice_discount``).
    in_lines = company.tax_regime is TaxRegime.NON_US and draft.tax_mode is TaxMode.INCLUSIVE
    discounted = not (draft.discount_percent.is_zero() and draft.discount_amount.is_zero())
    if discounted and not (company.allow_discount or in_lines):
        yield Finding(
            "company.feature_off", Severity.BLOCKER, "discount", {"feature": "discount"}, remedy="remove_discount"
        )


def _discount_account(draft: Draft, books: Books) -> Iterator[Finding]:
    """Tell when the company's account of discounts is inactive: QuickBooks refuses the discount line (2500)."""
    in_lines = books.company.tax_regime is TaxRegime.NON_US and draft.tax_mode is TaxMode.INCLUSIVE
    none = draft.discount_percent.is_zero() and draft.discount_amount.is_zero()
    if not none and not in_lines and books.company.allow_discount and not books.company.discount_account:
        yield Finding("discount.account_missing", Severity.BLOCKER, "discount", remedy="remove_discount")


def _contact(draft: Draft, books: Books) -> Iterator[Finding]:
    customer = books.customer
    parts = split_emails(draft.email)
    bad = [part for part in parts if not is_email(part)]
    if not parts:
        known = customer.email if customer is not None else ""
        yield Finding(
            "email.missing",
            Severity.BLOCKER if draft.send_email else Severity.INFO,
            "email",
            remedy="use_customer_email" if known else "",
            remedy_value=known,
        )
    if bad:
        yield Finding(
            "email.invalid",
            Severity.BLOCKER,
            "email",
            {"value": ", ".join(bad)},
            remedy="use_email",
            remedy_value=", ".join(part for part in parts if is_email(part)),
        )
    if not draft.address.strip():
        known = customer.address if customer is not None else ""
        yield Finding(
            "address.missing",
            Severity.WARNING,
            "address",
            remedy="use_customer_address" if known else "",
            remedy_value=known,
        )
    address_country = country_code(to_bill_address(draft.address).country)
    country = country_of(draft.tax_id, address_country, books.company.country)
    if is_suspect(draft.tax_id, country):
        params = {"value": draft.tax_id.strip(), "country": country}
        yield Finding("customer.tax_id_suspect", Severity.WARNING, "tax_id", params)


def _other_invoices(draft: Draft, others: Sequence[OtherInvoice]) -> Iterator[Finding]:
    if not others or draft.second_confirmed:
        return
    newest = max(others, key=lambda other: other.created_at)
    yield Finding(
        "deal.invoiced_already",
        Severity.BLOCKER,
        "form",
        {
            "who": newest.by,
            "when": newest.created_at.isoformat(),
            "number": newest.number,
            "amount": str(newest.total),
            "count": str(len(others)),
        },
        remedy="confirm_second",
    )


def _dates(draft: Draft, books: Books, today: date) -> Iterator[Finding]:
    issued, due, closed = draft.issued_on, draft.due_on, books.company.books_closed_on
    if issued is None:
        yield Finding(
            "date.invalid", Severity.BLOCKER, "issued_on", remedy="use_issue_date", remedy_value=today.isoformat()
        )
        return
    if closed is not None and issued <= closed:
        # Whether the closing day itself is closed is not on record.
        yield Finding(
            "date.books_closed",
            Severity.BLOCKER if issued < closed else Severity.WARNING,
            "issued_on",
            {"date": closed.isoformat(), "issued": issued.isoformat()},
            remedy="use_issue_date" if today > closed else "",
            remedy_value=today.isoformat() if today > closed else "",
        )
    if due is not None and due < issued:
        days = max(books.company.default_due_days or 0, 0)
        yield Finding(
            "date.due_before_issue",
            Severity.WARNING,
            "due_on",
            {"issued": issued.isoformat(), "due": due.isoformat()},
            remedy="use_due_date",
            remedy_value=(issued + timedelta(days=days)).isoformat(),
        )
    if abs(issued - today) > _UNUSUAL:
        yield Finding(
            "date.unusual",
            Severity.WARNING,
            "issued_on",
            {"issued": issued.isoformat()},
            remedy="use_issue_date",
            remedy_value=today.isoformat(),
        )


def _currency(draft: Draft, books: Books) -> Iterator[Finding]:
    company = books.company
    usable = books.customer.currency if books.customer is not None else company.home_currency
    if not draft.currency.strip():
        yield Finding("currency.missing", Severity.BLOCKER, "currency", remedy="use_currency", remedy_value=usable)
    elif draft.currency not in EXPONENTS:
        yield Finding(
            "currency.unknown",
            Severity.BLOCKER,
            "currency",
            {"currency": draft.currency},
            remedy="use_currency",
            remedy_value=usable,
        )
    elif not company.multicurrency and draft.currency != company.home_currency:
        yield Finding(
            "currency.not_in_plan" if company.rules.lacks_multicurrency else "currency.multicurrency_off",
            Severity.BLOCKER,
            "currency",
            {"currency": draft.currency, "home": company.home_currency, "company": company.name},
            remedy="use_currency",
            remedy_value=company.home_currency,
        )
    elif draft.currency != company.home_currency and draft.currency not in (company.currencies or {draft.currency}):
        yield Finding("currency.not_listed", Severity.INFO, "currency", {"currency": draft.currency})


def _taxed(draft: Draft) -> bool:
    return draft.tax_mode is not TaxMode.NONE and any(line.taxed for line in draft.lines)


def _tax(draft: Draft, books: Books) -> Iterator[Finding]:
    company = books.company
    regime = company.tax_regime
    if books.customer is not None and is_exempt(books) and regime in _US_TAXED and _taxed(draft):
        yield Finding("customer.exempt", Severity.INFO, "tax", {"customer": books.customer.name})
    if regime is TaxRegime.US_MANUAL and _taxed(draft) and not is_exempt(books):
        yield from _group(draft, books)
    if regime in _US_TAXED and draft.tax_mode is TaxMode.INCLUSIVE:
        yield Finding("tax.inclusive_unsupported", Severity.BLOCKER, "tax_mode", remedy="convert_to_net")
    if regime is TaxRegime.OFF and _taxed(draft):
        yield Finding("tax.switched_off", Severity.WARNING, "tax", {"company": company.name})
    if regime is TaxRegime.US_AUTOMATED and _taxed(draft) and not is_exempt(books):
        yield Finding("tax.estimated", Severity.INFO, "totals")


def _group(draft: Draft, books: Books) -> Iterator[Finding]:
    default = code_by_id(books, books.company.default_tax_code)
    usable = default is not None and default.active and bool(default.rates)
    remedy = "use_tax_code" if usable else ""
    value = default.id if default is not None and usable else ""
    if not draft.tax_code:
        yield Finding("tax.group_missing", Severity.BLOCKER, "tax", remedy=remedy, remedy_value=value)
        return
    code = code_by_id(books, draft.tax_code)
    if code is None or not code.active or not code.rates:
        params = {"n": "", "product": "", "name": code.name if code else draft.tax_code}
        yield Finding("tax.code_inactive", Severity.BLOCKER, "tax", params, remedy=remedy, remedy_value=value)


def _totals(draft: Draft, totals: Totals) -> Iterator[Finding]:
    yield from _discount(draft, totals)
    if totals.total.amount < 0:
        yield Finding("total.negative", Severity.BLOCKER, "totals", {"total": str(totals.total)})
    elif totals.total.is_zero and draft.lines:
        yield Finding("total.zero", Severity.WARNING, "totals")


def _discount(draft: Draft, totals: Totals) -> Iterator[Finding]:
    percent, amount = draft.discount_percent, draft.discount_amount
    for field, value in (("discount", percent), ("discount", amount)):
        if not is_usable(value):
            yield Finding("number.format", Severity.BLOCKER, field, {"field": field, "value": str(value)})
            return
    nothing = Money.zero(totals.subtotal.currency)
    before = sum((line.amount for line in totals.lines), nothing)
    most = max(before.amount, Decimal(0))
    beyond = not 0 <= percent <= _HUNDRED if percent != 0 else not 0 <= amount <= most
    if beyond:
        discount = f"{plain(percent):f} %" if percent != 0 else str(Money(amount, before.currency))
        yield Finding(
            "discount.too_large",
            Severity.BLOCKER,
            "discount",
            {"discount": discount, "subtotal": str(before)},
            remedy="limit_discount",
            remedy_value="100" if percent != 0 else f"{most:f}",
        )
