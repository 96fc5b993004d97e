"""Make, read and find products and services."""

from collections.abc import Sequence

from dealvoice.quickbooks.client import QuickBooks, encode, entity_of, one, path_id
from dealvoice.quickbooks.models import Item
from dealvoice.quickbooks.query import PAGE_SIZE, one_of, quote, rows

_PATH = "item"
_ENTITY = "Item"
_ANY = "Active IN (true, false)"


def update(client: QuickBooks, item: Item, *, request_id: str) -> Item:
    """Change an item: with ``sparse`` only what is set."""
    answer = client.post(
        _PATH, one(_ENTITY, Item), entity=_PATH, operation="update", content=encode(item), request_id=request_id
    )
    return entity_of(answer)


def create(client: QuickBooks, item: Item, *, request_id: str) -> Item:
    """Create an item; ``type`` and an income account are needed, a name in use raises ``Reread`` with ``item.name_taken``."""
    answer = client.post(
        _PATH, one(_ENTITY, Item), entity=_PATH, operation="create", content=encode(item), request_id=request_id
    )
    return entity_of(answer)


def read(client: QuickBooks, item_id: str) -> Item:
    """Read one item."""
    path = f"{_PATH}/{path_id(item_id)}"
    return entity_of(client.get(path, one(_ENTITY, Item), entity=_PATH, operation="read"))


def by_ids(client: QuickBooks, ids: Sequence[str]) -> list[Item]:
    """Read up to a thousand items, inactive ones too."""
    if not ids:
        return []
    return rows(client, _ENTITY, Item, tail=f"WHERE Id IN {one_of(ids)} AND {_ANY} MAXRESULTS {PAGE_SIZE}")


def by_name(client: QuickBooks, name: str) -> list[Item]:
    """Find items of that name, inactive ones too; a name is unique only under one parent."""
    return rows(client, _ENTITY, Item, tail=f"WHERE Name = {quote(name)} AND {_ANY} MAXRESULTS {PAGE_SIZE}")


def by_sku(client: QuickBooks, sku: str) -> list[Item]:
    """Find items of that stock number, inactive ones too."""
    return rows(client, _ENTITY, Item, tail=f"WHERE Sku = {quote(sku)} AND {_ANY} MAXRESULTS {PAGE_SIZE}")


def search(client: QuickBooks, text: str, limit: int) -> list[Item]:
    """Find active items whose name contains a text."""
    tail = f"WHERE Name LIKE {quote(f'%{text}%')} ORDERBY Name MAXRESULTS {limit}"
    return rows(client, _ENTITY, Item, tail=tail)
