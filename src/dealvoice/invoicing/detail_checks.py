"""What stands against the rarer details: features that are off, choices that are gone, words that mislead QuickBooks."""

from collections.abc import Iterator, Sequence

from dealvoice.invoicing.books import Books
from dealvoice.invoicing.details import Choice
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.emails import is_email, split_emails
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.rows import is_sold
from dealvoice.invoicing.status import void_word


def check_details(draft: Draft, books: Books) -> Iterator[Finding]:
    """
    Yield what stands against the details.

    Source: QuickBooks Online Accounting API, Invoice: ClassRef and DepartmentRef only where Preferences track them (5030),
    inactive ones refused (2500 ``Klasses``, ``Depts``), custom fields that are not enabled refused (3000).
    """
    details, rules = draft.details, books.company.rules
    yield from _choice("class_id", details.class_id, books.classes, on=rules.class_per_invoice)
    yield from _choice("location_id", details.location_id, books.locations, on=rules.locations)
    for line in draft.lines:
        field = f"line.{line.key}.class_id"
        yield from _choice(field, line.class_id, books.classes, on=rules.class_per_line)
        if line.service_on is not None and not (rules.service_dates or rules.revenue_recognition):
            yield _off("service_date", f"line.{line.key}.service_on")
    yield from _term(draft, books)
    enabled = {known.id for known in rules.custom_fields}
    for field_id, text in details.custom_fields:
        if text and field_id not in enabled:
            params = {"number": field_id}
            yield Finding("custom_field.unknown", Severity.WARNING, f"custom_{field_id}", params, remedy="leave_out")
    yield from _copies(draft)
    if void_word(details.note.strip()[:20]):
        yield Finding("note.reserved_word", Severity.BLOCKER, "note", {"word": details.note.split()[0]})
    if rules.revenue_recognition:
        yield from _service_dates(draft)


def _choice(field: str, chosen: str | None, known: Sequence[Choice], *, on: bool) -> Iterator[Finding]:
    if chosen is None:
        return
    kind = "class" if field.endswith("class_id") else "location"
    if not on:
        yield _off(kind, field)
        return
    found = next((choice for choice in known if choice.id == chosen), None)
    if found is None or not found.active:
        params = {"name": found.name if found else chosen}
        yield Finding(f"{kind}.inactive", Severity.BLOCKER, field, params, remedy="leave_out")


def _off(feature: str, field: str) -> Finding:
    return Finding("company.feature_off", Severity.BLOCKER, field, {"feature": feature}, remedy="remove_detail")


def _term(draft: Draft, books: Books) -> Iterator[Finding]:
    chosen = draft.details.term_id
    found = next((term for term in books.terms if term.id == chosen), None)
    if chosen is not None and (found is None or not found.active):
        params = {"name": found.name if found else chosen}
        yield Finding("term.inactive", Severity.WARNING, "term_id", params, remedy="leave_out")


def _copies(draft: Draft) -> Iterator[Finding]:
    parts = split_emails(draft.details.copies)
    bad = [part for part in parts if not is_email(part)]
    if bad:
        good = ", ".join(part for part in parts if is_email(part))
        yield Finding("email.invalid", Severity.BLOCKER, "copies", {"value": ", ".join(bad)}, "use_copies", good)


def _service_dates(draft: Draft) -> Iterator[Finding]:
    for index, line in enumerate(draft.lines):
        if line.service_on is None and is_sold(line):
            day = draft.issued_on.isoformat() if draft.issued_on else ""
            params = {"n": str(index + 1), "product": line.product_name or line.text.partition("\n")[0].strip()}
            field = f"line.{line.key}.service_on"
            remedy = "use_service_date" if day else ""
            yield Finding("line.service_date_missing", Severity.WARNING, field, params, remedy, day)
