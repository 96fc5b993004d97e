"""A1 to A11: what Pipedrive's other pages add."""

from pathlib import Path

import pytest

from playground.house import REALM, House, a_house
from playground.ordinary import FOUNTAIN, filled, in_books, invoiced, number_of
from playground.person import Person, people


def _custom(house: House) -> None:
    """Let the company give its invoices numbers of its own."""
    kept = house.books("select * from Preferences")[0]
    kept["SalesFormsPrefs"] |= {"CustomTxnNumbers": True}
    house.post_books("preferences", kept)


def test_a01_used_number_is_told_before_submit(house: House, ola: Person) -> None:
    deal, number = invoiced(ola)
    house.forget_journals()

    answer = filled(ola, ola.deal(FOUNTAIN)).type(number=number).create()

    assert ola.last_status == 422
    assert number in answer.findings()["number.duplicate"]
    assert house.journal("quickbooks") == []
    assert deal


def test_a02_next_number_of_any_pattern_is_proposed(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        _custom(house)
        house.who = house.install()
        house.connect(house.who)
        first = filled(ola, ola.deal(FOUNTAIN)).type(number="GRAL-2021")
        assert number_of(first.create()) == "GRAL-2021"

        proposed = filled(ola, ola.deal(FOUNTAIN))

        assert proposed.fields["number"] == "GRAL-2022"
        assert number_of(proposed.create()) == "GRAL-2022"


def test_a03_quickbooks_numbers_by_itself_and_the_next_number_is_previewed(house: House, ola: Person) -> None:
    form = filled(ola, ola.deal(FOUNTAIN))
    previewed = form.by_id("f-number").get("placeholder")
    assert form.fields["number"] == ""

    assert number_of(form.create()) == previewed


def test_a05_several_currencies_are_a_matter_of_the_plan_and_it_is_said(ola: Person) -> None:
    told = filled(ola, ola.deal(FOUNTAIN, currency="EUR")).findings()["currency.multicurrency_off"]

    assert "Multicurrency" in told
    assert "cannot be undone" in told


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


def test_a06_refusal_is_told_in_plain_words_and_the_form_is_kept(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        house.who = house.install()
        house.connect(house.who)
        form = filled(ola, ola.deal(FOUNTAIN)).type(to="Kept as typed")
        kept = house.books("select * from Preferences")[0]
        kept["AccountingInfoPrefs"]["BookCloseDate"] = "2030-01-31"
        house.post_books("preferences", kept)

        refused = form.create()

        assert "closed in QuickBooks" in refused.text
        again = form.press("", path="/modal/invoice/again")
        assert again.fields["to"] == "Kept as typed"
        assert again.fields["form_id"] != form.fields["form_id"]


def test_a07_desktop_is_refused_with_a_clear_text(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        steps = ola.sign_in()
        assert "QuickBooks Desktop does not work" in steps.text

        shown = ola.visit("/connect/desktop")

        assert "QuickBooks Desktop cannot be connected" in shown.text
        assert house.journal("quickbooks") == []


def test_a08_company_in_france_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        books = house.sandbox.quickbooks
        info = next(iter(books.rows(REALM, "CompanyInfo").values()))
        books.patch(REALM, "CompanyInfo", info, Country="FR")
        ola.sign_in()

        shown = ola.connect_quickbooks(realm=REALM)

        assert "does not work for companies in France" in shown.text
        with house.app.database.read(house.install().tenant_id) as store:
            assert store.connections.latest() is None
        assert ola.panel().button("Connect QuickBooks") is not None


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


def test_a11_first_state_of_a_deal_offers_to_connect(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        nobody = house.vendor.get(f"{house.sandbox.pipedrive_url}/deal/12").text
        assert "View on Marketplace" in nobody or "Install Dealvoice" in nobody
        house.install()

        panel = ola.panel()

        assert panel.button("Connect QuickBooks") is not None
        assert panel.button("+ Invoice") is None or panel.button("+ Invoice").get("aria-disabled") == "true"
