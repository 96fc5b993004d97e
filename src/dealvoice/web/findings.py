"""
Puts a finding or a fault into the user's words.

A finding has a short title (``finding.<code>``), what it means (``finding.<code>.means``) and its remedy's label
(``fix.<remedy>``). A fault, told after a press, has one text of three parts (``fault.<code>``); a finding without a title
shows that text's first sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dealvoice.i18n import Speech, texts
from dealvoice.invoicing.finding import Finding, Severity

__all__ = ["Finding", "Severity", "Told", "fault", "tell"]

_AMOUNT = re.compile(r"(-?\d{1,20}(?:\.\d{1,8})?) ([A-Z]{3})")
_FIGURE = re.compile(r"-?\d{1,20}\.\d{1,20}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(?:Z|[+-]\d{2}:\d{2})")
_PART = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_OWN_WORDS, _UNKNOWN = "quickbooks.own_words", "quickbooks.rejected"
"""What is said where we have no words of our own: QuickBooks' if it gave some."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words."""

    title: str
    means: str
    """What it means for the invoice; may be empty."""
    remedy: str
    """Label of its button; empty when it has none."""


def tell(speech: Speech, finding: Finding) -> Told:
    """Return a finding's words."""
    parts = shown(speech, finding.params)
    key = f"finding.{finding.code}"
    title = _text(speech, key, finding.params, parts) or _first(speech, finding.code, parts)
    means = _text(speech, f"{key}.means", finding.params, parts)
    remedy = ""
    if finding.remedy:
        value = {"value": _shown(speech, finding.remedy_value)}
        remedy = _text(speech, f"fix.{finding.remedy}", finding.params, parts | value)
    return Told(title, means.strip(), remedy)


def fault(speech: Speech, code: str, params: Mapping[str, str]) -> str:
    """Return the whole text of something that did not work, told after a press."""
    parts = {"tid": "", "sentence": ""} | shown(speech, params)
    own_words = f"fault.{_OWN_WORDS}"
    for key in (f"fault.{code}", code, f"finding.{code}", own_words, f"fault.{_UNKNOWN}"):
        if not _complete(speech, key, parts) or (key == own_words and not parts["sentence"]):
            continue
        text = _text(speech, key, params, parts)
        if text:
            return text
    return code


def shown(speech: Speech, params: Mapping[str, str]) -> dict[str, str]:
    """Return the named parts as the user reads them: amounts, numbers and dates by his locale, fields by their names."""
    parts = {name: _word(speech, name, value) or _shown(speech, value) for name, value in params.items()}
    if parts.get("product") == "":
        parts["product"] = speech.t("word.line", n=parts.get("n", ""))
    return parts


def _word(speech: Speech, name: str, value: str) -> str:
    """Return the user's word for a part that names a thing of ours; empty when it is no such part."""
    if name in {"reasons", "fields"}:
        return _list(speech, name, value)
    key = f"{name}.{value.rpartition('.')[2]}"
    return (
        speech.t(f"word.{key}")
        if name in {"field", "kind", "feature", "frequency"} and speech.has(f"word.{key}")
        else ""
    )


def _list(speech: Speech, name: str, value: str) -> str:
    """Return a list of reasons (text keys) or fields in the middle of a sentence."""
    keys = [part if name == "reasons" else f"word.field.{part}" for part in value.split(",")]
    words = [speech.t(key) for key in keys if speech.has(key)]
    return ", ".join(f"{word[:1].lower()}{word[1:]}" for word in words)


def _shown(speech: Speech, value: str) -> str:
    amount = _AMOUNT.fullmatch(value)
    if amount:
        return speech.money(Decimal(amount[1]), amount[2])
    if _FIGURE.fullmatch(value):
        return speech.number(Decimal(value))
    try:
        if _DAY.fullmatch(value):
            return speech.date_field(date.fromisoformat(value))
        if _MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return f"{speech.date_field(speech.local(moment).date())}, {speech.time(moment)}"
    except ValueError:
        return value
    return value


def _first(speech: Speech, code: str, parts: Mapping[str, str]) -> str:
    key = f"fault.{code}"
    return speech.first_sentence(key, **parts) if speech.has(key) else code


def _complete(speech: Speech, key: str, parts: Mapping[str, str]) -> bool:
    """Tell whether every part of a text is given: a vendor's answer may leave one open, and nobody shall read its name."""
    return set(_PART.findall(texts(speech.language).gettext(key))) <= {*parts, "n"}


def _text(speech: Speech, key: str, params: Mapping[str, str], parts: Mapping[str, str]) -> str:
    """Return a text, plural by its part ``n``; empty when there is none under the key."""
    count = params.get("n", "")
    if count.isascii() and count.isdigit() and texts(speech.language).ngettext(key, key, 1) != key:
        return speech.n(key, int(count), **{name: part for name, part in parts.items() if name != "n"})
    return speech.t(key, **parts) if speech.has(key) else ""
