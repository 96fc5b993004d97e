"""
The currency of a document: its customer's, for good; the rate to the home currency; one receivables account each.

Source: manage multiple currencies; CompanyCurrency and Exchangerate pages; an omitted rate is booked 1 to 1 (observed
since 2024).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.currency_names import NAMES
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.given import cents

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def reference(code: str) -> Row:
    """Return a CurrencyRef."""
    return {"value": code, "name": NAMES.get(code, code)}


def settle(emulator: "QuickBooksEmulator", realm: str, values: Row, customer: Row) -> None:
    """
    Set ``CurrencyRef`` and ``ExchangeRate`` of a document whose date is known.

    Raises:
        Refusal: 2220 for no currency, 6000 for one that is not the customer's or the company's.
    """
    preferences = emulator.rows(realm, "Preferences")["1"].get("CurrencyPrefs", {})
    home = preferences["HomeCurrency"]["value"]
    several = bool(preferences.get("MultiCurrencyEnabled"))
    theirs = given.ref(customer.get("CurrencyRef"), "CurrencyRef") or home
    asked = check(emulator, realm, given.ref(values.get("CurrencyRef"), "CurrencyRef"))
    if not asked and several and emulator.switches["currency_left_out"] == "refuse":
        raise missing("CurrencyRef")
    if asked and asked != theirs:
        raise business("The transaction needs to be in the same currency as the A/R and A/P accounts you use.")
    values["CurrencyRef"] = reference(theirs)
    if not several:
        values.pop("ExchangeRate", None)
        return
    values["ExchangeRate"] = _rate(emulator, realm, values, theirs, home)


def check(emulator: "QuickBooksEmulator", realm: str, code: str) -> str:
    """
    Return a currency code that the company may use; "" stays "".

    Raises:
        Refusal: 2220, 6000.
    """
    preferences = emulator.rows(realm, "Preferences")["1"].get("CurrencyPrefs", {})
    if not code:
        return ""
    if code not in NAMES:
        raise Refusal("2220", f"Invalid Currency Type : {code}", "CurrencyRef")
    foreign = code != preferences["HomeCurrency"]["value"]
    if not preferences.get("MultiCurrencyEnabled") and (
        foreign or emulator.switches["home_currency_named"] == "refuse"
    ):
        raise business("Multi Currency should be enabled to perform this operation")
    return code


def to_home(values: Row) -> None:
    """Set the amounts in home currency, where a company keeps several."""
    if values.get("ExchangeRate") is None:
        return
    rate = Decimal(values["ExchangeRate"])
    values["HomeTotalAmt"] = cents(Decimal(values["TotalAmt"]) * rate)
    if "Balance" in values:
        values["HomeBalance"] = cents(Decimal(values["Balance"]) * rate)


def rate_on(emulator: "QuickBooksEmulator", realm: str, code: str, day: str) -> Decimal | None:
    """Return the company's rate of a currency on a day: the newest that is not later."""
    known = [
        row for row in emulator.rows(realm, "ExchangeRate").values()
        if row.get("SourceCurrencyCode") == code and str(row.get("AsOfDate", "")) <= day
    ]  # fmt: skip
    newest = max(known, key=lambda row: str(row.get("AsOfDate", "")), default=None)
    return Decimal(newest["Rate"]) if newest else None


def adopt(emulator: "QuickBooksEmulator", realm: str, code: str) -> None:
    """Add what comes with the first customer of a foreign currency: the currency, and its receivables account."""
    home = emulator.rows(realm, "Preferences")["1"]["CurrencyPrefs"]["HomeCurrency"]["value"]
    if code == home:
        return
    currencies = emulator.rows(realm, "CompanyCurrency")
    if not any(row["Code"] == code for row in currencies.values()):
        values = {"Code": code, "Name": NAMES.get(code, code), "Active": True}
        emulator.new(realm, "CompanyCurrency", emulator.next_id(realm, "other"), values)
    name = f"Accounts Receivable (A/R) - {code}"
    if not any(row["Name"] == name for row in emulator.rows(realm, "Account").values()):
        values = {
            "Name": name, "SubAccount": False, "FullyQualifiedName": name, "Active": True, "Classification": "Asset",
            "AccountType": "Accounts Receivable", "AccountSubType": "AccountsReceivable", "CurrentBalance": Decimal(0),
            "CurrentBalanceWithSubAccounts": Decimal(0), "CurrencyRef": reference(code),
        }  # fmt: skip
        emulator.new(realm, "Account", emulator.next_id(realm, "other"), values)


def _rate(emulator: "QuickBooksEmulator", realm: str, values: Row, code: str, home: str) -> Decimal:
    if code == home:
        return Decimal(1)
    sent = values.get("ExchangeRate")
    if sent is None and emulator.switches["exchange_rate_left_out"] == "day":
        sent = rate_on(emulator, realm, code, values["TxnDate"])
    rate = given.number(1 if sent is None else sent, "ExchangeRate")
    if rate <= 0:
        raise business("The exchange rate must be greater than 0.")
    return rate
