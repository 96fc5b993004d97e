"""
The worlds that both vendors' seeds play: who sells, to whom, what, in which currency and under which tax.

Plain data and nothing else, so that the QuickBooks company and the Pipedrive company of one seed know the same names.
A price is net and in the home currency; ``tax_percent`` is what the item is sold at in the home country.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in parts."""

    line1: str
    city: str
    region: str
    """Code of the state or province; empty where the country has none."""
    postal_code: str
    country: str
    """ISO 3166, two letters."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who buys."""

    name: str
    currency: str
    email: str = ""
    tax_id: str = ""
    address: Address | None = None
    exempt: bool = False
    """Pays no sales tax (United States): TaxExemptionReasonId 9, resale."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is sold."""

    name: str
    price: Decimal
    sku: str
    tax_percent: Decimal
    description: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """One seed."""

    seed: str
    realm: str
    company: str
    country: str
    home: str
    zone: str
    address: Address
    customers: tuple[Customer, ...]
    """Of the sample company (us, us-ast, us-multi) a choice: QuickBooks holds all 29."""
    items: tuple[Item, ...]
    rates: MappingProxyType[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """Home units for one foreign unit."""
    multicurrency: bool = False


def _item(name: str, price: str, sku: str, tax: str, description: str = "") -> Item:
    return Item(name, Decimal(price), sku, Decimal(tax), description)


_CRAIG = "Craig's Design and Landscaping Services"
_SIERRA = Address("123 Sierra Way", "San Pablo", "CA", "94806", "US")
_AMY = Customer("Amy's Bird Sanctuary", "USD", "Birds@Intuit.com", "94-1234567",
                Address("4581 Finch St.", "Bayshore", "CA", "94326", "US"))  # fmt: skip
_COOL = Customer("Cool Cars", "USD", "Cool_Cars@intuit.com", "",
                 Address("65 Ocean Dr.", "Half Moon Bay", "CA", "94213", "US"))  # fmt: skip
_DIEGO = Customer("Diego Rodriguez", "USD", "Diego@Rodriguez.com", "",
                  Address("321 Channing", "Palo Alto", "CA", "94303", "US"))  # fmt: skip
_US_ITEMS = (
    _item("Rock Fountain", "275", "", "8"),
    _item("Pump", "15", "", "8"),
    _item("Installation", "50", "", "0"),
    _item("Design", "75", "", "0"),
    _item("Pest Control", "35", "", "0"),
    _item("Soil", "10", "", "8"),
)

US = World(
    seed="us", realm="9341452000000001", company=_CRAIG, country="US", home="USD", zone="America/Los_Angeles",
    address=_SIERRA, customers=(_AMY, _COOL, _DIEGO), items=_US_ITEMS,
)  # fmt: skip

US_AST = World(
    seed="us-ast", realm="9341452000000003", company=_CRAIG, country="US", home="USD", zone="America/Los_Angeles",
    address=_SIERRA, items=_US_ITEMS,
    customers=(
        _AMY, _COOL, _DIEGO,
        Customer("Tucson Cactus House", "USD", "desk@tucsoncactus.example", "86-7654321",
                 Address("18 E Congress St", "Tucson", "AZ", "85701", "US")),
        Customer("Brooklyn Roof Farms", "USD", "hello@brooklynroofs.example", "",
                 Address("200 Kent Ave", "Brooklyn", "NY", "11249", "US")),
        Customer("Portland Moss Co", "USD", "moss@portland.example", "",
                 Address("700 SW 5th Ave", "Portland", "OR", "97204", "US")),
        Customer("Bay Area Resale Nursery", "USD", "orders@baynursery.example", "94-5550199",
                 Address("900 Market St", "San Francisco", "CA", "94103", "US"), exempt=True),
        Customer("Walk-in without address", "USD"),
    ),
)  # fmt: skip

US_MULTI = World(
    seed="us-multi", realm="9341452000000004", company=_CRAIG, country="US", home="USD", zone="America/Los_Angeles",
    address=_SIERRA, items=_US_ITEMS, multicurrency=True,
    rates=MappingProxyType({"CAD": Decimal("0.7312"), "EUR": Decimal("1.0846")}),
    customers=(
        _AMY, _COOL, _DIEGO,
        Customer("Maple Grove Estates", "CAD", "accounts@maplegrove.example", "BN 12345 6789",
                 Address("77 King St W", "Toronto", "ON", "M5K 1A1", "CA")),
        Customer("Jardins du Plateau", "CAD", "factures@jardinsplateau.example", "",
                 Address("4200 Boul. Saint-Laurent", "Montréal", "QC", "H2W 2R2", "CA")),
        Customer("Żuraw Logistyka Sp. z o.o.", "EUR", "biuro@zuraw.example", "PL1234563218",
                 Address("ul. Prosta 51/14", "Warszawa", "", "00-838", "PL")),
        Customer("Blumenhaus Köln GmbH", "EUR", "rechnung@blumenhaus.example", "DE136695976",
                 Address("Domstraße 12", "Köln", "", "50668", "DE")),
    ),
)  # fmt: skip

UK = World(
    seed="uk", realm="9341452000000005", company="Thames Gardens Ltd", country="GB", home="GBP", zone="Europe/London",
    address=Address("4 Mill Lane", "Bath", "", "BA1 1AA", "GB"), multicurrency=True,
    rates=MappingProxyType({"EUR": Decimal("0.8562"), "USD": Decimal("0.7894")}),
    customers=(
        Customer("Kew Terrace Hotels Ltd", "GBP", "accounts@kewterrace.example", "GB980780684",
                 Address("22 Kew Road", "Richmond", "", "TW9 2NA", "GB")),
        Customer("O'Hara & Sons", "GBP", "office@oharasons.example", "",
                 Address("5 Castle Street", "Edinburgh", "", "EH2 3AH", "GB")),
        Customer("Cardiff Bay Residents' Association", "GBP", "treasurer@cardiffbay.example", "",
                 Address("1 Harbour Drive", "Cardiff", "", "CF10 4PA", "GB")),
        Customer("Jardin Vivant SARL", "EUR", "compta@jardinvivant.example", "FR40303265045",
                 Address("18 rue de la Paix", "Lyon", "", "69002", "FR")),
        Customer("Ogrody Mazowsza Sp. z o.o.", "EUR", "faktury@ogrody.example", "PL5260001246",
                 Address("ul. Złota 44", "Warszawa", "", "00-120", "PL")),
        Customer("Hudson Terraces LLC", "USD", "ap@hudsonterraces.example", "12-3456789",
                 Address("350 5th Ave", "New York", "NY", "10118", "US")),
    ),
    items=(
        _item("Garden design", "95", "GD-01", "20", "Design of gardens, per hour"),
        _item("Planting", "45.50", "PL-01", "20", "Planting, per hour"),
        _item("Water butt", "24.99", "WB-200", "20", "Water butt, 200 litres"),
        _item("Smart meter fitting", "120", "SM-05", "5", "Fitting of energy-saving material"),
        _item("Seed potatoes", "7.25", "SP-10", "0", "Seed potatoes, 10 kg"),
        _item("Horticulture course", "180", "HC-01", "0", "Training, exempt"),
    ),
)  # fmt: skip

CA = World(
    seed="ca", realm="9341452000000006", company="Érable Paysages Inc.", country="CA", home="CAD",
    zone="America/Toronto", address=Address("1250 Boul. René-Lévesque O", "Montréal", "QC", "H3B 4W8", "CA"),
    customers=(
        Customer("Café Mont-Royal", "CAD", "bonjour@cafemontroyal.example", "123456789RT0001",
                 Address("80 Av. du Mont-Royal O", "Montréal", "QC", "H2T 2S3", "CA")),
        Customer("Hôtel du Vieux-Port", "CAD", "comptes@vieuxport.example", "",
                 Address("97 Rue de la Commune E", "Montréal", "QC", "H2Y 1J1", "CA")),
        Customer("Ottawa Green Roofs Ltd", "CAD", "ap@ottawagreen.example", "987654321RT0001",
                 Address("240 Sparks St", "Ottawa", "ON", "K1P 6C9", "CA")),
        Customer("Vermont Sugar Shack", "CAD", "office@sugarshack.example", "",
                 Address("12 Church St", "Burlington", "VT", "05401", "US")),
    ),
    items=(
        _item("Aménagement paysager", "85", "AP-01", "14.975", "Aménagement, à l'heure"),
        _item("Snow removal", "500", "SR-01", "14.975", "Snow removal, per visit"),
        _item("Stone wall", "3995.16", "SW-01", "14.975", "Dry stone wall, ten metres"),
        _item("Basic groceries basket", "19.99", "BG-01", "0", "Zero-rated"),
    ),
)  # fmt: skip

WORLDS: MappingProxyType[str, World] = MappingProxyType({one.seed: one for one in (US, US_AST, US_MULTI, UK, CA)})
