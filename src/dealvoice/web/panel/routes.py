"""The deal panel: opened by Pipedrive with a signed token, then read again part by part."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.connections.sessions import Entered
from dealvoice.web import pages
from dealvoice.web.bodies import Form, whole
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.frames import EnteredFrame, selected
from dealvoice.workflows.errors import Busy, NoAccess, NotSeen, SignedOut
from dealvoice.workflows.invoice import find, panel
from dealvoice.workflows.invoice.views import PanelView
from dealvoice.workflows.sync import refresh

router = APIRouter()

SHOWN = 6
"""Rows before "Show n more"."""


def context(view: PanelView) -> pages.Shown:
    """Return what the panel's part shows."""
    busy = any(row.working for row in view.rows) or any(row.state != "needs_attention" for row in view.pending)
    return {"view": view, "shown": SHOWN, "busy": busy}


@router.get("/panel")
async def open_panel(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Show the panel of the deal that Pipedrive names."""
    deal_id = whole(selected(request))
    return await threads.deal.run(entered.who.tenant_id, lambda: _page(request, app, entered, deal_id))


@router.get("/panel/part")
async def read_again(request: Request, app: Product, threads: Threads, who: FrameCaller, deal: int) -> HTMLResponse:
    """Show the panel's inside as it is now."""
    return await threads.deal.run(
        who.tenant_id, lambda: pages.part(request, "panel/_panel.html", **context(panel.panel(app, who, deal)))
    )


@router.get("/panel/changes")
def changes(request: Request, app: Product, who: FrameCaller, deal: int, since: str = "") -> Response:
    """Answer 204 while nothing changed, else with the panel's inside; reads the store only."""
    if panel.version(app, who, deal) == since:
        return Response(status_code=204)
    return pages.part(request, "panel/_panel.html", **context(panel.panel(app, who, deal)))


@router.post("/panel/refresh")
async def ask_quickbooks(
    request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form
) -> HTMLResponse:
    """Ask QuickBooks for changes and show what came of it."""
    deal_id = form.whole("deal")

    def work() -> HTMLResponse:
        found = refresh.refresh(app, who, deal_id)
        speech = pages.speech_for(who)
        told = speech.n("panel.refreshed", found.changes) if found.changes else speech.t("panel.refreshed_none")
        view = panel.panel(app, who, deal_id)
        return pages.part(request, "panel/_panel.html", events={"dealvoice:snack": {"message": told}}, **context(view))

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/panel/unlink-customer")
async def unlink_customer(
    request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form
) -> HTMLResponse:
    """Forget which QuickBooks customer the deal's contact is."""
    deal_id = form.whole("deal")

    def work() -> HTMLResponse:
        find.unlink_customer(app, who, deal_id)
        return pages.part(request, "panel/_panel.html", **context(panel.panel(app, who, deal_id)))

    return await threads.deal.run(who.tenant_id, work)


def _page(request: Request, app: Product, entered: Entered, deal_id: int) -> HTMLResponse:
    """Return the whole page; when the panel cannot be shown now, the page says why and tries again by itself."""
    try:
        view = panel.panel(app, entered.who, deal_id)
    except (NoAccess, SignedOut, Busy) as error:
        told = pages.fault_text(pages.speech_for(entered.who), error.code, error.params)
        trouble = {"code": error.code, "told": told, "params": error.params, "retry": 10}
        status = 404 if isinstance(error, NotSeen) else 200
        return pages.frame_page(request, "panel/panel.html", status=status, trouble=trouble, deal_id=deal_id)
    return pages.frame_page(request, "panel/panel.html", trouble=None, deal_id=deal_id, **context(view))
