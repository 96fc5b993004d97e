"""The company's number series: what was used, what is reserved, and the next free number."""

from datetime import UTC, date, datetime

from dealvoice.invoicing.books import NumberKind, TakenNumber
from dealvoice.invoicing.numbering import next_number, of_pattern
from dealvoice.storage.unit_of_work import Store

_ENOUGH = 50
"""Newest numbers that are looked at: enough to tell whether the counter begins anew with a month or year."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def history(store: Store, connection_id: str) -> list[tuple[str, date]]:
    """Return the newest numbers with their dates, newest first, of all documents that share the series."""
    found = [
        *store.invoices.last_numbers(connection_id, limit=_ENOUGH),
        *store.numbers.newest(connection_id, limit=_ENOUGH),
    ]
    found.sort(key=lambda known: known.created_at or _NEVER, reverse=True)
    return [(known.number, known.issued_on) for known in found]


def next_free(store: Store, connection_id: str, issued_on: date, *, pattern: str = "") -> str:
    """
    Return what QuickBooks will likely give (automatic numbering), or the proposal (custom numbers).

    Args:
        store: The tenant's store.
        connection_id: The company.
        issued_on: The invoice's date.
        pattern: The first number of a series of its own; empty for the company's.

    Returns:
        Empty when no number follows, such as after ``DRAFT``.
    """
    known = history(store, connection_id)

    def taken(number: str) -> bool:
        return taken_by(store, connection_id, number) is not None

    if not pattern:
        return next_number(known, issued_on, taken) or ""
    own = of_pattern(known, pattern)
    if not own and not taken(pattern):
        return pattern
    return next_number(own or [(pattern, issued_on)], issued_on, taken) or ""


def taken_by(store: Store, connection_id: str, number: str, *, but_for: str = "") -> TakenNumber | None:
    """
    Return who has a number: a live document, or a creation under way.

    Args:
        store: The tenant's store.
        connection_id: The company.
        number: Compared without outer blanks and case.
        but_for: An operation whose own reservation does not count.
    """
    if not number.strip():
        return None
    invoice = store.invoices.with_number(connection_id, number)
    if invoice is not None:
        return TakenNumber(number=invoice.number, invoice_id=invoice.id, customer_name=invoice.customer_name)
    other = store.numbers.with_number(connection_id, number)
    if other is not None:
        kind = NumberKind(other.kind)
        return TakenNumber(number=other.number, invoice_id="", customer_name=other.customer_name, kind=kind)
    holder = store.numbers.reserved_by(connection_id, number)
    if holder is None or holder == but_for:
        return None
    operation = store.operations.get(holder)
    customer = operation.customer_name if operation is not None else ""
    return TakenNumber(number=number.strip(), invoice_id=holder, customer_name=customer)
