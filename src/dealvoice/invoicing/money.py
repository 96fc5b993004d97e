"""
Amounts of money: exact, of one currency, rounded here and nowhere else.

Every rounding is half up, away from zero, so that a negative line mirrors its positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from dealvoice.invoicing.currencies import EXPONENTS

MOST_PLACES = 2
"""QuickBooks keeps amounts with two decimals, also of currencies that have three."""

_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """
    An amount of one currency. Never a float; never added to another currency.

    Raises:
        ValueError: The amount is not a finite Decimal, or the currency not three capital letters.
    """

    amount: Decimal
    currency: str
    """ISO 4217."""

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError(f"not an exact, finite amount: {self.amount!r}")
        if not is_currency(self.currency):
            raise ValueError(f"not a currency code: {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Return nothing of a currency."""
        return cls(Decimal(0), currency)

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing at all."""
        return self.amount == 0

    def __add__(self, other: "Money") -> "Money":
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> "Money":
        return Money(_EXACT.minus(self.amount), self.currency)

    def __abs__(self) -> "Money":
        return Money(_EXACT.abs(self.amount), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount


def is_currency(code: str) -> bool:
    """Tell whether a code has the shape of ISO 4217; whether it exists is preflight's question."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def places(currency: str) -> int:
    """Return how many decimals an amount has: ISO's, but never more than two (JPY 0, KWD 2)."""
    return min(EXPONENTS.get(currency, 2), MOST_PLACES)


def round_money(value: Decimal, currency: str) -> Decimal:
    """Round an amount to the decimals of its currency, half up, away from zero."""
    return round_to(value, places(currency))


def round_to(value: Decimal, decimals: int) -> Decimal:
    """Round a price, quantity or percent to some decimals, half up, away from zero; never a negative zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    return _EXACT.add(rounded, Decimal(0))


def plain(value: Decimal) -> Decimal:
    """Drop the zeros at the end: 75.5000000 is 75.5, and 100.00 is 100 (never 1E+2)."""
    return Decimal(format(_EXACT.add(value, Decimal(0)).normalize(_EXACT), "f"))


def product(*factors: Decimal) -> Decimal:
    """Multiply without rounding (to 100 digits)."""
    result = Decimal(1)
    for factor in factors:
        result = _EXACT.multiply(result, factor)
    return result


def quotient(value: Decimal, divisor: Decimal) -> Decimal:
    """
    Divide to 100 digits; the result still wants rounding.

    Raises:
        ZeroDivisionError: The divisor is zero.
    """
    if divisor == 0:
        raise ZeroDivisionError("a price cannot be found for no quantity")
    return _EXACT.divide(value, divisor)


def to_minor(money: Money) -> int:
    """
    Return an amount in units of its last decimal: cents, but whole yen, and hundredths of a dinar.

    The unit is ``10 ** -places(currency)``. QuickBooks may keep more decimals than the currency has (123.50 JPY);
    those are rounded half up.
    """
    return int(round_money(money.amount, money.currency).scaleb(places(money.currency)))


def from_minor(minor: int, currency: str) -> Money:
    """Return the amount that ``to_minor`` gave as a whole number."""
    return Money(Decimal(minor).scaleb(-places(currency), context=_EXACT), currency)


def split(money: Money, weights: Sequence[Decimal]) -> list[Money]:
    """
    Split an amount by weights, so that the parts add up to it.

    Each part is rounded; what is left over goes to the part of the largest weight (the first of equals).

    Args:
        money: The amount, of either sign.
        weights: Their sum is above zero; one below zero takes a part of the other sign, as a negative line takes back
            its share of a discount.

    Raises:
        ValueError: The weights do not add up to more than zero.
    """
    total = sum(weights, Decimal(0))
    if total <= 0:
        raise ValueError("an amount is split by weights that add up to more than zero")
    parts = [round_money(quotient(product(money.amount, weight), total), money.currency) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: weights[index])
    parts[largest] += money.amount - sum(parts, Decimal(0))
    return [Money(part, money.currency) for part in parts]
