"""The customer of an invoice in the browser: asked for in QuickBooks, a double denied, made; later brought up to date."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.stage import Stage, link_row, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REALM = "9341452000000001"


def test_a_new_customer_is_made_knowingly_and_later_brought_up_to_date(stage: Stage, at_work: Page) -> None:
    page, form = at_work, modal(at_work)
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    expect(page.locator(".modal-body iframe")).to_be_visible()
    _asks_quickbooks(stage, page)
    _denies_a_double(page)
    for name, query in (("Rock fountain", "Rock"), ("Fountain pump", "Pump"), ("Installation", "Installation"),
                        ("Garden lights", "Light")):  # fmt: skip
        link_row(page, name, query)
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    form.get_by_role("button", name="Close").click()
    made = _named(stage, "Amys Bird Sanctuary Inc.")
    assert (made["PrimaryEmailAddr"]["Address"], made["CurrencyRef"]["value"]) == ("Birds@Intuit.com", "USD")

    panel(page).get_by_role("button", name="+ Invoice").first.click()
    _updates(page)
    expect(form.get_by_text("Amys Bird Sanctuary Inc. is up to date in QuickBooks")).to_be_visible()
    after = _named(stage, "Amys Bird Sanctuary Inc.")
    assert after["PrimaryEmailAddr"]["Address"] == "billing@amys.example"
    assert after["PrimaryTaxIdentifier"] == "XXXXX56789"
    assert after["BillAddr"] == made["BillAddr"]


def _asks_quickbooks(stage: Stage, page: Page) -> None:
    form = modal(page)
    search = form.get_by_role("combobox", name="QuickBooks customer")
    stage.sandbox.quickbooks.faults.add({"status": 503, "path": "cdc", "times": 0})  # nothing comes by itself
    stage.sandbox.quickbooks.deliveries.control({"hold": True})
    _books(stage, "Zebra Gardens")
    search.click()
    expect(form.get_by_role("option", name="Amy's Bird Sanctuary")).to_contain_text("Same e-mail")
    search.press_sequentially("zebra")
    ask = form.get_by_role("option", name="Not here? Ask QuickBooks")
    expect(ask).to_be_visible()
    expect(form.get_by_text("No customer is called “zebra”")).to_be_visible()
    search.press("Enter")  # the first option is marked: the question
    expect(form.get_by_role("option", name="Zebra Gardens")).to_be_visible()
    expect(form.get_by_text("QuickBooks was asked just now")).to_be_visible()
    search.press("Escape")
    stage.sandbox.quickbooks.faults.clear()
    stage.sandbox.quickbooks.deliveries.control({"hold": False})


def _denies_a_double(page: Page) -> None:
    form = modal(page)
    search = form.get_by_role("combobox", name="QuickBooks customer")
    search.fill("")
    search.press("ArrowDown")
    form.get_by_role("option", name="Create a new customer").click()
    near = form.locator(".finding:visible[data-code='customer.near_duplicate']").first
    expect(near).to_contain_text("Amy's Bird Sanctuary looks like the same customer")
    expect(near.get_by_role("button", name="Link Amy's Bird Sanctuary")).to_be_visible()
    near.get_by_role("button", name="It is another one").click()
    expect(form.locator("[data-code='customer.near_duplicate']:visible")).to_have_count(0)
    expect(form.locator("#new-name")).to_contain_text("Create “Amys Bird Sanctuary Inc.”")


def _updates(page: Page) -> None:
    form = modal(page)
    expect(form.locator(".linked").first).to_contain_text("Amys Bird Sanctuary Inc.")
    switch = form.get_by_role("switch", name="Update this customer in QuickBooks")
    expect(switch).not_to_be_checked()
    expect(form.get_by_text("Off: what you change here stays on this invoice only.")).to_be_visible()
    switch.focus()
    switch.press("Space")
    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    expect(form.get_by_text("QuickBooks already has these data")).to_be_visible()
    form.locator("[name=email]").fill("billing@amys.example")
    form.locator("[name=tax_id]").fill("12-3456789")
    form.locator("[name=address]").fill("1 Elsewhere Rd\nTucson, AZ 85701")
    table = form.locator("table.diff")
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(table.get_by_role("checkbox", name="Email")).to_be_checked()
    expect(table.locator("tr", has_text="Email").locator("td").last).to_have_text("billing@amys.example")
    address = table.get_by_role("checkbox", name="Address")
    address.uncheck()
    expect(table.locator("tr", has_text="Address").locator("td").last).to_have_text("Stays as it is")
    form.get_by_role("button", name="Add them too").first.click()
    expect(form.locator("tr[data-row]")).to_have_count(4)
    expect(address).not_to_be_checked()  # what was ticked stays so
    form.locator("input[name=second]:visible").first.check()
    create = form.get_by_role("button", name="Create invoice")
    expect(create).not_to_have_attribute("aria-disabled", "true")
    create.click()
    expect(form.get_by_text("Invoice 1039 is in QuickBooks")).to_be_visible()


def _books(stage: Stage, name: str) -> None:
    from dealvoice_sandbox.quickbooks import people

    people.create(stage.sandbox.quickbooks, REALM, "Customer", {"DisplayName": name})


def _named(stage: Stage, name: str) -> dict[str, Any]:
    rows = stage.sandbox.quickbooks.rows(REALM, "Customer").values()
    return next(row for row in rows if row["DisplayName"] == name)
