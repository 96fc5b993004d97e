"""Read payments, and unapply, void or delete them where the user said so."""

from collections.abc import Sequence

from dealvoice.quickbooks.client import QuickBooks, encode, entity_of, one, path_id
from dealvoice.quickbooks.models import Invoice, Payment
from dealvoice.quickbooks.query import PAGE_SIZE, one_of, rows

_PATH = "payment"
_ENTITY = "Payment"


def read(client: QuickBooks, payment_id: str) -> Payment:
    """Read one payment."""
    path = f"{_PATH}/{path_id(payment_id)}"
    return entity_of(client.get(path, one(_ENTITY, Payment), entity=_PATH, operation="read"))


def by_ids(client: QuickBooks, ids: Sequence[str]) -> list[Payment]:
    """Read many payments, a thousand a call."""
    unique = list(dict.fromkeys(ids))
    found: list[Payment] = []
    for start in range(0, len(unique), PAGE_SIZE):
        chunk = unique[start : start + PAGE_SIZE]
        found += rows(client, _ENTITY, Payment, tail=f"WHERE Id IN {one_of(chunk)} MAXRESULTS {PAGE_SIZE}")
    return found


def of_invoices(client: QuickBooks, invoices: Sequence[Invoice]) -> list[Payment]:
    """
    Read the payments that invoices link to.

    A credit memo applied to an invoice shows as a payment too (of amount zero).
    """
    linked = [link.txn_id for invoice in invoices for link in invoice.linked_txn if link.txn_type == "Payment"]
    return by_ids(client, linked)


def update(client: QuickBooks, payment: Payment, *, request_id: str) -> Payment:
    """Write a payment back whole, for instance without the line that applied it to an invoice."""
    return _write(client, payment, operation="update", request_id=request_id, params={})


def void(client: QuickBooks, payment_id: str, sync_token: str, *, request_id: str) -> Payment:
    """Set a payment to zero; its invoices are open again."""
    return _write(
        client,
        Payment(id=payment_id, sync_token=sync_token, sparse=True),
        operation="void",
        request_id=request_id,
        params={"operation": "update", "include": "void"},
    )


def delete(client: QuickBooks, payment_id: str, sync_token: str, *, request_id: str) -> Payment:
    """Remove a payment; in a bank deposit it raises ``Refused`` with ``payment.deposited``."""
    return _write(
        client,
        Payment(id=payment_id, sync_token=sync_token),
        operation="delete",
        request_id=request_id,
        params={"operation": "delete"},
    )


def _write(client: QuickBooks, payment: Payment, *, operation: str, request_id: str, params: dict[str, str]) -> Payment:
    answer = client.post(
        _PATH,
        one(_ENTITY, Payment),
        entity=_PATH,
        operation=operation,
        content=encode(payment),
        request_id=request_id,
        params=params,
    )
    return entity_of(answer)
