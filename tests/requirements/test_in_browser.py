"""What the article describes by paths and pictures: in a browser, in the pages that play Pipedrive."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.stage import Stage, install_and_connect, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_r05_settings_are_reached_by_tools_and_apps_and_by_address(stage: Stage, at_work: Page) -> None:
    at_work.goto(f"{stage.sandbox.pipedrive_url}/deals")
    at_work.get_by_role("link", name="Tools and apps").first.click()
    at_work.get_by_role("link", name="Invoicing").first.click()
    at_work.get_by_role("main").get_by_role("link", name="Settings").first.click()
    expect(at_work.frame_locator("iframe").locator("#settings-form")).to_be_visible()

    at_work.goto(f"{stage.app_url}/settings")
    expect(at_work.locator("#settings-form")).to_be_visible()


def test_r06_r08_consents_end_at_the_settings_and_a_refused_one_never_does(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.app_url}/pipedrive/install")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was stored").first).to_be_visible()
    assert not stage.sandbox.pipedrive.installed(101)

    page.goto(f"{stage.app_url}/pipedrive/install")
    page.get_by_role("button", name="Allow and install").click()
    page.wait_for_url(f"{stage.app_url}/connect**")
    page.goto(f"{stage.app_url}/quickbooks/connect")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("QuickBooks was not connected").first).to_be_visible()

    install_again(stage, page)
    page.get_by_role("link", name="settings").or_(page.get_by_role("button", name="settings")).first.click()
    expect(page.locator("#settings-form")).to_be_visible()


def install_again(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.app_url}/quickbooks/connect")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(f"{stage.app_url}/connect/done**")


def test_r36_r39_r46_create_once_menu_by_keyboard_and_open_in_quickbooks(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    create = modal(at_work).get_by_role("button", name="Create invoice")
    expect(create).not_to_have_attribute("aria-disabled", "true")
    create.dblclick()
    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(at_work).get_by_role("button", name="Close").click()
    expect(at_work.locator(".modal")).to_have_count(0)
    assert [row["DocNumber"] for row in _invoices(stage) if int(row["DocNumber"]) >= 1038] == ["1038"]

    more = panel(at_work).get_by_role("button", name="More actions for invoice 1038")
    more.focus()
    more.press("Enter")
    item = panel(at_work).get_by_role("menuitem", name="Open in QuickBooks").last
    expect(item).to_be_visible()
    with at_work.context.expect_page() as opened:
        item.press("Enter")
    assert "txnId=" in opened.value.url
    expect(opened.value.get_by_text("1038").first).to_be_visible()
    more.press("Escape")
    expect(more).to_be_focused()


def _invoices(stage: Stage) -> list[dict[str, Any]]:
    return list(stage.sandbox.quickbooks.rows("9341452000000001", "Invoice").values())


def test_r54_polish_user_reads_the_labels_of_the_article(stage: Stage, page: Page) -> None:
    install_and_connect(stage, page)
    page.locator("input[name=visibility][value=everyone]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved by Ola Nowak")).to_be_visible()
    page.goto(f"{stage.app_url}/pipedrive/install")
    page.locator("select[name=user_id]").select_option("102")  # Jan Kos, whose Pipedrive is in Polish
    page.get_by_role("button", name="Allow and install").click()
    page.wait_for_url(f"{stage.app_url}/connect**")
    page.context.add_cookies([{"name": "host_user", "value": "102", "url": stage.sandbox.pipedrive_url}])
    page.goto(stage.deal_url())
    expect(panel(page).get_by_role("button", name="+ Faktura").first).to_be_visible()
    panel(page).get_by_role("button", name="+ Faktura").first.click()
    form = modal(page)
    for label in (
        "Szczegóły klienta", "Do", "Adres", "Email", "ID podatkowe klienta", "Szczegóły faktury", "Waluta",
        "Termin płatności", "Pozycje faktury", "Utwórz fakturę",
    ):  # fmt: skip
        shown = form.get_by_text(label, exact=label != "ID podatkowe klienta").first  # "optional" follows that one
        expect(shown, label).to_be_visible()
