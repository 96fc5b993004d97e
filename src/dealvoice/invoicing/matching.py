"""
Ranks QuickBooks' customers and products by how likely they are the ones meant.

Points are added for every sign that fits; a person always decides. What the points are and when the best one is
preselected is a decision of this product, not of a vendor.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from dealvoice.invoicing.address import to_bill_address
from dealvoice.invoicing.books import Customer, Item, NearMatch, OtherName, TakenKind
from dealvoice.invoicing.countries import country_code, fold_text
from dealvoice.invoicing.emails import split_emails
from dealvoice.invoicing.names import core, cores, difference, fold, legal_form, similarity
from dealvoice.invoicing.tax_ids import bare, is_masked, visible_end

__all__ = ["Candidate", "Wanted", "core", "fold", "judge_customers", "nearest", "rank_customers", "rank_items"]

_PRESELECT = 85
_AHEAD = 20
_LIKELY = 55
_MAYBE = 30
"""Below this nothing is offered."""
_NEAR = 45
"""From here on somebody may be the one that is to be created: the same name, or as much by other signs."""
_SAME_NAME = 35
"""Points of a name that is the same but for its legal form."""
_SAME_PLACE = 15
"""The most that an address can bring."""
_KINDS = ("Service", "NonInventory", "Inventory")
_FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
        "yahoo.co.uk", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.at",
        "web.de", "t-online.de", "freenet.de", "mail.com", "mail.ru", "yandex.ru", "proton.me", "protonmail.com",
        "pm.me", "zoho.com", "fastmail.com", "wp.pl", "o2.pl", "onet.pl", "op.pl", "interia.pl", "interia.eu",
        "poczta.fm", "gazeta.pl", "tlen.pl", "vp.pl", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net",
        "libero.it", "seznam.cz", "bigpond.com", "comcast.net", "verizon.net", "att.net", "sbcglobal.net",
        "btinternet.com", "sky.com", "hey.com",
    }
)  # fmt: skip
"""Domains of which everybody may have an address; they say nothing about a company."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for, as Pipedrive knows him; what is not known is empty."""

    name: str
    email: str = ""
    """One or several."""
    tax_id: str = ""
    phone: str = ""
    address: str = ""
    """Lines of text; city and postal code are read from it when they are not given."""
    city: str = ""
    postal_code: str = ""
    currency: str = ""
    """Only customers of this currency are ranked; all when empty."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer or product that may be meant."""

    id: str
    name: str
    score: int
    reasons: tuple[str, ...]
    """Text keys of what fits."""
    preselect: bool
    """Good enough that one click confirms; never linked without one."""
    same_name: bool = False
    """The names are equal, the legal form left out."""
    name_differs: str = ""
    """The words by which names that are alike differ."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """A customer with his points and what forbids to preselect him."""

    customer: Customer
    score: int
    reasons: tuple[str, ...]
    doubtful: bool
    named: int = 0
    """Points of the name alone."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where somebody is, as far as his address says."""

    city: str
    postal_code: str
    houses: frozenset[str]
    country: str


def rank_customers(wanted: Wanted, customers: Iterable[Customer]) -> list[Candidate]:
    """
    Rank customers, the best first; those below 30 points are left out.

    Preselected is one with 85 points and 20 more than the next, unless tax IDs conflict, he is inactive or a job, or
    nothing but a short name speaks for him. The jobs of a listed customer stand right behind him.
    """
    scored = _score_all(wanted, customers)
    listed = [one for one in scored if one.score >= _MAYBE]
    ranked = _with_jobs(sorted(listed, key=_rank), scored)
    return [_customer_candidate(wanted, one, ranked) for one in ranked]


def judge_customers(wanted: Wanted, customers: Sequence[Customer]) -> dict[str, Candidate]:
    """Tell of each customer that somebody searched for what speaks for him, by id; nobody is left out or preselected."""
    place = _place(wanted.address, wanted.city, wanted.postal_code)
    scored = [_score(wanted, place, one) for one in customers]
    judged = [replace(_customer_candidate(wanted, one, scored), preselect=False) for one in scored]
    return {one.id: one for one in judged}


def nearest(
    wanted: Wanted, customers: Iterable[Customer], others: Iterable[OtherName], *, known: Collection[str]
) -> NearMatch | None:
    """
    Return who is most like somebody that is about to be created; None when nobody is like him.

    Args:
        wanted: Who is to be created.
        customers: QuickBooks' customers, active and not.
        others: Its vendors and employees, of whom only the name is known.
        known: Keys of those that the user was told of.
    """
    found = [
        NearMatch(TakenKind.CUSTOMER, one.customer.id, one.customer.name, one.score, _near_reasons(one))
        for one in _score_all(wanted, customers)
    ]
    for other in others:
        points = _name_points(wanted.name, other.name)
        found.append(NearMatch(other.kind, other.id, other.name, points, ("tag.same_name",)))
    near = [one for one in found if one.score >= _NEAR and one.key not in known]
    return min(
        near, key=lambda one: (-one.score, one.kind is not TakenKind.CUSTOMER, fold(one.name), one.id), default=None
    )


