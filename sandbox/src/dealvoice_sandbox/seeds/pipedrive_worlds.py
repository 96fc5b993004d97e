"""
The Pipedrive companies of the seeds: which there are, and how one is built.

Company ``us`` is written by hand; the others sell to the customers of their world, whose names they spell a little
differently, and carry the awkward cases.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from dealvoice_sandbox.seeds import awkward_pipedrive, us_pipedrive
from dealvoice_sandbox.seeds.pipedrive_rows import ADMIN, FIRST, SECOND, Maker, address
from dealvoice_sandbox.seeds.worlds import WORLDS, Customer, World

Row = dict[str, Any]
_FIRST_ORG, _FIRST_PERSON, _FIRST_DEAL, _FIRST_PRODUCT = 31, 21, 12, 1
_COUNTRIES = {"US": "United States", "GB": "United Kingdom", "CA": "Canada", "PL": "Poland", "DE": "Germany",
              "FR": "France"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Company:
    """What a world does not say: the company's plan and its people."""

    domain: str
    plan: str
    admin: tuple[str, str, str]
    """Name, language and locale; so of the others."""
    first: tuple[str, str, str]
    second: tuple[str, str, str]


_COMPANIES = {
    "us-ast": _Company("craigs-tax", "growth", ("Ola Nowak", "en", "en_US"), ("Jan Kos", "pl", "pl_PL"),
                       ("Maya Reed", "en", "en_US")),
    "us-multi": _Company("craigs-world", "premium", ("Ola Nowak", "en", "en_US"), ("Jan Kos", "pl", "pl_PL"),
                         ("Maya Reed", "en", "en_US")),
    "uk": _Company("thames", "ultimate", ("Nia Rees", "en", "en_GB"), ("Tomasz Wilk", "pl", "pl_PL"),
                   ("Aoife Byrne", "en", "en_GB")),
    "ca": _Company("erable", "premium", ("Luc Gagnon", "fr", "fr_CA"), ("Priya Shah", "en", "en_CA"),
                   ("Ewa Lis", "pl", "pl_PL")),
}  # fmt: skip


def _of_world(seed: str, now: datetime) -> Row:
    world, company = WORLDS[seed], _COMPANIES[seed]
    made = Maker(
        now, name=world.company, domain=company.domain, country=world.country, currency=world.home, plan=company.plan,
        zone=world.zone,
    )  # fmt: skip
    made.pipeline, made.stages = "Sales", ["Qualified", "Contact made", "Offer", "Negotiation", "Agreed"]
    for number, user_id in enumerate((ADMIN, FIRST, SECOND)):
        name, language, locale = (company.admin, company.first, company.second)[number]
        made.user(
            user_id, name, f"{name.split()[0].casefold()}@{company.domain}.example", admin=user_id == ADMIN,
            language=language, country=locale[-2:], locale=locale, zone=world.zone, group=number + 1,
        )  # fmt: skip
    _products(made, world)
    _customers(made, world)
    _awkward(made, world)
    return made.tree()


def _products(made: Maker, world: World) -> None:
    for number, item in enumerate(world.items, _FIRST_PRODUCT):
        foreign = {currency: str(_foreign(item.price, rate)) for currency, rate in world.rates.items()}
        # The second one is spelled otherwise than at the accountant's.
        name = item.name.upper() if number == _FIRST_PRODUCT + 1 else item.name
        made.product(number, name, item.sku, item.price, item.tax_percent, description=item.description, prices=foreign)
    made.product(len(world.items) + 1, "Old stock, not to be sold", "OLD", "1", "0", linkable=False)


def _customers(made: Maker, world: World) -> None:
    for number, customer in enumerate(world.customers):
        org, person, deal = _FIRST_ORG + number, _FIRST_PERSON + number, _FIRST_DEAL + number
        made.org(org, _near(customer.name, number), _where(customer), vat=_printed(customer.tax_id) or None)
        made.person(person, f"Contact of {customer.name}", customer.email, org)
        made.deal(deal, f"{world.items[0].name} for {customer.name}", org, person, currency=customer.currency)
        for item in (1, 2, 3):
            price = Decimal(world.items[item - 1].price)
            if customer.currency != world.home:
                price = _foreign(price, world.rates[customer.currency])
            made.line(deal, item, str(item), price)


def _awkward(made: Maker, world: World) -> None:
    org, person = 31 + len(world.customers), 21 + len(world.customers)
    # The first customer a second time, to the letter.
    made.org(org, world.customers[0].name, _where(world.customers[0]))
    made.person(person, f"Contact of {world.customers[0].name}", world.customers[0].email, org)
    awkward_pipedrive.html(made, org + 1, person + 1, 31, 24)
    awkward_pipedrive.texts(made, org + 2, person + 2, 32, 25)
    awkward_pipedrive.missing(made, org + 4, person + 4, 1, 27)
    awkward_pipedrive.payments(made, org, person, 1, 32)
    awkward_pipedrive.currencies(made, org, person, 1, 35)
    awkward_pipedrive.sight(made, _FIRST_ORG, _FIRST_PERSON, 1, 38)
    made.deal(43, "The double's deal", org, person)
    made.line(43, 1, "1")


def _near(name: str, number: int) -> str:
    """Return a name the way somebody else types it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    ways = (name, plain.replace("'", ""), name.upper(), f"{name} Inc.", name.replace("&", "and"), f"The {name}",
            name.replace(" ", "  "), plain.casefold())  # fmt: skip
    return ways[number % len(ways)]


def _printed(tax_id: str) -> str:
    # A Polish number as people write it at home.
    digits = tax_id.removeprefix("PL")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:8]}-{digits[8:]}" if tax_id.startswith("PL") else tax_id


def _where(customer: Customer) -> Row | None:
    at = customer.address
    if at is None:
        return None
    country = _COUNTRIES[at.country]
    text = ", ".join(part for part in (at.line1, f"{at.postal_code} {at.city}", at.region, country) if part)
    number, _, street = at.line1.partition(" ")
    parts = {"street_number": number, "route": street} if number.isdecimal() else {"route": at.line1}
    return address(
        text, **parts, locality=at.city, admin_area_level_1=at.region, postal_code=at.postal_code, country=country
    )


def _foreign(price: Decimal, rate: Decimal) -> Decimal:
    return (price / rate).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


SEEDS: dict[str, Callable[[datetime], Row]] = {
    "us": us_pipedrive.build,
    **{seed: partial(_of_world, seed) for seed in _COMPANIES},
}


def build(seed: str, now: datetime) -> Row:
    """Return the tree of a seed's company."""
    return SEEDS[seed](now)
