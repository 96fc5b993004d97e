"""Every screen in every state, as the routes would render it: for the template tests and the gallery."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from dealvoice.connections.sessions import OpenSession
from dealvoice.connections.who import Surface
from dealvoice.i18n import Speech
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.web import forms, pages
from dealvoice.web.contact.routes import context as contact_context
from dealvoice.web.modal.everything import context as list_context
from dealvoice.web.modal.guided import shown as guided_context
from dealvoice.web.modal.invoice import context as form_context
from dealvoice.web.operations.routes import operation_context
from dealvoice.web.panel.routes import context as panel_context
from dealvoice.web.problems.routes import context as problems_context
from dealvoice.web.settings.routes import settings_context
from dealvoice.workflows.help import HelpView
from dealvoice.workflows.insight.views import Tab
from dealvoice.workflows.invoice.views import FormView, PanelView
from dealvoice.workflows.setup.install import NeedsConsent
from dealvoice.workflows.setup.views import Colleague, ImportState
from web import shown, shown_contacts, shown_settings


@cache
def screens(speech: Speech, theme: str = "light") -> dict[str, str]:
    """Return the HTML of each screen by its name."""
    return dict(rooms(speech, theme))


def rooms(speech: Speech, theme: str) -> Iterator[tuple[str, str]]:
    """Yield each screen's name and HTML."""

    def drawn(name: str, **context: object) -> str:
        return pages.render(name, speech, now=shown.NOW, theme=theme, **({"session": "s"} | context))

    for state, panel in shown.panels().items():
        yield f"panel-{state}", drawn("panel/panel.html", trouble=None, deal_id=117, **panel_context(panel))
    for code, params in (
        ("pipedrive.no_answer", {}), ("deal.only_installer", {"person": "Ola Nowak"}), ("pipedrive.expired", {}),
    ):  # fmt: skip
        told = pages.fault_text(speech, code, params)
        retry = 10 if code == "pipedrive.no_answer" else 0
        trouble = {"code": code, "told": told, "params": params, "retry": retry}
        yield f"panel-trouble-{code}", drawn("panel/panel.html", trouble=trouble, deal_id=117)
    for state, owing in shown_contacts.contacts().items():
        context = contact_context(owing, speech)
        yield f"contact-{state}", drawn("contact/panel.html", trouble=None, contact=owing.contact, **context)
    told = pages.fault_text(speech, "contact.no_access", {})
    trouble = {"code": "contact.no_access", "told": told, "params": {}, "retry": 0}
    yield "contact-trouble", drawn("contact/panel.html", trouble=trouble, contact="person:3")
    yield "part-contact-skeleton", drawn("contact/_skeleton.html")
    for state, view in shown.forms().items():
        context = form_context(view, forms.write(view.draft, speech), speech)
        yield f"form-{state}", drawn("modal/invoice.html", deal_id=117, **context)
        yield f"part-review-{state}", drawn("modal/_review.html", **context)
    for state, operation in shown.operations().items():
        context = operation_context(operation, shown.NOW)
        yield f"operation-{state}", drawn("modal/operation.html", deal_id=117, **context)
    for state, guided in shown.guided_views().items():
        for stage in ("choose", "check") if state != "by_hand" else ("choose",):
            context = guided_context(guided)
            yield f"guided-{state}-{stage}", drawn("modal/guided.html", deal_id=117, stage=stage, **context)
    for state, operation in shown.operations().items():
        stage = {"created": "done", "refused": "failed"}.get(state, "working")
        context = {"act": "void", "stage": stage, "operation": operation}
        yield f"guided-{state}", drawn("modal/guided.html", deal_id=117, **context)
    lists = {
        "list": shown.an_all(), "none": shown.an_all(rows=(), counts={}, ledgers=(), period="month"),
        "unlinked": shown.an_all(customer_name="", customer_url=""), "range": shown.an_all(period="range", flag="paid"),
        "more": shown.an_all(period="all", sort="total", descending=False, next="abc", find="10"),
        "contact": shown.an_all(deal_id=0, contact="organization:7"),
        "contact_unlinked": shown.an_all(deal_id=0, contact="person:7", customer_name="", rows=()),
    }  # fmt: skip
    for state, listed in lists.items():
        yield f"all-{state}", drawn("modal/all.html", deal_id=117, **list_context(listed))
    settings = {
        "healthy": shown_settings.a_settings(),
        "problems": shown_settings.a_settings(problems=3),
        "reconnect": shown_settings.a_settings(
            connection=shown_settings.a_card(state="needs_reconnect", imported=False)
        ),
        "ending": shown_settings.a_settings(connection=shown_settings.a_card(ends_at=shown_settings.ENDS_AT)),
        "reading": shown_settings.a_settings(
            connection=shown_settings.a_card(imported=False, importing=ImportState(running=True))
        ),
        "importing": shown_settings.a_settings(
            connection=shown_settings.a_card(imported=False, importing=shown_settings.AN_IMPORT)
        ),
        "matched": shown_settings.a_settings(
            connection=shown_settings.a_card(importing=ImportState(proved_at=shown.AS_OF))
        ),
        "differing": shown_settings.a_settings(connection=shown_settings.a_card(importing=shown_settings.A_DIFFERENCE)),
        "not_connected": shown_settings.a_settings(connection=None, saved_at=None, saved_by=""),
        "may_not": shown_settings.a_settings(may_edit=False, fields=(), colleagues=(), is_admin=False),
        "asked": shown_settings.a_settings(
            colleagues=(Colleague("j", "Jan Kos", asked=True),),
            deal_fields=shown_settings.KEPT | {FieldKind.DAYS: "gone"},
        ),
        "refused": shown_settings.a_settings(
            deal_fields={FieldKind.STATUS: "refused", FieldKind.LEFT: "refused"},
            colleagues=(Colleague("j", "Jan Kos", asked=False),),
        ),
        "making": shown_settings.a_settings(
            deal_fields={FieldKind.STATUS: "ready", FieldKind.LEFT: "making"}, show_amounts=False
        ),
    }
    for state, view in settings.items():
        yield f"settings-{state}", drawn("settings/settings.html", session="", **settings_context(view, csrf="c"))
        yield f"settings-framed-{state}", drawn("settings/settings.html", **settings_context(view, csrf=""))
    lists_of_problems = {tab.value: shown_settings.some_problems(tab) for tab in Tab} | {
        "empty": shown_settings.some_problems(problems=(), counts=dict.fromkeys(Tab, 0)),
        "not_found": shown_settings.some_problems(problems=(), find="Zebra"),
        "own": shown_settings.some_problems(everything=False, problems=shown_settings.some_problems().problems[:1]),
    }
    for state, listed_problems in lists_of_problems.items():
        yield (
            f"problems-{state}",
            drawn("problems/problems.html", session="", **problems_context(listed_problems, csrf="c")),
        )
        yield (
            f"part-problems-framed-{state}",
            drawn("problems/_problems.html", **problems_context(listed_problems, csrf="")),
        )
    open_sessions = [
        OpenSession("a1", Surface.BROWSER, here=True, used_at=shown.NOW),
        OpenSession("b2", Surface.BROWSER, here=False, used_at=shown.NOW - timedelta(hours=3)),
        OpenSession("c3", Surface.FRAME, here=False, used_at=shown.NOW - timedelta(minutes=5)),
    ]
    yield "signed-in", drawn("session/signed_in.html", sessions=open_sessions, person="Ola Nowak", csrf="c")
    yield "signed-out", drawn("session/signed_out.html")
    yield "connect-start", drawn("connect/start.html")
    yield "connect-second", drawn("connect/connect.html", view=shown_settings.a_connect(), done=False, csrf="c")
    yield (
        "connect-held",
        drawn(
            "connect/connect.html",
            view=shown_settings.a_connect(held_by="Jan Kos", may_take=True),
            done=False,
            csrf="c",
        ),
    )
    asked = shown_settings.a_connect(held_by="Jan Kos", asked=True, connection=shown_settings.a_card())
    yield "connect-asked", drawn("connect/connect.html", view=asked, done=False, csrf="c")
    yield (
        "connect-done",
        drawn(
            "connect/connect.html",
            view=shown_settings.a_connect(connection=shown_settings.a_card()),
            done=True,
            csrf="c",
        ),
    )
    waiting = NeedsConsent("t", "b", "Ola Nowak", "Craig’s Landscaping")
    yield "connect-confirm", drawn("connect/confirm.html", waiting=waiting, csrf="c")
    yield "connect-cancelled", drawn("connect/cancelled.html", quickbooks=True, again="/quickbooks/connect")
    yield "connect-disconnected", drawn("connect/disconnected.html")
    stops = {
        "connection.wrong_company": {"old": "Craig's Design", "new": "Garden House Ltd"},
        "connection.stale_link": {},
        "pipedrive.no_answer": {},
    }
    for code, params in stops.items():
        told = pages.fault_text(speech, code, params)
        yield (
            f"connect-stopped-{code}",
            drawn("connect/stopped.html", code=code, params=params, told=told, signed_in=True),
        )
    for code, params in (
        ("session.not_installed", {}),
        ("web.failed", {"reference": "7F3K-22"}),
        ("connection.expired", {}),
    ):
        told = pages.fault_text(speech, code, params)
        context = {"code": code, "told": told, "params": params, "retry": 0}
        yield f"error-frame-{code}", drawn("errors/frame.html", **context)
        yield f"error-page-{code}", drawn("errors/page.html", **context)
        yield f"error-part-{code}", drawn("errors/_trouble.html", **context)
    yield "help", drawn("help/help.html", view=HelpView(contact="help@example.com", helped=None), done=False)
    for name, contact in (("privacy", "help@example.com"), ("terms", "")):
        yield f"help-{name}", drawn(f"help/{name}.html", contact=contact)
    yield "help-voted", drawn("help/help.html", view=HelpView(contact="", helped=False), done=True)


def form_part(view: FormView, speech: Speech) -> str:
    """Return the form's inside."""
    context = form_context(view, forms.write(view.draft, speech), speech)
    return pages.render("modal/_form.html", speech, now=shown.NOW, **context)


def panel_part(view: PanelView, speech: Speech) -> str:
    """Return the panel's inside."""
    return pages.render("panel/_panel.html", speech, now=shown.NOW, **panel_context(view))