def _near_reasons(one: _Scored) -> tuple[str, ...]:
    name = ("tag.same_name",) if one.named >= _SAME_NAME else ("tag.alike_name",) if one.named > 0 else ()
    return name + one.reasons


def _score_all(wanted: Wanted, customers: Iterable[Customer]) -> list[_Scored]:
    place = _place(wanted.address, wanted.city, wanted.postal_code)
    return [_score(wanted, place, one) for one in customers if not wanted.currency or one.currency == wanted.currency]


def _rank(one: _Scored) -> tuple[int, bool, str, str]:
    return -one.score, one.customer.parent_id is not None, fold(one.customer.name), one.customer.id


def _with_jobs(listed: Sequence[_Scored], everyone: Sequence[_Scored]) -> list[_Scored]:
    """Put the jobs of a listed customer behind him, with his points: which of them is meant only a person knows."""
    jobs: dict[str, list[_Scored]] = {}
    for one in everyone:
        if one.customer.parent_id is not None:
            jobs.setdefault(one.customer.parent_id, []).append(one)
    ranked: dict[str, _Scored] = {}

    def put(one: _Scored) -> None:
        if one.customer.id not in ranked:
            ranked[one.customer.id] = one
            own = jobs.get(one.customer.id, [])
            for job in sorted((replace(job, score=max(job.score, one.score)) for job in own), key=_rank):
                put(job)

    names = {one.customer.id for one in listed}
    for one in listed:
        if one.customer.parent_id not in names:
            put(one)
    return list(ranked.values())


def _customer_candidate(wanted: Wanted, one: _Scored, ranked: Sequence[_Scored]) -> Candidate:
    ahead = _is_ahead(one.score, [other.score for other in ranked if other is not one])
    preselect = one.score >= _PRESELECT and ahead and not one.doubtful
    best = ("tag.best_match",) if ahead and one.score >= _LIKELY else ()
    differs = difference(wanted.name, one.customer.name) if one.named else ""
    return Candidate(
        one.customer.id,
        one.customer.name,
        one.score,
        one.reasons + best,
        preselect,
        same_name=bool(one.named) and not differs,
        name_differs=differs,
    )


def _is_ahead(score: int, others: Sequence[int]) -> bool:
    return all(score - other >= _AHEAD for other in others)


def _score(wanted: Wanted, place: _Place, customer: Customer) -> _Scored:
    reasons: list[str] = []
    named = _name_points(wanted.name, customer.name)
    tax, conflict = _tax_points(wanted.tax_id, customer.tax_id)
    mail = _mail_points(wanted.email, customer.email)
    phone = _phone_points(wanted.phone, customer.phone)
    if named + tax + mail + phone < _MAYBE - _SAME_PLACE:
        # An address alone lists nobody: most customers need not have theirs taken apart.
        return _Scored(customer, named + tax + mail + phone, (), doubtful=True, named=named)
    where = _place_points(place, _place(customer.address, customer.city, customer.postal_code))
    if tax > 0:
        reasons.append("tag.same_tax_id" if tax == 60 else "tag.same_tax_id_end")
    if mail > 0:
        reasons.append("tag.same_email" if mail == 40 else "tag.same_domain")
    if phone > 0:
        reasons.append("tag.same_phone")
    if where in (15, -5):
        reasons.append("tag.same_address")
    elif where in (5, -15):
        reasons.append("tag.same_city")
    others = tax + mail + where + phone
    score = named + others - (0 if customer.active else 10)
    short = all(" " not in one or len(one) < 5 for one in cores(wanted.name))
    alone = others <= 0 and short
    doubtful = conflict or alone or not customer.active or customer.parent_id is not None
    return _Scored(customer, score, tuple(reasons), doubtful, named)


def _name_points(wanted: str, known: str) -> int:
    mine, theirs = cores(wanted), cores(known)
    if not any(mine):
        return 0
    form, other_form = legal_form(wanted), legal_form(known)
    clash = -10 if form and other_form and form != other_form else 0
    if mine & theirs:
        return 45 + clash + (5 if form and form == other_form else 0)
    alike = max(similarity(one, other, least=0.85) for one in mine for other in theirs)
    if alike >= 0.92:
        return 35 + clash
    return 20 + clash if alike >= 0.85 else 0


