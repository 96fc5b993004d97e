"""The ordinary sale of the sample companies: Amy buys a fountain, and all of it is linked."""

from typing import Any

from playground.house import House
from playground.person import Form, Person, Screen

AMY = "1"
FOUNTAIN = (1, "1", "275")
"""Product, quantity and price of the deal's row; product 1 is the rock fountain."""
LINKS = {"Rock fountain": "5", "Fountain pump": "11", "Installation": "7", "Garden lights": "8"}
"""QuickBooks items of the sample deal's products."""


def filled(person: Person, deal: int) -> Form:
    """Open the form and link customer and rows."""
    form = person.form(deal)
    names = {form.fields[f"line.{key}.product_name"] for key in form.rows}
    return form.link(AMY, {name: item for name, item in LINKS.items() if name in names})


def invoiced(person: Person, **deal: Any) -> tuple[int, str]:
    """Sell a fountain on a new deal and invoice it: the deal, and the number that QuickBooks gave."""
    deal_id = person.deal(FOUNTAIN, **deal)
    done = filled(person, deal_id).create()
    return deal_id, number_of(done)


def number_of(done: Screen) -> str:
    """Return the number that the end of a creation names."""
    found = done.tree.xpath("//h1")
    assert found, done.text
    words = done.words(found[0]).split()
    assert "QuickBooks" in words, done.text
    return words[1]


def in_books(house: House, number: str) -> dict[str, Any]:
    """Return an invoice as QuickBooks has it."""
    return house.books(f"select * from Invoice where DocNumber = '{number}'")[0]


def pay(house: House, number: str, amount: float | None = None) -> None:
    """Receive a payment in QuickBooks; nobody is told."""
    invoice = in_books(house, number)
    paid = invoice["Balance"] if amount is None else amount
    house.post_books(
        "payment",
        {
            "CustomerRef": {"value": invoice["CustomerRef"]["value"]},
            "TotalAmt": paid,
            "Line": [{"Amount": paid, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}],
        },
    )


def writes(house: House) -> list[str]:
    """Return what the product wrote to QuickBooks."""
    return [
        row["path"].rpartition("/")[2]
        for row in house.journal("quickbooks")
        if row["method"] == "POST" and not row["path"].endswith("query")
    ]
