"""Remembers which QuickBooks product a product of Pipedrive is, as it is named and priced now."""

from dealvoice.invoicing.books import Item
from dealvoice.storage.connections import Connection
from dealvoice.storage.links import ItemLink
from dealvoice.workflows.app import App


def item_link(
    app: App, connection: Connection, product_id: int, variation_id: int | None, item: Item, *, by: str
) -> ItemLink:
    """Return the link of a product, or of one of its variations, to write down."""
    return ItemLink(
        tenant=connection.tenant,
        connection_id=connection.id,
        product_id=product_id,
        variation_id=variation_id or 0,
        item_id=item.id,
        item_name=item.name,
        item_price=item.unit_price,
        linked_by=by,
        linked_at=app.now(),
    )
