"""Problems to fix: inside the settings that Pipedrive frames, and as a page of its own."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dealvoice.web import pages
from dealvoice.web.bodies import Fields, Form
from dealvoice.web.callers import AnyCaller, Caller, Product, Threads, any_caller, browser_caller, check_csrf
from dealvoice.web.errors import Unreadable
from dealvoice.web.problems.words import words_of
from dealvoice.workflows.app import App
from dealvoice.workflows.insight import mending, problems
from dealvoice.workflows.insight.views import ProblemsView, Remedy, Tab

router = APIRouter()

_MOST_KEYS = 500
_LONGEST_FIND = 60


def context(view: ProblemsView, *, csrf: str) -> pages.Shown:
    """Return what the list shows."""
    return {"view": view, "tabs": tuple(Tab), "csrf": csrf, "words_of": words_of, "most": problems.MOST}


@router.get("/settings/problems")
async def show(request: Request, app: Product, threads: Threads, tab: str = "", find: str = "") -> Response:
    """Show the list: as a part within the settings, else as a page of its own."""
    if tab and tab not in set(Tab):
        raise Unreadable
    as_part = request.headers.get("hx-request") == "true"
    if as_part:
        caller = any_caller(request)
    else:
        browser = browser_caller(request)
        caller = Caller(browser.who, browser.csrf)

    def work() -> Response:
        view = _view(app, caller, tab, find)
        if as_part:
            return pages.part(request, "problems/_problems.html", **context(view, csrf=caller.csrf))
        return pages.own_page(request, "problems/problems.html", **context(view, csrf=caller.csrf))

    return await threads.deal.run(caller.who.tenant_id, work)


@router.post("/settings/problems/mend")
async def mend(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Do what a remedy says about one problem."""
    check_csrf(caller.csrf, form)
    if form.get("remedy") not in set(Remedy):
        raise Unreadable
    remedy, key = Remedy(form.get("remedy")), form.get("one")

    def work() -> HTMLResponse:
        speech, actor = pages.speech_for(caller.who), problems.actor_of(app, caller.who)
        if remedy is Remedy.SEND_MAIL:
            mending.send_mail(app, caller.who, actor, key)
            told = speech.t("inbox.said_trying")
        else:
            helped = mending.mend(app, actor, key, remedy)
            told = speech.t("inbox.said_trying" if helped else "inbox.said_not_found")
        return _listed(request, app, caller, form, told)

    return await threads.vendor.run(caller.who.tenant_id, work)


@router.post("/settings/problems/retry")
async def retry(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Try the chosen problems again, or all of them."""
    check_csrf(caller.csrf, form)
    keys = None if form.get("all") == "1" else form.all("key")[:_MOST_KEYS]

    def work() -> HTMLResponse:
        speech, actor = pages.speech_for(caller.who), problems.actor_of(app, caller.who)
        tried, left = mending.mend_all(app, actor, keys)
        told = speech.n("inbox.said_tried", tried)
        return _listed(request, app, caller, form, f"{told} {speech.n('inbox.said_left', left)}" if left else told)

    return await threads.vendor.run(caller.who.tenant_id, work)


@router.post("/settings/problems/aside")
async def set_aside(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Set one problem or the chosen ones aside, with the reason that was written."""
    check_csrf(caller.csrf, form)
    keys = [form.get("aside")] if form.get("aside") else form.all("key")[:_MOST_KEYS]

    def work() -> HTMLResponse:
        done = mending.set_aside(app, problems.actor_of(app, caller.who), keys, form.get("reason"))
        told = pages.speech_for(caller.who).n("inbox.said_aside", done)
        return _listed(request, app, caller, form, told)

    return await threads.deal.run(caller.who.tenant_id, work)


@router.post("/settings/problems/back")
async def bring_back(request: Request, app: Product, threads: Threads, caller: AnyCaller, form: Form) -> HTMLResponse:
    """Take a problem up again that was set aside."""
    check_csrf(caller.csrf, form)

    def work() -> HTMLResponse:
        mending.bring_back(app, problems.actor_of(app, caller.who), form.get("one"))
        return _listed(request, app, caller, form, pages.speech_for(caller.who).t("inbox.said_back"))

    return await threads.deal.run(caller.who.tenant_id, work)


def _view(app: App, caller: Caller, tab: str, find: str) -> ProblemsView:
    actor = problems.actor_of(app, caller.who)
    return problems.problems(app, actor, Tab(tab) if tab in set(Tab) else Tab.NEEDS, find[:_LONGEST_FIND])


def _listed(request: Request, app: App, caller: Caller, form: Fields, told: str) -> HTMLResponse:
    view = _view(app, caller, form.get("tab"), form.get("find"))
    events = {"dealvoice:snack": {"message": told}}
    shown = context(view, csrf=caller.csrf) | {"said": told}
    return pages.part(request, "problems/_problems.html", events=events, **shown)
