"""A1 to A11: what Pipedrive's other pages add."""

from pathlib import Path

import pytest

from playground.house import House, a_house
from playground.ordinary import FOUNTAIN, filled, in_books, number_of
from playground.person import Person, people


@pytest.mark.parametrize("seed", ["us", "uk", "ca"])
def test_a04_rates_are_read_from_quickbooks_and_none_is_invented(tmp_path: Path, seed: str) -> None:
    with a_house(tmp_path, seed=seed) as house:
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            form = ola.form(12)
        offered = set(form.tree.xpath('//select[contains(@name, "tax_code")]/option/@value')) - {""}
        known = {row["Id"] for row in house.books("select * from TaxCode")}

    assert offered
    assert offered <= known


def test_a06_refusal_is_told_in_plain_words_and_the_form_is_kept(house: House, ola: Person) -> None:
    deal = ola.deal(FOUNTAIN)
    form = filled(ola, deal).type(to="Kept as typed")
    kept = house.books("select * from Preferences")[0]
    kept["AccountingInfoPrefs"]["BookCloseDate"] = "2030-01-31"
    house.post_books("preferences", kept)

    try:
        refused = form.create()
    finally:
        kept = house.books("select * from Preferences")[0]
        kept["AccountingInfoPrefs"]["BookCloseDate"] = ""
        house.post_books("preferences", kept)

    assert "closed in QuickBooks" in refused.text
    again = form.press("", path="/modal/invoice/again")
    assert again.fields["to"] == "Kept as typed"
    assert again.fields["form_id"] != form.fields["form_id"]


@pytest.mark.parametrize("plan", ["lite", "growth", "premium", "ultimate"])
def test_a09_works_on_every_plan_of_pipedrive(tmp_path: Path, plan: str) -> None:
    with a_house(tmp_path) as house:
        house.pipedrive("POST", "/_sandbox/switches", json={"plan": plan})
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            number = number_of(filled(ola, ola.deal(FOUNTAIN)).create())

            assert in_books(house, number)["TotalAmt"] > 0


def test_a10_contact_fills_by_itself_and_the_tax_id_never_without_a_mapping(ola: Person) -> None:
    form = ola.form(ola.deal(FOUNTAIN))

    assert form.fields["to"]
    assert form.fields["address"]
    assert form.fields["email"]
    assert form.fields["tax_id"] == ""
