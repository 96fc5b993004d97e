"""
The arithmetic of sales tax, free of entities: rates on amounts, rounding, splitting.

Rounding is half up to two places. A sum of parts is exact: what rounding leaves over goes to the largest part.
Source: manage sales tax pages; sample invoice 1029 (per rate on the total); Canada, 9.975 % of 500.00 and 3995.16
giving 448.40 (per line).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dealvoice_sandbox.quickbooks.given import cents

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """One rate of a tax code."""

    id: str
    percent: Decimal
    compound: bool = False
    """Taken on the amount and the simple taxes together (TaxOnTaxOrder above 0)."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A net amount and the rates that it is taxed at."""

    amount: Decimal
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What one rate yields on a document."""

    rate: Rate
    base: Decimal
    tax: Decimal


def taxes(base: Decimal, rates: Sequence[Rate]) -> list[Decimal]:
    """Return the tax of each rate on one amount."""
    simple = [ZERO if rate.compound else cents(base * rate.percent / 100) for rate in rates]
    above = base + sum(simple, ZERO)
    return [
        cents(above * rate.percent / 100) if rate.compound else found for rate, found in zip(rates, simple, strict=True)
    ]


def by_line(parts: Iterable[Part]) -> list[Share]:
    """Tax every line by itself, then add up by rate."""
    return _gathered(
        (rate, part.amount, tax)
        for part in parts
        for rate, tax in zip(part.rates, taxes(part.amount, part.rates), strict=True)
    )


def by_total(parts: Iterable[Part]) -> list[Share]:
    """Add up what is taxed alike, then tax the sum."""
    sums: dict[tuple[Rate, ...], Decimal] = {}
    for part in parts:
        sums[part.rates] = sums.get(part.rates, ZERO) + part.amount
    return by_line(Part(amount, rates) for rates, amount in sums.items())


def out_of(gross: Decimal, rates: Sequence[Rate]) -> tuple[Decimal, list[Decimal]]:
    """
    Take the tax out of a price that includes it.

    Returns:
        The net amount and the tax of each rate; together they are the price.
    """
    simple = sum((rate.percent for rate in rates if not rate.compound), ZERO) / 100
    compound = sum((rate.percent for rate in rates if rate.compound), ZERO) / 100
    net = cents(gross / ((1 + simple) * (1 + compound)))
    found = taxes(net, rates)
    if found:
        largest = max(range(len(found)), key=lambda n: (rates[n].percent, rates[n].id))
        found[largest] += gross - net - sum(found, ZERO)
    return (net, found) if found else (gross, found)


def spread(amount: Decimal, weights: Sequence[Decimal], *, ties: Sequence[object] = ()) -> list[Decimal]:
    """
    Split an amount in proportion; the parts add up to it.

    Args:
        amount: What is split.
        weights: In which proportion; their sum is not 0.
        ties: What tells equal weights apart, so that the order does not matter.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    parts = [cents(amount * weight / whole) for weight in weights]
    marks = [str(one) for one in ties] or ["" for _ in weights]
    largest = max(range(len(parts)), key=lambda n: (abs(weights[n]), marks[n]))
    parts[largest] += amount - sum(parts, ZERO)
    return parts


def _gathered(found: Iterable[tuple[Rate, Decimal, Decimal]]) -> list[Share]:
    shares: dict[str, Share] = {}
    for rate, base, tax in found:
        known = shares.get(rate.id, Share(rate, ZERO, ZERO))
        shares[rate.id] = Share(rate, known.base + base, known.tax + tax)
    return list(shares.values())
