"""An operation under way: the progress part of a new invoice, and the news that a watched one has ended."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from dealvoice.i18n import Speech
from dealvoice.web import pages
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.findings import fault
from dealvoice.workflows.invoice import progress
from dealvoice.workflows.invoice.views import OperationView

router = APIRouter()

_STATES = {
    "accepted": "sending",
    "sending": "sending",
    "unknown": "unsure",
    "answered": "created",
    "done": "created",
    "differs": "created",
    "refused": "refused",
    "needs_attention": "unsure",
}
_SAID = {"invoice.create": "snack.created", "invoice.send": "snack.sent", "invoice.void": "snack.voided",
         "invoice.delete": "snack.deleted"}  # fmt: skip


def operation_context(view: OperationView, now: datetime) -> pages.Shown:
    """Return what the progress part shows."""
    wait = 0 if view.next_try is None else max(0, round((view.next_try - now).total_seconds()))
    done = sum(step.at is not None for step in view.steps)
    # What needs attention may be the amount of an invoice that exists.
    stage = "created" if view.state == "needs_attention" and view.variance else _STATES[view.state]
    return {"view": view, "stage": stage, "wait": wait, "done": done}


@router.get("/operations/{operation_id}")
async def show(request: Request, app: Product, threads: Threads, who: FrameCaller, operation_id: str) -> HTMLResponse:
    """Show how a new invoice stands."""

    def work() -> HTMLResponse:
        view = progress.progress(app, who, operation_id)
        return pages.part(request, "operations/_operation.html", **operation_context(view, app.now()))

    return await threads.deal.run(who.tenant_id, work)


@router.get("/operations/{operation_id}/news")
async def news(app: Product, threads: Threads, who: FrameCaller, operation_id: str) -> Response:
    """Answer 204 while an operation runs, then with what a snackbar says of its end."""
    view = await threads.deal.run(who.tenant_id, lambda: progress.progress(app, who, operation_id))
    if not view.final:
        return Response(status_code=204)
    return JSONResponse({"message": end_of(pages.speech_for(who), view)})


@router.post("/operations/{operation_id}/accept")
async def accept(request: Request, app: Product, threads: Threads, who: FrameCaller, operation_id: str) -> HTMLResponse:
    """Take it that QuickBooks' amount counts where it differs from the form's."""

    def work() -> HTMLResponse:
        view = progress.accept_amount(app, who, operation_id)
        return pages.part(request, "operations/_operation.html", **operation_context(view, app.now()))

    return await threads.deal.run(who.tenant_id, work)


def end_of(speech: Speech, view: OperationView) -> str:
    """Return what is said of an operation that has ended; empty when the page itself says it."""
    if view.state not in {"done", "differs"}:
        return fault(speech, view.fault.code, view.fault.params) if view.fault else ""
    email = view.invoice.email if view.invoice else ""
    return speech.t(_SAID[view.kind], number=view.number, email=email) if view.kind in _SAID else ""
