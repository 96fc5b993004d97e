"""Templates in the settings: add, change, delete. Every answer is the whole card."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dealvoice.connections.who import Who
from dealvoice.i18n import Speech
from dealvoice.invoicing.details import CUSTOM_FIELDS
from dealvoice.invoicing.draft import TaxMode
from dealvoice.invoicing.emails import is_email, split_emails
from dealvoice.invoicing.templates import LONGEST_NAME, MOST_DAYS
from dealvoice.invoicing.text_checks import LONGEST_NUMBER
from dealvoice.web import pages
from dealvoice.web.bodies import Fields, Form
from dealvoice.web.callers import AnyCaller, Product, Threads, check_csrf
from dealvoice.web.findings import fault
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotPossible
from dealvoice.workflows.setup import configure, templates

router = APIRouter()

_TEXTS: Final = {
    "memo": 1000,
    "note": 3900,
    "term_id": 32,
    "class_id": 32,
    "location_id": 32,
    "copies": 200,
    **{f"custom_{field_id}": 31 for field_id in CUSTOM_FIELDS},
}
_CHOICES: Final = ("online_card", "online_bank", "send_email")


@router.post("/settings/templates")
async def save(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Save a template; what cannot be read is told at its field, and all that was typed stays."""
    check_csrf(caller.csrf, form)

    def work() -> HTMLResponse:
        speech = pages.speech_for(caller.who)
        fields = _own(form)
        fills, problems = read(fields, speech)
        if not problems:
            try:
                templates.save(
                    app,
                    caller.who,
                    template_id=form.get("template_id"),
                    name=fields.get("name").strip(),
                    is_default=fields.get("is_default") == "1",
                    fills=fills,
                )
            except NotPossible as error:
                problems = {"name": fault(speech, error.code, error.params)}
        if problems:
            return _card(request, app, caller.who, caller.csrf, status=422, typed=fields, problems=problems)
        return _card(request, app, caller.who, caller.csrf, said=speech.t("snack.template_saved"))

    return await threads.deal.run(caller.who.tenant_id, work)


@router.post("/settings/templates/delete")
async def delete(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Delete a template; the user has confirmed."""
    check_csrf(caller.csrf, form)

    def work() -> HTMLResponse:
        templates.delete(app, caller.who, template_id=form.get("template_id"))
        said = pages.speech_for(caller.who).t("snack.template_deleted")
        return _card(request, app, caller.who, caller.csrf, said=said)

    return await threads.deal.run(caller.who.tenant_id, work)


def read(form: Fields, speech: Speech) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a template holds, and what is wrong by field; an empty field is one that it does not hold."""
    problems: dict[str, str] = {}
    name = form.get("name").strip()
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = speech.t("set.template_bad_name", most=LONGEST_NAME)
    fills = {field: text for field in _TEXTS if (text := form.get(field).strip())}
    for field, text in fills.items():
        if len(text) > _TEXTS[field]:
            problems[field] = speech.t("set.template_too_long", most=_TEXTS[field])
    if any(not is_email(part) for part in split_emails(fills.get("copies", ""))):
        problems["copies"] = speech.t("set.template_bad_copies")
    fills |= {field: form.get(field) for field in _CHOICES if form.get(field) in {"0", "1"}}
    if form.get("tax_mode") in set(TaxMode):
        fills["tax_mode"] = form.get("tax_mode")
    days = form.get("due_days").strip()
    if days:
        if days.isascii() and days.isdigit() and int(days) <= MOST_DAYS:
            fills["due_days"] = str(int(days))
        else:
            problems["due_days"] = speech.t("set.bad_days")
    pattern = form.get("number_pattern").strip()
    if pattern:
        if len(pattern) <= LONGEST_NUMBER and any(letter.isascii() and letter.isdigit() for letter in pattern):
            fills["number_pattern"] = pattern
        else:
            problems["number_pattern"] = speech.t("set.template_bad_pattern", most=LONGEST_NUMBER)
    return fills, problems


def _own(form: Fields) -> Fields:
    """Return the editor's fields by the names of a template's fields; on the page they begin with ``t.``."""
    return Fields(tuple((name.removeprefix("t."), value) for name, value in form))


def _card(
    request: Request,
    app: App,
    who: Who,
    csrf: str,
    *,
    status: int = 200,
    said: str = "",
    typed: Fields | None = None,
    problems: dict[str, str] | None = None,
) -> HTMLResponse:
    lists, may_edit = configure.template_lists(app, who)
    events: dict[str, object] = {"dealvoice:snack": {"message": said}, "dealvoice:saved": {}} if said else {}
    return pages.part(
        request,
        "settings/_templates.html",
        status=status,
        events=events,
        lists=lists,
        may_edit=may_edit,
        csrf=csrf,
        typed=dict(typed) if typed is not None else {},
        problems=problems or {},
    )
