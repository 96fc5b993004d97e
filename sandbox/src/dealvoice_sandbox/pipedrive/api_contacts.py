"""People, organizations, products and their variations of API v2."""

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, fields, records
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.api_deals import VISIBILITY, check_links, custom_shown, narrowed
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.lines import FREQUENCIES
from dealvoice_sandbox.pipedrive.plans import must_have_growth, recurring
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry
from dealvoice_sandbox.pipedrive.visibility import company_wide

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_SORTS = ("id", "update_time", "add_time")
_CONTACTS, _CONTACTS_FULL = "contacts:read contacts:full", "contacts:full"
_PRODUCTS, _PRODUCTS_FULL = "products:read products:full", "products:full"
_VARIATION: "dict[str, Check]" = {"name": checking.text(255), "prices": checking.prices}


def _common(emulator: "PipedriveEmulator", kind: str) -> "dict[str, Check]":
    return {
        "name": checking.text(255),
        "owner_id": checking.whole,
        "visible_to": VISIBILITY,
        "custom_fields": fields.values_of(emulator, kind),
    }


def _person(emulator: "PipedriveEmulator") -> "dict[str, Check]":
    return _common(emulator, "person") | {
        "org_id": checking.optional(checking.whole),
        "add_time": checking.moment,
        "update_time": checking.moment,
        "emails": checking.labelled,
        "phones": checking.labelled,
        "label_ids": checking.each(checking.whole),
        "marketing_status": checking.choice("no_consent", "unsubscribed", "subscribed", "archived"),
    }


def _organization(emulator: "PipedriveEmulator") -> "dict[str, Check]":
    return _common(emulator, "organization") | {
        "add_time": checking.moment,
        "update_time": checking.moment,
        "label_ids": checking.each(checking.whole),
        "address": checking.optional(checking.address),
    }


def _product(emulator: "PipedriveEmulator") -> "dict[str, Check]":
    return _common(emulator, "product") | {
        "code": checking.optional(checking.text(255)),
        "description": checking.optional(checking.text()),
        "unit": checking.optional(checking.text(255)),
        "tax": checking.number(least=0),
        "category": checking.optional(checking.number()),
        "is_linkable": checking.flag,
        "prices": checking.prices,
        "billing_frequency": checking.choice(*FREQUENCIES),
        "billing_frequency_cycles": checking.optional(checking.number(least=1, most=208)),
    }


def _one(emulator: "PipedriveEmulator", call: Call, table: str) -> Row:
    row = emulator.table(table).get(str(call.number()))
    if row is None or row["is_deleted"] or not emulator.may_see(row, call.user_id):
        raise NotFound("Entity")
    return row


def _living(emulator: "PipedriveEmulator", table: str) -> list[Row]:
    return [row for row in emulator.table(table).values() if not row["is_deleted"]]


