"""Problems to fix, in the settings inside Pipedrive: told, tried again, set aside with a reason; all of it by keyboard."""

import json
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, expect

from playground.axe import faults
from playground.stage import Stage, fill_form, modal, panel

pytestmark = pytest.mark.slow


def test_refused_invoice_is_listed_and_set_aside_by_keyboard(at_work: Page, stage: Stage) -> None:
    page = at_work
    error = {"Message": "A business validation error", "Detail": "Something is wrong", "code": "6000", "element": ""}
    httpx2.post(
        f"{stage.sandbox.quickbooks_url}/_sandbox/faults",
        json={"method": "POST", "path": r"/invoice\?", "status": 400, "times": 1,
              "body": json.dumps({"Fault": {"Error": [error], "type": "ValidationFault"}})},
        trust_env=False,
    )  # fmt: skip
    fill_form(page)
    modal(page).locator("#create").click()
    expect(modal(page).get_by_text("QuickBooks did not take the invoice")).to_be_visible()

    page.goto(f"{stage.sandbox.pipedrive_url}/settings/marketplace/app/dealvoice-demo/app-settings")
    frame = page.frame_locator("#settings-box iframe")
    expect(frame.locator("#to-fix")).to_contain_text("1 needs you")
    frame.locator("#problems-open").press("Enter")
    row = frame.locator(".job")
    expect(row).to_contain_text("was refused")
    expect(row.get_by_role("link", name="Open the deal")).to_have_attribute("href", stage.deal_url())

    row.get_by_role("checkbox").press("Space")
    expect(frame.locator("#selected")).to_have_text("1 selected")
    frame.locator("#aside-selected").press("Enter")
    expect(frame.locator("#aside-reason")).to_be_focused()
    page.keyboard.type("Invoiced by hand")
    frame.locator("#aside-do").press("Enter")
    expect(frame.get_by_role("heading", name="Nothing to fix")).to_be_visible()

    frame.locator("#tab-aside").press("Enter")
    expect(row).to_contain_text("Invoiced by hand")
    row.get_by_role("button", name="Take up again").press("Enter")
    expect(frame.get_by_role("heading", name="Nothing here")).to_be_visible()
    frame.locator("#tab-needs").press("Enter")
    expect(row).to_contain_text("was refused")
    shown = next(one for one in page.frames if urlsplit(one.url).path == "/settings")
    assert faults(shown) == []

    row.get_by_role("button", name="Try again").press("Enter")
    expect(frame.get_by_role("heading", name="Nothing to fix")).to_be_visible()
    page.goto(stage.deal_url())
    expect(panel(page).locator(".inv", has_text="1038")).to_be_visible()
