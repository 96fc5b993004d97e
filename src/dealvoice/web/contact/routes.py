"""The panel on an organization or person: what it owes, by age; opened by Pipedrive, then read again part by part."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.connections.sessions import Entered
from dealvoice.i18n import Speech
from dealvoice.invoicing.ageing import Age, Ageing
from dealvoice.web import pages
from dealvoice.web.bodies import Form, whole
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.frames import EnteredFrame, contact_of, selected
from dealvoice.workflows.errors import Busy, NoAccess, NotSeen, SignedOut
from dealvoice.workflows.insight import receivables
from dealvoice.workflows.insight.views import ContactRef, ReceivablesView

router = APIRouter()

SHOWN = 6
"""Rows before "Show n more"."""
_TALLEST, _LOWEST, _WIDTH, _STEP = 72, 3, 56, 66
"""Bars of the chart, in its own units: the highest, the lowest that is not zero, width, and from one to the next."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of an ageing chart."""

    age: Age
    label: str
    x: int
    height: int


def context(view: ReceivablesView, speech: Speech) -> pages.Shown:
    """Return what the panel's part shows."""
    charts = [(ageing, bars(ageing, speech)) for ageing in view.ages]
    busy = any(row.working for row in view.rows)
    return {"view": view, "charts": charts, "shown": SHOWN, "busy": busy}


def bars(ageing: Ageing, speech: Speech) -> list[Bar]:
    """Return the chart of one currency: heights by share of the largest part, a line where nothing is owed."""
    labels = {
        Age.NOT_DUE: speech.t("org.age_current"),
        Age.DAYS_30: "1–30",
        Age.DAYS_60: "31–60",
        Age.DAYS_90: "61–90",
        Age.OLDER: speech.t("org.age_90"),
    }
    most = max(part.amount for part in ageing.parts.values())
    return [
        Bar(
            age=age,
            label=labels[age],
            x=4 + at * _STEP,
            height=1 if part.amount == 0 else max(_LOWEST, int(_TALLEST * part.amount / most)),
        )
        for at, (age, part) in enumerate(ageing.parts.items())
    ]


def asked_contact(contact: str) -> ContactRef:
    """
    Read which contact a page means.

    Raises:
        Unreadable: It is none.
    """
    return contact_of(contact)


Asked = Annotated[ContactRef, Depends(asked_contact)]


@router.get("/panel/organization")
async def open_organization(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Show what the organization that Pipedrive names owes."""
    return await _open(request, app, threads, entered, "organization")


@router.get("/panel/person")
async def open_person(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Show what the person that Pipedrive names owes."""
    return await _open(request, app, threads, entered, "person")


@router.get("/panel/contact/part")
async def read_again(
    request: Request, app: Product, threads: Threads, who: FrameCaller, contact: Asked
) -> HTMLResponse:
    """Show the panel's inside as it is now."""
    return await threads.deal.run(who.tenant_id, lambda: _part(request, app, who, contact))


@router.get("/panel/contact/changes")
def changes(request: Request, app: Product, who: FrameCaller, contact: Asked, since: str = "") -> Response:
    """Answer 204 while nothing changed, else with the panel's inside; reads the store only."""
    if receivables.version(app, who, contact) == since:
        return Response(status_code=204)
    return _part(request, app, who, contact)


@router.post("/panel/contact/refresh")
async def ask_quickbooks(
    request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form
) -> HTMLResponse:
    """Ask QuickBooks for changes and show what came of it."""
    contact = contact_of(form.get("contact"))

    def work() -> HTMLResponse:
        found = receivables.refresh(app, who, contact)
        speech = pages.speech_for(who)
        told = speech.n("panel.refreshed", found) if found else speech.t("panel.refreshed_none")
        return _part(request, app, who, contact, events={"dealvoice:snack": {"message": told}})

    return await threads.vendor.run(who.tenant_id, work)


async def _open(request: Request, app: Product, threads: Threads, entered: Entered, kind: str) -> HTMLResponse:
    contact = ContactRef(kind, whole(selected(request)))
    return await threads.deal.run(entered.who.tenant_id, lambda: _page(request, app, entered, contact))


def _page(request: Request, app: Product, entered: Entered, contact: ContactRef) -> HTMLResponse:
    """Return the whole page; when the panel cannot be shown now, the page says why and tries again by itself."""
    speech = pages.speech_for(entered.who)
    try:
        view = receivables.receivables(app, entered.who, contact)
    except (NoAccess, SignedOut, Busy) as error:
        told = pages.fault_text(speech, error.code, error.params)
        trouble = {"code": error.code, "told": told, "params": error.params, "retry": 10}
        status = 404 if isinstance(error, NotSeen) else 200
        return pages.frame_page(request, "contact/panel.html", status=status, trouble=trouble, contact=contact)
    return pages.frame_page(request, "contact/panel.html", trouble=None, contact=contact, **context(view, speech))


def _part(
    request: Request, app: Product, who: FrameCaller, contact: ContactRef, events: dict[str, object] | None = None
) -> HTMLResponse:
    view = receivables.receivables(app, who, contact)
    return pages.part(request, "contact/_panel.html", events=events, **context(view, pages.speech_for(who)))
