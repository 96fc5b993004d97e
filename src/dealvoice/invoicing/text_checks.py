"""Which characters and lengths QuickBooks takes in each text of a draft, and the text that it would take."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dealvoice.invoicing.countries import fold_text
from dealvoice.invoicing.details import LONGEST_COPIES, LONGEST_CUSTOM_FIELD, LONGEST_MEMO, LONGEST_NOTE
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.finding import Finding, Severity

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NAME = re.compile(r"[:\t\r\n]")
_BREAKS = re.compile(r"\r\n|\r")
LONGEST_NUMBER = 21
_LONGEST_NAME = 500
_LONGEST_LINE = 500
_LONGEST_ADDRESS = 2000
_LONGEST_EMAIL = 100
_LONGEST_TAX_ID = 20
"""QuickBooks publishes none for the tax ID: a warning only."""
_LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of the draft with its rules."""

    field: str
    value: str
    most: int
    most_in_line: int | None = None
    is_name: bool = False
    """A new customer's DisplayName."""
    many_lines: bool = False
    severity: Severity = Severity.BLOCKER
    """How much its length matters."""


def check_texts(draft: Draft, *, latin1: bool) -> Iterator[Finding]:
    """
    Yield what is wrong with the draft's texts, rule by rule.

    Args:
        draft: The invoice.
        latin1: The company documents ISO-8859-1 as its character set (US).
    """
    texts = list(_texts(draft))
    for text in texts:
        yield from _control_characters(text)
    for text in texts:
        yield from _name_characters(text)
    if latin1:
        for text in texts:
            yield from _outside_latin1(text)
    for text in texts:
        yield from _too_long(text)


def _texts(draft: Draft) -> Iterable[_Text]:
    yield _Text("to", draft.to, _LONGEST_NAME, is_name=draft.create_customer)
    yield _Text("address", _broken(draft.address), _LONGEST_ADDRESS, most_in_line=_LONGEST_LINE, many_lines=True)
    yield _Text("email", draft.email, _LONGEST_EMAIL)
    yield _Text("tax_id", draft.tax_id, _LONGEST_TAX_ID, severity=Severity.WARNING)
    yield _Text("number", draft.number, LONGEST_NUMBER)
    details = draft.details
    yield _Text("memo", _broken(details.memo), LONGEST_MEMO, many_lines=True)
    yield _Text("note", _broken(details.note), LONGEST_NOTE, many_lines=True)
    yield _Text("copies", details.copies, LONGEST_COPIES)
    for field_id, text in details.custom_fields:
        yield _Text(f"custom_{field_id}", text, LONGEST_CUSTOM_FIELD)
    for line in draft.lines:
        yield _Text(f"line.{line.key}.text", _broken(line.text), _LONGEST_DESCRIPTION, many_lines=True)


def _broken(text: str) -> str:
    # Browsers send line breaks as two characters; they are one to QuickBooks.
    return _BREAKS.sub("\n", text)


def _control_characters(text: _Text) -> Iterator[Finding]:
    # What a name may not have is told once, by the rule for names.
    pattern = _CONTROL_BUT_BREAKS if text.many_lines or text.is_name else _CONTROL
    found = pattern.findall(text.value.strip())
    if found:
        yield Finding(
            "text.control_characters",
            Severity.BLOCKER,
            text.field,
            {"field": text.field, "characters": _shown(found)},
            remedy="clean",
            remedy_value=_clean(text, pattern),
        )


def _clean(text: _Text, pattern: re.Pattern[str]) -> str:
    kept = re.sub(r"[\t\n]", " ", text.value) if not text.many_lines else text.value
    return pattern.sub("", kept).strip()


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _name_characters(text: _Text) -> Iterator[Finding]:
    found = _NAME.findall(text.value.strip()) if text.is_name else []
    if found:
        clean = _spaced(re.sub(r"\s*:\s*", " - ", text.value))
        yield Finding(
            "text.name_characters",
            Severity.BLOCKER,
            text.field,
            {"field": text.field, "characters": _shown(found)},
            remedy="clean",
            remedy_value=clean,
        )


def _outside_latin1(text: _Text) -> Iterator[Finding]:
    found = [sign for sign in text.value if ord(sign) > 0xFF]
    if found:
        yield Finding(
            "text.outside_latin1",
            Severity.WARNING,
            text.field,
            {"field": text.field, "characters": _shown(found)},
            remedy="without_diacritics",
            remedy_value=without_diacritics(text.value),
        )


_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "ı": "i", "–": "-", "—": "-", "„": '"', "”": '"'}
    | {"“": '"', "’": "'", "‘": "'", "…": "...", "€": "EUR", "•": "-"}
)


def without_diacritics(text: str) -> str:
    """Return a text whose letters have lost their marks and whose common signs are spelt: ``Zolw`` for ``Żółw``."""
    return "".join(_plain_sign(sign) if sign.isalpha() or ord(sign) > 0xFF else sign for sign in text)


def _plain_sign(sign: str) -> str:
    plain = sign.translate(_PLAIN)
    if sign.isascii() or plain != sign:
        return plain
    folded = fold_text(sign)
    return folded.upper() if sign.isupper() and folded.isascii() else folded or sign


def _too_long(text: _Text) -> Iterator[Finding]:
    value = text.value.strip()
    longest = max(value.splitlines(), key=len, default="")
    if text.most_in_line is not None and len(longest) > text.most_in_line:
        yield _long(text, longest, text.most_in_line, value.replace(longest, _shortened(longest, text.most_in_line)))
    elif len(value) > text.most:
        yield _long(text, value, text.most, _shortened(value, text.most))


def _long(text: _Text, value: str, most: int, short: str) -> Finding:
    return Finding(
        "text.too_long",
        text.severity,
        text.field,
        {"field": text.field, "max": str(most), "length": str(len(value))},
        remedy="shorten",
        remedy_value=short,
    )


def _shortened(text: str, most: int) -> str:
    """Cut at a word, if there is one in the last fifth; else at the limit."""
    cut = text[:most].rstrip()
    if len(text) > most and not text[most].isspace():
        word = cut.rfind(" ")
        cut = cut[:word].rstrip() if word > most * 4 // 5 else cut
    return cut


def _shown(signs: Iterable[str]) -> str:
    """Return the characters once each, printable: a control character as ``U+0007``."""
    return " ".join(dict.fromkeys(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in signs))
