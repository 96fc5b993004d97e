"""When an invoice is due: by the date given, else by its terms, the customer's, or the company's (Term page)."""

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def due_on(emulator: "QuickBooksEmulator", realm: str, values: Row, customer: Row) -> str:
    """Return the due date of a document whose date is known."""
    preferences = emulator.rows(realm, "Preferences")["1"].get("SalesFormsPrefs", {})
    found = values.get("SalesTermRef") or customer.get("SalesTermRef") or preferences.get("DefaultTerms")
    term = emulator.rows(realm, "Term").get(given.ref(found, "SalesTermRef"))
    issued = date.fromisoformat(values["TxnDate"])
    return _due(term, issued).isoformat() if term else issued.isoformat()


def _due(term: Row, issued: date) -> date:
    try:
        if term.get("DueDays") is not None or term.get("DayOfMonthDue") is None:
            return issued + timedelta(days=int(term.get("DueDays") or 0))
    except OverflowError:
        return issued
    # Date driven: on a day of the month; too near to it, the month after. Day 31 falls back to the month's last.
    due = _on_day(issued.year, issued.month, int(term["DayOfMonthDue"]))
    while due < issued + timedelta(days=int(term.get("DueNextMonthDays") or 0)) and due.year < date.max.year:
        following = due.replace(day=1) + timedelta(days=32)
        due = _on_day(following.year, following.month, int(term["DayOfMonthDue"]))
    return due


def _on_day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
