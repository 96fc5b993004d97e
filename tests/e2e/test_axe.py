"""
axe-core on every screen in every state: light and dark, English and Polish, wide and on a phone; and on the product as it
runs, scripts and all. Nothing serious.

All rules look at every screen unfolded, in English; otherwise those do whose answer hangs on theme, width or the length of words,
and in Polish every other screen is looked at from one side and the rest from the other. ``DEALVOICE_SOAK=1`` has all look everywhere.
"""

import os
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from playground.axe import BY_LOOK, faults
from playground.showroom import Showroom, a_showroom
from playground.stage import Stage, install_and_connect, link_everything, modal, panel
from web import shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
ELSEWHERE = None if SOAK else BY_LOOK


def test_a_planted_fault_is_found(browser: Browser) -> None:
    """Else the silence of the others would tell nothing."""
    with a_showroom(browser, shown.ENGLISH) as showroom:
        page = showroom.show("help")
        page.evaluate(
            """() => {
                document.querySelector("h1").style.color = "var(--line)";
                document.querySelector("main").insertAdjacentHTML("beforeend", "<input><button></button>");
            }"""
        )
        found = faults(page)

    assert {fault.split()[0] for fault in found} == {"color-contrast", "label", "button-name"}


def test_no_english_screen_has_a_serious_fault(browser: Browser) -> None:
    with a_showroom(browser, shown.ENGLISH) as showroom:
        found = [
            fault
            for name in showroom.screens
            for fault in _opened(showroom, name) + _unfolded(showroom, name, "dark", 360, None)
        ]

    assert found == []


def test_no_polish_screen_has_a_serious_fault(browser: Browser) -> None:
    """The other two of the four: wide and dark, narrow and light."""
    with a_showroom(browser, shown.POLISH) as showroom:
        found: list[str] = []
        sides = [("light", 360), ("dark", 1280)]
        for number, name in enumerate(showroom.screens):
            showroom.show(name)
            for theme, width in sides if SOAK else [sides[number % 2]]:
                found += _unfolded(showroom, name, theme, width, ELSEWHERE)

    assert found == []


def test_no_running_surface_has_a_serious_fault(stage: Stage, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    found: list[str] = []

    def look(name: str, within: Page | Frame) -> None:
        found.extend(f"{name}: {fault}" for fault in faults(within))

    try:
        page.goto(stage.app_url)
        look("start", page)
        install_and_connect(stage, page)
        look("settings", page)
        for path in ("/help", "/connect", "/connect/done"):
            page.goto(f"{stage.app_url}{path}")
            look(path, page)
        page.goto(stage.deal_url())
        expect(panel(page).locator("#new-invoice")).to_be_visible()
        panel(page).locator("#panel-more").click()
        look("panel with its menu", _frame(page, "/panel"))
        panel(page).locator("[data-keys]").click()
        look("panel with its keys", _frame(page, "/panel"))
        page.keyboard.press("Escape")
        panel(page).locator("#new-invoice").click()
        modal(page).locator("#customer-search").fill("Am")
        expect(modal(page).locator("#customer-list [role=option]").first).to_be_visible()
        look("form with its list", _frame(page, "/modal/invoice"))
        link_everything(page)
        modal(page).locator("#create").click()
        expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
        look("created", _frame(page, "/modal/invoice"))
        modal(page).get_by_role("button", name="Close").click()
        panel(page).locator("#view-all").click()
        modal(page).get_by_role("button", name="More actions").first.click()
        look("all with a menu", _frame(page, "/modal/all"))
    finally:
        context.close()

    assert found == []


def _frame(page: Page, path: str) -> Frame:
    return next(frame for frame in page.frames if urlsplit(frame.url).path == path)


def _opened(showroom: Showroom, name: str) -> list[str]:
    showroom.page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{name}: {fault}" for fault in faults(showroom.show(name), only=ELSEWHERE)]


def _unfolded(showroom: Showroom, name: str, theme: str, width: int, rules: list[str] | None) -> list[str]:
    """Look at the screen that is shown with its menus and lists open."""
    showroom.page.set_viewport_size({"width": width, "height": 800})
    showroom.theme(theme)
    showroom.unfold()
    return [f"{name}, {theme}, {width} wide, unfolded: {fault}" for fault in faults(showroom.page, only=rules)]
