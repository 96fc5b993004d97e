"""Every way into the product, and every way out of a consent: cancelled, started by the Marketplace, forged."""

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from playground.stage import Stage, a_page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_cancelled_pipedrive_consent_says_so_and_stores_nothing(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.app_url}/pipedrive/install")
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("Nothing was stored").first).to_be_visible()
    assert page.url.startswith(stage.app_url)
    assert not stage.sandbox.pipedrive.installed(101)


def test_marketplace_start_asks_before_it_installs(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.sandbox.pipedrive_url}/marketplace/install?user_id=102")
    page.get_by_role("button", name="Allow and install").click()

    expect(page.get_by_text("Jan Kos").first).to_be_visible()
    expect(page.get_by_text("Craig's Landscaping").first).to_be_visible()
    page.locator("form button").first.click()
    page.wait_for_url(f"{stage.app_url}/connect**")


def test_cancelled_quickbooks_consent_says_so_and_stores_nothing(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.app_url}/pipedrive/install")
    page.get_by_role("button", name="Allow and install").click()
    page.wait_for_url(f"{stage.app_url}/connect**")
    page.goto(f"{stage.app_url}/quickbooks/connect")
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("QuickBooks was not connected").first).to_be_visible()
    page.goto(f"{stage.app_url}/settings")
    expect(page.get_by_text("Craig's Design and Landscaping Services")).to_have_count(0)


def test_forged_state_is_refused_by_a_redirect(stage: Stage) -> None:
    with httpx2.Client(trust_env=False) as http:
        for path in (
            "/pipedrive/callback?code=1.2.abc&state=forged",
            "/quickbooks/callback?code=x&state=forged&realmId=1",
        ):
            answer = http.get(f"{stage.app_url}{path}")
            assert answer.status_code == 302, path
            assert "dealvoice=" not in answer.headers.get("set-cookie", "")


def test_state_of_another_browser_is_refused(stage: Stage, page: Page, browser: Browser) -> None:
    page.goto(f"{stage.app_url}/pipedrive/install")
    stolen = page.url
    context, other = a_page(browser)

    other.goto(stolen)
    other.get_by_role("button", name="Allow and install").click()

    expect(other.get_by_text("Start again").first).to_be_visible()
    assert not any(cookie["name"] == "dealvoice" for cookie in context.cookies(stage.app_url))
    context.close()
