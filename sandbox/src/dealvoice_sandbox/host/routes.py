"""The Pipedrive side for people: the deal page that plays Pipedrive's deal view, lists, Marketplace pages."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dealvoice_sandbox.core.clock import parse_duration
from dealvoice_sandbox.pipedrive.emulator import NotFound
from dealvoice_sandbox.pipedrive.oauth import HOST_USER_COOKIE

if TYPE_CHECKING:
    from dealvoice_sandbox.core.control import Emulator
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

_HERE = Path(__file__).parent
THEME_COOKIE = "host_theme"
Row = dict[str, Any]


class _Pages:
    """The pages over one emulator; ``books`` is the other service, for the clock and for breaking things."""

    def __init__(self, emulator: "PipedriveEmulator", books: "Emulator") -> None:
        self._emulator, self._books = emulator, books
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(default=True)
        )
        self._templates.filters["money"] = _money
        self._templates.filters["plain"] = _plain

    # Pages.

    async def deals(self, request: Request) -> Response:
        """List the deals that this user may see."""
        user_id = self._user(request)
        rows = [row for row in self._emulator.deals() if self._emulator.may_see(row, user_id)]
        return self._page(request, "deals.html", deals=rows, title="Deals")

    async def deal(self, request: Request) -> Response:
        """Show a deal with the app's panel."""
        user_id = self._user(request)
        try:
            deal = self._emulator.visible_deal(int(request.path_params["id"]), user_id)
        except (NotFound, ValueError):
            return self._page(request, "missing.html", status=404, title="Deal not found")
        portal = self._emulator.portal
        installed = self._emulator.installed(user_id)
        return self._page(
            request,
            "deal.html",
            title=deal["title"],
            deal=deal,
            owner=self._emulator.user(deal["owner_id"]),
            stages=self._emulator.stages(),
            installed=installed,
            panel_url=portal.panel_url if installed else "",
            modals=portal.modals if installed else {},
            install_url=portal.install_url,
            catalogue=self._emulator.products_catalogue(),
            **self._parts(deal["id"]),
        )

    async def live(self, request: Request) -> Response:
        """Answer what changed on the deal page; 204 while nothing did."""
        user_id = self._user(request)
        try:
            deal = self._emulator.visible_deal(int(request.path_params["id"]), user_id)
        except (NotFound, ValueError):
            return Response(status_code=404)
        shared = {"deal": deal, "users": self._names(), **self._parts(deal["id"])}
        parts = {
            name: self._templates.get_template(f"_{name}.html").render(**shared)
            for name in ("summary", "products", "feed")
        }
        version = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        if request.query_params.get("since") == version:
            return Response(status_code=204)
        return JSONResponse({"version": version, "parts": parts})

    async def contact(self, request: Request) -> Response:
        """Show a person or an organization."""
        kind = "persons" if request.url.path.startswith("/person/") else "organizations"
        row = self._emulator.table(kind).get(request.path_params["id"])
        if row is None:
            return self._page(request, "missing.html", status=404, title="Not found")
        return self._page(request, "contact.html", title=row["name"], contact=row)

    async def marketplace(self, request: Request) -> Response:
        """Show the app in the Marketplace, or the installed apps."""
        return self._page(
            request,
            "marketplace.html",
            title="Marketplace apps",
            installed=self._emulator.installed(self._user(request)),
            install_url=self._emulator.portal.install_url,
        )

    async def app_settings(self, request: Request) -> Response:
        """Show the app's settings page in its frame."""
        return self._page(
            request, "app_settings.html", title="App settings", settings_url=self._emulator.portal.settings_url
        )

    # What pages do.

    async def token(self, request: Request) -> Response:
        """Mint a frame token for the signed-in user."""
        return JSONResponse({"token": self._emulator.frame_token(self._user(request))})

    async def be_user(self, request: Request) -> Response:
        """Sign in as another user."""
        answer = JSONResponse({"ok": True})
        user_id = int((await request.json())["user"])
        self._emulator.user(user_id)
        answer.set_cookie(HOST_USER_COOKIE, str(user_id), httponly=True, samesite="lax")
        return answer

    async def set_theme(self, request: Request) -> Response:
        """Keep light or dark."""
        answer = JSONResponse({"ok": True})
        chosen = "dark" if (await request.json()).get("theme") == "dark" else "light"
        answer.set_cookie(THEME_COOKIE, chosen, samesite="lax")
        return answer

    async def advance(self, request: Request) -> Response:
        """Move the clock of both services on."""
        by: timedelta = parse_duration(str((await request.json())["advance"]))
        return JSONResponse({"now": self._emulator.clock.advance(by).isoformat()})

    async def break_something(self, request: Request) -> Response:
        """Make something go wrong, once."""
        match (await request.json()).get("what"):
            case "hold":
                self._books.deliveries.control({"hold": True})
                said = "Events from QuickBooks are held back."
            case "release":
                self._books.deliveries.control({"release": True})
                said = "Events from QuickBooks are delivered again."
            case "fail":
                self._books.faults.add({"status": 503, "path": "^/v3/company/"})
                said = "The next call to QuickBooks is answered with 503."
            case "cut":
                self._books.faults.add({"action": "drop_after", "path": "^/v3/company/.*/invoice", "method": "POST"})
                said = "QuickBooks does the next write, but its answer is lost."
            case _:
                return JSONResponse({"said": "There is nothing like that to break."}, status_code=400)
        return JSONResponse({"said": said})

    async def add_product(self, request: Request) -> Response:
        """Put a product on the deal."""
        values = await request.json()
        deal_id, user_id = int(request.path_params["id"]), self._user(request)
        product = self._emulator.table("products").get(str(values.get("product_id")))
        if product is None:
            return JSONResponse({"error": "no such product"}, status_code=400)
        wanted = {
            "product_id": product["id"],
            "quantity": values.get("quantity") or "1",
            "item_price": values.get("item_price") or str(product["prices"][0]["price"]),
        }
        return self._change(lambda: self._emulator.add_deal_product(deal_id, wanted, user_id), deal_id, user_id)

    async def change_product(self, request: Request) -> Response:
        """Change a product row."""
        given = await request.json()
        values = {name: given[name] for name in ("quantity", "item_price", "discount", "tax") if name in given}
        deal_id, row_id, user_id = int(request.path_params["id"]), int(request.path_params["row"]), self._user(request)
        return self._change(
            lambda: self._emulator.change_deal_product(deal_id, row_id, values, user_id), deal_id, user_id
        )

    async def remove_product(self, request: Request) -> Response:
        """Take a product off the deal."""
        deal_id, row_id, user_id = int(request.path_params["id"]), int(request.path_params["row"]), self._user(request)
        return self._change(lambda: self._emulator.remove_deal_product(deal_id, row_id, user_id), deal_id, user_id)

    async def write_note(self, request: Request) -> Response:
        """Write a note by hand."""
        text = str((await request.json()).get("text", "")).strip()
        deal_id, user_id = int(request.path_params["id"]), self._user(request)
        if not text:
            return JSONResponse({"error": "a note needs text"}, status_code=400)
        content = f"<p>{Markup.escape(text)}</p>"
        return self._change(
            lambda: self._emulator.add_note({"deal_id": deal_id, "content": content}, user_id), deal_id, user_id
        )

    async def set_status(self, request: Request) -> Response:
        """Mark the deal won, lost or open."""
        status = str((await request.json()).get("status"))
        deal_id, user_id = int(request.path_params["id"]), self._user(request)
        if status not in ("open", "won", "lost"):
            return JSONResponse({"error": "no such status"}, status_code=400)
        return self._change(
            lambda: self._emulator.change("deals", deal_id, {"status": status}, user_id), deal_id, user_id
        )

    async def uninstall(self, request: Request) -> Response:
        """Remove the app for the signed-in user."""
        user_id = self._user(request)
        self._emulator.act(lambda: self._emulator.uninstall(user_id))
        return JSONResponse({"ok": True})

    # Below.

    def _change(self, work: Any, deal_id: int, user_id: int) -> Response:
        try:
            self._emulator.visible_deal(deal_id, user_id)
            self._emulator.act(work)
        except NotFound:
            return JSONResponse({"error": "not found"}, status_code=404)
        except (InvalidOperation, ValueError):
            return JSONResponse({"error": "that is not a number"}, status_code=400)
        return JSONResponse({"ok": True})

    def _user(self, request: Request) -> int:
        value = request.cookies.get(HOST_USER_COOKIE, "101")
        known = {str(user["id"]) for user in self._emulator.users()}
        return int(value) if value in known else 101

    def _names(self) -> dict[int, str]:
        return {user["id"]: user["name"] for user in self._emulator.users()}

    def _parts(self, deal_id: int) -> Row:
        deal = self._emulator.deal(deal_id)
        notes = [{"kind": "note", "at": row["add_time"], **row} for row in self._emulator.notes_of(deal_id)]
        changes = [{"kind": "change", "at": row["time"], **row} for row in self._emulator.changelog_of(deal_id)]
        feed = sorted([*notes, *changes], key=lambda row: row["at"], reverse=True)
        labels = {field["field_code"]: field for field in self._emulator.fields("deal")}
        return {
            "person": self._emulator.table("persons").get(str(deal["person_id"])),
            "organization": self._emulator.table("organizations").get(str(deal["org_id"])),
            "products": self._emulator.deal_products(deal_id),
            "discounts": self._emulator.discounts(deal_id),
            "feed": [{**row, "content": Markup(row["content"])} if row["kind"] == "note" else row for row in feed],
            "labels": labels,
            "names": self._names(),
        }

    def _page(self, request: Request, name: str, *, status: int = 200, **shown: Any) -> Response:
        user_id = self._user(request)
        html = self._templates.get_template(name).render(
            user=self._emulator.user(user_id),
            users=self._emulator.users(),
            company=self._emulator.company(),
            books_url=self._emulator.other_url,
            client_id=self._emulator.portal.client_id,
            app_name=self._emulator.portal.app_name,
            theme=request.cookies.get(THEME_COOKIE, "light"),
            **shown,
        )
        return HTMLResponse(html, status, headers={"cache-control": "no-store"})


