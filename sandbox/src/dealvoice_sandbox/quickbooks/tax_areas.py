"""
Where a sale is taxed in the United States, and how much: a small table by state and postal code.

The vendor knows every street; this table knows the places that the seeds' customers live in and a handful more.
Rates are those of 2026 as published by the states; a place that the table lacks has its state's rate alone.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Levy:
    """One authority's rate."""

    name: str
    percent: Decimal
    agency: str


def _levy(name: str, percent: str, agency: str) -> Levy:
    return Levy(name, Decimal(percent), agency)


_CALIFORNIA = "California Department of Tax and Fee Administration"
_ARIZONA = "Arizona Department of Revenue"
_NEW_YORK = "New York Department of Taxation and Finance"
_TEXAS = "Texas Comptroller of Public Accounts"
_WASHINGTON = "Washington Department of Revenue"

STATES: dict[str, tuple[Levy, ...]] = {
    "CA": (_levy("California State", "7.25", _CALIFORNIA),),
    "AZ": (_levy("Arizona State", "5.6", _ARIZONA),),
    "NY": (_levy("New York State", "4", _NEW_YORK),),
    "TX": (_levy("Texas State", "6.25", _TEXAS),),
    "WA": (_levy("Washington State", "6.5", _WASHINGTON),),
    "OR": (),
    "MT": (),
    "NH": (),
    "DE": (),
}
PLACES: dict[str, tuple[Levy, ...]] = {
    "940": (_levy("San Mateo County District", "2.125", _CALIFORNIA),),
    "941": (_levy("San Francisco County District", "1.375", _CALIFORNIA),),
    "943": (_levy("Santa Clara County District", "1.875", _CALIFORNIA),),
    "948": (_levy("Contra Costa County District", "2", _CALIFORNIA),),
    "857": (_levy("Pima County", "0.5", _ARIZONA), _levy("Tucson City", "2.6", _ARIZONA)),
    "850": (_levy("Maricopa County", "0.7", _ARIZONA), _levy("Phoenix City", "2.8", _ARIZONA)),
    "100": (_levy("New York City", "4.5", _NEW_YORK), _levy("Commuter Transportation District", "0.375", _NEW_YORK)),
    "112": (_levy("New York City", "4.5", _NEW_YORK), _levy("Commuter Transportation District", "0.375", _NEW_YORK)),
    "787": (_levy("Austin City", "2", _TEXAS),),
    "981": (_levy("Seattle City", "3.85", _WASHINGTON),),
}
_HOME = frozenset({"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_NAMES = {
    "CALIFORNIA": "CA", "ARIZONA": "AZ", "NEW YORK": "NY", "TEXAS": "TX", "WASHINGTON": "WA", "OREGON": "OR",
}  # fmt: skip


def levies(address: Row | None) -> tuple[Levy, ...] | None:
    """
    Return what is levied at an address.

    Returns:
        None when the address does not tell a place: no state, or neither postal code nor city. Nothing is taxed then
        (seen on a live sandbox in September 2026).
    """
    parts = address or {}
    state = str(parts.get("CountrySubDivisionCode") or "").strip().upper()
    state = _NAMES.get(state, state)
    code, city = str(parts.get("PostalCode") or "").strip(), str(parts.get("City") or "").strip()
    if state not in STATES or not (code or city) or str(parts.get("Country") or "").strip().upper() not in _HOME:
        return None
    return (*STATES[state], *PLACES.get(code[:3], ()))
