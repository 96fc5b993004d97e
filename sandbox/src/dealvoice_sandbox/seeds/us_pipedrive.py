"""The Pipedrive side of seed ``us``: a landscaping company whose deals carry the awkward cases."""

from datetime import datetime
from typing import Any

from dealvoice_sandbox.seeds import awkward_pipedrive
from dealvoice_sandbox.seeds.pipedrive_rows import ADMIN, FIRST, HTML, SECOND, Maker, address

Row = dict[str, Any]
_LONG = "International Association of Very Long Organization Names Co"
_PRODUCTS = (
    (1, "Rock fountain", "ROCK-01", "275", "8"),
    (2, "Fountain pump", "PUMP-01", "15", "8"),
    (3, "Installation", "INST", "50", "0"),
    (4, "Garden lights", "LIGHT-6", "30", "8"),
    (5, "Design", "DES", "75", "0"),
    (6, f"{HTML} shrub", "HTML", "20", "8"),
    (7, "Sod, per square foot", "SOD", "0.75", "8"),
)


def build(now: datetime) -> Row:
    """Return the tree of the emulator."""
    made = Maker(
        now, name="Craig's Landscaping", domain="craigs", country="US", currency="USD", plan="growth",
        zone="America/Los_Angeles",
    )  # fmt: skip
    made.pipeline, made.stages = "Gardens", ["Qualified", "Site visit", "Design offer", "Negotiation", "Agreed"]
    _people(made)
    _contacts(made)
    for one in _PRODUCTS:
        made.product(*one)
    _deals(made)
    _lines(made)
    _awkward(made)
    made.note(501, 12, "<p>Amy wants the fountain running before the spring opening.</p>")
    return made.tree()


def _people(made: Maker) -> None:
    made.user(ADMIN, "Ola Nowak", "ola@craigs.example", admin=True, zone="America/Los_Angeles")
    made.user(FIRST, "Jan Kos", "jan@craigs.example", language="pl", country="PL", locale="pl_PL", zone="Europe/Warsaw",
              group=2)  # fmt: skip
    made.user(SECOND, "Maya Reed", "maya@craigs.example", zone="America/New_York", group=3)


def _contacts(made: Maker) -> None:
    finch = address("4581 Finch St., Bayshore, CA 94326", route="Finch St.", street_number="4581", locality="Bayshore",
                    admin_area_level_1="California", postal_code="94326", country="United States")  # fmt: skip
    cool = address("65 Ocean Dr., Half Moon Bay, CA 94213", route="Ocean Dr.", street_number="65",
                   locality="Half Moon Bay", admin_area_level_1="California", postal_code="94213",
                   country="United States")  # fmt: skip
    made.org(31, "Amys Bird Sanctuary Inc.", finch, vat="US-94-1234567")
    made.org(32, "Cool Cars Inc.", cool)
    made.org(33, "Nomad Gardens")
    made.org(34, "Diego Rodriguez", address("321 Channing, Palo Alto, CA 94303"))
    made.org(35, "Żuraw Logistyka Sp. z o.o.", address(
        "ul. Prosta 51/14, 00-838 Warszawa, Poland", route="ul. Prosta", street_number="51", subpremise="14",
        locality="Warszawa", admin_area_level_1="mazowieckie", postal_code="00-838", country="Poland"),
        vat="123-456-32-18")  # fmt: skip
    made.org(36, f"{HTML} Garden Co", address(f"{HTML}\nBayshore, CA 94326"))
    made.org(37, _LONG, cool, invoice_address=address("PO Box 12, Bayshore, CA 94326"))
    made.person(21, "Amy Lauterbach", "Birds@Intuit.com", 31, "accounts@amysbirds.example")
    made.person(22, "Grace Pariente", "Cool_Cars@intuit.com", 32)
    made.person(23, "Nora Mad", "nora@nomad.example", 33)
    made.person(24, "Diego Rodriguez", "", 34)
    made.person(25, "Zofia Żuraw", "biuro@zuraw.example", 35)
    made.person(26, f"{HTML} Person", "html@example.com", 36)
    made.person(27, "Jeff Chin", "jalopies@example.com", None)
    made.person(28, "Lena Long", "lena@long.example", 37)


def _deals(made: Maker) -> None:
    made.deal(12, "Aviary courtyard and fountain", 31, 21, po="PO-7741", segment=402)
    made.deal(13, "Spring maintenance plan", 32, 22, value="12500")
    made.deal(14, "Roof garden without an address", 33, 23)
    made.deal(15, "Patio for Diego, no e-mail", 34, 24)
    made.deal(16, "Warsaw terrace", 35, 25, currency="EUR")
    made.deal(17, HTML, 36, 26)
    made.deal(18, "Front yard of Jeff Chin", None, 27)
    made.deal(19, "Private deal of Jan", 32, 22, owner=FIRST, visible_to=1)
    made.deal(20, "Won: fish pond", 31, 21, status="won")
    made.deal(21, "Long names and gross prices", 37, 28)
    made.deal(22, "Archived greenhouse", 32, 22, archived=True)


def _awkward(made: Maker) -> None:
    # The accountant knows Cool Cars; here it is three times, twice to the letter.
    made.org(40, "Cool Cars Inc.")
    made.org(41, "Cool Cars")
    made.org(42, "Amy's  Bird Sanctuary", vat="94-1234567")
    made.person(40, "Grace Pariente", "cool_cars@intuit.com", 40)
    awkward_pipedrive.texts(made, 43, 43, 43, 23)
    awkward_pipedrive.payments(made, 41, 40, 5, 25)
    awkward_pipedrive.currencies(made, 42, 21, 5, 28)
    made.deal(31, "Nobody at all", None, None)
    made.line(31, 5, "1")
    made.deal(32, "A double of Cool Cars", 40, 40)
    made.line(32, 5, "1")


def _lines(made: Maker) -> None:
    made.line(12, 1, "1")
    made.line(12, 2, "2")
    made.line(12, 3, "8", discount="10")
    made.line(12, 4, "6")
    made.line(14, 5, "3.5")
    made.line(15, 5, "2")
    made.line(16, 5, "10", "90")
    made.line(17, 6, "3")
    made.line(18, 7, "400")
    made.line(19, 5, "1")
    made.line(20, 1, "1")
    made.line(21, 1, "3", "33.33", method="inclusive", discount="15")
    made.discount(21, "Old friends", "10")