def _tax_points(wanted: str, known: str) -> tuple[int, bool]:
    """Return points, and whether two whole tax IDs contradict each other."""
    if not wanted.strip() or not known.strip():
        return 0, False
    if is_masked(known):
        return (20, False) if visible_end(known) == visible_end(wanted) else (0, False)
    return (60, False) if bare(wanted) == bare(known) else (-60, True)


def _mail_points(wanted: str, known: str) -> int:
    mine = {part.casefold() for part in split_emails(wanted)}
    theirs = {part.casefold() for part in split_emails(known)}
    if mine & theirs:
        return 40
    return 15 if _domains(mine) & _domains(theirs) else 0


def _domains(addresses: Iterable[str]) -> set[str]:
    return {address.rpartition("@")[2] for address in addresses if "@" in address} - _FREE_MAIL


def _phone_points(wanted: str, known: str) -> int:
    mine, theirs = _digits(wanted), _digits(known)
    if len(mine) < 7 or len(theirs) < 7:
        return 0
    if mine == theirs:
        return 20
    return 8 if mine[-7:] == theirs[-7:] else 0


def _digits(phone: str) -> str:
    digits = "".join(re.findall(r"[0-9]", phone))
    return digits.removeprefix("00")


def _place(address: str, city: str, postal_code: str) -> _Place:
    bill = to_bill_address(address)
    return _Place(
        city=fold_text(city or bill.city),
        postal_code=fold_text(postal_code or bill.postal_code).replace(" ", ""),
        houses=frozenset(word for line in bill.lines for word in re.findall(r"\d+\w*", fold_text(line))),
        country=country_code(bill.country),
    )


def _place_points(mine: _Place, theirs: _Place) -> int:
    points = 0
    if mine.postal_code and mine.postal_code == theirs.postal_code and mine.houses & theirs.houses:
        points = 15
    elif mine.city and mine.city == theirs.city:
        points = 5
    if mine.country and theirs.country and mine.country != theirs.country:
        points -= 20
    return points


def rank_items(name: str, code: str | None, unit_price: Decimal | None, items: Iterable[Item]) -> list[Candidate]:
    """
    Rank products, the best first; those below 30 points are left out, as is what cannot be sold.

    Args:
        name: The product's name in Pipedrive.
        code: Its code there, compared with QuickBooks' SKU.
        unit_price: Its price in the company's home currency; None when it is in another.
        items: QuickBooks' products.
    """
    sold = [item for item in items if item.active and item.sold and item.kind in _KINDS]
    scored = [(item, _item_points(name, code, unit_price, item)) for item in sold]
    ranked = sorted(
        ((item, points) for item, points in scored if points >= _MAYBE),
        key=lambda row: (-row[1], fold(row[0].name), row[0].id),
    )
    found = []
    for item, points in ranked:
        ahead = _is_ahead(points, [other for known, other in ranked if known is not item])
        preselect = points >= _PRESELECT and ahead and not _clashes(name, code, item)
        best = ("tag.best_match",) if ahead and points >= _LIKELY else ()
        found.append(Candidate(item.id, item.name, points, best, preselect))
    return found


def _item_points(name: str, code: str | None, unit_price: Decimal | None, item: Item) -> int:
    points = _code_points(code, item.sku) + _item_name_points(name, item.name)
    if unit_price is not None and item.unit_price is not None and unit_price == item.unit_price:
        points += 10
    if fold(name) and fold(name) == fold(item.description):
        points += 5
    return points


def _code_points(code: str | None, sku: str) -> int:
    mine, theirs = (code or "").strip().casefold(), sku.strip().casefold()
    if not mine or not theirs:
        return 0
    if mine == theirs:
        return 60
    bare_mine, bare_theirs = (re.sub(r"[\W_]+", "", text) for text in (mine, theirs))
    return 50 if bare_mine and bare_mine == bare_theirs else 0


def _item_name_points(name: str, known: str) -> int:
    mine, theirs = fold(name), fold(known)
    if not mine or not theirs:
        return 0
    if mine == theirs:
        return 45
    tail = fold(known.rpartition(":")[2])
    product = fold(re.split(r"\s[–-]\s", name)[0])
    if mine == tail or product == theirs:
        return 40
    return 25 if similarity(mine, theirs, least=0.9) >= 0.9 else 0


def _clashes(name: str, code: str | None, item: Item) -> bool:
    """Tell whether the code says yes and the name says no: a code never outweighs that."""
    return _code_points(code, item.sku) > 0 and similarity(fold(name), fold(item.name)) < 0.4
