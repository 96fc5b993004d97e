"""
The invoice form: opened from the deal, looked over on every change, created by one press.

The form's fields are its whole state; nothing typed is kept on the server until Create. Two kinds of change: typing
(``review``: findings and totals come back, never the field being typed in), and a press that sets something
(``change``, ``rows``: the form comes back, the focus stays where it was).
"""

from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.connections.who import Who
from dealvoice.i18n import Speech
from dealvoice.invoicing.finding import Severity
from dealvoice.invoicing.names import same_name
from dealvoice.web import forms, pages
from dealvoice.web.bodies import Fields, Form, whole
from dealvoice.web.callers import FrameCaller, Product, Threads
from dealvoice.web.errors import Unreadable
from dealvoice.web.frames import EnteredFrame, asked_guided, asked_operation, selected
from dealvoice.web.modal import guided as guided_routes
from dealvoice.web.modal import rows
from dealvoice.web.modal.changes import (
    ACCEPTED,
    NO_CUSTOMER,
    SECOND_REMEDIES,
    SETTABLE,
    Change,
    changed_fields,
)
from dealvoice.web.operations.routes import operation_context
from dealvoice.workflows.app import App
from dealvoice.workflows.customer import activate
from dealvoice.workflows.invoice import (
    deal_changes,
    find,
    guided,
    issue,
    new_items,
    prefill,
    progress,
    rates,
    review,
    templates,
)
from dealvoice.workflows.invoice.views import FormView

router = APIRouter()
_ZERO = Decimal(0)
_MOST_FINDINGS = 60
"""Shown at once; nobody reads more, and mending some brings up the rest."""


def context(view: FormView, fields: dict[str, str], speech: Speech) -> pages.Shown:
    """Return what the form and its parts show."""
    fields = fields | forms.write_rate(view.draft.rate, speech) if view.rate_renewed else fields
    if view.number_renewed:
        fields = fields | {"number": view.draft.number, "number_proposed": view.draft.number_proposed}
    by_severity = {severity: [f for f in view.findings if f.severity is severity] for severity in Severity}
    blockers = by_severity[Severity.BLOCKER]
    return {
        "view": view,
        "fields": fields,
        "blockers": blockers,
        "others": [*by_severity[Severity.WARNING], *by_severity[Severity.INFO]],
        "most_findings": _MOST_FINDINGS,
        "why": _why(view, speech),
        "settable": SETTABLE,
        "second_remedies": SECOND_REMEDIES,
        "products_on": sum(1 for line in view.draft.lines if _from_product(view, line.key)),
        "prices": {
            row.line.key: forms.shown_price(row.line.unit_price or _ZERO, speech, view.draft.currency)
            for row in view.offer.rows
        },
        "amounts": {line.key: line.amount for line in view.totals.lines},
        "due_days": (
            (view.draft.due_on - view.draft.issued_on).days if view.draft.due_on and view.draft.issued_on else None
        ),
    }


@router.get("/modal/invoice")
async def open_form(request: Request, app: Product, threads: Threads, entered: EnteredFrame) -> HTMLResponse:
    """Open the form, filled from the deal; or what the panel wants instead: an operation, or a guided void."""
    deal_id, operation_id = whole(selected(request)), asked_operation(request)
    guided_invoice, act = asked_guided(request)

    def work() -> HTMLResponse:
        speech = pages.speech_for(entered.who)
        if operation_id:
            known = progress.progress(app, entered.who, operation_id)
            shown = operation_context(known, app.now())
            return pages.frame_page(request, "modal/operation.html", deal_id=deal_id, **shown)
        if guided_invoice:
            guided_view = guided.guided(app, entered.who, guided_invoice, guided_routes.action_of(act))
            shown = guided_routes.shown(guided_view)
            return pages.frame_page(request, "modal/guided.html", deal_id=deal_id, stage="choose", **shown)
        view = prefill.open_form(app, entered.who, deal_id)
        shown = context(view, forms.write(view.draft, speech), speech)
        return pages.frame_page(request, "modal/invoice.html", deal_id=deal_id, **shown)

    return await threads.vendor.run(entered.who.tenant_id, work)


