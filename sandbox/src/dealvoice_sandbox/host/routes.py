"""
The Pipedrive side for people: it plays Pipedrive's own pages around the app's frames.

``pages`` shows, ``acts`` does, ``surfaces`` tells the scripts where the app's frames go, ``session`` knows who looks
and keeps other pages out. The other half of the SDK's protocol is in ``static``, beginning with ``protocol.js``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dealvoice_sandbox.host.acts import Acts
from dealvoice_sandbox.host.pages import Pages
from dealvoice_sandbox.host.session import acting

if TYPE_CHECKING:
    from dealvoice_sandbox.core.control import Emulator
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

_HERE = Path(__file__).parent


def routes(emulator: "PipedriveEmulator", books: "Emulator") -> list[BaseRoute]:
    """Return the routes of the host's pages."""
    pages, acts = Pages(emulator), Acts(emulator, books)
    doing = {
        "/host/token": acts.token,
        "/host/user": acts.be_user,
        "/host/theme": acts.set_theme,
        "/host/language": acts.set_language,
        "/host/switch": acts.switch,
        "/host/clock": acts.advance,
        "/host/break": acts.break_something,
        "/host/uninstall": acts.uninstall,
        "/host/deals/change": acts.change_deals,
        "/host/deal/{id}/change": acts.change_deal,
        "/host/deal/{id}/delete": acts.delete_deal,
        "/host/deal/{id}/products": acts.add_product,
        "/host/deal/{id}/products/{row}": acts.change_product,
        "/host/deal/{id}/products/{row}/remove": acts.remove_product,
        "/host/deal/{id}/discounts": acts.add_discount,
        "/host/deal/{id}/discounts/{row}/remove": acts.remove_discount,
        "/host/notes/{id}/pin": acts.pin_note,
        "/host/activities/{id}/done": acts.tick_off,
        "/host/{resource}/{id}/notes": acts.write_note,
        "/host/new/{kind}": acts.make,
    }
    return [
        Route("/", lambda _request: RedirectResponse("/deals", 302)),
        Route("/deals", pages.records),
        Route("/persons", pages.records),
        Route("/organizations", pages.records),
        Route("/deal/{id}", pages.deal),
        Route("/person/{id}", pages.contact),
        Route("/organization/{id}", pages.contact),
        Route("/products", pages.products),
        Route("/leads", pages.elsewhere),
        Route("/campaigns", pages.elsewhere),
        Route("/projects", pages.elsewhere),
        Route("/marketplace", pages.marketplace),
        Route("/settings/marketplace", pages.marketplace),
        Route("/settings/invoicing", pages.invoicing),
        Route("/settings/marketplace/app/{client}/app-settings", pages.app_settings),
        Route("/app-extensions/actions/{id}", pages.link),
        Route("/host/{resource}/{id}/live", pages.live),
        *(Route(path, acting(work), methods=["POST"]) for path, work in doing.items()),
        Mount("/host/static", StaticFiles(directory=_HERE / "static")),
    ]
