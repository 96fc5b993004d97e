"""What is to be said of a draft's number: missing, used, out of the company's own series."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from dealvoice.invoicing.books import Books
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.numbering import next_number, skips


def check_number(draft: Draft, books: Books) -> Iterator[Finding]:
    """
    Yield what stands against the number.

    A proposal that nobody typed is never told as used: Create takes the next free one. There is no "use anyway":
    QuickBooks takes a number twice where it numbers by itself, and nobody could tell the two invoices apart.

    Source: QuickBooks Online Accounting API, Invoice, DocNumber; Preferences, CustomTxnNumbers; error 6140.
    """
    number = draft.number.strip()
    custom = books.company.custom_numbers
    if not number:
        if custom:
            proposal = books.next_number or _after(books.last_number or "", draft.issued_on)
            yield _told("number.missing", Severity.BLOCKER, {"next": proposal}, proposal)
        return
    if draft.number_is_proposed and books.next_number:
        return
    taken = books.number_taken_by
    if taken is not None:
        proposal = books.next_number or _after(number, draft.issued_on)
        params = {"number": number, "kind": taken.kind.value, "name": taken.customer_name, "next": proposal}
        yield _told("number.duplicate", Severity.BLOCKER, params, proposal)
    elif not custom:
        yield Finding(
            "number.own_series", Severity.INFO, "number", {"number": number, "next": books.next_number}, "no_number"
        )
    elif books.next_number and draft.issued_on is not None and skips(number, books.next_number, draft.issued_on):
        params = {"number": number, "last": books.last_number or "", "next": books.next_number}
        yield _told("number.jump", Severity.WARNING, params, books.next_number)


def _told(code: str, severity: Severity, params: dict[str, str], proposal: str) -> Finding:
    return Finding(code, severity, "number", params, "use_number" if proposal else "", proposal)


def _after(number: str, issued_on: date | None) -> str:
    """Return the number after one, as far as that alone tells; the caller knows more (``Books.next_number``)."""
    if issued_on is None:
        return ""
    history = [(number, issued_on)] if number else []
    return next_number(history, issued_on, lambda taken: taken.casefold() == number.casefold()) or ""


def with_number(draft: Draft, books: Books) -> Draft:
    """
    Renew a proposal that nobody typed: somebody has taken it meanwhile, or the issue date has another month or year.

    Where QuickBooks numbers by itself nothing is proposed, but in a series that a template begins.
    """
    wanted = books.next_number
    proposes = books.company.custom_numbers or bool(draft.details.number_pattern)
    if not (proposes and wanted and draft.number_is_proposed and wanted != draft.number.strip()):
        return draft
    return replace(draft, number=wanted, number_proposed=wanted)
