"""A deal's products, discounts and installments of API v2."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, lines, plans
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
MOST = 100
"""Rows of one call that adds or removes several."""
_READ = "products:read products:full deals:read deals:full"
_WRITE = "products:full deals:full"
_DEALS = "deals:read deals:full"
_SORTS = ("id", "add_time", "update_time", "order_nr")
_PRODUCT: "dict[str, Check]" = {
    "product_id": checking.whole,
    "product_variation_id": checking.optional(checking.whole),
    "item_price": checking.number(),
    "quantity": checking.number(above=0),
    "tax": checking.number(least=0),
    "comments": checking.optional(checking.text()),
    "discount": checking.number(least=0),
    "discount_type": checking.choice("percentage", "amount"),
    "is_enabled": checking.flag,
    "tax_method": checking.choice("exclusive", "inclusive", "none"),
    "billing_frequency": checking.choice(*lines.FREQUENCIES),
    "billing_frequency_cycles": checking.optional(checking.number(least=1, most=208)),
    "billing_start_date": checking.optional(checking.day),
}
_NEEDED = ("product_id", "item_price", "quantity")
_DISCOUNT: "dict[str, Check]" = {
    "description": checking.text(255),
    "amount": checking.number(above=0),
    "type": checking.choice("percentage", "amount"),
}
_INSTALLMENT: "dict[str, Check]" = {
    "description": checking.text(255),
    "amount": checking.number(above=0),
    "billing_date": checking.day,
}


def _deal(emulator: "PipedriveEmulator", call: Call) -> int:
    return int(emulator.visible_deal(call.number(), call.user_id)["id"])


def _of_deals(emulator: "PipedriveEmulator", call: Call) -> set[int]:
    ids = call.numbers("deal_ids")
    if not ids:
        raise answers.invalid("deal_ids", "is required")
    known = {row["id"] for row in emulator.deals() if emulator.may_see(row, call.user_id)}
    return known & set(ids)


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, page_v2(emulator.deal_products(_deal(emulator, call)), call.params, sorts=_SORTS)


def _list_many(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [row for deal_id in _of_deals(emulator, call) for row in emulator.deal_products(deal_id)]
    return 200, page_v2(rows, call.params, sorts=(*_SORTS, "deal_id"))


def _add(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    body = checking.check(call.body, _PRODUCT, required=_NEEDED)
    _check_product(emulator, body, call.user_id)
    return 201, found(emulator.add_deal_product(deal_id, body, call.user_id, source="api"))


def _add_many(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    body = checking.check(call.body, {"data": checking.each(checking.keyed(_PRODUCT))}, required=("data",))
    if not 1 <= len(body["data"]) <= MOST:
        raise answers.invalid("data", f"must have between 1 and {MOST} items")
    for one in body["data"]:
        checking.check(one, _PRODUCT, required=_NEEDED)
        _check_product(emulator, one, call.user_id)
    added = [emulator.add_deal_product(deal_id, one, call.user_id, source="api") for one in body["data"]]
    return 201, found(added)


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    body = checking.check(call.body, _PRODUCT)
    _check_product(emulator, body, call.user_id)
    return 200, found(emulator.change_deal_product(deal_id, call.number(1), body, call.user_id, source="api"))


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    emulator.remove_deal_product(_deal(emulator, call), call.number(1), call.user_id, source="api")
    return 200, found({"id": call.number(1)})


def _remove_many(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    there = [row["id"] for row in emulator.deal_products(deal_id)]
    wanted = call.numbers("ids") or there
    gone = [row_id for row_id in there if row_id in wanted][:MOST]
    for row_id in gone:
        emulator.remove_deal_product(deal_id, row_id, call.user_id, source="api")
    return 200, found({"ids": gone}, more_items_in_collection=len(wanted) > MOST)


def _check_product(emulator: "PipedriveEmulator", body: Row, user_id: int) -> None:
    if "product_id" not in body:
        return
    product = emulator.table("products").get(str(body["product_id"]))
    if product is None or product["is_deleted"] or not emulator.may_see(product, user_id):
        raise answers.invalid("product_id", "was not found")


def _discounts(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(emulator.discounts(_deal(emulator, call)))


def _add_discount(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    body = checking.check(call.body, _DISCOUNT, required=tuple(_DISCOUNT))
    return 201, found(emulator.add_discount(deal_id, body, call.user_id, source="api"))


def _change_discount(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id, body = _deal(emulator, call), checking.check(call.body, _DISCOUNT)
    return 200, found(lines.change_discount(emulator, deal_id, call.ids[1], body, call.user_id, source="api"))


def _remove_discount(emulator: "PipedriveEmulator", call: Call) -> Answer:
    lines.remove_discount(emulator, _deal(emulator, call), call.ids[1], call.user_id, source="api")
    return 200, found({"id": call.ids[1]})


def _installments(emulator: "PipedriveEmulator", call: Call) -> Answer:
    plans.must_have_growth(emulator, "Installments")
    deals = _of_deals(emulator, call)
    rows = [row for row in emulator.table("installments").values() if row["deal_id"] in deals]
    return 200, page_v2(rows, call.params, sorts=("id", "billing_date", "deal_id"))


def _add_installment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id = _deal(emulator, call)
    body = checking.check(call.body, _INSTALLMENT, required=tuple(_INSTALLMENT))
    return 200, found(lines.add_installment(emulator, deal_id, body, call.user_id, source="api"))


def _change_installment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal_id, body = _deal(emulator, call), checking.check(call.body, _INSTALLMENT)
    return 200, found(lines.change_installment(emulator, deal_id, call.ids[1], body, call.user_id, source="api"))


def _remove_installment(emulator: "PipedriveEmulator", call: Call) -> Answer:
    lines.remove_installment(emulator, _deal(emulator, call), call.ids[1], call.user_id, source="api")
    return 200, found({"id": call.number(1)})


ENTRIES = (
    Entry("GET", "/v2/deals/products", 10, _READ, _list_many),
    Entry("GET", "/v2/deals/installments", 10, _DEALS, _installments),
    Entry("GET", "/v2/deals/{id}/products", 10, _READ, _list),
    Entry("POST", "/v2/deals/{id}/products", 5, _WRITE, _add),
    Entry("DELETE", "/v2/deals/{id}/products", 15, _WRITE, _remove_many),
    Entry("POST", "/v2/deals/{id}/products/bulk", 25, _WRITE, _add_many),
    Entry("PATCH", "/v2/deals/{id}/products/{id}", 5, _WRITE, _change),
    Entry("DELETE", "/v2/deals/{id}/products/{id}", 3, _WRITE, _remove),
    # The documents let deals:read write these two as well, which nobody should rely on.
    Entry("GET", "/v2/deals/{id}/discounts", 10, _DEALS, _discounts),
    Entry("POST", "/v2/deals/{id}/discounts", 5, "deals:full", _add_discount),
    Entry("PATCH", "/v2/deals/{id}/discounts/{id}", 5, "deals:full", _change_discount),
    Entry("DELETE", "/v2/deals/{id}/discounts/{id}", 3, "deals:full", _remove_discount),
    Entry("POST", "/v2/deals/{id}/installments", 5, "deals:full", _add_installment),
    Entry("PATCH", "/v2/deals/{id}/installments/{id}", 5, "deals:full", _change_installment),
    Entry("DELETE", "/v2/deals/{id}/installments/{id}", 3, "deals:full", _remove_installment),
)
