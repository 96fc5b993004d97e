"""
What the user reads: texts in his language, numbers, money, dates and times by his locale.

Texts are kept in ``locale/<language>/LC_MESSAGES/dealvoice.po`` under short keys (``panel.owed``), English being a
language like the others, and are read once into memory. Whole sentences with named placeholders; the parts arrive
formatted. ``Speech`` is all a caller needs; ``locale/README.md`` tells how to add a language.

Language and locale are two things: a Pipedrive user may read English and count in Polish.
"""

import functools
import gettext
import io
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_date_format,
    get_month_names,
    get_timezone_location,
)
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_decimal_symbol,
    get_group_symbol,
    parse_pattern,
)
from markupsafe import Markup, escape

CATALOGUES: Final = Path(__file__).parent / "locale"
DEFAULT_LANGUAGE: Final = "en"

_DEFAULT_LOCALES: Final = {"en": "en_US", "pl": "pl_PL"}
_ISO_CODES_BUT: Final = {"pl": frozenset({"PLN"})}
"""Languages that show currencies by their ISO code, and the currencies they show by a sign all the same."""
_FIELD_DATES: Final = {"pl": "short"}
"""Babel's date format in input fields where it is not ``medium``."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s")
_CODE_BEFORE_DIGIT: Final = re.compile(r"(?<=[A-Za-z])(?=\d)")
_MINUS: Final = "\u2212"
_NO_BREAK: Final = "\u00a0"
_SPACES: Final = " \u00a0\u202f\u2009"
_LONGEST_NUMBER: Final = 40

Param = str | int
"""A part of a text: a word or formatted value; whole numbers are formatted here."""

_log = logging.getLogger(__name__)


_REMEMBERED: Final = 4096
"""Amounts and days whose text is kept: a list is looked at again and again, and a text takes half a millisecond."""


class TextMissing(LookupError):
    """A key has no text, or a text was not given one of its parts."""


class _Strictness:
    on = False


def raise_on_missing(*, on: bool = True) -> None:
    """Let a missing text or part raise ``TextMissing`` (tests) instead of being logged and shown as its key."""
    _Strictness.on = on


@functools.cache
def languages() -> tuple[str, ...]:
    """Languages there are texts in, sorted."""
    return tuple(sorted(path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/dealvoice.po")))


def choose_language(wanted: str) -> str:
    """
    Choose the language for a Pipedrive user.

    Args:
        wanted: The user's language or locale as Pipedrive says it (``pl``, ``pl_PL``, ``pt-br``); may be empty.
    """
    language = re.split(r"[-_]", wanted.strip().lower())[0]
    return language if language in languages() else DEFAULT_LANGUAGE


def choose_locale(wanted: str, *, language: str) -> str:
    """
    Choose how numbers and dates are written for a Pipedrive user.

    Args:
        wanted: The user's ``locale`` in Pipedrive (``en_US``, ``pl-PL``); may be empty or unknown.
        language: Decides when the locale does not.
    """
    try:
        return str(Locale.parse(wanted.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError):
        return _DEFAULT_LOCALES.get(language, language)


@functools.cache
def texts(language: str) -> gettext.NullTranslations:
    """
    Every text of a language, read from its catalogue.

    Raises:
        LookupError: There is no such language.
    """
    if language not in languages():
        raise LookupError(f"there are no texts in {language!r}")
    path = CATALOGUES / language / "LC_MESSAGES" / "dealvoice.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


_Day = date
"""The type, within a class that has a method of that name."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How one user is spoken to."""

    language: str
    """One of ``languages()``."""
    locale: str
    """CLDR locale such as ``en_US``."""
    timezone: str
    """The user's zone (``Europe/Warsaw``); times are shown in it."""
    _babel: Locale = field(init=False, repr=False, compare=False)
    _zone: tzinfo = field(init=False, repr=False, compare=False)
    _texts: gettext.NullTranslations = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look the three up once."""
        object.__setattr__(self, "_babel", Locale.parse(self.locale))
        object.__setattr__(self, "_zone", _zone(self.timezone))
        object.__setattr__(self, "_texts", texts(self.language))

    @classmethod
    def of(cls, language: str, locale: str, timezone: str) -> "Speech":
        """Speech from what Pipedrive says of a user; anything unknown falls back."""
        chosen = choose_language(language)
        return cls(chosen, choose_locale(locale, language=chosen), timezone)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, for the page's ``dir``."""
        return Locale.parse(self.language).text_direction

    # Texts

    def has(self, key: str) -> bool:
        """Whether there is a text under the key (not a plural)."""
        return self._texts.gettext(key) != key

    def t(self, key: str, **params: Param) -> str:
        """Text under a key, its parts filled in."""
        return self._fill(key, self._template(key), params)

    def n(self, key: str, n: int, **params: Param) -> str:
        """Text under a key in the form that ``n`` wants; ``n`` is one of its parts."""
        return self._fill(key, self._plural_template(key, n), {"n": n, **params})

    def html(self, key: str, **params: Param) -> Markup:
        """Text as HTML: everything is escaped but parts that are ``Markup``."""
        return self._fill_html(key, self._template(key), params)

    def html_n(self, key: str, n: int, **params: Param) -> Markup:
        """Plural text as HTML, see ``html``."""
        return self._fill_html(key, self._plural_template(key, n), {"n": n, **params})

    def first_sentence(self, key: str, **params: Param) -> str:
        """First sentence of a text; what a finding shows of a fault's text. Full stops within parts do not count."""
        return self._fill(key, _SENTENCE_END.split(self._template(key), maxsplit=1)[0], params)

    # Numbers

    def money(self, amount: Decimal, currency: str) -> str:
        """Amount with its currency, in the currency's own decimals: ``$1,404.00``, ``1 404,00 USD``."""
        return _money(self._babel, amount or Decimal(0), currency)

    def amount(self, amount: Decimal, currency: str) -> str:
        """Amount in the currency's own decimals without its sign, for columns and input fields: ``1,404.00``."""
        pattern = parse_pattern(self._babel.currency_formats["standard"].pattern.replace("¤", "").strip(_SPACES))
        return _typographic(format_currency(amount, currency, pattern.pattern, locale=self._babel))

    def number(self, number: Decimal | int) -> str:
        """Number with all of its decimals, without zeros at the end: ``1,234.5``."""
        return _typographic(format_decimal(number, locale=self._babel, decimal_quantization=False))

    def percent(self, percent: Decimal) -> str:
        """Rate given in percent: ``9.975%`` for 9.975."""
        return _typographic(format_percent(percent / 100, locale=self._babel, decimal_quantization=False))

    def zone(self, name: str) -> str:
        """Town that a time zone is named after: ``Warsaw``, ``Warszawa``."""
        return str(get_timezone_location(ZoneInfo(name), locale=self._babel, return_city=True))

    def parse_number(self, text: str) -> Decimal:
        """
        Read a typed number the way the locale writes it, grouped or not.

        Where the full stop does not group, it is taken for a decimal mark too: Polish takes 1404,5 and 1404.5.

        Raises:
            ValueError: It is not a number, or its groups are not of three digits.
        """
        match = _number_shape(self._babel).fullmatch(text.strip(_SPACES + "\t"))
        if match is None or len(text) > _LONGEST_NUMBER:
            raise ValueError("not a number in this locale")
        whole = re.sub(r"\D", "", match["whole"] or "")
        return Decimal(f"{'-' if match['sign'] in {'-', _MINUS} else ''}{whole or '0'}.{match['part'] or '0'}")

    # Dates and times

    def date_field(self, day: date) -> str:
        """Date in full, for fields and tables: ``Mar 13, 2026``, ``13.03.2026``."""
        return format_date(day, _FIELD_DATES.get(self._babel.language, "medium"), locale=self._babel)

    def date(self, day: date, today: date) -> str:
        """Date in a sentence: ``Mar 16``; with its year only when that is not the current one."""
        return _date(self._babel, day, "MMMd" if day.year == today.year else "yMMMd")

    def time(self, moment: datetime) -> str:
        """
        Time of day in the user's zone: ``2:02 PM``, ``14:02``.

        Raises:
            ValueError: The moment has no zone.
        """
        return _typographic(format_time(self.local(moment), "short", locale=self._babel))

    def moment(self, moment: datetime, now: datetime) -> str:
        """Time alone when it is of today, else date and time, in the user's zone."""
        local, today = self.local(moment), self.local(now).date()
        return self.time(moment) if local.date() == today else f"{self.date(local.date(), today)}, {self.time(moment)}"

    def local(self, moment: datetime) -> datetime:
        """
        The moment in the user's zone.

        Raises:
            ValueError: It has no zone.
        """
        if moment.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return moment.astimezone(self._zone)

    def parse_date(self, text: str) -> _Day:
        """
        Read a typed date: ISO always, else in the order of the locale, months by number or name.

        Raises:
            ValueError: It is not a real date with a year of four digits (or two, meaning 20..).
        """
        typed = text.strip()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
            return date.fromisoformat(typed)
        tokens = re.findall(r"\d+|[^\W\d_]+", typed)
        numbers = [token for token in tokens if token.isascii() and token.isdigit()]
        words = [token.casefold() for token in tokens if not token.isdigit()]
        order = re.findall(r"[dMy]", re.sub(r"(.)\1+", r"\1", get_date_format("short", locale=self._babel).pattern))
        words = [word for word in words if word not in _fillers(self._babel)]
        if words:
            month = _months(self._babel).get(words[0])
            if month is None or len(words) > 1:
                raise ValueError("not a month in this locale")
            order.remove("M")
        elif len(numbers) == len(order):
            month = int(numbers.pop(order.index("M")))
            order.remove("M")
        else:
            raise ValueError("not a date")
        if len(numbers) != len(order) or not re.fullmatch(r"[\w\s.,/\-'’\u05f3]+", typed):
            raise ValueError("not a date")
        parts = dict(zip(order, numbers, strict=True))
        if len(parts["d"]) > len(parts["y"]):  # written the other way round, year first
            parts["d"], parts["y"] = parts["y"], parts["d"]
        return date(_year(parts["y"]), month, int(parts["d"]))

    def _template(self, key: str) -> str:
        found = self._texts.gettext(key)
        return found if found != key else _missing(key, f"{key} has no text in {self.language}")

    def _plural_template(self, key: str, n: int) -> str:
        found = self._texts.ngettext(key, key, n)
        return found if found != key else _missing(key, f"{key} has no plural in {self.language}")

    def _fill(self, key: str, template: str, params: Mapping[str, Param]) -> str:
        return _PLACEHOLDER.sub(self._filler(key, params), template)

    def _fill_html(self, key: str, template: str, params: Mapping[str, Param]) -> Markup:
        # Braces survive escaping, so the text is escaped first and each part by itself.
        fill = self._filler(key, {name: self._as_html(value) for name, value in params.items()})
        return Markup(_PLACEHOLDER.sub(fill, str(escape(template))))  # noqa: S704 - text and parts are escaped above

    def _as_html(self, value: Param) -> str:
        return str(escape(self.number(value) if isinstance(value, int) else value))

    def _filler(self, key: str, params: Mapping[str, Param]) -> Callable[[re.Match[str]], str]:
        def fill(match: re.Match[str]) -> str:
            value = params.get(match[1])
            if value is None:
                return _missing(match[0], f"{key} was not given {match[0]}")
            return self.number(value) if isinstance(value, int) else str(value)

        return fill


