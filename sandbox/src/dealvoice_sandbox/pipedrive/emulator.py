"""
The Pipedrive emulator: its state, and what people and programs may do with a company.

``api`` reads and shapes HTTP, ``oauth`` grants access, ``deals`` computes values; nothing is global.
"""

import copy
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import jwt

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.delivery import Deliveries
from dealvoice_sandbox.core.faults import Faults
from dealvoice_sandbox.core.journal import Journal
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.rules import Rule, Switches
from dealvoice_sandbox.core.store import Store
from dealvoice_sandbox.pipedrive import hooks
from dealvoice_sandbox.pipedrive.sanitizing import clean
from dealvoice_sandbox.seeds import us_pipedrive

Row = dict[str, Any]
FRAME_TOKEN_LIFE = timedelta(minutes=5)
RULES = (
    Rule("value_includes_tax", "deal value adds tax to exclusive rows", "deal products; unconfirmed", False),
    Rule("burst", "rate limit per token and two seconds", "rate limiting page", False),
)


class NotFound(Exception):
    """No such record for this user; ``what`` is its kind."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class PipedriveEmulator:
    """One Pipedrive company."""

    def __init__(self, clock: Clock, portal: Portal, *, seed: str, folder: Path | None) -> None:
        if seed != "us":
            raise ValueError("there is one seed so far: us")
        self.clock, self.portal = clock, portal
        self.journal, self.faults = Journal(), Faults()
        self.deliveries = Deliveries(clock.now)
        self.switches = Switches(RULES)
        self.store = Store("pipedrive", lambda: us_pipedrive.build(clock.now()), folder)
        self.url = self.other_url = ""

    def reset(self, seed: str) -> None:
        """Go back to the seed."""
        if seed != "us":
            raise ValueError("there is one seed so far: us")
        self.store.reset()

    def tokens(self, wanted: Row) -> Row:
        """Return a token pair without a browser."""
        from dealvoice_sandbox.pipedrive.oauth import grant

        user_id = int(wanted.get("user_id", 101))
        with self.store.lock:
            answer = grant(self, user_id)
            self.store.save()
        return {**answer, "company_id": self.company()["id"], "user_id": user_id}

    # Reading.

    def company(self) -> Row:
        """Return the company."""
        found: Row = self.store.tree["company"]
        return found

    def users(self) -> list[Row]:
        """Return its users."""
        return list(self.store.tree["users"].values())

    def user(self, user_id: int) -> Row:
        """Return one user."""
        return self._row("users", user_id)

    def table(self, name: str) -> dict[str, Row]:
        """Return all rows of a table by id."""
        found: dict[str, Row] = self.store.tree[name]
        return found

    def deal(self, deal_id: int) -> Row:
        """Return a deal, whoever asks."""
        return self._row("deals", deal_id)

    def visible_deal(self, deal_id: int, user_id: int) -> Row:
        """
        Return a deal that this user may see.

        Raises:
            NotFound: He may not, it was deleted, or there is none: all look the same.
        """
        row = self.store.tree["deals"].get(str(deal_id))
        if row is None or row["is_deleted"] or not self.may_see(row, user_id):
            raise NotFound("Deal")
        found: Row = row
        return found

    def may_see(self, row: Row, user_id: int) -> bool:
        """Tell whether a user may see a record: visible to its owner only, or to the company."""
        return row["visible_to"] != 1 or row["owner_id"] == user_id or bool(self.user(user_id)["is_admin"])

    def deals(self) -> list[Row]:
        """Return the deals that are not deleted."""
        return [row for row in self.table("deals").values() if not row["is_deleted"]]

    def person(self, person_id: int) -> Row:
        """Return a person."""
        return self._row("persons", person_id)

    def organization(self, organization_id: int) -> Row:
        """Return an organization."""
        return self._row("organizations", organization_id)

    def products_catalogue(self) -> list[Row]:
        """Return the product catalogue."""
        return list(self.table("products").values())

    def deal_products(self, deal_id: int) -> list[Row]:
        """Return a deal's product rows in their order."""
        rows = [row for row in self.table("deal_products").values() if row["deal_id"] == deal_id]
        return sorted(rows, key=lambda row: row["order_nr"])

    def discounts(self, deal_id: int) -> list[Row]:
        """Return the discounts of the whole deal."""
        return [row for row in self.table("discounts").values() if row["deal_id"] == deal_id]

    def notes_of(self, deal_id: int) -> list[Row]:
        """Return a deal's notes, newest first."""
        rows = [row for row in self.table("notes").values() if row["deal_id"] == deal_id and row["active_flag"]]
        return sorted(rows, key=lambda row: (row["add_time"], row["id"]), reverse=True)

    def changelog_of(self, deal_id: int) -> list[Row]:
        """Return a deal's changes of fields, newest first."""
        return [row for row in reversed(self.store.tree["changelog"]) if row["deal_id"] == deal_id]

    def fields(self, kind: str) -> list[Row]:
        """Return the field definitions of ``deal``, ``person``, ``organization`` or ``product``."""
        found: list[Row] = self.store.tree["fields"][kind]
        return found

    def stages(self) -> list[Row]:
        """Return the stages of the pipeline."""
        found: list[Row] = self.store.tree["stages"]
        return found

    # Changing.

    def add_deal_product(self, deal_id: int, values: Row, user_id: int) -> Row:
        """Put a product on a deal; the deal's value follows."""
        product = self._row("products", int(values["product_id"]))
        rows = self.deal_products(deal_id)
        method = rows[0]["tax_method"] if rows else "exclusive"
        row_id = self.next_id("deal_products")
        now = self.stamp()
        row = {
            "id": row_id,
            "deal_id": deal_id,
            "product_id": product["id"],
            "product_variation_id": values.get("product_variation_id"),
            "name": product["name"],
            "item_price": Decimal(str(values["item_price"])),
            "quantity": Decimal(str(values["quantity"])),
            "discount": Decimal(str(values.get("discount", 0))),
            "discount_type": values.get("discount_type", "percentage"),
            "tax": Decimal(str(values.get("tax", product["tax"]))),
            "tax_method": values.get("tax_method", method),
            "currency": self.deal(deal_id)["currency"],
            "comments": values.get("comments") or "",
            "is_enabled": values.get("is_enabled", True),
            "order_nr": max((other["order_nr"] for other in rows), default=0) + 10,
            "billing_frequency": values.get("billing_frequency", "one-time"),
            "billing_frequency_cycles": values.get("billing_frequency_cycles"),
            "billing_start_date": values.get("billing_start_date"),
            "add_time": now,
            "update_time": now,
        }
        row["sum"] = row_sum(row)
        self.table("deal_products")[str(row_id)] = row
        self._recompute(deal_id, user_id)
        return row

    def change_deal_product(self, deal_id: int, row_id: int, values: Row, user_id: int) -> Row:
        """Change a product row; a changed tax method changes the deal's other rows too."""
        row = self._deal_product(deal_id, row_id)
        for name, value in values.items():
            numeric = name in {"item_price", "quantity", "discount", "tax"}
            row[name] = Decimal(str(value)) if numeric else value
        if "tax_method" in values:
            for other in self.deal_products(deal_id):
                other["tax_method"] = values["tax_method"]
        row["sum"], row["update_time"] = row_sum(row), self.stamp()
        self._recompute(deal_id, user_id)
        return row

    def remove_deal_product(self, deal_id: int, row_id: int, user_id: int) -> None:
        """Take a product off a deal."""
        row = self._deal_product(deal_id, row_id)
        del self.table("deal_products")[str(row["id"])]
        self._recompute(deal_id, user_id)

    def add_discount(self, deal_id: int, values: Row, user_id: int) -> Row:
        """Put a discount on the whole deal."""
        row = {
            "id": secrets.token_hex(16),
            "deal_id": deal_id,
            "description": values["description"],
            "amount": Decimal(str(values["amount"])),
            "type": values["type"],
            "created_at": self.stamp(),
            "created_by": user_id,
            "updated_at": self.stamp(),
            "updated_by": user_id,
        }
        self.table("discounts")[row["id"]] = row
        self._recompute(deal_id, user_id)
        return row

    def change(self, table: str, row_id: int, values: Row, user_id: int, *, source: str = "app") -> Row:
        """Change fields of a deal, person, organization or product; deals keep a changelog; hooks are told."""
        row = self._row(table, row_id)
        before = copy.deepcopy(row)
        custom = values.get("custom_fields", {})
        row.update({name: value for name, value in values.items() if name != "custom_fields"})
        row["custom_fields"] = {**row.get("custom_fields", {}), **custom}
        row["update_time"] = self.stamp()
        if table == "deals":
            self._log_changes(before, row, user_id, source)
        hooks.tell(self, table, "change", row, before, user_id, source)
        return row

    def add_note(self, values: Row, user_id: int) -> Row:
        """Write a note; its HTML is cleaned."""
        note_id = self.next_id("notes")
        deal = self.table("deals").get(str(values.get("deal_id")))
        now = self.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        row = {
            "id": note_id,
            "user_id": user_id,
            "deal_id": values.get("deal_id"),
            "person_id": values.get("person_id") or (deal or {}).get("person_id"),
            "org_id": values.get("org_id") or (deal or {}).get("org_id"),
            "lead_id": None,
            "project_id": None,
            "content": clean(str(values["content"])),
            "add_time": now,
            "update_time": now,
            "active_flag": True,
            "pinned_to_deal_flag": bool(values.get("pinned_to_deal_flag")),
            "last_update_user_id": None,
        }
        self.table("notes")[str(note_id)] = row
        hooks.tell(self, "notes", "create", row, None, user_id, "api")
        return row

    def change_note(self, note_id: int, values: Row, user_id: int) -> Row:
        """Rewrite a note in place."""
        row = self._row("notes", note_id)
        if not row["active_flag"]:
            raise NotFound("Note")
        if "content" in values:
            row["content"] = clean(str(values["content"]))
        row["update_time"] = self.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        row["last_update_user_id"] = user_id
        return row

    def remove_note(self, note_id: int) -> None:
        """Delete a note."""
        self._row("notes", note_id)["active_flag"] = False

    # Frames and installs.

    def frame_token(self, user_id: int) -> str:
        """Return the signed token of a frame: HS256, five minutes."""
        now = datetime.now(self.clock.now().tzinfo)
        claims = {
            "userId": user_id,
            "companyId": self.company()["id"],
            "iat": int(now.timestamp()),
            "exp": int((now + FRAME_TOKEN_LIFE).timestamp()),
        }
        return jwt.encode(claims, self.portal.jwt_secret, algorithm="HS256")

    def installed(self, user_id: int) -> bool:
        """Tell whether a user has installed the app."""
        return any(held["user_id"] == user_id and held["live"] for held in self.table("grants").values())

    def uninstall(self, user_id: int) -> None:
        """Remove the app for a user: his tokens die, and the app is told in the background."""
        for held in self.table("grants").values():
            if held["user_id"] == user_id:
                held["live"] = False
        hooks_left = {key: hook for key, hook in self.table("hooks").items() if hook["user_id"] != user_id}
        self.store.tree["hooks"] = hooks_left
        if self.portal.redirect_uris:
            threading.Thread(target=self._tell_uninstalled, args=(user_id,), daemon=True).start()

    def act(self, work: Callable[[], Any]) -> Any:
        """Do something under the lock and save."""
        with self.store.lock:
            found = work()
            self.store.save()
            return found

    def next_id(self, table: str) -> int:
        """Take the next id of a table."""
        number = int(self.store.tree["next"].get(table, 1))
        self.store.tree["next"][table] = number + 1
        return number

    def stamp(self) -> str:
        """Return now the way v2 writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _tell_uninstalled(self, user_id: int) -> None:
        body = {
            "client_id": self.portal.client_id,
            "company_id": self.company()["id"],
            "user_id": user_id,
            "timestamp": self.clock.now().isoformat(),
        }
        try:
            with httpx2.Client(trust_env=False, timeout=10) as http:
                http.request(
                    "DELETE",
                    self.portal.redirect_uris[0],
                    json=body,
                    auth=(self.portal.client_id, self.portal.client_secret),
                )
        except httpx2.HTTPError:
            return  # the answer is ignored by the vendor too

    def _row(self, table: str, row_id: int) -> Row:
        row = self.store.tree[table].get(str(row_id))
        if row is None:
            raise NotFound(table[:-1].capitalize())
        found: Row = row
        return found

    def _deal_product(self, deal_id: int, row_id: int) -> Row:
        row = self.store.tree["deal_products"].get(str(row_id))
        if row is None or row["deal_id"] != deal_id:
            raise NotFound("Entity")
        found: Row = row
        return found

    def _recompute(self, deal_id: int, user_id: int) -> None:
        """Compute the deal's value anew from its enabled rows and discounts; a deal without rows keeps its value."""
        rows = self.deal_products(deal_id)
        if not rows:
            return
        value = sum((row["sum"] for row in rows if row["is_enabled"]), Decimal(0))
        for discount in self.discounts(deal_id):
            value -= value * discount["amount"] / 100 if discount["type"] == "percentage" else discount["amount"]
        self.change("deals", deal_id, {"value": round(value, 2)}, user_id)

    def _log_changes(self, before: Row, after: Row, user_id: int, source: str) -> None:
        flat_before = {**before, **before.get("custom_fields", {})}
        flat_after = {**after, **after.get("custom_fields", {})}
        for name, value in flat_after.items():
            if name in {"update_time", "custom_fields"} or flat_before.get(name) == value:
                continue
            self.store.tree["changelog"].append(
                {
                    "deal_id": after["id"],
                    "field_key": name,
                    "old_value": _plain(flat_before.get(name)),
                    "new_value": _plain(value),
                    "actor_user_id": user_id,
                    "time": self.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
                    "change_source": source,
                    "change_source_user_agent": None,
                    "is_bulk_update_flag": False,
                }
            )


def row_sum(row: Row) -> Decimal:
    """Return a row's sum: price times quantity less the discount, which is per row when it is an amount."""
    gross = round(row["item_price"] * row["quantity"], 2)
    off = gross * row["discount"] / 100 if row["discount_type"] == "percentage" else row["discount"]
    return Decimal(round(gross - off, 2))


def _plain(value: object) -> str | None:
    if value is None:
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)
