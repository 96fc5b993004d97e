"""Void or delete an invoice that has payments, in three steps: payments, check, done."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dealvoice.invoicing.actions import Action
from dealvoice.web import pages
from dealvoice.web.bodies import Fields, Form
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.errors import Unreadable
from dealvoice.workflows.invoice import guided, progress
from dealvoice.workflows.invoice.views import GuidedView, OperationView

router = APIRouter()

ACTIONS = {"void": Action.VOID, "delete": Action.DELETE}
_KINDS = {"invoice.void": "void", "invoice.delete": "delete"}


def shown(view: GuidedView) -> pages.Shown:
    """Return what the first two steps show."""
    act = next(name for name, action in ACTIONS.items() if action is view.action)
    return {"view": view, "act": act, "by_hand": any(one.applied.by_hand for one in view.payments)}


@router.get("/modal/guided")
async def begin(
    request: Request, app: Product, threads: Threads, who: FrameCaller, invoice: str = "", act: str = ""
) -> HTMLResponse:
    """Show the payments of an invoice, inside a modal that is open already."""
    action = action_of(act)

    def work() -> HTMLResponse:
        view = guided.guided(app, who, invoice, action)
        return pages.part(request, "modal/_guided.html", stage="choose", **shown(view))

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/guided/check")
async def check(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Show what the choice leads to, before anything is done; or go back to the choice."""
    stage = "choose" if form.get("back") else "check"

    def work() -> HTMLResponse:
        action, move = action_of(form.get("act")), form.get("becomes") == "other"
        view = guided.guided(app, who, form.get("invoice"), action, move=move)
        return pages.part(request, "modal/_guided.html", stage=stage, **shown(view))

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/guided")
async def confirm(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Take what the user agreed to, and show how it goes on."""

    def work() -> HTMLResponse:
        action, move = action_of(form.get("act")), form.get("becomes") == "other"
        operation_id = guided.accept(app, who, form.get("invoice"), action, consents=_consents(form), move=move)
        return _progress(request, progress.progress(app, who, operation_id))

    return await threads.vendor.run(who.tenant_id, work)


@router.get("/modal/guided/{operation_id}")
async def follow(request: Request, app: Product, threads: Threads, who: FrameCaller, operation_id: str) -> HTMLResponse:
    """Show how a void or deletion stands."""
    return await threads.deal.run(who.tenant_id, lambda: _progress(request, progress.progress(app, who, operation_id)))


def action_of(act: str) -> Action:
    """
    Return the action that a guided void or deletion is about.

    Raises:
        Unreadable: It is neither.
    """
    if act not in ACTIONS:
        raise Unreadable
    return ACTIONS[act]


def _consents(form: Fields) -> dict[str, str]:
    return dict(ticked.partition("=")[::2] for ticked in form.all("consent"))


def _progress(request: Request, operation: OperationView) -> HTMLResponse:
    stage = "working" if not operation.final else ("done" if operation.state == "done" else "failed")
    act = _KINDS.get(operation.kind)
    if act is None:
        raise Unreadable
    return pages.part(request, "modal/_guided.html", stage=stage, act=act, operation=operation)
