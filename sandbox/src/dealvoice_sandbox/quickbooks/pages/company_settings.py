"""What only the company's own people may set, which no client of the API can: numbering, closed books, currencies."""

from datetime import date
from typing import Any

from dealvoice_sandbox.quickbooks.pages.books import Books
from dealvoice_sandbox.quickbooks.pages.session import BadForm

Row = dict[str, Any]


def save(books: Books, form: dict[str, str]) -> None:
    """
    Set the company as the form says; several currencies are for good once they are on (Preferences page).

    Raises:
        BadForm: A closing date that is none.
    """
    closed = _day(form.get("closed", ""))
    preferences = books.preferences
    sales = {
        "CustomTxnNumbers": "custom" in form,
        "AllowDiscount": "discount" in form,
        "AutoApplyCredit": "credits" in form,
    }
    accounting = {
        name: value for name, value in preferences.get("AccountingInfoPrefs", {}).items() if name != "BookCloseDate"
    }
    several = "currencies" in form or bool(preferences["CurrencyPrefs"].get("MultiCurrencyEnabled"))

    def change() -> None:
        row = dict(preferences)
        row["SalesFormsPrefs"] = {**row.get("SalesFormsPrefs", {}), **sales}
        row["AccountingInfoPrefs"] = {**accounting, **({"BookCloseDate": closed} if closed else {})}
        row["CurrencyPrefs"] = {**row["CurrencyPrefs"], "MultiCurrencyEnabled": several}
        books.emulator.touch(books.realm, "Preferences", row)

    books.act(change)
    books.emulator.switches.take_over({"warn_duplicate_number": "warn" in form})


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise BadForm(f"{text!r} is not a date.") from error
