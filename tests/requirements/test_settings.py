"""R9 to R16: what fills a new invoice is chosen once, for the whole company."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dealvoice.i18n import Speech
from playground.house import a_house
from playground.ordinary import FOUNTAIN, filled
from playground.person import Form, Person, Screen, people

SPEECH = Speech.of("en", "en_US", "America/Los_Angeles")


def _settings(person: Person) -> Screen:
    return Screen(person.open("/settings"))


def _save(person: Person, **values: str) -> Screen:
    """Save the settings as they are, but for some fields."""
    shown = Form(person, person.open("/settings"))
    return Screen(person.post("/settings", shown.type(**values).pairs()))


def _chosen(screen: Screen, target: str) -> str:
    found = screen.tree.xpath(f'//select[@id="map-{target}"]//option[@selected]')
    return screen.words(found[0]) if found else ""


@pytest.fixture
def mapped(ola: Person) -> Any:
    """Give the settings back as they were."""
    before = Form(ola, ola.open("/settings"))
    yield ola
    ola.open("/settings")
    ola.post("/settings", before.pairs())


def test_r09_saved_mapping_fills_the_next_form(mapped: Person) -> None:
    _save(mapped, to="person:name", due_days="30")

    form = mapped.form(mapped.deal(FOUNTAIN))

    assert form.fields["to"] == "Amy Lauterbach"
    issued, due = (SPEECH.parse_date(form.fields[name]) for name in ("issued_on", "due_on"))
    assert due - issued == timedelta(days=30)


def test_r10_to_r12_a_fresh_install_has_the_suggested_fields(tmp_path: Path) -> None:
    with a_house(tmp_path) as fresh:
        fresh.who = fresh.install()
        fresh.connect(fresh.who, save=False)
        with people(fresh, 101) as (ola,):
            shown = _settings(ola)
            form = ola.form()

    assert _chosen(shown, "to") == "Organization – Name"
    assert _chosen(shown, "address") == "Organization – Address"
    assert _chosen(shown, "email").startswith("Person – Email")
    assert _chosen(shown, "tax_id") in ("", "Not mapped")
    assert form.fields["to"] == "Amys Bird Sanctuary Inc."


def test_r11_address_of_several_lines_survives(ola: Person) -> None:
    form = ola.form(ola.deal(FOUNTAIN))

    assert form.fields["address"].split("\n")[:2] == ["4581 Finch St.", "Bayshore, CA 94326"]


def test_r12_the_primary_of_several_emails_is_used(ola: Person) -> None:
    person = ola.crm(
        "POST", "/api/v2/persons", name="Many Mails",
        emails=[{"value": "second@example.com", "primary": False}, {"value": "first@example.com", "primary": True}],
    )  # fmt: skip

    form = ola.form(ola.deal(FOUNTAIN, person_id=person["id"]))

    assert form.fields["email"] == "first@example.com"


def test_r13_tax_id_is_optional_and_comes_from_a_custom_field(tmp_path: Path) -> None:
    with a_house(tmp_path) as house, people(house, 101) as (ola,):
        field = ola.crm("POST", "/api/v2/dealFields", field_name="NIP", field_type="varchar")
        deal = ola.deal(FOUNTAIN, custom_fields={field["field_code"]: "123-456-32-18"})
        house.who = house.install()
        house.connect(house.who)
        unmapped = filled(ola, deal)
        assert unmapped.fields["tax_id"] == ""
        assert unmapped.by_id("create").get("aria-disabled") is None

        _save(ola, tax_id=f"deal:{field['field_code']}")

        assert ola.form(deal).fields["tax_id"] == "123-456-32-18"


@pytest.mark.parametrize(
    ("days", "issued", "due"),
    [
        ("7", "Mar 13, 2026", "Mar 20, 2026"),
        ("30", "Jan 31, 2026", "Mar 2, 2026"),
        ("1", "Feb 28, 2028", "Feb 29, 2028"),
        ("0", "Mar 13, 2026", "Mar 13, 2026"),
    ],
)
def test_r14_due_date_is_days_after_the_issue_date(mapped: Person, days: str, issued: str, due: str) -> None:
    from dealvoice.invoicing.mapping import due_date

    _save(mapped, due_days=days)
    shown = Form(mapped, mapped.open("/settings"))

    assert shown.fields["due_days"] == days
    assert SPEECH.date_field(due_date(SPEECH.parse_date(issued), int(days))) == due
    form = mapped.form(mapped.deal(FOUNTAIN))
    first, last = (SPEECH.parse_date(form.fields[name]) for name in ("issued_on", "due_on"))
    assert (last - first).days == int(days)


def test_r15_any_field_of_the_three_objects_may_be_chosen(mapped: Person) -> None:
    shown = _settings(mapped)
    for target in ("to", "address", "email", "tax_id"):
        groups = shown.tree.xpath(f'//select[@id="map-{target}"]/optgroup/@label')
        assert groups == ["Organization", "Person", "Deal"]

    _save(mapped, to="deal:title")

    assert mapped.form(mapped.deal(FOUNTAIN, title="Aviary, phase 2")).fields["to"] == "Aviary, phase 2"


def test_r16_settings_hold_for_the_company_and_survive_a_restart(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.who = house.install()
        house.connect(house.who)
        with people(house, 101) as (ola,):
            _save(ola, to="person:name", due_days="21")
        house.close()
        house.open()
        house.install(102)
        with people(house, 102) as (piotr,):
            shown = _settings(piotr)

    assert _chosen(shown, "to") == "Osoba – Nazwa"  # Piotr's Pipedrive is in Polish
    assert shown.tree.xpath('//input[@name="due_days"]/@value') == ["21"]
    assert "Ola Nowak" in shown.text
