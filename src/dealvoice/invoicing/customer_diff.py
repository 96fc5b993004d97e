"""
Compares what QuickBooks keeps of a customer with what the form says: which details differ, and which are to be written.

Nobody loses data by it: an empty field of the form changes nothing, a detail that somebody changed in QuickBooks since
the user last looked is not written unless he says so, and what only looks different (the order of an address's lines,
the case of an e-mail address, blanks in a tax ID) counts as equal. The name is never compared: it is never written.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dealvoice.invoicing.address import same_place
from dealvoice.invoicing.countries import country_code
from dealvoice.invoicing.emails import split_emails
from dealvoice.invoicing.tax_ids import bare, is_masked, visible_end


class Detail(StrEnum):
    """A detail of a customer that an invoice may bring up to date."""

    ADDRESS = "address"
    """The billing address."""
    EMAIL = "email"
    """The whole list of addresses."""
    TAX_ID = "tax_id"
    """The primary tax ID."""


Details = Mapping[Detail, str]
"""A customer's details as text: lines, addresses with commas between, an ID."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What the user said of one detail, and what QuickBooks had when he said it."""

    on: bool
    """Write it."""
    against: str
    """``mark_of`` the value that stood beside the tick; a tick beside another value says nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One detail: as QuickBooks has it, as Pipedrive has it, and as it would be written."""

    detail: Detail
    theirs: str
    """QuickBooks now; empty when it has none."""
    deals: str
    """Pipedrive now."""
    ours: str
    """What the form says: what is written."""
    differs: bool
    """As far as can be seen; a detail that does not differ is not offered, unless it is ``hidden``."""
    hidden: bool = False
    """Only the end of QuickBooks' tax ID can be seen, and it fits: it may be equal or not."""
    changed_there: bool = False
    """QuickBooks has another value than when the user last looked."""
    write: bool = False

    @property
    def mark(self) -> str:
        """Name QuickBooks' value, so that a tick beside it can be told from one beside another."""
        return mark_of(self.theirs)

    @property
    def offered(self) -> bool:
        """Whether the user decides on it."""
        return self.differs or self.hidden


def mark_of(value: str) -> str:
    """Return a short name of a value, the same for the same value."""
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def is_same(detail: Detail, a: str, b: str) -> bool:
    """
    Tell whether two values of a detail mean the same.

    Addresses are compared by their folded words, since QuickBooks gives them back rebuilt; e-mail addresses as sets;
    tax IDs without their separators, a masked one by the characters that can be seen.
    """
    match detail:
        case Detail.ADDRESS:
            return same_place(a, b)
        case Detail.EMAIL:
            return _addresses(a) == _addresses(b)
        case Detail.TAX_ID:
            if is_masked(a) or is_masked(b):
                return bool(a.strip()) == bool(b.strip()) and visible_end(a) == visible_end(b)
            return bare(a) == bare(b)


def compare(
    theirs: Details,
    ours: Details,
    *,
    deals: Details,
    looked: Details | None,
    ticks: Mapping[Detail, Tick],
    country: str = "",
) -> tuple[Difference, ...]:
    """
    Compare every detail, in the order of ``Detail``.

    Args:
        theirs: QuickBooks now.
        ours: What the form says; an empty detail never differs.
        deals: What the deal says, by the mapping.
        looked: What QuickBooks had when the user last looked; None when he looks for the first time.
        ticks: What the user said in the form; one beside another value of QuickBooks says nothing.
        country: The company's; an address that names it and one that names none may be the same.
    """
    return tuple(
        _compare(
            detail,
            theirs.get(detail, ""),
            ours.get(detail, ""),
            deals=deals.get(detail, ""),
            known=None if looked is None else looked.get(detail, ""),
            tick=ticks.get(detail),
            country=country,
        )
        for detail in Detail
    )


def _compare(
    detail: Detail, theirs: str, ours: str, *, deals: str, known: str | None, tick: Tick | None, country: str
) -> Difference:
    at_home = detail is Detail.ADDRESS and is_same(detail, _domestic(theirs, country), _domestic(ours, country))
    differs = bool(ours.strip()) and not at_home and not is_same(detail, theirs, ours)
    hidden = detail is Detail.TAX_ID and bool(ours.strip()) and not differs and is_masked(theirs)
    said = tick is not None and tick.against == mark_of(theirs)
    changed = (known is not None and not is_same(detail, theirs, known)) or (tick is not None and not said)
    write = tick.on if tick is not None and said else differs and not changed
    return Difference(
        detail=detail,
        theirs=theirs.strip(),
        deals=deals.strip(),
        ours=ours.strip(),
        differs=differs,
        hidden=hidden,
        changed_there=changed,
        write=write and (differs or hidden),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write to a customer is to do, once it is known how QuickBooks has him now."""

    write: dict[Detail, str] = field(default_factory=dict)
    """Still to be written."""
    there: tuple[Detail, ...] = ()
    """Already as wanted: written by an earlier try, or by somebody else."""
    changed: tuple[Detail, ...] = ()
    """Somebody changed it meanwhile: left alone."""


def plan(now: Details, *, before: Details, wanted: Details) -> Plan:
    """
    Decide what is still to be written to a customer that was read again.

    A detail that is as wanted needs nothing; one that is still as it was when the user decided is written; any other
    was changed by somebody meanwhile and stays as it is. A masked tax ID that looked equal before is written: whether
    it was, nobody can see, and the same ID twice harms nobody.
    """
    write: dict[Detail, str] = {}
    there: list[Detail] = []
    changed: list[Detail] = []
    for detail in Detail:
        if detail not in wanted:
            continue
        value, was = wanted[detail], before.get(detail, "")
        unseen = is_same(detail, was, value)
        if is_same(detail, now.get(detail, ""), value) and not unseen:
            there.append(detail)
        elif is_same(detail, now.get(detail, ""), was):
            write[detail] = value
        else:
            changed.append(detail)
    return Plan(write=write, there=tuple(there), changed=tuple(changed))


def _domestic(address: str, country: str) -> str:
    """Return an address without the company's own country at its end."""
    before, _, last = address.strip().replace("\n", ", ").rpartition(", ")
    return before.replace(", ", "\n") if before and country_code(last) == country_code(country) != "" else address


def _addresses(text: str) -> frozenset[str]:
    return frozenset(part.casefold() for part in split_emails(text))
