"""
Exchange rates: home units for one foreign unit on a day. They have no id; a company may set its own.

Source: ExchangeRate page of the Accounting API. The rates that nobody set are the sandbox's own and never move.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import company_currencies
from dealvoice_sandbox.quickbooks.currency_names import NAMES
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing, stale
from dealvoice_sandbox.quickbooks.writing import stamp

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_DOLLARS = {
    "USD": "1", "EUR": "1.08", "GBP": "1.27", "CAD": "0.73", "AUD": "0.66", "NZD": "0.61", "JPY": "0.0067", "CHF": "1.13",
    "PLN": "0.25", "CZK": "0.043", "SEK": "0.095", "NOK": "0.094", "DKK": "0.145", "INR": "0.012", "MXN": "0.055",
    "BRL": "0.19", "CNY": "0.14", "HKD": "0.128", "SGD": "0.74", "ZAR": "0.054",
}  # fmt: skip
"""US dollars for one unit; a currency that is not here counts as 0.1. Figures of a sandbox, not of a market."""


def read(emulator: "QuickBooksEmulator", realm: str, code: str, as_of: str) -> Row:
    """
    Return the rate of a currency on a day; today where no day is said.

    Raises:
        Refusal: No currency or day, or a company of one currency.
    """
    if not code:
        raise missing("sourcecurrencycode")
    _check_code(emulator, realm, code.upper())
    day = as_of or emulator.today(realm)
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Refusal("2070", f"Invalid Date : {day}", "AsOfDate") from error
    return _rate(emulator, realm, code.upper(), day)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set a company's own rate for a day."""
    code, day = str(body["SourceCurrencyCode"]).upper(), str(body["AsOfDate"])
    _check_code(emulator, realm, code)
    target = body.get("TargetCurrencyCode") or company_currencies.home(emulator, realm)
    if target != company_currencies.home(emulator, realm):
        raise business("The target currency of an exchange rate is the home currency.")
    if Decimal(body["Rate"]) <= 0:
        raise Refusal("2140", f"Invalid Amount : {body['Rate']}", "Rate")
    key = f"{code}:{day}"
    kept = emulator.rows(realm, "ExchangeRate").get(key)
    token = str(body.get("SyncToken", ""))
    if kept is not None and token not in ("", kept["SyncToken"]):
        raise stale()
    at = stamp(emulator.clock.now())
    made = {"CreateTime": at} if kept is None else kept["MetaData"]
    row = {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": target,
        "Rate": body["Rate"],
        "AsOfDate": day,
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0" if kept is None else str(int(kept["SyncToken"]) + 1),
        "MetaData": {**made, "LastUpdatedTime": at},
    }
    emulator.keep(realm, "ExchangeRate", key, row)
    return row


def listed(emulator: "QuickBooksEmulator", realm: str, codes: list[str], days: list[str]) -> Iterator[Row]:
    """Return the rates that a query may choose from: the company's currencies, or those asked for, on the days asked."""
    if not company_currencies.is_multi(emulator, realm):
        return
    wanted = codes or [row["Code"] for row in emulator.rows(realm, "CompanyCurrency").values()]
    for day in days or [emulator.today(realm)]:
        for code in wanted:
            if code.upper() in NAMES and code.upper() != company_currencies.home(emulator, realm):
                yield _rate(emulator, realm, code.upper(), day)


def _rate(emulator: "QuickBooksEmulator", realm: str, code: str, day: str) -> Row:
    rows = emulator.rows(realm, "ExchangeRate")
    kept = [row for row in rows.values() if row["SourceCurrencyCode"] == code and row["AsOfDate"] <= day]
    if kept:
        return {**max(kept, key=lambda row: str(row["AsOfDate"])), "AsOfDate": day}
    home = company_currencies.home(emulator, realm)
    rate = Decimal(_DOLLARS.get(code, "0.1")) / Decimal(_DOLLARS.get(home, "0.1"))
    at = emulator.clock.now()
    # The service takes new rates every four hours.
    at = at - timedelta(hours=at.hour % 4, minutes=at.minute, seconds=at.second)
    return {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": home,
        "Rate": rate.quantize(Decimal("0.0000001"), ROUND_HALF_UP),
        "AsOfDate": day,
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "MetaData": {"LastUpdatedTime": stamp(at)},
    }


def _check_code(emulator: "QuickBooksEmulator", realm: str, code: str) -> None:
    if not company_currencies.is_multi(emulator, realm):
        raise Refusal("5030", "Feature Not Supported : Multi Currency should be enabled to perform this operation", "")
    if code not in NAMES:
        raise Refusal("2220", f"Invalid Currency Type : {code}", "SourceCurrencyCode")
    if code == company_currencies.home(emulator, realm):
        raise business("An exchange rate cannot be set for the home currency.")
