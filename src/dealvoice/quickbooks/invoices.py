"""
Make, read, void, delete and send invoices.

Every write takes a ``request_id``: sent again, it gives the first answer instead of a second invoice.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from dealvoice.quickbooks.client import QuickBooks, encode, entity_of, one, path_id
from dealvoice.quickbooks.models import Invoice
from dealvoice.quickbooks.query import PAGE_SIZE, every, moment, one_of, quote, rows

_PATH = "invoice"
_ENTITY = "Invoice"
_PDF = b"%PDF"


def create(client: QuickBooks, invoice: Invoice, *, request_id: str, allow_duplicate_number: bool = False) -> Invoice:
    """
    Create an invoice and give it as QuickBooks stored it.

    Args:
        request_id: At most 50 characters, the same for every attempt of one intent.
        allow_duplicate_number: Take ``doc_number`` although it is used (fault 6140 otherwise).
    """
    return _write(
        client,
        invoice,
        operation="create",
        request_id=request_id,
        params={"include": "allowduplicatedocnum"} if allow_duplicate_number else {},
    )


def update(client: QuickBooks, invoice: Invoice, *, request_id: str) -> Invoice:
    """Change an invoice; with ``sparse`` only what is set, but ``line`` is always replaced whole."""
    return _write(client, invoice, operation="update", request_id=request_id, params={})


def read(client: QuickBooks, invoice_id: str) -> Invoice:
    """Read one invoice; a deleted one raises ``Reread`` with ``invoice.gone``."""
    path = f"{_PATH}/{path_id(invoice_id)}"
    return entity_of(client.get(path, one(_ENTITY, Invoice), entity=_PATH, operation="read"))


def void(client: QuickBooks, invoice_id: str, sync_token: str, *, request_id: str) -> Invoice:
    """Set an invoice to zero and mark it voided; it stays in the books."""
    return _write(
        client,
        Invoice(id=invoice_id, sync_token=sync_token),
        operation="void",
        request_id=request_id,
        params={"operation": "void"},
    )


def delete(client: QuickBooks, invoice_id: str, sync_token: str, *, request_id: str) -> Invoice:
    """Remove an invoice; the answer is its tombstone (id and status ``Deleted``)."""
    return _write(
        client,
        Invoice(id=invoice_id, sync_token=sync_token),
        operation="delete",
        request_id=request_id,
        params={"operation": "delete"},
    )


def send(client: QuickBooks, invoice_id: str, *, to: str | None, request_id: str) -> Invoice:
    """E-mail an invoice, to its own address when ``to`` is None; ``delivery_info`` tells when it went out."""
    answer = client.post(
        f"{_PATH}/{path_id(invoice_id)}/send",
        one(_ENTITY, Invoice),
        entity=_PATH,
        operation="send",
        request_id=request_id,
        params={"sendTo": to} if to is not None else {},
        content_type="application/octet-stream",
    )
    return entity_of(answer)


def pdf(client: QuickBooks, invoice_id: str) -> bytes:
    """Fetch the invoice as QuickBooks prints it."""
    path = f"{_PATH}/{path_id(invoice_id)}/pdf"
    return client.get_file(path, entity=_PATH, operation="pdf", accept="application/pdf", magic=_PDF)


def by_ids(client: QuickBooks, ids: Sequence[str]) -> list[Invoice]:
    """Read many invoices, a thousand a call; missing and deleted ones are silently absent, order is the vendor's."""
    found: list[Invoice] = []
    rest = iter(dict.fromkeys(ids))
    while chunk := list(islice(rest, PAGE_SIZE)):
        found += rows(client, _ENTITY, Invoice, tail=f"WHERE Id IN {one_of(chunk)} MAXRESULTS {PAGE_SIZE}")
    return found


def of_customer_since(client: QuickBooks, customer_id: str, since: datetime) -> list[Invoice]:
    """Give a customer's invoices made at or after ``since``: the look before a second try."""
    where = f"CustomerRef = {quote(customer_id)} AND MetaData.CreateTime >= {moment(since)}"
    return every(client, _ENTITY, Invoice, where=where)


def with_number(client: QuickBooks, doc_number: str) -> list[Invoice]:
    """Give the invoices that bear a number; QuickBooks may hold several."""
    return rows(client, _ENTITY, Invoice, tail=f"WHERE DocNumber = {quote(doc_number)} MAXRESULTS {PAGE_SIZE}")


def _write(client: QuickBooks, invoice: Invoice, *, operation: str, request_id: str, params: dict[str, str]) -> Invoice:
    answer = client.post(
        _PATH,
        one(_ENTITY, Invoice),
        entity=_PATH,
        operation=operation,
        content=encode(invoice),
        request_id=request_id,
        params=params,
    )
    return entity_of(answer)
