"""The awkward cases that every Pipedrive seed carries: odd texts, missing data, doubles, plans of payment, currencies."""

from dealvoice_sandbox.pipedrive.currencies import CUSTOM
from dealvoice_sandbox.seeds.pipedrive_rows import ADMIN, EMOJI, FIRST, HTML, LONGEST, SECOND, Maker, address

_NO_TAX = "0"


def texts(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """
    Add names as long as they may be and names in emoji, from the given ids on.

    Args:
        made: The company.
        org: First of two ids of organizations.
        person: First of two ids of people.
        product: First of two ids of products.
        deal: First of two ids of deals.
    """
    made.org(org, LONGEST, address(f"{LONGEST[:120]}\n{LONGEST[:120]}"))
    made.org(org + 1, EMOJI, address(f"1 {EMOJI} Street"))
    made.person(person, LONGEST, "long@names.example", org)
    made.person(person + 1, f"{EMOJI} 王小明", "emoji@names.example", org + 1)
    made.product(product, LONGEST, "L" * 255, "10", _NO_TAX, description=LONGEST)
    made.product(product + 1, EMOJI, "🌱", "12.50", _NO_TAX, description=f"{EMOJI}\n{HTML}")
    made.deal(deal, LONGEST, org, person)
    made.deal(deal + 1, EMOJI, org + 1, person + 1)
    made.line(deal, product, "1", comments=LONGEST)
    made.line(deal + 1, product + 1, "2", comments=f"{EMOJI} {HTML}")


def html(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """Add a deal that has HTML in every text: organization, address, person, product, note, comment, discount."""
    made.org(org, f"{HTML} Garden Co", address(f"{HTML}\nSomewhere"), vat=HTML)
    made.person(person, f"{HTML} Person", "html@example.com", org)
    made.product(product, f"{HTML} shrub", "<b>HTML</b>", "20", _NO_TAX, description=HTML)
    made.deal(deal, HTML, org, person, po=HTML)
    made.line(deal, product, "3", comments=HTML)
    made.discount(deal, HTML, "5", "amount")
    made.note(502, deal, "<p><b>Bold</b> &amp; &lt;script&gt;</p>")


def missing(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """Add an organization without address, a person without e-mail, and four deals that lack one thing or all."""
    made.org(org, "No address known")
    made.person(person, "Nobody Nowhere", "", org)
    made.person(person + 1, "Single Sam", "sam@single.example", None)
    made.deal(deal, "Organization without address, person without e-mail", org, person)
    made.deal(deal + 1, "Person alone", None, person + 1)
    made.deal(deal + 2, "Organization alone", org, None)
    made.deal(deal + 3, "Nobody at all", None, None)
    for number in range(deal, deal + 4):
        made.line(number, product, "1")
    made.deal(deal + 4, "A value and no products", org, person, value="1234.56")


def payments(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """Add a deal in installments, one with recurring products, and one with every kind of discount."""
    made.deal(deal, "Paid in three installments", org, person)
    made.line(deal, product, "3", "100")
    for number, days in enumerate((0, 30, 60), 1):
        made.installment(deal, f"Part {number} of 3", "100", days=days)
    made.product(product + 10, "Care plan", "CARE", "40", _NO_TAX, billing="monthly")
    made.variation(201 + deal, product + 10, "Care plan, premium", "65")
    made.deal(deal + 1, "Care plan for a year, and the first visit", org, person)
    made.line(deal + 1, product + 10, "1", billing_frequency="monthly", billing_frequency_cycles=12)
    made.line(deal + 1, product + 10, "1", "65", billing_frequency="quarterly", product_variation_id=201 + deal)
    made.line(deal + 1, product, "1", "80")
    made.deal(deal + 2, "Discounts of every kind", org, person)
    made.line(deal + 2, product, "2.5", "19.99", method="inclusive", discount="12.5")
    made.line(deal + 2, product, "3", "33.33", method="inclusive", tax="20", discount="10", discount_type="amount")
    made.line(deal + 2, product, "1", "0", method="inclusive")
    made.line(deal + 2, product, "1", "-15", method="inclusive")
    made.line(deal + 2, product, "7", "99", method="inclusive", is_enabled=False)
    made.discount(deal + 2, "Old friends", "10")


def currencies(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """Add deals in currencies that no accountant expects: the company's own, one without and one with three digits."""
    for number, (currency, price) in enumerate(((CUSTOM, "12.345"), ("JPY", "15000"), ("KWD", "1.005"))):
        made.deal(deal + number, f"Deal in {currency}", org, person, currency=currency)
        made.line(deal + number, product, "3", price, tax=_NO_TAX)


def sight(made: Maker, org: int, person: int, product: int, deal: int) -> None:
    """Add deals that not everybody sees, and deals that are over: won, lost, archived."""
    made.deal(deal, "Private deal of the first user", org, person, owner=FIRST, visible_to=1)
    made.deal(deal + 1, "Deal of the second user's group", org, person, owner=SECOND, visible_to=3)
    made.deal(deal + 2, "Won", org, person, status="won", owner=FIRST)
    made.deal(deal + 3, "Lost", org, person, status="lost")
    made.deal(deal + 4, "Archived", org, person, archived=True, owner=ADMIN)
    for number in range(deal, deal + 5):
        made.line(number, product, "2")
