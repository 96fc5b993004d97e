"""The panel on an organization: what the customer owes, by age, as chart and as table; all of it by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from playground.stage import Stage, fill_form, modal, panel

pytestmark = pytest.mark.slow


def test_organization_shows_what_it_owes_and_leads_to_all_of_it(at_work: Page, stage: Stage) -> None:
    page = at_work
    fill_form(page)
    modal(page).locator("#create").click()
    expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()

    page.goto(f"{stage.sandbox.pipedrive_url}/organization/31")
    owes = panel(page)
    chart = owes.get_by_role("img", name="Owed by age in days past due")
    expect(chart).to_be_visible()
    expect(owes.locator(".inv", has_text="1038")).to_contain_text("Open")

    owes.locator("#panel-more").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(owes.get_by_role("table", name="Owed by age")).to_be_visible()
    expect(chart).to_be_hidden()
    owes.locator("#refresh").focus()
    page.keyboard.press("r")
    expect(owes.locator("#freshness")).to_contain_text("Matches QuickBooks as of")
    expect(owes.get_by_role("table", name="Owed by age")).to_be_visible()

    owes.get_by_role("button", name="View all").click()
    everything = modal(page)
    everything.get_by_role("button", name="All", exact=True).first.click()
    expect(everything.get_by_role("row", name="1038")).to_be_visible()
    expect(everything.get_by_role("button", name="Link to deal")).to_have_count(0)

    page.goto(f"{stage.sandbox.pipedrive_url}/person/21")
    expect(panel(page).get_by_text("Through Amys Bird Sanctuary Inc.")).to_be_visible()
    page.goto(f"{stage.sandbox.pipedrive_url}/organization/33")
    expect(panel(page).get_by_text("Not linked to a QuickBooks customer yet")).to_be_visible()
