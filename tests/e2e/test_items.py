"""The items of an invoice, by keyboard: a product made from its row, rows put in order, installments chosen."""

import pytest
from playwright.sync_api import Page, expect

from playground.house import REALM
from playground.stage import Stage, link_row, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_product_is_made_from_its_row_rows_move_and_installments_are_chosen(stage: Stage, at_work: Page) -> None:
    _open_form(at_work)
    form = modal(at_work)
    form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.click()
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    for name, query in (("Rock fountain", "Rock"), ("Fountain pump", "Pump"), ("Installation", "Installation")):
        link_row(at_work, name, query)

    _make_product(at_work)
    _move_row(at_work)

    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    items = [row for row in stage.sandbox.quickbooks.rows(REALM, "Item").values() if row["Name"] == "Garden lights"]
    assert [(row["Type"], float(row["UnitPrice"])) for row in items] == [("Service", 30.0)]

    _choose_installments(stage, at_work)


def _open_form(page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    expect(page.locator(".modal-body iframe")).to_be_visible()
    expect(modal(page).locator("[name=to]")).to_be_visible()


def _make_product(page: Page) -> None:
    form, box = modal(page), modal(page).get_by_role("combobox", name="Search QuickBooks products: Garden lights")
    box.focus()
    page.keyboard.type("zzz", delay=20)
    expect(form.locator("[role=option]:visible", has_text="Not here? Ask QuickBooks")).to_be_visible()
    page.keyboard.press("Enter")
    expect(form.get_by_text("QuickBooks was asked just now")).to_be_visible()
    expect(form.locator("[role=option][aria-selected=true]")).to_have_text(
        "Create “Garden lights” as a new product in QuickBooks"
    )
    page.keyboard.press("Enter")
    expect(form.get_by_text("New in QuickBooks: Garden lights")).to_be_visible()
    expect(form.get_by_label("Income account")).to_be_visible()
    expect(form.get_by_role("button", name="Create invoice")).not_to_have_attribute("aria-disabled", "true")


def _move_row(page: Page) -> None:
    form = modal(page)
    price = form.get_by_label("Price, Garden lights")
    price.focus()
    for last in ("Installation", "Fountain pump", "Rock fountain"):
        page.keyboard.press("Alt+ArrowUp")
        row = form.locator("tr[data-row]").filter(has=page.locator("[name$='.product_name'][value='Garden lights']"))
        expect(row.locator("+ tr [name$='.product_name']")).to_have_value(last)
        expect(price).to_be_focused()
    expect(form.get_by_role("button", name="Move Garden lights up")).to_have_attribute("aria-disabled", "true")


def _choose_installments(stage: Stage, page: Page) -> None:
    deals = stage.sandbox.pipedrive.deals()
    deal_id = next(deal["id"] for deal in deals if deal["title"] == "Paid in three installments")
    page.goto(stage.deal_url(deal_id))
    _open_form(page)
    form = modal(page)
    parts = form.locator("#parts")
    expect(form.locator(".totals .sum")).to_contain_text("$300.00")
    parts.get_by_role("checkbox", name="Part 2 of 3").focus()
    page.keyboard.press("Space")
    expect(form.locator("tr[data-row]")).to_have_count(1)
    expect(form.locator(".totals .sum")).to_contain_text("$100.00")
    expect(parts.get_by_role("checkbox", name="Part 2 of 3")).to_be_focused()
    parts.get_by_role("checkbox", name="Part 3 of 3").check()
    expect(form.locator(".totals .sum")).to_contain_text("$200.00")
