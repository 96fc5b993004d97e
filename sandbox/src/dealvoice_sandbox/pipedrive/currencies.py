"""The company's currencies, and rounding to their smallest unit."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CURRENCIES: tuple[dict[str, Any], ...] = tuple(
    {
        "id": n,
        "code": code,
        "name": name,
        "decimal_points": digits,
        "symbol": symbol,
        "active_flag": True,
        "is_custom_flag": False,
    }
    for n, (code, name, symbol, digits) in enumerate(
        (
            ("USD", "US Dollar", "$", 2),
            ("EUR", "Euro", "€", 2),
            ("PLN", "Polish Złoty", "zł", 2),
            ("GBP", "British Pound", "£", 2),
            ("CAD", "Canadian Dollar", "CA$", 2),
            ("JPY", "Japanese Yen", "¥", 0),
        ),
        1,
    )
)
CODES = frozenset(str(row["code"]) for row in CURRENCIES)
_DIGITS = {row["code"]: row["decimal_points"] for row in CURRENCIES}


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's smallest unit, half up (the vendor's way is unconfirmed)."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)
