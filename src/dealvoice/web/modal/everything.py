"""The list of all invoices of the linked customer: by period and flag, linked to and unlinked from this deal."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.connections.who import Who
from dealvoice.web import pages
from dealvoice.web.bodies import Form, whole
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.errors import Unreadable
from dealvoice.web.frames import EnteredFrame, selected
from dealvoice.web.invoices.routes import changed
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import listing

router = APIRouter()

PERIODS = ("month", "quarter", "year", "all")
FLAGS = ("open", "partially_paid", "overdue", "paid", "voided", "deleted")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to."""

    period: str
    first: date | None
    last: date | None
    flag: str


def wanted(request: Request) -> Wanted:
    """
    Read period and flag from the address; dates in the user's own order.

    Raises:
        Unreadable: No such period or flag.
    """
    asked = request.query_params
    flag, period = asked.get("flag", ""), asked.get("period", "quarter")
    if (flag and flag not in FLAGS) or period not in (*PERIODS, "range"):
        raise Unreadable
    speech = pages.speech_of(request)

    def day(name: str) -> date | None:
        text = asked.get(name, "").strip()
        try:
            return speech.parse_date(text) if text else None
        except ValueError as error:
            raise Unreadable from error

    return Wanted(period, day("first"), day("last"), flag)


@router.get("/modal/all")
async def open_list(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Show the list for the deal that the panel or Pipedrive names."""
    deal_id = whole(selected(request))
    want = Wanted("quarter", None, None, "")

    def work() -> HTMLResponse:
        context = _context(app, entered.who, deal_id, want)
        return pages.frame_page(request, "modal/all.html", deal_id=deal_id, **context)

    return await threads.deal.run(entered.who.tenant_id, work)


@router.get("/modal/all/part")
async def narrow(
    request: Request,
    app: Product,
    threads: Threads,
    who: FrameCaller,
    deal: int,
    want: Annotated[Wanted, Depends(wanted)],
) -> HTMLResponse:
    """Show the list's inside for another period or flag."""

    def work() -> HTMLResponse:
        return pages.part(request, "modal/_all.html", **_context(app, who, deal, want))

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/all/link")
async def link(app: Product, threads: Threads, who: FrameCaller, form: Form) -> Response:
    """Link an invoice to the deal."""
    return await _linking(app, threads, who, form, on=True)


@router.post("/modal/all/unlink")
async def unlink(app: Product, threads: Threads, who: FrameCaller, form: Form) -> Response:
    """Take an invoice off the deal."""
    return await _linking(app, threads, who, form, on=False)


async def _linking(app: Product, threads: Threads, who: FrameCaller, form: Form, *, on: bool) -> Response:
    deal_id, invoice_id, number = form.whole("deal"), form.get("invoice"), form.get("number")

    def work() -> Response:
        (listing.link if on else listing.unlink)(app, who, deal_id, invoice_id)
        text = pages.speech_for(who).t("snack.linked" if on else "snack.unlinked", number=number)
        return changed(message=text)

    return await threads.deal.run(who.tenant_id, work)


def _context(app: App, who: Who, deal_id: int, want: Wanted) -> pages.Shown:
    view = listing.all_invoices(app, who, deal_id, period=want.period, first=want.first, last=want.last, flag=want.flag)
    return {"view": view, "periods": PERIODS, "flags": FLAGS, "total": sum(view.counts.values())}
