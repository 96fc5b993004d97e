"""No press is lost: not under an answer that draws its button anew, nor when the browser opens no tab."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from playground.stage import Stage, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DRAWN_ANEW = """button => {
    const anew = button.cloneNode(true);
    anew.removeAttribute("aria-busy");
    button.replaceWith(anew);
    window.htmx.process(anew);
}"""


def test_press_during_which_its_button_is_drawn_anew_counts_once(stage: Stage, at_work: Page) -> None:
    _pressed_while_drawn_anew(at_work, panel(at_work), "#new-invoice")
    link_everything(at_work)
    _pressed_while_drawn_anew(at_work, modal(at_work), "#create")

    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    assert at_work.locator(".modal-body iframe").count() == 1


def test_press_on_what_has_become_something_else_is_none(at_work: Page) -> None:
    _hold(at_work, panel(at_work), "#new-invoice")
    panel(at_work).locator("#new-invoice").evaluate(
        "button => { button.outerHTML = button.outerHTML.replace('invoice', 'all'); }"
    )
    at_work.mouse.up()
    at_work.wait_for_timeout(500)

    assert at_work.locator(".modal-body iframe").count() == 0


def test_tab_that_the_browser_blocks_is_told_with_a_link(stage: Stage, at_work: Page) -> None:
    menu = panel(at_work).locator("#panel-more")
    expect(menu).to_be_visible()
    panel(at_work).locator("body").evaluate("() => { window.open = () => null; }")
    panel(at_work).locator("#new-invoice").evaluate(
        "button => { delete button.dataset.open; button.dataset.ticket = '/settings/problems'; }"
    )
    panel(at_work).locator("#new-invoice").click()
    expect(panel(at_work).get_by_text("Your browser opened no tab")).to_be_visible()

    with at_work.context.expect_page() as opened:
        panel(at_work).get_by_role("link", name="Open the page").click()

    opened.value.wait_for_url(f"{stage.app_url}/settings/problems")


def _pressed_while_drawn_anew(page: Page, frame: FrameLocator, name: str) -> None:
    _hold(page, frame, name)
    frame.locator(name).evaluate(DRAWN_ANEW)
    page.mouse.up()


def _hold(page: Page, frame: FrameLocator, name: str) -> None:
    button = frame.locator(name)
    expect(button).to_be_visible()
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