def routes(emulator: "PipedriveEmulator", books: "Emulator") -> list[BaseRoute]:
    """Return the routes of the host's pages."""
    pages = _Pages(emulator, books)

    def own(endpoint: Any) -> Any:
        async def guarded(request: Request) -> Response:
            origin = request.headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != request.headers["host"]:
                return JSONResponse({"error": "this call came from elsewhere"}, status_code=403)
            answer: Response = await endpoint(request)
            return answer

        return guarded

    return [
        Route("/", lambda _request: RedirectResponse("/deals", 302)),
        Route("/deals", pages.deals),
        Route("/deal/{id}", pages.deal),
        Route("/person/{id}", pages.contact),
        Route("/organization/{id}", pages.contact),
        Route("/marketplace", pages.marketplace),
        Route("/settings/marketplace", pages.marketplace),
        Route("/settings/marketplace/app/{client}/app-settings", pages.app_settings),
        Route("/host/deal/{id}/live", pages.live),
        Route("/host/token", own(pages.token), methods=["POST"]),
        Route("/host/user", own(pages.be_user), methods=["POST"]),
        Route("/host/theme", own(pages.set_theme), methods=["POST"]),
        Route("/host/clock", own(pages.advance), methods=["POST"]),
        Route("/host/break", own(pages.break_something), methods=["POST"]),
        Route("/host/uninstall", own(pages.uninstall), methods=["POST"]),
        Route("/host/deal/{id}/products", own(pages.add_product), methods=["POST"]),
        Route("/host/deal/{id}/products/{row}", own(pages.change_product), methods=["POST"]),
        Route("/host/deal/{id}/products/{row}/remove", own(pages.remove_product), methods=["POST"]),
        Route("/host/deal/{id}/notes", own(pages.write_note), methods=["POST"]),
        Route("/host/deal/{id}/status", own(pages.set_status), methods=["POST"]),
        Mount("/host/static", StaticFiles(directory=_HERE / "static")),
    ]


def _money(amount: Any, currency: str) -> str:
    signs = {"USD": "$", "EUR": "€", "GBP": "£"}
    text = f"{Decimal(amount):,.2f}"
    return f"{signs[currency]}{text}" if currency in signs else f"{text} {currency}"


def _plain(value: Any) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
