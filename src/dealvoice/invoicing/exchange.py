"""
Exchange rates: home units per one unit of a foreign currency, for the day of an invoice.

QuickBooks books an invoice without a rate at 1 to 1 (facts: "Multicurrency"), so a foreign invoice always carries one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from dealvoice.invoicing.books import Books, Company
from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.draft import Draft, Rate
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.money import Money, product, round_money

_FAR = Decimal("0.1")
"""A rate that is further than a tenth from QuickBooks' own is asked about."""
_MOST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class InHome:
    """An invoice's total in the company's own currency."""

    total: Money
    rate: Decimal


def needs_rate(currency: str, company: Company) -> bool:
    """Tell whether an invoice in a currency has to carry a rate."""
    return company.multicurrency and currency in EXPONENTS and currency != company.home_currency


def with_rate(draft: Draft, books: Books) -> Draft:
    """
    Return a draft whose rate belongs to its currency and issue date.

    A rate that was read or typed for another currency or day is replaced by QuickBooks' own for this one, or by none
    while that is not known. A draft that needs no rate has none.
    """
    if not needs_rate(draft.currency, books.company):
        return replace(draft, rate=None)
    rate = draft.rate
    if rate is not None and (rate.currency, rate.on) == (draft.currency, draft.issued_on):
        return draft
    return replace(draft, rate=Rate(value=books.rate, currency=draft.currency, on=draft.issued_on))


def in_home(total: Money, draft: Draft, company: Company) -> InHome | None:
    """Return what a total is in the home currency, rounded to it; None when there is no usable rate."""
    value = draft.rate.value if draft.rate is not None else None
    if value is None or not _is_usable(value):
        return None
    home = company.home_currency
    return InHome(Money(round_money(product(total.amount, value), home), home), value)


def check_rate(draft: Draft, books: Books) -> Iterator[Finding]:
    """Yield what is wrong with the rate of a foreign invoice."""
    company = books.company
    if not needs_rate(draft.currency, company) or draft.issued_on is None:
        return
    if books.customer is not None and books.customer.currency != draft.currency:
        return  # the currency itself is to be mended first
    value = draft.rate.value if draft.rate is not None else None
    params = {"cur": draft.currency, "home": company.home_currency, "date": draft.issued_on.isoformat()}
    if value is None:
        yield Finding("currency.rate_missing", Severity.BLOCKER, "exchange_rate", params, remedy="fetch_rate")
        return
    known = books.rate
    usable = _is_usable(value)
    if usable and (known is None or abs(value - known) <= known * _FAR):
        return
    yield Finding(
        "currency.rate_odd",
        Severity.WARNING if usable else Severity.BLOCKER,
        "exchange_rate",
        {**params, "rate": f"{value:f}", "known": f"{known:f}" if known is not None else ""},
        remedy="use_rate" if known is not None else "fetch_rate",
        remedy_value=f"{known:f}" if known is not None else "",
    )


def _is_usable(value: Decimal) -> bool:
    return value.is_finite() and 0 < value < _MOST
