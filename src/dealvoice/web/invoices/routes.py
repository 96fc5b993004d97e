"""What a user does with an invoice that exists: void, delete, send, download; each answer is an event, not a page."""

import json
from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from dealvoice.connections.who import Who
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.pools import Pools
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import act

router = APIRouter()


def changed(*, message: str = "", watch: str = "", undo: str = "", values: dict[str, str] | None = None) -> Response:
    """
    Tell the page that what it shows is no longer so.

    Args:
        message: Said in a snackbar.
        watch: An operation under way, whose end the page waits for.
        undo: Where the snackbar's Undo posts; empty when it has none.
        values: What it posts.
    """
    events: dict[str, object] = {"dealvoice:changed": {"watch": watch}}
    if message:
        events["dealvoice:snack"] = {"message": message, "undo": undo, "values": values or {}}
    return Response(status_code=204, headers={"HX-Trigger": json.dumps(events)})


@router.post("/invoices/{invoice_id}/void")
async def void(app: Product, threads: Threads, who: FrameCaller, invoice_id: str) -> Response:
    """Void an invoice; the user has confirmed."""
    return await _accept(act.void, app, threads, who, invoice_id)


@router.post("/invoices/{invoice_id}/delete")
async def delete(app: Product, threads: Threads, who: FrameCaller, invoice_id: str) -> Response:
    """Delete an invoice; the user has confirmed."""
    return await _accept(act.delete, app, threads, who, invoice_id)


@router.post("/invoices/{invoice_id}/send")
async def send(app: Product, threads: Threads, who: FrameCaller, invoice_id: str) -> Response:
    """Let QuickBooks send an invoice by e-mail; the user has confirmed."""
    return await _accept(act.send, app, threads, who, invoice_id)


@router.get("/invoices/{invoice_id}/pdf")
async def pdf(app: Product, threads: Threads, who: FrameCaller, invoice_id: str) -> Response:
    """Return the invoice as QuickBooks prints it."""
    file = await threads.vendor.run(who.tenant_id, lambda: act.pdf(app, who, invoice_id))
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, media_type="application/pdf", headers={"Content-Disposition": disposition})


async def _accept(
    action: Callable[[App, Who, str], str], app: App, threads: Pools, who: Who, invoice_id: str
) -> Response:
    operation_id = await threads.deal.run(who.tenant_id, lambda: action(app, who, invoice_id))
    return changed(watch=operation_id)
