"""How the accountant's side looks: amounts, dates, the state of a document in an accountant's word; templates."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

Row = dict[str, Any]
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)


def draw(name: str, **shown: Any) -> str:
    """Draw a template."""
    return _TEMPLATES.get_template(name).render(**shown)


def state_of(entity: str, row: Row, today: str) -> str:
    """Return how a document stands."""
    total = Decimal(str(row.get("TotalAmt", 0)))
    if total == 0 and "Voided" in (row.get("PrivateNote") or ""):
        return "Voided"
    match entity:
        case "Invoice":
            return _invoice_state(row, total, today)
        case "CreditMemo":
            left = Decimal(str(row.get("RemainingCredit", row.get("Balance", 0))))
            return "Closed" if left <= 0 else "Unapplied"
        case "Payment":
            left = Decimal(str(row.get("UnappliedAmt", 0)))
            if left <= 0:
                return "Closed"
            return "Unapplied" if left >= total else "Partly applied"
        case _:
            return str(row.get("TxnStatus") or "Paid")


def _invoice_state(row: Row, total: Decimal, today: str) -> str:
    balance = Decimal(str(row.get("Balance", 0)))
    if balance <= 0:
        return "Paid" if total > 0 else "Closed"
    if row.get("DueDate", "") < today:
        return "Overdue"
    return "Partially paid" if balance < total else "Open"


def number(amount: Any) -> str:
    """Write an amount without its currency."""
    return f"{Decimal(str(amount or 0)):,.2f}"


def money(amount: Any, currency: str) -> str:
    """Write an amount with its currency."""
    text = number(amount)
    if currency not in _SIGNS:
        return f"{text} {currency}"
    return f"−{_SIGNS[currency]}{text[1:]}" if text.startswith("-") else f"{_SIGNS[currency]}{text}"


def plain(value: Any) -> str:
    """Write a number without needless zeros; nothing where there is none."""
    return format(Decimal(value).normalize(), "f") if isinstance(value, int | Decimal) else ""


def day(value: str | None) -> str:
    """Write a date, or the day of a moment, so that no country reads it another way."""
    try:
        seen = date.fromisoformat((value or "")[:10])
    except ValueError:
        return value or ""
    return f"{seen:%b} {seen.day}, {seen.year}"


def moment(value: str) -> str:
    """Write a moment to the minute."""
    try:
        return f"{day(value)}, {datetime.fromisoformat(value):%H:%M}"
    except ValueError:
        return value


def address(value: Row | None) -> list[str]:
    """Return the lines of an address, free lines first, then its place."""
    parts = value or {}
    lines = [str(parts[f"Line{n}"]) for n in range(1, 6) if parts.get(f"Line{n}")]
    place = ", ".join(str(parts[name]) for name in ("City", "CountrySubDivisionCode") if parts.get(name))
    last = " ".join(text for text in (place, str(parts.get("PostalCode") or "")) if text)
    return [text for text in (*lines, last, str(parts.get("Country") or "")) if text]


_TEMPLATES.filters.update(
    number=number, money=money, plain=plain, day=day, moment=moment, address=address,
    flag=lambda state: str(state).lower().replace(" ", "-"),
)  # fmt: skip
