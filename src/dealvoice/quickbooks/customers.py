"""Make, read and find customers; names are unique over customers, vendors and employees, inactive ones too."""

from collections.abc import Sequence

from dealvoice.quickbooks.client import QuickBooks, encode, entity_of, one, path_id
from dealvoice.quickbooks.models import Customer, NameRow
from dealvoice.quickbooks.query import PAGE_SIZE, one_of, quote, rows

_PATH = "customer"
_ENTITY = "Customer"
_ANY = "Active IN (true, false)"


def create(client: QuickBooks, customer: Customer, *, request_id: str) -> Customer:
    """Create a customer; a name in use raises ``Reread`` with ``customer.name_taken``."""
    return _write(client, customer, operation="create", request_id=request_id)


def update(client: QuickBooks, customer: Customer, *, request_id: str) -> Customer:
    """Change a customer: with ``sparse`` only what is set, nested objects as a whole."""
    return _write(client, customer, operation="update", request_id=request_id)


def read(client: QuickBooks, customer_id: str) -> Customer:
    """Read one customer."""
    path = f"{_PATH}/{path_id(customer_id)}"
    return entity_of(client.get(path, one(_ENTITY, Customer), entity=_PATH, operation="read"))


def by_ids(client: QuickBooks, ids: Sequence[str]) -> list[Customer]:
    """Read up to a thousand customers, inactive ones too."""
    if not ids:
        return []
    return rows(client, _ENTITY, Customer, tail=f"WHERE Id IN {one_of(ids)} AND {_ANY} MAXRESULTS {PAGE_SIZE}")


def by_name(client: QuickBooks, display_name: str) -> Customer | None:
    """Find the customer of that display name, inactive ones too; QuickBooks ignores case."""
    tail = f"WHERE DisplayName = {quote(display_name)} AND {_ANY} MAXRESULTS 1"
    return next(iter(rows(client, _ENTITY, Customer, tail=tail)), None)


def holders_of_name(client: QuickBooks, display_name: str) -> dict[str, list[NameRow]]:
    """Tell who bears a name, by list: ``Customer``, ``Vendor``, ``Employee``; three calls."""
    tail = f"WHERE DisplayName = {quote(display_name)} AND {_ANY} MAXRESULTS {PAGE_SIZE}"
    return {entity: rows(client, entity, NameRow, tail=tail) for entity in ("Customer", "Vendor", "Employee")}


def search(client: QuickBooks, text: str, *, limit: int = 20) -> list[Customer]:
    """Find customers whose display name, or e-mail address where the text has an ``@``, contains a text; inactive ones too."""
    field = "PrimaryEmailAddr" if "@" in text else "DisplayName"
    tail = f"WHERE {field} LIKE {quote(f'%{text}%')} AND {_ANY} ORDERBY DisplayName MAXRESULTS {limit}"
    return rows(client, _ENTITY, Customer, tail=tail)


def _write(client: QuickBooks, customer: Customer, *, operation: str, request_id: str) -> Customer:
    answer = client.post(
        _PATH,
        one(_ENTITY, Customer),
        entity=_PATH,
        operation=operation,
        content=encode(customer),
        request_id=request_id,
    )
    return entity_of(answer)
