"""The list of all invoices of a deal's or contact's customer: by period and flag, linked to and unlinked from the deal."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.connections.who import Who
from dealvoice.i18n import Speech
from dealvoice.web import pages
from dealvoice.web.bodies import Form, whole
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.errors import Unreadable
from dealvoice.web.frames import EnteredFrame, asked_contact, contact_of, selected
from dealvoice.web.invoices.routes import changed
from dealvoice.workflows.app import App
from dealvoice.workflows.insight import receivables
from dealvoice.workflows.invoice import listing
from dealvoice.workflows.invoice.views import AllView

router = APIRouter()

PERIODS = ("month", "quarter", "year", "all")
FLAGS = ("open", "partially_paid", "overdue", "paid", "voided", "deleted")


COLUMNS = ("number", "issued", "due", "flag", "total", "left", "made", "deal")
_LONGEST_FIND = 60
_MOST = Decimal(10) ** 12
"""Beyond it a number is no amount to look for."""


def wanted(request: Request) -> listing.Narrowed:
    """
    Read what the list is narrowed to; dates and amounts in the user's own way of writing.

    Raises:
        Unreadable: No such period, flag, column or date.
    """
    asked = request.query_params
    flag, period, sort = asked.get("flag", ""), asked.get("period"), asked.get("sort")
    if (flag and flag not in FLAGS) or (period and period not in (*PERIODS, "range")) or (sort and sort not in COLUMNS):
        raise Unreadable
    speech = pages.speech_of(request)

    def day(name: str) -> date | None:
        text = asked.get(name, "").strip()
        try:
            return speech.parse_date(text) if text else None
        except ValueError as error:
            raise Unreadable from error

    find = asked.get("find", "").strip()[:_LONGEST_FIND]
    return listing.Narrowed(
        period=period or None,
        first=day("first"),
        last=day("last"),
        flag=flag,
        find=find,
        amount=_amount(find, speech),
        sort=sort or None,
        descending=asked.get("down", "1") == "1",
        after=asked.get("after", "")[:2000],
    )


def _amount(find: str, speech: Speech) -> Decimal | None:
    try:
        found = speech.parse_number(find.strip("$€£ ")) if find else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < _MOST else None


@router.get("/modal/all")
async def open_list(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Show the list for the deal that the panel or Pipedrive names, as the user chose it last."""
    contact = asked_contact(request)
    deal_id = 0 if contact else whole(selected(request))

    def work() -> HTMLResponse:
        context = _context(app, entered.who, deal_id, contact, listing.Narrowed())
        return pages.frame_page(request, "modal/all.html", deal_id=deal_id, **context)

    return await threads.deal.run(entered.who.tenant_id, work)


@router.get("/modal/all/part")
async def narrow(
    request: Request,
    app: Product,
    threads: Threads,
    who: FrameCaller,
    want: Annotated[listing.Narrowed, Depends(wanted)],
    deal: int = 0,
    contact: str = "",
) -> HTMLResponse:
    """Show the list's inside for another period, flag, search or order; or, with ``after``, just the next rows."""
    template = "modal/_all_rows.html" if want.after else "modal/_all.html"

    def work() -> HTMLResponse:
        return pages.part(request, template, **_context(app, who, deal, contact, want))

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
        undo = "" if form.get("undone") else ("/modal/all/unlink" if on else "/modal/all/link")
        values = {"deal": str(deal_id), "invoice": invoice_id, "number": number, "undone": "1"}
        return changed(message=text, undo=undo, values=values)

    return await threads.deal.run(who.tenant_id, work)


def _context(app: App, who: Who, deal_id: int, contact: str, want: listing.Narrowed) -> pages.Shown:
    if contact:
        return context(receivables.all_of_contact(app, who, contact_of(contact), want))
    return context(listing.all_invoices(app, who, deal_id, want))


def context(view: AllView) -> pages.Shown:
    """Return what the list and its parts show."""
    total = sum(view.counts.values())
    return {
        "view": view,
        "periods": PERIODS,
        "flags": FLAGS,
        "total": total,
        "listed": view.counts.get(view.flag, 0) if view.flag else total,
    }
