"""
What every Pipedrive seed is made of: the rows of a company in the emulator's own form, filled in one by one.

A maker numbers what it is given, computes sums and values, and lays out the whole tree at the end.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from dealvoice_sandbox.pipedrive.currencies import CUSTOM
from dealvoice_sandbox.pipedrive.lines import deal_value, revenue, row_sum

Row = dict[str, Any]
ADMIN, FIRST, SECOND = 101, 102, 103
"""Every company has these users: an admin, and two in different visibility groups."""
VAT = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
INVOICE_ADDRESS = "b2c3d4e5f60718293a4b5c6d7e8f900112233445"
BILLING_EMAIL = "c3d4e5f60718293a4b5c6d7e8f90011223344556"
PO_NUMBER = "d4e5f60718293a4b5c6d7e8f9001122334455667"
SEGMENT = "e5f60718293a4b5c6d7e8f900112233445566778"
HTML = '<script>alert(1)</script> & "quotes"'
EMOJI = "🌱 Gärten & 花園 👩‍🌾"
LONGEST = ("Association of Gardens, Terraces, Roofs, Ponds and Very Long Names " * 4)[:255]
"""As long as a name may be."""
_PARTS = (
    "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route", "street_number",
    "subpremise", "postal_code",
)  # fmt: skip
_FIRST_IDS = {
    "deals": 60, "persons": 80, "organizations": 80, "products": 80, "deal_products": 400, "notes": 510, "hooks": 1,
    "installments": 50, "options": 500, "variations": 301, "files": 701, "filters": 5, "activities": 901,
    "participants": 1,
}  # fmt: skip


def address(text: str, **parts: str) -> Row:
    """Return an address; parts that are not given are null."""
    return {"value": text, **{name: parts.get(name) or None for name in _PARTS}}


class Maker:
    """One company in the making."""

    def __init__(
        self, now: datetime, *, name: str, domain: str, country: str, currency: str, plan: str, zone: str
    ) -> None:
        self.now = now
        self.stamp = (now - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.company = {
            "id": 12345, "name": name, "domain": domain, "country": country, "currency": currency, "plan": plan,
            "timezone": zone, "custom": [CUSTOM],
        }  # fmt: skip
        self.tables: dict[str, dict[str, Row]] = {
            name: {}
            for name in ("users", "deals", "persons", "organizations", "products", "variations", "deal_products",
                         "discounts", "installments", "notes", "files", "activities", "filters", "participants")
        }  # fmt: skip
        self.followers: Row = {}
        self.stages: list[str] = []
        self.pipeline = "Sales"

    def keep(self, table: str, row: Row) -> Row:
        """Keep a row by its id."""
        self.tables[table][str(row["id"])] = row
        return row

    def user(
        self, user_id: int, name: str, email: str, *, admin: bool = False, language: str = "en", country: str = "US",
        locale: str = "en_US", zone: str = "UTC", group: int = 1,
    ) -> None:  # fmt: skip
        """Add a user; ``group`` is his visibility group."""
        self.keep("users", {
            "id": user_id, "name": name, "email": email, "is_admin": int(admin), "locale": locale,
            "timezone_name": zone, "default_currency": self.company["currency"], "active_flag": True,
            "group_id": group, "role_id": group, "language": {"language_code": language, "country_code": country},
            "access": [
                {"app": app, "admin": admin, "permission_set_id": f"00000000-0000-4000-8000-00000000000{n}"}
                for n, app in enumerate(("sales", "global", "account_settings"), 1 if admin else 4)
            ],
        })  # fmt: skip

    def org(self, org_id: int, name: str, where: Row | None = None, **more: Any) -> None:
        """Add an organization; ``vat`` and ``invoice_address`` go to custom fields."""
        self.keep("organizations", {
            "id": org_id, "name": name, "owner_id": more.get("owner", ADMIN), "address": where,
            "visible_to": more.get("visible_to", self.everybody), "label_ids": [], "is_deleted": False,
            "add_time": self.stamp, "update_time": self.stamp,
            "custom_fields": {VAT: more.get("vat"), INVOICE_ADDRESS: more.get("invoice_address")},
        })  # fmt: skip

    def person(self, person_id: int, name: str, email: str, org_id: int | None, billing: str | None = None) -> None:
        """Add a person; no e-mail gives an empty list."""
        first, _, last = name.partition(" ")
        self.keep("persons", {
            "id": person_id, "name": name, "first_name": first, "last_name": last or None, "owner_id": ADMIN,
            "org_id": org_id,
            "emails": [{"label": "work", "value": email, "primary": True}] if email else [],
            "phones": [{"label": "work", "value": "+1 650 555 3311", "primary": True}],
            "visible_to": self.everybody, "label_ids": [], "is_deleted": False, "picture_id": None,
            "add_time": self.stamp, "update_time": self.stamp, "custom_fields": {BILLING_EMAIL: billing},
        })  # fmt: skip

    def product(
        self, product_id: int, name: str, code: str, price: str | Decimal, tax: str | Decimal, *, description: str = "",
        billing: str = "one-time", linkable: bool = True, prices: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """Add a product; ``prices`` are those in other currencies."""
        given: dict[str, Any] = {str(self.company["currency"]): price, **prices}
        self.keep("products", {
            "id": product_id, "name": name, "code": code, "description": description, "unit": "", "tax": Decimal(tax),
            "category": None, "is_linkable": linkable, "is_deleted": False, "visible_to": self.everybody,
            "owner_id": ADMIN, "add_time": self.stamp, "update_time": self.stamp, "billing_frequency": billing,
            "billing_frequency_cycles": None, "custom_fields": {},
            "prices": [
                {"product_id": product_id, "price": Decimal(amount), "currency": currency, "cost": 0, "direct_cost": 0,
                 "notes": ""}
                for currency, amount in given.items()
            ],
        })  # fmt: skip

    def variation(self, variation_id: int, product_id: int, name: str, price: str) -> None:
        """Add a variation of a product."""
        self.keep("variations", {
            "id": variation_id, "name": name, "product_id": product_id,
            "prices": [{"product_variation_id": variation_id, "price": Decimal(price),
                        "currency": self.company["currency"], "cost": 0, "direct_cost": 0, "notes": ""}],
        })  # fmt: skip

    def deal(
        self, deal_id: int, title: str, org_id: int | None, person_id: int | None, *, value: str = "0",
        currency: str = "", owner: int = ADMIN, visible_to: int | None = None, status: str = "open",
        archived: bool = False, po: str | None = None, segment: int | None = None,
    ) -> None:  # fmt: skip
        """Add a deal."""
        won, lost = status == "won", status == "lost"
        self.keep("deals", {
            "id": deal_id, "title": title, "creator_user_id": owner, "owner_id": owner, "value": Decimal(value),
            "person_id": person_id, "org_id": org_id, "stage_id": 4 if status == "open" else 5, "pipeline_id": 1,
            "currency": currency or self.company["currency"], "add_time": self.stamp, "update_time": self.stamp,
            "status": status, "probability": None, "lost_reason": "Budget" if lost else None,
            "visible_to": visible_to or self.everybody, "close_time": self.stamp if won or lost else None,
            "won_time": self.stamp if won else None, "lost_time": self.stamp if lost else None,
            "stage_change_time": None, "local_won_date": self.stamp[:10] if won else None,
            "local_lost_date": self.stamp[:10] if lost else None,
            "local_close_date": self.stamp[:10] if won or lost else None,
            "expected_close_date": (self.now + timedelta(days=14)).date().isoformat(), "label_ids": [],
            "is_deleted": False, "is_archived": archived, "archive_time": self.stamp if archived else None,
            "origin": "ManuallyCreated", "origin_id": None, "channel": None, "channel_id": None, "acv": None,
            "arr": None, "mrr": None, "custom_fields": {PO_NUMBER: po, SEGMENT: segment},
        })  # fmt: skip

    def line(
        self, deal_id: int, product_id: int, quantity: str, price: str | Decimal | None = None, *,
        tax: str | Decimal | None = None, method: str = "exclusive", **more: Any,
    ) -> None:  # fmt: skip
        """Put a product on a deal; price and tax are the product's unless given."""
        deal, product = self.tables["deals"][str(deal_id)], self.tables["products"][str(product_id)]
        row_id = 100 + len(self.tables["deal_products"])
        before = sum(row["deal_id"] == deal_id for row in self.tables["deal_products"].values())
        row: Row = {
            "id": row_id, "deal_id": deal_id, "product_id": product_id, "product_variation_id": None,
            "name": product["name"], "quantity": Decimal(quantity),
            "item_price": Decimal(product["prices"][0]["price"] if price is None else price),
            "discount": Decimal(more.pop("discount", 0)), "discount_type": "percentage",
            "tax": Decimal(product["tax"] if tax is None else tax), "tax_method": method, "currency": deal["currency"],
            "comments": "", "is_enabled": True, "order_nr": 10 * (1 + before), "billing_frequency": "one-time",
            "billing_frequency_cycles": None, "billing_start_date": None, "add_time": self.stamp,
            "update_time": self.stamp, **more,
        }  # fmt: skip
        self.keep("deal_products", {**row, "sum": row_sum(row)})

    def discount(self, deal_id: int, description: str, amount: str, kind: str = "percentage") -> None:
        """Put a discount on a whole deal."""
        self.keep("discounts", {
            "id": f"00000000-0000-4000-8000-{deal_id:012d}", "deal_id": deal_id, "description": description,
            "amount": Decimal(amount), "type": kind, "created_at": self.stamp, "created_by": ADMIN,
            "updated_at": self.stamp, "updated_by": ADMIN,
        })  # fmt: skip

    def installment(self, deal_id: int, description: str, amount: str, *, days: int) -> None:
        """Plan a payment of a deal in some days."""
        number = 1 + len(self.tables["installments"])
        self.keep("installments", {
            "id": number, "deal_id": deal_id, "description": description, "amount": Decimal(amount),
            "billing_date": (self.now + timedelta(days=days)).date().isoformat(),
        })  # fmt: skip

    def note(self, note_id: int, deal_id: int, content: str) -> None:
        """Write a note on a deal, two days ago."""
        deal = self.tables["deals"][str(deal_id)]
        at = (self.now - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
        self.keep("notes", {
            "id": note_id, "user_id": ADMIN, "deal_id": deal_id, "person_id": deal["person_id"],
            "org_id": deal["org_id"], "lead_id": None, "project_id": None, "content": content, "add_time": at,
            "update_time": at, "active_flag": True, "pinned_to_deal_flag": False, "last_update_user_id": None,
        })  # fmt: skip

    @property
    def everybody(self) -> int:
        """What ``visible_to`` is when the whole company may see a record: 7 where the plan has groups."""
        return 7 if self.company["plan"] in ("premium", "ultimate") else 3

    def tree(self) -> Row:
        """Return the whole company, its deals worth what is on them."""
        for deal in self.tables["deals"].values():
            rows = [row for row in self.tables["deal_products"].values() if row["deal_id"] == deal["id"]]
            discounts = [one for one in self.tables["discounts"].values() if one["deal_id"] == deal["id"]]
            if rows:
                deal["value"] = deal_value(rows, discounts, deal["currency"], with_tax=False)
                deal.update(revenue(rows, deal["currency"]))
        self._open_filter()
        return {
            "company": self.company, **self.tables, "fields": _fields(), "pipelines": [self._pipeline()],
            "stages": [self._stage(n, name) for n, name in enumerate(self.stages, 1)], "followers": self.followers,
            "follower_log": [], "comments": {}, "field_numbers": {}, "field_extras": {}, "changelog": [], "changes": {}, "shared": [], "hooks": {}, "leads": {}, "conversions": {}, "grants": {}, "codes": {},
            "access": {}, "spent": {"day": "", "tokens": 0}, "next": dict(_FIRST_IDS),
            "groups": [{"id": 1, "name": "Default group", "parent_id": None},
                       {"id": 2, "name": "Field team", "parent_id": 1}, {"id": 3, "name": "Partners", "parent_id": 1}],
        }  # fmt: skip

    def _open_filter(self) -> None:
        condition = {
            "object": "deal", "field_id": "3", "operator": "=", "value": "open", "extra_value": None,
            "json_value_flag": False, "field_code": "status",
        }  # fmt: skip
        at = self.stamp.replace("T", " ").rstrip("Z")
        self.keep("filters", {
            "id": 1, "name": "All open deals", "filter_code": None, "active_flag": True, "type": "deals",
            "temporary_flag": None, "user_id": ADMIN, "add_time": at, "update_time": at, "visible_to": "7",
            "last_used_time": None, "custom_view_id": None,
            "conditions": {"glue": "and", "conditions": [{"glue": "and", "conditions": [condition]},
                                                         {"glue": "or", "conditions": []}]},
        })  # fmt: skip

    def _pipeline(self) -> Row:
        return {
            "id": 1, "name": self.pipeline, "order_nr": 1, "is_deleted": False, "is_deal_probability_enabled": True,
            "add_time": self.stamp, "update_time": self.stamp,
        }  # fmt: skip

    def _stage(self, number: int, name: str) -> Row:
        return {
            "id": number, "name": name, "order_nr": number, "pipeline_id": 1, "deal_probability": 100,
            "is_deal_rot_enabled": False, "days_to_rotten": None, "is_deleted": False, "add_time": self.stamp,
            "update_time": self.stamp,
        }  # fmt: skip


def _fields() -> dict[str, list[Row]]:
    def field(code: str, name: str, kind: str, options: list[Row] | None = None) -> Row:
        return {
            "field_name": name, "field_code": code, "description": None, "field_type": kind, "options": options,
            "subfields": None, "is_custom_field": len(code) == 40, "is_optional_response_field": False,
        }  # fmt: skip

    segments = [{"id": 401, "label": "Home"}, {"id": 402, "label": "Business"}]
    return {
        "deal": [
            field("title", "Title", "varchar"), field("value", "Value", "monetary"), field("status", "Status", "status"),
            field("org_id", "Organization", "org"), field("person_id", "Contact person", "people"),
            field("expected_close_date", "Expected close date", "date"), field("owner_id", "Owner", "user"),
            field("creator_user_id", "Creator", "user"), field("stage_id", "Stage", "stage"),
            field("add_time", "Deal created", "date"), field("update_time", "Update time", "date"),
            field("won_time", "Won time", "date"), field("lost_time", "Lost time", "date"),
            field("close_time", "Deal closed on", "date"), field("lost_reason", "Lost reason", "varchar_options"),
            field("probability", "Probability", "int"), field("visible_to", "Visible to", "visible_to"),
            field("label_ids", "Label", "set", []), field(PO_NUMBER, "PO number", "varchar"),
            field(SEGMENT, "Segment", "enum", segments),
        ],
        "person": [
            field("name", "Name", "varchar"), field("emails", "Email", "varchar"), field("phones", "Phone", "phone"),
            field("org_id", "Organization", "org"), field(BILLING_EMAIL, "Billing e-mail", "varchar"),
        ],
        "organization": [
            field("name", "Name", "varchar"), field("address", "Address", "address"),
            field(VAT, "VAT number", "varchar"), field(INVOICE_ADDRESS, "Invoice address", "address"),
        ],
        "product": [field("name", "Name", "varchar"), field("code", "Product code", "varchar")],
    }  # fmt: skip
