"""Postal addresses: Pipedrive's parts and text, QuickBooks' lines, and how one becomes the other."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dealvoice.invoicing.countries import country_code, country_name, fold_text, is_state, state_code


@dataclass(frozen=True, slots=True)
class Address:
    """An address as Pipedrive keeps it: the whole text, and its parts when they are known."""

    text: str
    """The full text, formatted by Pipedrive when it did."""
    street: str = ""
    house: str = ""
    flat: str = ""
    district: str = ""
    city: str = ""
    county: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return the address as lines of text, in the order that its country writes them."""
        return tuple(text_of(to_bill_address(self)).splitlines())


@dataclass(frozen=True, slots=True)
class BillAddress:
    """An address as QuickBooks takes it."""

    lines: tuple[str, ...] = ()
    """At most five."""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


_NUMBER_FIRST = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "FR"})
"""``51 Main St``; elsewhere ``Prosta 51``."""
_FLAT_AFTER_SLASH = frozenset({"PL", "CZ", "AT"})
"""``Prosta 51/14``; elsewhere the flat is a line of its own."""
_MOST_LINES = 5

_CODE_FIRST = re.compile(r"(?P<code>\d{2}-\d{3}|\d{4}-\d{3}|\d{3} \d{2}|\d{4} [A-Z]{2}|\d{4,6})\s+(?P<city>\D.*)")
_BRITISH = re.compile(r"(?:(?P<city>.+?),?\s+)?(?P<code>[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})")
_STATE = re.compile(
    r"(?:(?P<city>.+?),?\s+)?(?P<state>[A-Z]{2,3}),?\s+(?P<code>\d{5}(?:-\d{4})?|\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d)"
)


def to_bill_address(address: Address | str) -> BillAddress:
    """
    Turn an address into QuickBooks' lines, city, state, postal code and country.

    Known parts decide. Of a text only what is certain is told apart: a country at its end, and a piece such as
    ``Bayshore, CA 94326``, ``London SW1A 2AA`` or ``00-838 Warszawa``; everything else stays a line. More than five
    lines are joined on the fifth.

    Source: QuickBooks Online Accounting API, PhysicalAddress; Pipedrive API, address fields.
    """
    if isinstance(address, str):
        return _of_text(address)
    if not any((address.street, address.city, address.postal_code, address.country)):
        return _of_text(address.text)
    country = country_code(address.country)
    city = address.city.strip() or address.district.strip() or address.county.strip()
    state = "" if country == "PL" else state_code(country, address.state)
    return BillAddress(
        lines=_fitting(_street_lines(address, country, city)),
        city=city,
        state=state,
        postal_code=address.postal_code.strip(),
        country=country_name(country) if country else address.country.strip(),
    )


def _street_lines(address: Address, country: str, city: str) -> list[str]:
    street, house, flat = address.street.strip(), address.house.strip(), address.flat.strip()
    if flat and house and country in _FLAT_AFTER_SLASH:
        house, flat = f"{house}/{flat}", ""
    first = f"{house} {street}" if country in _NUMBER_FIRST else f"{street} {house}"
    district = address.district.strip()
    return [first.strip(), flat, "" if fold_text(district) == fold_text(city) else district]


def _fitting(lines: Iterable[str]) -> tuple[str, ...]:
    kept = [" ".join(line.split()) for line in lines if line.strip()]
    return tuple(kept) if len(kept) <= _MOST_LINES else (*kept[: _MOST_LINES - 1], ", ".join(kept[_MOST_LINES - 1 :]))


def _of_text(text: str) -> BillAddress:
    pieces = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(pieces) == 1:
        pieces = [piece.strip() for piece in pieces[0].split(", ") if piece.strip()]
    country = country_code(pieces[-1]) if len(pieces) > 1 else ""
    if country:
        pieces.pop()
    found = _place(pieces)
    if found is None:
        return BillAddress(lines=_fitting(pieces), country=country_name(country) if country else "")
    place, lines = found
    return replace(place, lines=_fitting(lines), country=country_name(country) if country else "")


def _place(pieces: list[str]) -> tuple[BillAddress, list[str]] | None:
    """Find the piece with the postal code, from the end; return what it says and the pieces left."""
    for index in range(len(pieces) - 1, -1, -1):
        before, after = pieces[:index], pieces[index + 1 :]
        place = _state_place(pieces[index]) or _british_place(pieces[index])
        if place is not None:
            if not place.city and before and not any(sign.isdigit() for sign in before[-1]):
                place = replace(place, city=before.pop())
            return place, before + after
        place = _code_first_place(pieces[index])
        # Before any street, "4581 Finch St" would pass for a code and a city.
        if place is not None and (index > 0 or "-" in place.postal_code):
            return place, before + after
    return None


def _state_place(piece: str) -> BillAddress | None:
    seen = _STATE.fullmatch(piece)
    if seen is None:
        return None
    state, code = seen["state"], seen["code"]
    country = "US" if len(code) >= 5 and code[0].isdigit() else "AU" if code.isdigit() else "CA"
    if not is_state(country, state):
        return None
    return BillAddress(city=seen["city"] or "", state=state, postal_code=code)


def _british_place(piece: str) -> BillAddress | None:
    seen = _BRITISH.fullmatch(piece)
    return None if seen is None else BillAddress(city=seen["city"] or "", postal_code=seen["code"])


def _code_first_place(piece: str) -> BillAddress | None:
    seen = _CODE_FIRST.fullmatch(piece)
    if seen is None:
        return None
    city, _, state = seen["city"].partition(", ")
    return BillAddress(city=city, state=state, postal_code=seen["code"])


def text_of(bill: BillAddress) -> str:
    """Return an address as lines of text, such that ``to_bill_address`` reads it again."""
    return "\n".join(line for line in (*bill.lines, _place_line(bill), bill.country) if line)


def _place_line(bill: BillAddress) -> str:
    country = country_code(bill.country)
    if country == "GB" or _british_place(bill.postal_code) is not None:
        town = ", ".join(part for part in (bill.city, bill.state) if part)
        return " ".join(part for part in (town, bill.postal_code) if part)
    if bill.state and _state_place(f"{bill.state} {bill.postal_code}") is not None:
        return ", ".join(part for part in (bill.city, f"{bill.state} {bill.postal_code}") if part)
    town = " ".join(part for part in (bill.postal_code, bill.city) if part)
    return ", ".join(part for part in (town, bill.state) if part)


def same_place(a: str, b: str) -> bool:
    """
    Tell whether two address texts mean the same place: the same words, without case, accents, order or line breaks.

    QuickBooks may put names on top when it gives an address back: up to two leading lines without a digit may be
    missing on one side.
    """
    return bool(_readings(a) & _readings(b)) or _words(a.splitlines()) == _words(b.splitlines())


def _readings(text: str) -> set[frozenset[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    found = set()
    for dropped in range(3):
        if len(lines) <= dropped or any(sign.isdigit() for line in lines[:dropped] for sign in line):
            break
        found.add(_words(lines[dropped:]))
    return found


def _words(lines: Sequence[str]) -> frozenset[str]:
    named = [country_code(piece) or piece for line in lines for piece in line.split(",")]
    return frozenset(re.findall(r"\w+", fold_text(" ".join(named))))
