"""The pages of the host: lists, details of deals, people and organizations, Tools and apps, the app's settings."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dealvoice_sandbox.host import looks, surfaces
from dealvoice_sandbox.host.records_shown import contact_parts, deal_parts, find_record, listed
from dealvoice_sandbox.host.session import language_of, theme_of, user_of
from dealvoice_sandbox.host.words import LANGUAGES

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_KINDS = {"deal": "Deals", "person": "People", "organization": "Organizations"}
_LIVE = {"deal": ("summary", "product_list", "products", "focus", "feed"), "contact": ("focus", "feed")}


class Pages:
    """What may be looked at; nothing is changed here."""

    def __init__(self, emulator: "PipedriveEmulator") -> None:
        self._emulator = emulator

    async def records(self, request: Request) -> Response:
        """List deals, people or organizations that this user may see."""
        resource = {"/deals": "deal", "/persons": "person"}.get(request.url.path, "organization")
        user_id = user_of(self._emulator, request)
        owner, box = request.query_params.get("owner", ""), request.query_params.get("box", "")
        rows = listed(self._emulator, resource, user_id, owner=owner, box=box)
        return self._page(
            request, "list.html", title=_KINDS[resource], here=request.url.path, resource=resource, view="list",
            rows=rows, owner=owner, box=box, persons=self._emulator.table("persons"),
            organizations=self._emulator.table("organizations"), names=self._names(),
        )  # fmt: skip

    async def deal(self, request: Request) -> Response:
        """Show a deal with the app's panel; one that was deleted is shown as such."""
        deal = find_record(self._emulator, "deal", request.path_params["id"], user_of(self._emulator, request))
        if deal is None:
            return self._missing(request)
        return self._page(
            request, "deal.html", title=deal["title"], here="/deals", resource="deal", view="details", row=deal,
            frozen=deal["is_archived"] or deal["is_deleted"], stages=self._stages(deal),
            catalogue=self._emulator.products_catalogue(), **deal_parts(self._emulator, deal),
        )  # fmt: skip

    async def contact(self, request: Request) -> Response:
        """Show a person or an organization with the app's panel, when it has one there."""
        resource = "person" if request.url.path.startswith("/person/") else "organization"
        user_id = user_of(self._emulator, request)
        row = find_record(self._emulator, resource, request.path_params["id"], user_id)
        if row is None:
            return self._missing(request)
        return self._page(
            request, "contact.html", title=row["name"], here=f"/{resource}s", resource=resource, view="details", row=row,
            frozen=row["is_deleted"], **contact_parts(self._emulator, resource, row, user_id),
        )  # fmt: skip

    async def live(self, request: Request) -> Response:
        """Answer what changed on a page of details; 204 while nothing did."""
        resource, user_id = request.path_params["resource"], user_of(self._emulator, request)
        row = find_record(self._emulator, resource, request.path_params["id"], user_id)
        if row is None:
            return Response(status_code=404)
        language = language_of(self._emulator.user(user_id))
        if resource == "deal":
            shared = deal_parts(self._emulator, row) | {"frozen": row["is_archived"] or row["is_deleted"]}
        else:
            shared = contact_parts(self._emulator, resource, row, user_id) | {"frozen": row["is_deleted"]}
        shared |= {"row": row, "resource": resource, "catalogue": self._emulator.products_catalogue()}
        names = _LIVE["deal" if resource == "deal" else "contact"]
        parts = {name.replace("_", "-"): looks.draw(f"_{name}.html", language, **shared) for name in names}
        version = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        if request.query_params.get("since") == version:
            return Response(status_code=204)
        return JSONResponse({"version": version, "parts": parts})

    async def products(self, request: Request) -> Response:
        """List the product catalogue."""
        return self._page(
            request, "products.html", title="Products", here="/products", rows=self._emulator.products_catalogue()
        )

    async def marketplace(self, request: Request) -> Response:
        """Show the app in the Marketplace, or among the installed apps."""
        return self._page(request, "marketplace.html", title="Marketplace apps", here="/settings/marketplace")

    async def invoicing(self, request: Request) -> Response:
        """Show Tools and apps > Invoicing."""
        return self._page(request, "invoicing.html", title="Invoicing", here="/settings/invoicing")

    async def app_settings(self, request: Request) -> Response:
        """Show the app's settings page in its frame."""
        return self._page(
            request, "app_settings.html", title="App settings", here="/settings/marketplace", settings=True
        )

    async def elsewhere(self, request: Request) -> Response:
        """Show a part of Pipedrive that is not played; the SDK may send people there."""
        return self._page(request, "elsewhere.html", title=request.url.path.strip("/").capitalize(), here="")

    async def link(self, request: Request) -> Response:
        """Send a link action on to the app's address with what was selected (App extensions actions)."""
        address = self._emulator.portal.links.get(request.path_params["id"])
        if address is None:
            return self._missing(request)
        wanted = ("resource", "view", "selectedIds", "excludedIds", "filter")
        given = {name: request.query_params[name] for name in wanted if name in request.query_params}
        user_id = user_of(self._emulator, request)
        query = looks.query({"userId": user_id, "companyId": self._emulator.company()["id"], **given})
        return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{query}", 302)

    def _missing(self, request: Request) -> Response:
        return self._page(request, "missing.html", status=404, title="Not found", here="")

    def _names(self) -> dict[int, str]:
        return {user["id"]: user["name"] for user in self._emulator.users()}

    def _stages(self, deal: Row) -> list[Row]:
        return [stage for stage in self._emulator.stages() if stage["pipeline_id"] == deal["pipeline_id"]]

    def _page(
        self, request: Request, name: str, *, title: str, here: str, status: int = 200, settings: bool = False, **shown: Any
    ) -> Response:  # fmt: skip
        user_id = user_of(self._emulator, request)
        user, portal = self._emulator.user(user_id), self._emulator.portal
        language, resource, view = language_of(user), shown.get("resource", ""), shown.get("view", "")
        selected = shown["row"]["id"] if view == "details" else None
        context = surfaces.context(
            self._emulator, user_id, language=language, resource=resource, view=view, selected=selected, settings=settings
        )  # fmt: skip
        html = looks.draw(
            name, language, title=title, here=here, user=user, users=self._emulator.users(), languages=LANGUAGES,
            company=self._emulator.company(), books_url=self._emulator.other_url, app_name=portal.app_name,
            installed=self._emulator.installed(user_id), install_url=portal.install_url,
            settings_path=surfaces.settings_path(self._emulator), theme=theme_of(request), context=context,
            panel_url=context["panel"], actions=surfaces.actions(self._emulator, user_id, f"{resource}.{view}"),
            **{"names": self._names(), **shown},
        )  # fmt: skip
        return HTMLResponse(Markup(html), status, headers={"cache-control": "no-store"})
