"""axe-core on every screen in every state: light and dark, English and Polish, wide and on a phone. Nothing serious."""

import pytest
from playwright.sync_api import Browser

from playground.axe import BY_LOOK, faults
from playground.showroom import Showroom, a_showroom
from web import shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


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
        for name in showroom.screens:
            showroom.show(name)
            found += _unfolded(showroom, name, "light", 360, None) + _unfolded(showroom, name, "dark", 1280, BY_LOOK)

    assert found == []


def _opened(showroom: Showroom, name: str) -> list[str]:
    showroom.page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{name}: {fault}" for fault in faults(showroom.show(name))]


def _unfolded(showroom: Showroom, name: str, theme: str, width: int, rules: list[str] | None) -> list[str]:
    """Look at the screen that is shown with its menus and lists open."""
    showroom.page.set_viewport_size({"width": width, "height": 800})
    showroom.theme(theme)
    showroom.unfold()
    return [f"{name}, {theme}, {width} wide, unfolded: {fault}" for fault in faults(showroom.page, only=rules)]
