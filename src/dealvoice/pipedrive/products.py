"""Read products and their variations."""

from collections.abc import Sequence

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Product, ProductVariation

_PATH = "api/v2/products"
_ENTITY = "product"


def read(client: Pipedrive, product_id: int) -> Product:
    """Read one product."""
    return client.get(f"{_PATH}/{product_id}", Product, entity=_ENTITY)


def by_ids(client: Pipedrive, ids: Sequence[int]) -> list[Product]:
    """Read up to a hundred products; missing and hidden ones are silently absent."""
    if not ids:
        return []
    return client.rows(_PATH, Product, entity=_ENTITY, params=[("ids", ",".join(str(one) for one in ids))])


def variations(client: Pipedrive, product_id: int) -> list[ProductVariation]:
    """Give the variations of a product."""
    return client.rows(f"{_PATH}/{product_id}/variations", ProductVariation, entity=_ENTITY, operation="variations")
