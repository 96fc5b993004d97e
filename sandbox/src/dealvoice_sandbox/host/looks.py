"""How the host page looks to one user: his language, theme, amounts and dates; templates are drawn here."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, select_autoescape

from dealvoice_sandbox.host.words import translated

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$"}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "pl": ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"),
}
_TEMPLATES = {
    language: Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for language in _MONTHS
}


def draw(name: str, language: str, **shown: Any) -> str:
    """Draw a template in a language."""
    return _TEMPLATES[language].get_template(name).render(lang=language, **shown)


def money(amount: Any, currency: str, language: str) -> str:
    """Write an amount the way a language does."""
    text = f"{Decimal(amount):,.2f}"
    if language == "pl":
        return f"{text.replace(',', ' ').replace('.', ',')} {currency}"
    return f"{_SIGNS[currency]}{text}" if currency in _SIGNS else f"{text} {currency}"


def day(value: str | None, language: str) -> str:
    """Write a date, or a moment in UTC, the way a language does."""
    if not value:
        return ""
    try:
        seen = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        return value
    month = _MONTHS[language][seen.month - 1]
    text = f"{seen.day} {month} {seen.year}" if language == "pl" else f"{month} {seen.day}, {seen.year}"
    return f"{text}, {seen:%H:%M}" if isinstance(seen, datetime) else text


def plain(value: Any) -> str:
    """Write a number without needless zeros."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def shown(value: Any) -> str:
    """Write the value of a custom field; those of several parts by their text or number."""
    match value:
        case {"value": inner, "currency": currency}:
            return f"{shown(inner)} {currency}"
        case {"value": inner}:
            return shown(inner)
        case list():
            return ", ".join(shown(one) for one in value)
        case _:
            return plain(value)


for _language, _environment in _TEMPLATES.items():
    _environment.filters.update(plain=plain, shown=shown)
    _environment.filters["money"] = lambda amount, currency, language=_language: money(amount, currency, language)
    _environment.filters["day"] = lambda value, language=_language: day(value, language)
    _environment.globals["t"] = lambda text, language=_language, **values: translated(text, language, **values)


def query(values: dict[str, Any]) -> str:
    """Write parameters for an address."""
    return urlencode(values)
