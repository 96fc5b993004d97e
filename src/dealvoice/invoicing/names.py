"""Company names: folded for comparison, and split into what names the company and its legal form."""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from dealvoice.invoicing.currencies import EXPONENTS

_FORMS: dict[str, str] = {
    "sp zoo": "sp zoo|sp z oo|spzoo|spolka z oo|spolka z ograniczona odpowiedzialnoscia",
    "sp zoo sp k": "sp zoo sp k|sp z oo sp k|sp zoo spk|sp z oo spk",
    "sa": "sa|spolka akcyjna|societe anonyme|sociedad anonima",
    "psa": "psa|prosta spolka akcyjna",
    "ska": "ska|spolka komandytowo akcyjna",
    "sp j": "sp j|spj|spolka jawna",
    "sp k": "sp k|spk|spolka komandytowa",
    "sp p": "sp p|spp|spolka partnerska",
    "sc": "sc|s c|spolka cywilna",
    "gmbh": "gmbh|gesellschaft mit beschrankter haftung",
    "gmbh co kg": "gmbh co kg|gmbh und co kg",
    "ug": "ug|ug haftungsbeschrankt",
    "ag": "ag|aktiengesellschaft",
    "kg": "kg",
    "ohg": "ohg",
    "gbr": "gbr",
    "ek": "ek|e k",
    "ev": "ev|e v",
    "se": "se",
    "ltd": "ltd|limited",
    "plc": "plc",
    "llp": "llp",
    "lp": "lp",
    "cic": "cic",
    "pty ltd": "pty ltd|pty limited|proprietary limited",
    "inc": "inc|incorporated",
    "corp": "corp|corporation",
    "co": "co|company",
    "llc": "llc",
    "pllc": "pllc",
    "pc": "pc",
    "ltee": "ltee",
    "ulc": "ulc",
    "sarl": "sarl",
    "sas": "sas",
    "sasu": "sasu",
    "eurl": "eurl",
    "sl": "sl",
    "slu": "slu",
    "srl": "srl",
    "spa": "spa",
    "bv": "bv",
    "nv": "nv",
    "vof": "vof",
    "ab": "ab",
    "as": "as",
    "asa": "asa",
    "aps": "aps",
    "oy": "oy",
    "oyj": "oyj",
    "ou": "ou",
    "uab": "uab",
    "sia": "sia",
    "sro": "sro|s r o|spol s ro",
}
_BY_WORDS = {tuple(words.split()): form for form, variants in _FORMS.items() for words in variants.split("|")}
_LONGEST_FORM = max(len(words) for words in _BY_WORDS)
_PREFIXES = (("firma", "handlowa"), ("pphu",), ("zphu",), ("phu",), ("fhu",))
_JOINERS = frozenset({"and", "und", "i", "et", "y"})
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "đ": "d", "œ": "oe"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_OURS = re.compile(r"\s*\((?P<mark>[a-z]+)\)\s*$")
_INSIDE = re.compile(r"['’`´.]")
_NOT_WORD = re.compile(r"[^\w]+|_+")


def same_name(name: str) -> str:
    """Fold a name the way QuickBooks compares names: trimmed, single blanks, no case."""
    return " ".join(name.split()).casefold()


def fold(name: str) -> str:
    """
    Fold a name for comparison: no case, accents, punctuation, joining words, leading "the", or suffixes of ours.

    ``Müller & Söhne GmbH`` is ``muller sohne gmbh``; the legal form stays (see ``core``).
    """
    return _fold(name, german=False)


def _fold(name: str, *, german: bool) -> str:
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    text = _without_mark(text)
    if german:
        text = text.translate(_GERMAN)
    spread = unicodedata.normalize("NFKD", text).translate(_LETTERS)
    text = "".join(sign for sign in spread if not unicodedata.combining(sign))
    words = _NOT_WORD.sub(" ", _INSIDE.sub("", text)).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    middle = [word for word in words[1:-1] if word not in _JOINERS]
    return " ".join([*words[:1], *middle, *words[1:][-1:]])


def _without_mark(text: str) -> str:
    """Take off what we or QuickBooks put behind a name: ``(C)``, ``(EUR)``, ``(deleted)``."""
    seen = _OURS.search(text)
    if seen is None:
        return text
    mark = seen["mark"]
    return text[: seen.start()] if mark in ("c", "deleted") or mark.upper() in EXPONENTS else text


def core(name: str) -> tuple[str, str]:
    """Return a folded name without its legal form, and that form; the form is empty when the name has none."""
    return _core(fold(name))


def _core(folded: str) -> tuple[str, str]:
    words = folded.split()
    for prefix in _PREFIXES:
        if tuple(words[: len(prefix)]) == prefix and len(words) > len(prefix):
            words = words[len(prefix) :]
            break
    form = ""
    while found := _form_at_end(words):
        words = words[: -len(found)]
        form = form or _BY_WORDS[found]
    return " ".join(words), form


def _form_at_end(words: list[str]) -> tuple[str, ...]:
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if tuple(words[-length:]) in _BY_WORDS:
            return tuple(words[-length:])
    return ()


@lru_cache(maxsize=65_536)
def cores(name: str) -> frozenset[str]:
    """Return every core of a name: with ``ä`` as ``a`` and as ``ae``; two names are equal if they share one."""
    return frozenset(_core(_fold(name, german=german))[0] for german in (False, True))


@lru_cache(maxsize=65_536)
def legal_form(name: str) -> str:
    """Return the legal form of a name, in one spelling."""
    return core(name)[1]


def difference(wanted: str, known: str) -> str:
    """
    Return the words by which two names that are alike differ, as they are written; empty when nothing but spelling does.

    Those of ``wanted`` that the other lacks, else those of ``known``; of names with the same core their legal forms.
    """
    if cores(wanted) & cores(known):
        same = legal_form(wanted) == legal_form(known)
        return "" if same else _form_of(wanted) or _form_of(known)
    return _words_beside(wanted, known) or _words_beside(known, wanted)


def _form_of(name: str) -> str:
    words = name.split()
    form = len(fold(name).split()) - len(core(name)[0].split())
    return " ".join(words[-form:]) if 0 < form < len(words) and legal_form(name) else ""


def _words_beside(name: str, other: str) -> str:
    there = set(fold(other).split()) | _JOINERS
    return " ".join(word for word in name.split() if not set(fold(word).split()) <= there)


def similarity(a: str, b: str, *, least: float = 0.0) -> float:
    """
    Tell how alike two folded names are, from 0 to 1, whatever the order and repetition of their words.

    Args:
        a: One folded name.
        b: The other.
        least: Below this the exact figure does not matter, and 0 may be returned.
    """
    left, right = (" ".join(sorted(set(text.split()))) for text in (a, b))
    if 2 * min(len(left), len(right)) < least * (len(left) + len(right)):
        return 0.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()
