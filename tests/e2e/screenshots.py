"""
Takes pictures of every screen, light and dark, in both languages, wide and narrow, into ``build/screenshots``; and the six
screens that the help article shows into ``docs/screens``, wide and light, cropped to the frame.

Run by ``make screenshots``. The picture of the README is the deal page, wide, light, in English.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import httpx2  # noqa: E402 - the path must be known first
from playwright.sync_api import Locator, Page, expect  # noqa: E402 - same

from playground.stage import (  # noqa: E402 - same
    Stage,
    a_browser,
    a_page,
    a_stage,
    install_and_connect,
    link_everything,
    modal,
    panel,
)

TARGET = ROOT / "build" / "screenshots"
SIX = ROOT / "docs" / "screens"
PEOPLE = {"en": 101, "pl": 102}
ADD_THEM = re.compile("Add them too|Dodaj je także")
DEAL_TO_LINK = 13
"""A deal whose organization is not linked to a customer yet."""
SIZES = {"1280": (1280, 900), "360": (360, 800)}


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, a_stage(Path(folder)) as stage, a_browser() as browser:
        context, page = a_page(browser, width=1440, height=1000)
        install_and_connect(stage, page)
        page.locator("input[name=visibility][value=everyone]").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved by")).to_be_visible()
        _six_flags(stage, page)
        context.close()
        _install_second(stage, browser)
        for language, user in PEOPLE.items():
            for theme in ("light", "dark"):
                for size, (width, height) in SIZES.items():
                    context, page = a_page(browser, width=width, height=height)
                    crm = stage.sandbox.pipedrive_url
                    context.add_cookies(
                        [
                            {"name": "host_user", "value": str(user), "url": crm},
                            {"name": "host_theme", "value": theme, "url": crm},
                        ]
                    )
                    _take(stage, page, f"{language}-{theme}-{size}")
                    if (theme, size) == ("light", "1280"):
                        _take_six(stage, page, language)
                    context.close()
    print(f"{len(list(TARGET.iterdir()))} pictures in {TARGET.relative_to(ROOT)}")


def _take(stage: Stage, page: Page, name: str) -> None:
    page.goto(stage.deal_url())
    expect(panel(page).locator(".inv").first).to_be_visible()
    page.wait_for_timeout(700)
    page.screenshot(path=TARGET / f"deal-{name}.png")
    page.locator("#panel-box").screenshot(path=TARGET / f"panel-{name}.png")
    panel(page).locator(".p-act button").first.click()
    expect(modal(page).locator("[name=to]")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=TARGET / f"form-{name}.png")
    page.locator(".modal-x").click()
    panel(page).locator(".p-act button").nth(1).click()
    expect(modal(page).locator("table").first).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=TARGET / f"all-{name}.png")
    page.locator(".modal-x").click()
    page.goto(f"{stage.sandbox.pipedrive_url}/settings/marketplace/app/dealvoice-demo/app-settings")
    frame = page.frame_locator("#settings-box iframe")
    expect(frame.locator("input[name=due_days]")).to_be_visible()
    page.wait_for_timeout(400)
    page.screenshot(path=TARGET / f"settings-{name}.png")


def _take_six(stage: Stage, page: Page, language: str) -> None:
    """The screens that the article pictures: add invoice, create form, link contact, status list, panel, expanded panel."""
    SIX.mkdir(exist_ok=True)

    def taken(name: str, part: Locator) -> None:
        part.screenshot(path=SIX / f"{name}.{language}.png")

    page.goto(stage.deal_url())
    rows = panel(page).locator("#rows")
    expect(rows.locator(".inv").first).to_be_visible()
    page.wait_for_timeout(700)
    taken("side-panel", page.locator("#panel-box"))
    taken("status-list", rows)
    page.goto(stage.deal_url(DEAL_TO_LINK))
    expect(panel(page).locator("#new-invoice")).to_be_visible()
    page.wait_for_timeout(700)
    taken("add-invoice", page.locator("#panel-box"))
    panel(page).locator("#new-invoice").click()
    form = modal(page)
    form.locator("#customer-search").click()
    expect(form.locator("#customer-list [role=option]").first).to_be_visible()
    page.wait_for_timeout(300)
    taken("link-contact", page.locator(".modal-body iframe"))
    page.locator(".modal-x").click()
    page.goto(stage.deal_url())
    panel(page).locator("#new-invoice").click()
    expect(form.locator(".linked").first).to_be_visible()
    _once_more(page)
    expect(form.locator("#create")).not_to_have_attribute("aria-disabled", "true")
    form.locator("body").evaluate("() => scrollTo(0, 0)")
    page.wait_for_timeout(300)
    taken("create-form", page.locator(".modal-body iframe"))
    page.locator(".modal-x").click()
    panel(page).locator("#view-all").click()
    expect(form.locator("table").first).to_be_visible()
    page.wait_for_timeout(300)
    taken("expanded-panel", page.locator(".modal-body iframe"))
    page.locator(".modal-x").click()


def _six_flags(stage: Stage, page: Page) -> None:
    """Bring one invoice of each flag to the deal: four made here, two of the sample company linked."""
    page.goto(stage.deal_url())
    for n in range(4):
        panel(page).get_by_role("button", name="+ Invoice").first.click()
        if n == 0:
            link_everything(page)
        else:
            _once_more(page)
        create = modal(page).get_by_role("button", name="Create invoice")
        expect(create).not_to_have_attribute("aria-disabled", "true")
        create.click()
        expect(modal(page).get_by_text("is in QuickBooks")).to_be_visible()
        modal(page).get_by_role("button", name="Close").click()
    for number, item in (("1040", "Void"), ("1039", "Delete")):
        panel(page).get_by_role("button", name=f"More actions for invoice {number}").click()
        panel(page).get_by_role("menuitem", name=item).click()
        page.locator("dialog.confirm").get_by_role("button").last.click()
        page.wait_for_timeout(1500)
    panel(page).get_by_role("button", name="View all invoices").click()
    modal(page).get_by_role("button", name="All", exact=True).first.click()
    page.wait_for_timeout(800)
    for number in ("1001", "1021"):
        row = modal(page).locator("tr", has_text=number).first
        if row.count():
            row.get_by_role("button", name="Link to deal").first.click()
            page.wait_for_timeout(800)
    page.locator(".modal-x").click()
    rows = stage.sandbox.quickbooks.rows("9341452000000001", "Invoice").values()
    ids = {row["DocNumber"]: row["Id"] for row in rows if row.get("DocNumber")}
    books = f"{stage.sandbox.quickbooks_url}/app/invoice"
    httpx2.post(books, data={"do": "pay", "txnId": ids["1038"], "amount": "300"}, trust_env=False)
    httpx2.post(books, data={"do": "edit", "txnId": ids["1021"], "due": "2026-01-15"}, trust_env=False)
    expect(panel(page).locator(".flag.over").first).to_be_visible()


def _once_more(page: Page) -> None:
    """Take in what the deal's other invoices have already, and say so."""
    form = modal(page)
    form.get_by_role("button", name=ADD_THEM).first.click()
    expect(form.locator("tr[data-row]")).to_have_count(4)
    form.locator("input[name=second]:visible").first.check()


def _install_second(stage: Stage, browser: object) -> None:
    context, page = a_page(browser)  # type: ignore[arg-type] # a Browser
    page.goto(f"{stage.app_url}/pipedrive/install")
    page.locator("select[name=user_id]").select_option("102")
    page.get_by_role("button", name="Allow and install").click()
    page.wait_for_url(f"{stage.app_url}/connect**")
    context.close()
    assert httpx2.get(f"{stage.app_url}/healthz", trust_env=False).status_code == 200


if __name__ == "__main__":
    main()
