"""
The accountant's side: a company's invoices, payments, customers, e-mails and settings, as QuickBooks' own pages have them.

``shown`` shows, ``acts`` does by way of ``forms`` and ``books``, ``public`` is what a customer sees under a shared link.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dealvoice_sandbox.quickbooks import share_links
from dealvoice_sandbox.quickbooks.pages.acts import Acts
from dealvoice_sandbox.quickbooks.pages.public import PublicPages
from dealvoice_sandbox.quickbooks.pages.session import own
from dealvoice_sandbox.quickbooks.pages.shown import DOCUMENTS, Shown

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

_HERE = Path(__file__).parent


def routes(emulator: "QuickBooksEmulator", _other: Any) -> list[BaseRoute]:
    """Return the routes of the accountant's side and of the links to invoices."""
    shown = Shown(emulator)
    acts, public = Acts(emulator, shown), PublicPages(emulator)
    looking = {
        "/login": shown.login,
        "/app/login": shown.login,
        "/app/invoices": shown.invoices,
        "/app/creditmemos": shown.documents,
        "/app/estimates": shown.documents,
        "/app/payments": shown.documents,
        **{f"/app/{path}": shown.document for path in DOCUMENTS},
        "/app/{kind}/{id}/pdf": shown.pdf,
        "/app/recvpayment": shown.payment,
        "/app/customers": shown.customers,
        "/app/customerdetail": shown.customer,
        "/app/items": shown.items,
        "/app/emails": shown.emails,
        "/app/settings": shown.settings,
        share_links.PATH + "{token}": public.view,
        share_links.PATH + "{token}/pdf": public.pdf,
    }
    doing = {
        **{f"/app/{path}": acts.document for path in DOCUMENTS},
        "/app/recvpayment": acts.payment,
        "/app/customers": acts.new_row,
        "/app/items": acts.new_row,
        "/app/settings": acts.settings,
        "/app/company": acts.choose_company,
        "/app/deliveries": acts.deliveries,
        share_links.PATH + "{token}": public.pay,
    }
    return [
        Route("/", lambda _request: RedirectResponse("/app/invoices", 302)),
        Route("/app/emails/{n:int}/pdf", shown.email_pdf),
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in looking.items()),
        *(Route(path, own(endpoint), methods=["POST"]) for path, endpoint in doing.items()),
        Mount("/app/static", StaticFiles(directory=_HERE / "static")),
    ]
