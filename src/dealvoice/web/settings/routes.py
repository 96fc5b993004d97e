"""Settings: inside Pipedrive with a frame's session, and the same page in a tab of its own."""

from datetime import date
from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.i18n import Speech
from dealvoice.invoicing.deal import FieldRef, Owner
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.web import pages
from dealvoice.web.bodies import Fields, Form
from dealvoice.web.callers import AnyCaller, Product, Threads, browser_caller, check_csrf
from dealvoice.web.frames import enter
from dealvoice.workflows.setup import configure, hand_over, leave
from dealvoice.workflows.setup.views import SettingsView, Visibility
from dealvoice.workflows.sync.import_state import import_state

router = APIRouter()

MOST_DUE_DAYS = 3650
OWNERS = tuple(Owner)
READY = "ready"
SAMPLE = {
    "total": Decimal(1404),
    "paid": Decimal(628),
    "left": Decimal(776),
    "to_invoice": Decimal(845),
    "paid_on": date(2026, 3, 5),
}
"""What the fields on deals would say of a deal."""


@router.get("/settings")
async def open_settings(request: Request, app: Product, threads: Threads) -> HTMLResponse:
    """Show the settings, in the frame that Pipedrive opened or in a tab of their own."""
    if pages.in_frame(request):
        entered = enter(request)
        view = await threads.vendor.run(entered.who.tenant_id, lambda: configure.settings(app, entered.who))
        context = settings_context(view, csrf="")
        return pages.frame_page(request, "settings/settings.html", **context)
    browser = browser_caller(request)
    view = await threads.vendor.run(browser.who.tenant_id, lambda: configure.settings(app, browser.who))
    return pages.own_page(request, "settings/settings.html", session="", **settings_context(view, csrf=browser.csrf))


@router.get("/settings/part")
async def read_again(request: Request, app: Product, threads: Threads, caller: AnyCaller) -> HTMLResponse:
    """Show the settings' inside, back from another page within them."""

    def work() -> HTMLResponse:
        view = configure.settings(app, caller.who)
        return pages.part(request, "settings/_settings.html", **settings_context(view, csrf=caller.csrf))

    return await threads.vendor.run(caller.who.tenant_id, work)


@router.post("/settings")
async def save(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Save the settings; what cannot be read is shown at its field and nothing is saved."""
    check_csrf(caller.csrf, form)

    def work() -> HTMLResponse:
        speech = pages.speech_for(caller.who)
        days = due_days(form, speech)
        if days is None:
            view = configure.settings(app, caller.who)
            context = settings_context(view, csrf=caller.csrf, typed=form, bad_days=True)
            return pages.part(request, "settings/_settings.html", status=422, **context)
        view = configure.save(
            app,
            caller.who,
            mapping=Mapping(
                to=field_ref(form.get("to")),
                address=field_ref(form.get("address")),
                email=field_ref(form.get("email")),
                tax_id=field_ref(form.get("tax_id")),
                due_days=days,
            ),
            visibility=Visibility.EVERYONE if form.get("visibility") == "everyone" else Visibility.INSTALLER,
            show_amounts=form.get("show_amounts") == "1",
            fold_discounts=form.get("line_discounts") == "folded",
            deal_fields=deal_fields(form),
            mail_after=form.get("mail_after") == "1",
        )
        events = {"dealvoice:snack": {"message": speech.t("snack.saved")}, "dealvoice:saved": {}}
        return pages.part(request, "settings/_settings.html", events=events, **settings_context(view, csrf=caller.csrf))

    return await threads.vendor.run(caller.who.tenant_id, work)


@router.get("/settings/import")
async def importing(request: Request, app: Product, threads: Threads, caller: AnyCaller) -> HTMLResponse:
    """Show how far the import is; the page asks again while it runs."""

    def work() -> HTMLResponse:
        return pages.part(request, "settings/_import.html", importing=import_state(app, caller.who))

    return await threads.deal.run(caller.who.tenant_id, work)


@router.post("/settings/disconnect")
async def disconnect(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> Response:
    """End the QuickBooks connection; the user has confirmed, and said whether links and history stay."""
    check_csrf(caller.csrf, form)

    def work() -> Response:
        leave.disconnect(app, caller.who, remove=form.get("data") == "remove")
        view = configure.settings(app, caller.who)
        return pages.part(request, "settings/_settings.html", **settings_context(view, csrf=caller.csrf))

    return await threads.vendor.run(caller.who.tenant_id, work)


@router.post("/settings/hand-over")
async def give(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> Response:
    """Hand the connection over to a colleague; the user has confirmed."""
    check_csrf(caller.csrf, form)

    def work() -> Response:
        name = hand_over.give(app, caller.who, form.get("colleague"))
        view = configure.settings(app, caller.who)
        told = pages.speech_for(caller.who).t("snack.handed_over", person=name)
        events = {"dealvoice:snack": {"message": told}}
        return pages.part(request, "settings/_settings.html", events=events, **settings_context(view, csrf=caller.csrf))

    return await threads.vendor.run(caller.who.tenant_id, work)


def field_ref(text: str) -> FieldRef | None:
    """Return the field that an option names (``owner:key``); None for none, or one that no option of ours names."""
    owner, _, key = text.partition(":")
    if owner not in set(Owner) or not key or len(key) > 60:
        return None
    return FieldRef(Owner(owner), key)


def deal_fields(form: Fields) -> frozenset[FieldKind] | None:
    """Return the fields to keep on deals; None from a page that did not ask."""
    if form.get("asks_field") != "1":
        return None
    return frozenset(kind for kind in FieldKind if form.get(f"keep_{kind.value}") == "1")


def due_days(form: Fields, speech: Speech) -> int | None:
    """Return the days between issue and due date; None when the field holds no such number."""
    try:
        days = speech.parse_number(form.get("due_days"))
    except ValueError:
        return None
    return int(days) if days == int(days) and 0 <= days <= MOST_DUE_DAYS else None


def settings_context(
    view: SettingsView, *, csrf: str, typed: Fields | None = None, bad_days: bool = False
) -> pages.Shown:
    typed_days = typed.get("due_days") if typed is not None else str(view.mapping.due_days)
    return {
        "view": view,
        "csrf": csrf,
        "owners": OWNERS,
        "kinds": tuple(FieldKind),
        "kept": sum(state == READY for state in view.deal_fields.values()),
        "sample": SAMPLE,
        "lists": view.lists,
        "may_edit": view.may_edit,
        "typed": {},
        "problems": {},
        "due_days": typed_days,
        "bad_days": bad_days,
    }
