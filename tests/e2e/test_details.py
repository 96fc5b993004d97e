"""A template is made, chosen in the form with a message of one's own, and a number typed twice becomes the next free one."""

import pytest
from playwright.sync_api import Page, expect

from playground.house import REALM
from playground.stage import Stage, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_template_message_and_a_number_typed_twice(stage: Stage, at_work: Page) -> None:
    page = at_work
    _make_template(stage, page)
    page.goto(stage.deal_url())
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    expect(page.locator(".modal-body iframe")).to_be_visible()
    form = modal(page)
    expect(form.get_by_label("Template")).to_be_visible()
    expect(form.get_by_label("Message on the invoice")).not_to_be_visible()
    link_everything(page)

    form.get_by_label("Template").select_option(label="Projects")
    expect(form.get_by_label("Message on the invoice")).to_have_value("Thank you for the project")
    expect(form.locator("#f-due_on")).not_to_have_value("")
    expect(form.locator("#hint-due_on")).to_have_text("in 14 days")
    form.get_by_label("Message on the invoice").fill("See you in spring")
    form.get_by_label("Template").select_option(label="No template")
    expect(form.get_by_label("Message on the invoice")).to_have_value("See you in spring")
    expect(form.locator("#hint-due_on")).to_have_text("in 7 days")

    form.get_by_label("Invoice number").fill("1037")
    expect(form.get_by_text("Number 1037 is already used").first).to_be_visible()
    form.get_by_role("button", name="Use 1038").first.click()
    expect(form.get_by_label("Invoice number")).to_have_value("1038")
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()

    made = [row for row in stage.sandbox.quickbooks.rows(REALM, "Invoice").values() if row["DocNumber"] == "1038"]
    assert [row["CustomerMemo"]["value"] for row in made] == ["See you in spring"]


def _make_template(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.app_url}/settings")
    page.locator("#tpl-new > summary").click()
    editor = page.locator("#t-new")
    editor.get_by_label("Name").fill("Projects")
    editor.get_by_label("Due date").fill("14")
    editor.get_by_label("Message on the invoice").fill("Thank you for the project")
    editor.get_by_role("button", name="Save").click()
    expect(page.locator("#templates summary").first).to_contain_text("Projects")