@router.post("/modal/invoice/review")
async def look_over(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Look the form over as it is being typed; only findings, totals and amounts come back."""

    def work() -> HTMLResponse:
        shown = _reviewed(app, who, form)
        return pages.part(request, "modal/_review.html", **shown)

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/invoice/rows")
async def change_rows(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Add a row, remove one, or move one up or down."""
    arranged = rows.arrange(form, form.get("act"), form.get("at"))

    def work() -> HTMLResponse:
        return _formed(request, _reviewed(app, who, arranged.form), arranged.focus)

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/invoice/change")
async def change(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Set something by a press: a customer, a product of a row, or what a remedy proposes."""
    asked = Change(act=form.get("act"), at=form.get("at"), value=form.get("value"))

    def work() -> HTMLResponse:
        speech = pages.speech_for(who)
        typed = forms.read(form, speech)
        before = review.review(
            app, who, form_id=form.get("form_id"), deal_id=typed.draft.deal_id, draft=typed.draft,
            problems=typed.problems,
        )  # fmt: skip
        if asked.act in rows.ROW_ACTS:
            key = asked.value or asked.at.removeprefix("line.")
            arranged = rows.from_deal(form, asked.act, key, typed.draft, before.offer, speech)
            return _formed(request, _reviewed(app, who, arranged.form), arranged.focus)
        if asked.act in ACCEPTED:
            line = next((one for one in typed.draft.lines if asked.at == f"line.{one.key}"), None)
            if line is None:
                raise Unreadable
            find.accept_item(app, who, typed.draft.deal_id, line)
        kept = changed_fields(form, asked, before, speech)
        shown = _reviewed(app, who, kept)
        kept = _filled_from_items(kept, shown["view"], speech)
        return pages.part(request, "modal/_form.html", **_reviewed(app, who, kept))

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/invoice/again")
async def again(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """
    Go back to the form after QuickBooks refused.

    A form makes one operation for good, so that what comes next is a new intent under a new form; all that was typed
    is kept, and products that were made already are linked.
    """

    def work() -> HTMLResponse:
        fresh = prefill.open_form(app, who, form.whole("deal"))
        values = {"form_id": fresh.form_id}
        if form.get("value"):
            values |= {"number": form.get("value"), "number_proposed": form.get("value")}
        made = new_items.made_for(app, who, form.get("form_id"))
        for line in forms.read(form, pages.speech_for(who)).draft.lines:
            if line.new_item and same_name(line.new_item) in made:
                values |= {f"line.{line.key}.item_id": made[same_name(line.new_item)], f"line.{line.key}.new_item": ""}
        shown = _reviewed(app, who, forms.setting(form, values))
        return pages.part(request, "modal/_form.html", **shown)

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/invoice/rate")
async def fetch_rate(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Read the exchange rate of the form's currency and issue date from QuickBooks."""

    def work() -> HTMLResponse:
        typed = forms.read(form, pages.speech_for(who)).draft
        asked = f"{typed.currency} {typed.issued_on}"
        if typed.issued_on is not None:
            rates.fetch_rate(app, who, deal_id=typed.deal_id, currency=typed.currency, on=typed.issued_on)
        kept = forms.setting(form, {"exchange_rate": "", "rate_currency": "", "rate_on": "", "rate_asked": asked})
        return pages.part(request, "modal/_form.html", **_reviewed(app, who, kept))

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/invoice/template")
async def choose_template(
    request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form
) -> HTMLResponse:
    """Fill the form from the chosen template; what was typed by hand stays."""

    def work() -> HTMLResponse:
        speech = pages.speech_for(who)
        typed = forms.read(form, speech)
        view = templates.choose(app, who, form_id=form.get("form_id"), draft=typed.draft)
        before, after = forms.write(typed.draft, speech), forms.write(view.draft, speech)
        kept = forms.setting(form, {name: value for name, value in after.items() if before.get(name) != value})
        return pages.part(request, "modal/_form.html", **_reviewed(app, who, kept))

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/invoice/deal")
async def settle_deal(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Take over what became different on the deal, or keep the form as it is."""

    def work() -> HTMLResponse:
        speech = pages.speech_for(who)
        typed = forms.read(form, speech)
        form_id = form.get("form_id")
        if form.get("act") != "take_deal":
            deal_changes.keep_form(app, who, form_id=form_id, deal_id=typed.draft.deal_id)
            return pages.part(request, "modal/_form.html", **_reviewed(app, who, form))
        view = deal_changes.take_deal(app, who, form_id=form_id, draft=typed.draft)
        return pages.part(request, "modal/_form.html", **context(view, forms.write(view.draft, speech), speech))

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/invoice/unlink")
async def unlink(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> HTMLResponse:
    """Forget which customer the deal's contact is, and take him off the form; nothing changes in QuickBooks."""

    def work() -> HTMLResponse:
        find.unlink_customer(app, who, form.whole("deal"))
        kept = forms.setting(form, dict(NO_CUSTOMER))
        return pages.part(request, "modal/_form.html", **_reviewed(app, who, kept))

    return await threads.deal.run(who.tenant_id, work)


@router.post("/modal/invoice/activate")
async def activate_customer(
    request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form
) -> HTMLResponse:
    """Have the linked customer made active in QuickBooks; the form looks again until that is done."""

    def work() -> HTMLResponse:
        activate.activate(app, who, form.whole("deal"), form.get("customer_id"))
        return pages.part(request, "modal/_form.html", **_reviewed(app, who, form))

    return await threads.deal.run(who.tenant_id, work)


@router.get("/modal/invoice/customers")
async def find_customers(
    request: Request,
    app: Product,
    threads: Threads,
    who: FrameCaller,
    q: str = "",
    currency: str = "",
    form_id: str = "",
    ask: str = "",
) -> HTMLResponse:
    """List customers whose name, e-mail or tax id fits; with ``ask`` QuickBooks is asked first."""

    def work() -> HTMLResponse:
        found = find.customers(app, who, q[:200], currency=currency, form_id=form_id, ask=ask == "1")
        return pages.part(request, "modal/_customers.html", found=found, query=q[:200])

    return await threads.vendor.run(who.tenant_id, work)


@router.get("/modal/invoice/items")
async def find_items(
    request: Request,
    app: Product,
    threads: Threads,
    who: FrameCaller,
    q: str = "",
    row: str = "",
    name: str = "",
    ask: str = "",
) -> HTMLResponse:
    """List products whose name, SKU or description fits; with ``ask`` QuickBooks is asked first."""

    def work() -> HTMLResponse:
        found = find.items(app, who, q[:200], ask=ask == "1")
        return pages.part(request, "modal/_items.html", found=found, query=q[:200], row=row, product=name[:200])

    return await threads.vendor.run(who.tenant_id, work)


@router.post("/modal/invoice")
async def create(request: Request, app: Product, threads: Threads, who: FrameCaller, form: Form) -> Response:
    """Accept the invoice and show its progress, or show the form again with what is in the way."""

    def work() -> Response:
        speech = pages.speech_for(who)
        typed = forms.read(form, speech)
        done = issue.issue(
            app, who, form_id=form.get("form_id"), deal_id=typed.draft.deal_id, draft=typed.draft,
            problems=typed.problems,
        )  # fmt: skip
        if isinstance(done, issue.Accepted):
            view = progress.progress(app, who, done.operation_id)
            return pages.part(request, "operations/_operation.html", **operation_context(view, app.now()))
        shown = context(done.view, typed.fields, speech)
        answer = pages.part(request, "modal/_form.html", status=422, events={"dealvoice:blocked": {}}, **shown)
        answer.headers["HX-Retarget"] = "#form-inside"
        return answer

    return await threads.vendor.run(who.tenant_id, work)


def _formed(request: Request, shown: pages.Shown, focus: str) -> HTMLResponse:
    """Return the form's inside, and where the focus goes when it does not stay."""
    events = {"dealvoice:focus": {"id": focus}} if focus else None
    return pages.part(request, "modal/_form.html", events=events, **shown)


def _reviewed(app: App, who: Who, form: Fields) -> pages.Shown:
    speech = pages.speech_for(who)
    typed = forms.read(form, speech)
    view = review.review(
        app, who, form_id=form.get("form_id"), deal_id=typed.draft.deal_id, draft=typed.draft, problems=typed.problems
    )
    return context(view, typed.fields, speech)


def _from_product(view: FormView, key: str) -> bool:
    row = view.offer.row(key)
    return row is not None and not row.is_installment


def _filled_from_items(form: Fields, view: FormView, speech: Speech) -> Fields:
    """Fill text and price of rows that have a product and nothing else yet."""
    values: dict[str, str] = {}
    for line in view.draft.lines:
        item = view.items.get(line.item_id or "")
        at = f"line.{line.key}."
        if item is None:
            if line.new_item and not line.text.strip():
                values[at + "text"] = line.new_item
            continue
        if not line.text.strip():
            values[at + "text"] = item.name
            values[at + "taxed"] = "1" if item.taxable else ""
        home = view.draft.currency == view.company.home_currency
        if not form.get(at + "unit_price") and item.unit_price is not None and home:
            values[at + "unit_price"] = speech.amount(item.unit_price, view.draft.currency)
    return forms.setting(form, values)


def _why(view: FormView, speech: Speech) -> str:
    """Return why Create is blocked, in a few words under its button; empty when it is not."""
    codes = [finding.code for finding in view.findings if finding.severity is Severity.BLOCKER]
    if not codes:
        return ""
    if all(code == "item.missing" for code in codes):
        return speech.n("rail.why_items", len(codes))
    if all(code == "customer.missing" for code in codes):
        return speech.t("rail.why_customer")
    return speech.n("rail.why_mixed", len(codes))
