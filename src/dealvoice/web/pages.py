"""
Renders templates: whole pages for frames and tabs, parts for htmx, each with the headers that belong to it.

Templates speak through ``s`` (the user's ``Speech``) and a few filters; they hold no logic beyond ``if`` and ``for``.
"""

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from dealvoice.connections.who import Who
from dealvoice.i18n import Speech
from dealvoice.invoicing.countries import fold_text
from dealvoice.invoicing.money import Money, round_money
from dealvoice.web import findings
from dealvoice.web.fields import field_label, field_value
from dealvoice.web.security import page_policy

HERE: Final = Path(__file__).parent
Shown = dict[str, Any]
"""What a template shows, by name."""

_FRAMES: Final = ("/panel", "/modal/", "/operations/", "/invoices/")


@functools.cache
def static_version() -> str:
    """Return a name for the static files of this release: pages ask for them under it, so copies may be kept."""
    digest = hashlib.sha256()
    for path in sorted((HERE / "static").rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def environment() -> Environment:
    """Return the templates' environment."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they do not change under a running server, and to look costs more than to render
    )
    env.filters |= {
        "money": _money,
        "short_money": _short_money,
        "day": _day,
        "field_day": _field_day,
        "clock": _clock,
        "saved_day": _saved_day,
        "strong": _strong,
        "figure": _figure,
        "unit_price": _unit_price,
        "in_words": _in_words,
        "lit": _lit,
        "beside": _beside,
    }
    env.globals |= {
        "static": f"/static/{static_version()}",
        "told": _told,
        "field_label": field_label,
        "field_value": field_value,
    }
    return env


def render(name: str, speech: Speech, *, now: datetime, **context: Any) -> str:
    """Render a template for a user."""
    return environment().get_template(name).render(s=speech, now=now, **context)


def speech_of(request: Request) -> Speech:
    """Return how the caller is spoken to; before he is known, as his browser asks."""
    who: Who | None = getattr(request.state, "who", None)
    if who is not None:
        return speech_for(who)
    asked = request.headers.get("accept-language", "").split(",")[0].split(";")[0]
    return Speech.of(asked, asked, "UTC")


def speech_for(who: Who) -> Speech:
    """Return how a user is spoken to."""
    return Speech.of(who.language, who.locale, who.time_zone)


def in_frame(request: Request) -> bool:
    """Whether a request is for a page inside Pipedrive."""
    path = request.url.path
    return path.startswith(_FRAMES) or (path == "/settings" and "token" in request.query_params)


def part(
    request: Request, name: str, *, status: int = 200, events: Mapping[str, object] | None = None, **context: Any
) -> HTMLResponse:
    """
    Answer with a part to swap in.

    Args:
        request: What is answered.
        name: The template.
        status: Status code.
        events: Told to the page's scripts, by name.
        context: What the template shows.
    """
    text = render(name, speech_of(request), now=_now(request), **context)
    answer = HTMLResponse(text, status)
    if events:
        answer.headers["HX-Trigger"] = json.dumps(events)
    return answer


def frame_page(request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page that Pipedrive may frame."""
    session = getattr(request.state, "session", "")
    theme = "dark" if request.query_params.get("theme") == "dark" else "light"
    who: Who | None = getattr(request.state, "who", None)
    known = {"session": session, "single_keys": who is None or who.single_keys}
    text = render(name, speech_of(request), now=_now(request), theme=theme, **(known | context))
    ancestors = request.app.state.dealvoice.pipedrive_frame_ancestors
    return HTMLResponse(text, status, headers={"Content-Security-Policy": page_policy(ancestors)})


def own_page(request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page that stands in a tab of its own; nobody may frame it."""
    text = render(name, speech_of(request), now=_now(request), theme="light", **context)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": page_policy(())})


def fault_text(speech: Speech, code: str, params: Mapping[str, str]) -> str:
    """Return the whole text of a refusal."""
    return findings.fault(speech, code, params)


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.dealvoice.now()
    return now


def _told(speech: Speech, finding: findings.Finding) -> findings.Told:
    return findings.tell(speech, finding)


@pass_context
def _money(context: Context, amount: Money) -> str:
    speech: Speech = context["s"]
    return speech.money(amount.amount, amount.currency)


@pass_context
def _short_money(context: Context, amount: Money) -> str:
    """An amount for a narrow place whose currency is told beside it: without its sign where the language writes a code."""
    speech: Speech = context["s"]
    whole = speech.money(amount.amount, amount.currency)
    return speech.amount(amount.amount, amount.currency) if amount.currency in whole else whole


@pass_context
def _day(context: Context, day: date, today: date) -> str:
    speech: Speech = context["s"]
    return speech.date(day, today)


@pass_context
def _field_day(context: Context, day: date) -> str:
    speech: Speech = context["s"]
    return speech.date_field(day)


@pass_context
def _clock(context: Context, moment: datetime) -> str:
    """Time alone when it is today's, else with its date."""
    speech: Speech = context["s"]
    now: datetime = context["now"]
    return speech.moment(moment.astimezone(UTC), now)


@pass_context
def _saved_day(context: Context, moment: datetime) -> str:
    """Date of a moment and its time, in the user's zone."""
    speech: Speech = context["s"]
    return f"{speech.date_field(speech.local(moment).date())}, {speech.time(moment)}"


@pass_context
def _figure(context: Context, number: str) -> str:
    """A quantity or price kept as plain digits."""
    speech: Speech = context["s"]
    return speech.number(Decimal(number))


@pass_context
def _unit_price(context: Context, price: str, currency: str) -> str:
    """A unit price kept as plain digits; with all of its decimals when it is finer than the currency."""
    speech: Speech = context["s"]
    value = Decimal(price)
    exact = round_money(value, currency) == value
    return speech.money(value, currency) if exact else f"{speech.number(value)} {currency}"


@pass_context
def _in_words(context: Context, value: str) -> str:
    """An amount, figure or date kept as data."""
    return findings.shown(context["s"], {"value": value})["value"]


def _lit(text: str, query: str) -> Markup:
    """Light up the words of a search where a text has them."""
    words = [re.escape(word) for word in query.split()]
    if not words:
        return escape(text)
    parts = re.split(f"({'|'.join(words)})", text, flags=re.IGNORECASE)
    return Markup("").join(Markup("<mark>{}</mark>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _beside(text: str, other: str) -> Markup:
    """Write a text with the words in bold that another text has not, line by line."""
    known = set(re.findall(r"\w+", fold_text(other)))
    lines = []
    for line in text.splitlines():
        words = (
            word if set(re.findall(r"\w+", fold_text(word))) <= known else Markup("<b>{}</b>").format(word)
            for word in line.split()
        )  # fmt: skip
        lines.append(Markup(" ").join(words))
    return Markup("<br>").join(lines)


def _strong(text: str) -> Markup:
    return Markup('<b class="money">{}</b>').format(escape(text))
