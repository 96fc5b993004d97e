"""What people do on the host page: products, discounts, notes, deals, new records, installs, the sandbox's own handles."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dealvoice_sandbox.core.clock import parse_duration
from dealvoice_sandbox.host.records_shown import find_record
from dealvoice_sandbox.host.session import THEME_COOKIE, BadWish, keep, user_of
from dealvoice_sandbox.host.words import LANGUAGES
from dealvoice_sandbox.pipedrive import api_activities, lines, records
from dealvoice_sandbox.pipedrive.checking import Check, check, choice, flag, number, text
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.oauth import HOST_USER_COOKIE
from dealvoice_sandbox.pipedrive.visibility import company_wide

if TYPE_CHECKING:
    from dealvoice_sandbox.core.control import Emulator
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_NUMBERS = ("quantity", "item_price", "discount", "tax", "amount")
_LINE: dict[str, Check] = {
    "quantity": number(above=0),
    "item_price": number(),
    "discount": number(least=0),
    "discount_type": choice("percentage", "amount"),
    "tax": number(least=0),
    "tax_method": choice("exclusive", "inclusive", "none"),
    "is_enabled": flag,
}
_DISCOUNT: dict[str, Check] = {
    "description": text(255), "amount": number(above=0), "type": choice("percentage", "amount"),
}  # fmt: skip
_DEAL: dict[str, Check] = {"status": choice("open", "won", "lost"), "stage_id": number(), "is_archived": flag}
_BREAKS: dict[str, tuple[str, Row]] = {
    "hold": ("Events from QuickBooks are held back.", {}),
    "release": ("Events from QuickBooks are delivered again.", {}),
    "fail": ("The next call to QuickBooks is answered with 503.", {"status": 503, "path": "^/v3/company/"}),
    "cut": (
        "QuickBooks does the next write, but its answer is lost.",
        {"action": "drop_after", "path": "^/v3/company/.*/invoice", "method": "POST"},
    ),
}


class Acts:
    """What may be done by the user of the page; ``books`` is the other service, for breaking things."""

    def __init__(self, emulator: "PipedriveEmulator", books: "Emulator") -> None:
        self._emulator, self._books = emulator, books

    # The page itself.

    def token(self, request: Request, _values: Row) -> Row:
        """Mint a frame token for the signed-in user."""
        return {"token": self._emulator.frame_token(user_of(self._emulator, request))}

    def be_user(self, _request: Request, values: Row) -> Response:
        """Work as another user."""
        user = str(values.get("user"))
        if user not in self._emulator.table("users"):
            raise BadWish("There is no such user.")
        return keep(JSONResponse({"ok": True}), HOST_USER_COOKIE, user)

    def set_theme(self, _request: Request, values: Row) -> Response:
        """Keep light or dark."""
        return keep(JSONResponse({"ok": True}), THEME_COOKIE, "dark" if values.get("theme") == "dark" else "light")

    def set_language(self, request: Request, values: Row) -> None:
        """Set the user's own language; an app reads it from the user (users/me), for no frame is told."""
        code = str(values.get("language"))
        if code not in LANGUAGES:
            raise BadWish("The page does not speak that language.")
        user = self._emulator.user(user_of(self._emulator, request))
        country = {"en": "US", "pl": "PL"}[code]
        self._emulator.act(lambda: user.update(language={"language_code": code, "country_code": country}))

    def switch(self, _request: Request, values: Row) -> None:
        """Set whether modals that the SDK opens are told what is selected."""
        if not isinstance(values.get("on"), bool):
            raise BadWish("A switch is on or off.")
        self._emulator.switches.take_over({"sdk_modal_ids": values["on"]})

    def advance(self, _request: Request, values: Row) -> Row:
        """Move the clock of both services on."""
        try:
            return {"now": self._emulator.clock.advance(parse_duration(str(values.get("advance")))).isoformat()}
        except (ValueError, OverflowError) as error:
            raise BadWish(str(error)) from error

    def break_something(self, _request: Request, values: Row) -> Row:
        """Make something go wrong, once."""
        what = str(values.get("what"))
        if what not in _BREAKS:
            raise BadWish("There is nothing like that to break.")
        said, fault = _BREAKS[what]
        if fault:
            self._books.faults.add(dict(fault))
        else:
            self._books.deliveries.control({what: True})
        return {"said": said}

    def uninstall(self, request: Request, _values: Row) -> None:
        """Remove the app for the signed-in user."""
        user_id = user_of(self._emulator, request)
        self._emulator.act(lambda: self._emulator.uninstall(user_id))

    # A deal's products and discounts.

    def add_product(self, request: Request, values: Row) -> None:
        """Put a product on the deal; no price means the product's own."""
        product = self._emulator.table("products").get(str(values.pop("product_id", "")))
        if product is None:
            raise BadWish("There is no such product.")
        given = _numbers({"quantity": 1, **{name: value for name, value in values.items() if value not in ("", None)}})
        given.setdefault("item_price", _price(product))
        wanted = {"product_id": product["id"], **check(given, _LINE)}
        self._on_deal(request, lambda deal_id, user: self._emulator.add_deal_product(deal_id, wanted, user))

    def change_product(self, request: Request, values: Row) -> None:
        """Change a product row."""
        given, row_id = check(_numbers(values), _LINE), _number(request, "row")
        self._on_deal(request, lambda deal_id, user: self._emulator.change_deal_product(deal_id, row_id, given, user))

    def remove_product(self, request: Request, _values: Row) -> None:
        """Take a product off the deal."""
        row_id = _number(request, "row")
        self._on_deal(request, lambda deal_id, user: self._emulator.remove_deal_product(deal_id, row_id, user))

    def add_discount(self, request: Request, values: Row) -> None:
        """Put a discount on the whole deal."""
        given = check(_numbers(values), _DISCOUNT, required=tuple(_DISCOUNT))
        self._on_deal(request, lambda deal_id, user: self._emulator.add_discount(deal_id, given, user))

    def remove_discount(self, request: Request, _values: Row) -> None:
        """Take a discount off the deal."""
        row_id = request.path_params["row"]
        self._on_deal(
            request, lambda deal_id, user: lines.remove_discount(self._emulator, deal_id, row_id, user, source="app")
        )

    # Deals, notes, new records.

    def change_deal(self, request: Request, values: Row) -> None:
        """Mark the deal won, lost or open, move it to a stage, archive it or bring it back."""
        given = check(values, _DEAL)
        self._on_deal(request, lambda deal_id, user: self._emulator.change("deals", deal_id, given, user))

    def delete_deal(self, request: Request, _values: Row) -> None:
        """Delete the deal the soft way."""
        self._on_deal(
            request, lambda deal_id, user: records.remove(self._emulator, "deals", deal_id, user, source="app")
        )

    def change_deals(self, request: Request, values: Row) -> None:
        """Mark several deals at once, all or none."""
        ids, user = values.get("ids"), user_of(self._emulator, request)
        given = check({"status": values.get("status")}, _DEAL)
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
            raise BadWish("No deals are selected.")
        found = [self._emulator.visible_deal(one, user)["id"] for one in ids]
        for deal_id in found:
            records.must_be_editable(self._emulator.deal(deal_id))
        self._emulator.act(lambda: [self._emulator.change("deals", deal_id, given, user) for deal_id in found])

    def write_note(self, request: Request, values: Row) -> None:
        """Write a note by hand on a deal, a person or an organization."""
        words = str(values.get("text", "")).strip()
        if not words:
            raise BadWish("A note needs text.")
        resource, user = request.path_params["resource"], user_of(self._emulator, request)
        row = find_record(self._emulator, resource, request.path_params["id"], user)
        if row is None or row["is_deleted"]:
            raise NotFound(resource)
        key = "org_id" if resource == "organization" else f"{resource}_id"
        content = "".join(f"<p>{Markup.escape(line)}</p>" for line in words.splitlines())
        self._emulator.act(lambda: self._emulator.add_note({key: row["id"], "content": content}, user))

    def pin_note(self, request: Request, values: Row) -> None:
        """Pin a note to the deal, or take the pin out."""
        pinned, note_id = values.get("pinned") is True, _number(request, "id")
        note = self._emulator.row("notes", note_id)
        user = user_of(self._emulator, request)
        self._emulator.visible_deal(note["deal_id"] or 0, user)
        self._emulator.act(lambda: self._emulator.change_note(note_id, {"pinned_to_deal_flag": pinned}, user))

    def tick_off(self, request: Request, values: Row) -> None:
        """Mark an activity done, or not done."""
        user, row = user_of(self._emulator, request), self._emulator.row("activities", _number(request, "id"))
        if row["is_deleted"] or (row["owner_id"] != user and not self._sees_deal(row["deal_id"], user)):
            raise NotFound("Activity")
        done = {"done": values.get("done") is not False}
        self._emulator.act(lambda: api_activities.change(self._emulator, row, done, user, source="app"))

    def _sees_deal(self, deal_id: int | None, user: int) -> bool:
        deal = self._emulator.table("deals").get(str(deal_id))
        return deal is not None and self._emulator.may_see(deal, user)

    def make(self, request: Request, values: Row) -> Row:
        """Make a deal, person or organization from its dialog; names that are known are linked."""
        kind, user = request.path_params["kind"], user_of(self._emulator, request)
        if kind == "activity":
            wanted = _activity(values)
            return {
                "id": self._emulator.act(lambda: api_activities.add(self._emulator, wanted, user, source="app"))["id"]
            }
        name = str(values.get("title" if kind == "deal" else "name", "")).strip()
        fits: dict[str, Check] = {"name": text(255)}
        check({"name": name}, fits, required=("name",))
        links = {
            "person_id": self._named("persons", values.get("person")),
            "org_id": self._named("organizations", values.get("organization")),
        }
        making: dict[str, Callable[[], Row]] = {
            "deal": lambda: records.new_deal(self._emulator, {"title": name, **links}, user, source="app"),
            "person": lambda: records.new_person(
                self._emulator, {"name": name, "org_id": links["org_id"]}, user, source="app"
            ),
            "organization": lambda: self._new_organization(name, user),
        }
        if kind not in making:
            raise NotFound(kind)
        return {"id": self._emulator.act(making[kind])["id"]}

    def _new_organization(self, name: str, user: int) -> Row:
        now = self._emulator.stamp()
        row = {
            "name": name, "owner_id": user, "address": None, "visible_to": company_wide(self._emulator), "label_ids": [], "is_deleted": False,
            "add_time": now, "update_time": now,
        }  # fmt: skip
        return records.create(self._emulator, "organizations", row, {}, user, source="app")

    def _named(self, table: str, name: object) -> int | None:
        wanted = str(name or "").strip().casefold()
        found = (row for row in self._emulator.table(table).values() if row["name"].casefold() == wanted)
        row = next((row for row in found if not row["is_deleted"]), None)
        return int(row["id"]) if row and wanted else None

    def _on_deal(self, request: Request, work: Callable[[int, int], Any]) -> None:
        user, deal_id = user_of(self._emulator, request), _number(request, "id")
        if self._emulator.visible_deal(deal_id, user)["is_deleted"]:
            raise NotFound("Deal")
        self._emulator.act(lambda: work(deal_id, user))