def _missing(shown: str, why: str) -> str:
    if _Strictness.on:
        raise TextMissing(why)
    _log.error("text_missing: %s", why)
    return shown


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # Pipedrive may name a zone that this machine does not know
        _log.warning("zone_unknown: %s", name)
        return UTC


@functools.lru_cache(_REMEMBERED)
def _money(locale: Locale, amount: Decimal, currency: str) -> str:
    pattern = locale.currency_formats["standard"].pattern
    signs = _ISO_CODES_BUT.get(locale.language)
    if signs is not None and currency not in signs:
        pattern = pattern.replace("¤", "¤¤")
    text = format_currency(amount, currency, pattern, locale=locale)
    return _CODE_BEFORE_DIGIT.sub(_NO_BREAK, _typographic(text))


@functools.lru_cache(_REMEMBERED)
def _date(locale: Locale, day: date, skeleton: str) -> str:
    return format_skeleton(skeleton, day, locale=locale)


def _typographic(text: str) -> str:
    return text.replace("-", _MINUS).replace("\u202f", _NO_BREAK)


@functools.cache
def _number_shape(locale: Locale) -> re.Pattern[str]:
    group, mark = get_group_symbol(locale), get_decimal_symbol(locale)
    marks = re.escape(mark) if group == "." else f"{re.escape(mark)}."
    groups = f"[{_SPACES}]" if group in _SPACES else f"[{re.escape(group)}]"
    return re.compile(
        rf"(?P<sign>[+\-{_MINUS}]?)(?=[0-9{marks}]*[0-9])"
        rf"(?P<whole>[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]*)(?:[{marks}](?P<part>[0-9]*))?"
    )


@functools.cache
def _months(locale: Locale) -> dict[str, int]:
    """Number of each month by its names, long and short, standing alone and within a date as the locale writes it."""
    named = {
        name.casefold().rstrip("."): number
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, locale).items()
    }
    for number, words in enumerate(_written(locale), start=1):
        named |= dict.fromkeys(words - _fillers(locale), number)
    return named


@functools.cache
def _fillers(locale: Locale) -> frozenset[str]:
    """Words of a written date that name no month: the two ``de`` of *13 de mar. de 2026*."""
    return frozenset.intersection(*_written(locale))


@functools.cache
def _written(locale: Locale) -> tuple[frozenset[str], ...]:
    """The words of a date in full in each of the twelve months."""
    return tuple(
        frozenset(re.findall(r"[^\W\d_]+", format_date(date(2026, number, 3), "medium", locale=locale).casefold()))
        for number in range(1, 13)
    )


def _year(text: str) -> int:
    if len(text) not in {2, 4}:
        raise ValueError("a year has four digits")
    return int(text) if len(text) == 4 else 2000 + int(text)
