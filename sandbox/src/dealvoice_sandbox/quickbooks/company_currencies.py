"""Currencies of a company: its list, what a new customer or vendor brings with it, an account per currency."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import currency, merging
from dealvoice_sandbox.quickbooks.currency_names import NAMES
from dealvoice_sandbox.quickbooks.faults_text import Refusal

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def home(emulator: "QuickBooksEmulator", realm: str) -> str:
    """Return the code of a company's home currency."""
    return str(emulator.rows(realm, "Preferences")["1"]["CurrencyPrefs"]["HomeCurrency"]["value"])


def is_multi(emulator: "QuickBooksEmulator", realm: str) -> bool:
    """Tell whether a company uses several currencies."""
    return bool(emulator.rows(realm, "Preferences")["1"]["CurrencyPrefs"].get("MultiCurrencyEnabled"))


def of_a_new_name(emulator: "QuickBooksEmulator", realm: str, asked: Row | None) -> Row:
    """
    Return the currency of a new customer or vendor; one that the company lacks is added to its list.

    Raises:
        Refusal: 2220 for no currency, 6000 in a company of one currency.
    """
    code = currency.check(emulator, realm, str((asked or {}).get("value") or "")) or home(emulator, realm)
    currency.adopt(emulator, realm, code)
    return currency.reference(code)


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Add a currency to a company's list."""
    code = str(body["Code"]).upper()
    _needs_several(emulator, realm)
    if code not in NAMES:
        raise Refusal("2220", f"Invalid Currency Type : {code}", "Code")
    if code == home(emulator, realm) or any(
        row["Code"] == code for row in emulator.rows(realm, "CompanyCurrency").values()
    ):
        raise Refusal("6240", f"The name supplied already exists. : {code}", "Code")
    return _add(emulator, realm, code)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Hide a currency or show it again; its code stays what it is."""
    _needs_several(emulator, realm)
    row = emulator.current(realm, "CompanyCurrency", body)
    return merging.store(emulator, realm, "CompanyCurrency", row, {**row, "Active": body.get("Active", row["Active"])})


def _needs_several(emulator: "QuickBooksEmulator", realm: str) -> None:
    if not is_multi(emulator, realm):
        raise Refusal("5030", "Feature Not Supported : Multi Currency should be enabled to perform this operation", "")


def _add(emulator: "QuickBooksEmulator", realm: str, code: str) -> Row:
    values = {"Code": code, "Name": NAMES[code], "Active": True}
    return emulator.new(realm, "CompanyCurrency", emulator.next_id(realm, "other"), values)
