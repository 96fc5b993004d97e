"""Read deals with their products, discounts and installments, and write custom fields."""

from collections.abc import Mapping, Sequence

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Deal, DealProduct, Discount, FieldValue, Installment

_PATH = "api/v2/deals"
_ENTITY = "deal"


def read(client: Pipedrive, deal_id: int) -> Deal:
    """
    Read one deal, with the count of its products.

    One that this user may not see looks like a missing one (``NotFound``) or is ``Forbidden``.
    """
    params = [("include_fields", "products_count")]
    return client.get(f"{_PATH}/{deal_id}", Deal, entity=_ENTITY, params=params)


def products(client: Pipedrive, deal_id: int) -> list[DealProduct]:
    """Give the lines of a deal, switched-off ones too, in the order shown."""
    return client.rows(
        f"{_PATH}/{deal_id}/products",
        DealProduct,
        entity=_ENTITY,
        operation="products",
        params=[("sort_by", "order_nr")],
    )


def discounts(client: Pipedrive, deal_id: int) -> list[Discount]:
    """Give the discounts of the whole deal."""
    return client.rows(f"{_PATH}/{deal_id}/discounts", Discount, entity=_ENTITY, operation="discounts")


def installments(client: Pipedrive, ids: Sequence[int]) -> list[Installment]:
    """Give the installments of deals; plans without them answer ``Forbidden`` with ``pipedrive.plan_limit``."""
    if not ids:
        return []
    # Repeated, not comma-joined: what the vendor's own client sends for this one list.
    params = [("deal_ids", str(deal_id)) for deal_id in ids]
    return client.rows(f"{_PATH}/installments", Installment, entity=_ENTITY, operation="installments", params=params)


def recent(client: Pipedrive, limit: int) -> list[Deal]:
    """Give the deals changed last, newest first, those archived left out."""
    params = [("sort_by", "update_time"), ("sort_direction", "desc"), ("limit", str(limit))]
    first = next(client.pages(_PATH, Deal, entity=_ENTITY, params=params), [])
    return first[:limit]


def by_ids(client: Pipedrive, ids: Sequence[int]) -> list[Deal]:
    """Read up to a hundred deals; missing and hidden ones are silently absent."""
    if not ids:
        return []
    return client.rows(_PATH, Deal, entity=_ENTITY, params=[("ids", ",".join(str(deal_id) for deal_id in ids))])


def set_fields(client: Pipedrive, deal_id: int, *, values: Mapping[str, FieldValue]) -> Deal:
    """Write custom fields by their code, None to clear; safe to repeat. Nothing else of the deal is sent."""
    body = {"custom_fields": dict(values)}
    return client.write("PATCH", f"{_PATH}/{deal_id}", Deal, entity=_ENTITY, operation="set_fields", body=body)
