"""The currencies, a custom one among them, and rounding to their smallest unit."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CUSTOM = "GPT"
"""A currency that a company has made for itself: no ISO code, three digits."""
CURRENCIES: tuple[dict[str, Any], ...] = tuple(
    {
        "id": n,
        "code": code,
        "name": name,
        "decimal_points": digits,
        "symbol": symbol,
        "active_flag": True,
        "is_custom_flag": code == CUSTOM,
    }
    for n, (code, name, symbol, digits) in enumerate(
        (
            ("USD", "US Dollar", "$", 2),
            ("EUR", "Euro", "€", 2),
            ("PLN", "Polish Złoty", "zł", 2),
            ("GBP", "British Pound", "£", 2),
            ("CAD", "Canadian Dollar", "CA$", 2),
            ("JPY", "Japanese Yen", "¥", 0),
            ("AUD", "Australian Dollar", "A$", 2),
            ("CHF", "Swiss Franc", "CHF", 2),
            ("CZK", "Czech Koruna", "Kč", 2),
            ("DKK", "Danish Krone", "kr", 2),
            ("HUF", "Hungarian Forint", "Ft", 2),
            ("KWD", "Kuwaiti Dinar", "KD", 3),
            ("MXN", "Mexican Peso", "MX$", 2),
            ("NOK", "Norwegian Krone", "kr", 2),
            ("SEK", "Swedish Krona", "kr", 2),
            (CUSTOM, "Garden points", "GP", 3),
        ),
        1,
    )
)
CODES = frozenset(str(row["code"]) for row in CURRENCIES)
_DIGITS = {row["code"]: row["decimal_points"] for row in CURRENCIES}


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's smallest unit, half up (the vendor's way is unconfirmed)."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)