def _persons(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = narrowed(emulator, call, _living(emulator, "persons"), ("owner_id", "org_id"))
    if call.params.get("deal_id"):
        deals = call.numbers("deal_id")
        of_deals = {row["person_id"] for row in emulator.deals() if row["id"] in deals}
        rows = [row for row in rows if row["id"] in of_deals]
    return 200, page_v2(rows, call.params, sorts=_SORTS, show=lambda row: custom_shown(emulator, "person", row, call))


def _read_person(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(custom_shown(emulator, "person", _one(emulator, call, "persons"), call))


def _new_person(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = checking.check(call.body, _person(emulator), required=("name",))
    check_links(emulator, body, call.user_id)
    return 200, found(records.new_person(emulator, body, call.user_id, source="api"))


def _change_person(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, body = _one(emulator, call, "persons"), checking.check(call.body, _person(emulator))
    check_links(emulator, body, call.user_id)
    return 200, found(emulator.change("persons", row["id"], body, call.user_id, source="api"))


def _organizations(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = narrowed(emulator, call, _living(emulator, "organizations"), ("owner_id",))
    return 200, page_v2(
        rows, call.params, sorts=_SORTS, show=lambda row: custom_shown(emulator, "organization", row, call)
    )


def _read_organization(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(custom_shown(emulator, "organization", _one(emulator, call, "organizations"), call))


def _new_organization(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = checking.check(call.body, _organization(emulator), required=("name",))
    check_links(emulator, body, call.user_id)
    now = emulator.stamp()
    row = {
        "owner_id": call.user_id, "address": None, "visible_to": company_wide(emulator), "label_ids": [], "is_deleted": False,
        "add_time": now, "update_time": now, **_organization_values(body),
    }  # fmt: skip
    custom = body.get("custom_fields", {})
    return 200, found(records.create(emulator, "organizations", row, custom, call.user_id, source="api"))


def _change_organization(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, body = _one(emulator, call, "organizations"), checking.check(call.body, _organization(emulator))
    check_links(emulator, body, call.user_id)
    wanted = _organization_values(body) | {"custom_fields": body.get("custom_fields", {})}
    return 200, found(emulator.change("organizations", row["id"], wanted, call.user_id, source="api"))


def _organization_values(body: Row) -> Row:
    # Parts of an address that are not sent become null, on every write.
    values = {name: value for name, value in body.items() if name != "custom_fields"}
    return {**values, "address": checking.whole_address(values["address"])} if "address" in values else values


def _products(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = narrowed(emulator, call, _living(emulator, "products"), ("owner_id",))
    sorts = ("id", "name", "add_time", "update_time")
    return 200, page_v2(rows, call.params, sorts=sorts, show=lambda row: custom_shown(emulator, "product", row, call))


def _read_product(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(custom_shown(emulator, "product", _one(emulator, call, "products"), call))


def _new_product(emulator: "PipedriveEmulator", call: Call) -> Answer:
    body = checking.check(call.body, _product(emulator), required=("name",))
    check_links(emulator, body, call.user_id)
    if recurring(body):
        must_have_growth(emulator, "Recurring products")
    now = emulator.stamp()
    row = {
        "code": None, "description": None, "unit": "", "tax": Decimal(0), "category": None, "is_linkable": True,
        "is_deleted": False, "visible_to": company_wide(emulator), "owner_id": call.user_id, "add_time": now, "update_time": now,
        "billing_frequency": "one-time", "billing_frequency_cycles": None, "prices": [],
        **{name: value for name, value in body.items() if name not in ("custom_fields", "prices")},
    }  # fmt: skip
    custom = body.get("custom_fields", {})
    made = records.create(emulator, "products", row, custom, call.user_id, source="api")
    default = [{"price": 0, "currency": emulator.user(call.user_id)["default_currency"]}]
    made["prices"] = _prices(body.get("prices") or default, {"product_id": made["id"]})
    return 201, found(made)


def _change_product(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, body = _one(emulator, call, "products"), checking.check(call.body, _product(emulator))
    check_links(emulator, body, call.user_id)
    if recurring(body):
        must_have_growth(emulator, "Recurring products")
    prices = {"prices": _prices(body["prices"], {"product_id": row["id"]})} if "prices" in body else {}
    return 200, found(emulator.change("products", row["id"], {**body, **prices}, call.user_id, source="api"))


def _duplicate(emulator: "PipedriveEmulator", call: Call) -> Answer:
    product, now = _one(emulator, call, "products"), emulator.stamp()
    kept = {
        name: copy.deepcopy(value) for name, value in product.items() if name not in ("id", "custom_fields", "prices")
    }
    row = {**kept, "prices": [], "add_time": now, "update_time": now, "owner_id": call.user_id}
    made = records.create(emulator, "products", row, dict(product["custom_fields"]), call.user_id, source="api")
    made["prices"] = _prices(product["prices"], {"product_id": made["id"]})
    for variation in emulator.rows_of("variations", "product_id", product["id"]):
        one = {"id": emulator.next_id("variations"), "name": variation["name"], "product_id": made["id"]}
        one["prices"] = _prices(variation["prices"], {"product_variation_id": one["id"]})
        emulator.table("variations")[str(one["id"])] = one
    return 201, found(made)


def _prices(given: list[Row], whose: Row) -> list[Row]:
    if len({one["currency"] for one in given}) < len(given):
        raise answers.invalid("prices", "must have one price per currency")
    return [
        {
            **whose, "price": one.get("price", 0), "currency": one["currency"], "cost": one.get("cost", 0),
            "direct_cost": one.get("direct_cost"), "notes": one.get("notes", ""),
        }
        for one in given
    ]  # fmt: skip


def _remove_person(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _remove(emulator, call, "persons")


def _remove_organization(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _remove(emulator, call, "organizations")


def _remove_product(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _remove(emulator, call, "products")


def _remove(emulator: "PipedriveEmulator", call: Call, table: str) -> Answer:
    row = _one(emulator, call, table)
    records.remove(emulator, table, row["id"], call.user_id, source="api")
    return 200, found({"id": row["id"]})


def _variations(emulator: "PipedriveEmulator", call: Call) -> Answer:
    product = _one(emulator, call, "products")
    rows = [row for row in emulator.table("variations").values() if row["product_id"] == product["id"]]
    return 200, page_v2(rows, call.params)


def _new_variation(emulator: "PipedriveEmulator", call: Call) -> Answer:
    product = _one(emulator, call, "products")
    body = checking.check(call.body, _VARIATION, required=("name",))
    row = {"id": emulator.next_id("variations", first=201), "name": body["name"], "product_id": product["id"]}
    row["prices"] = _prices(body.get("prices", []), {"product_variation_id": row["id"]})
    emulator.table("variations")[str(row["id"])] = row
    return 201, found(row)


def _change_variation(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row, body = _variation(emulator, call), checking.check(call.body, _VARIATION)
    if "prices" in body:
        body = {**body, "prices": _prices(body["prices"], {"product_variation_id": row["id"]})}
    row.update(body)
    return 200, found(row)


def _remove_variation(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = _variation(emulator, call)
    emulator.drop("variations", str(row["id"]))
    return 200, found({"id": row["id"]})


def _variation(emulator: "PipedriveEmulator", call: Call) -> Row:
    product = _one(emulator, call, "products")
    row = emulator.table("variations").get(str(call.number(1)))
    if row is None or row["product_id"] != product["id"]:
        raise NotFound("Entity")
    return row


ENTRIES = (
    Entry("GET", "/v2/persons", 10, _CONTACTS, _persons),
    Entry("POST", "/v2/persons", 5, _CONTACTS_FULL, _new_person),
    Entry("GET", "/v2/persons/{id}", 1, _CONTACTS, _read_person),
    Entry("PATCH", "/v2/persons/{id}", 5, _CONTACTS_FULL, _change_person),
    Entry("DELETE", "/v2/persons/{id}", 3, _CONTACTS_FULL, _remove_person),
    Entry("GET", "/v2/organizations", 10, _CONTACTS, _organizations),
    Entry("POST", "/v2/organizations", 5, _CONTACTS_FULL, _new_organization),
    Entry("GET", "/v2/organizations/{id}", 1, _CONTACTS, _read_organization),
    Entry("PATCH", "/v2/organizations/{id}", 5, _CONTACTS_FULL, _change_organization),
    Entry("DELETE", "/v2/organizations/{id}", 3, _CONTACTS_FULL, _remove_organization),
    Entry("GET", "/v2/products", 10, _PRODUCTS, _products),
    Entry("POST", "/v2/products", 5, _PRODUCTS_FULL, _new_product),
    Entry("GET", "/v2/products/{id}", 1, _PRODUCTS, _read_product),
    Entry("PATCH", "/v2/products/{id}", 5, _PRODUCTS_FULL, _change_product),
    Entry("DELETE", "/v2/products/{id}", 3, _PRODUCTS_FULL, _remove_product),
    Entry("POST", "/v2/products/{id}/duplicate", 5, _PRODUCTS_FULL, _duplicate),
    Entry("GET", "/v2/products/{id}/variations", 10, _PRODUCTS, _variations),
    Entry("POST", "/v2/products/{id}/variations", 5, _PRODUCTS_FULL, _new_variation),
    Entry("PATCH", "/v2/products/{id}/variations/{id}", 5, _PRODUCTS_FULL, _change_variation),
    Entry("DELETE", "/v2/products/{id}/variations/{id}", 3, _PRODUCTS_FULL, _remove_variation),
)