def _number(request: Request, name: str) -> int:
    value = str(request.path_params[name])
    if not value.isdecimal() or len(value) > 18:
        raise NotFound(name)
    return int(value)


def _activity(values: Row) -> Row:
    """Read what the dialog of a new activity sends; the keys are those of the SDK's prefill."""
    names = {
        "subject": "subject", "dueDate": "due_date", "dueTime": "due_time", "duration": "duration", "note": "note",
        "description": "public_description",
    }  # fmt: skip
    found: Row = {to: str(values[name]) for name, to in names.items() if values.get(name)}
    for name, to in (("deal", "deal_id"), ("organization", "org_id")):
        text = str(values.get(name) or "")
        if text and not text.isdecimal():
            raise BadWish(f"{name}: that is not a number.")
        if text:
            found[to] = int(text[:18])
    if not found.get("subject"):
        raise BadWish("An activity needs a subject.")
    return found


def _numbers(values: Row) -> Row:
    """Read the numbers that a form sends as text."""
    return {name: _exact(name, value) if name in _NUMBERS else value for name, value in values.items()}


def _exact(name: str, value: object) -> Decimal:
    try:
        found = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= Decimal(10) ** 13:
        raise BadWish(f"{name.replace('_', ' ')}: that is not a number.")
    return found


def _price(product: Row) -> Decimal:
    prices = product.get("prices") or []
    return Decimal(str(prices[0]["price"])) if prices else Decimal(0)
