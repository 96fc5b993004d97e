"""From the deal's page to a created invoice, and on to its menu, without a mouse and without a finger on a locator."""

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from playground.stage import Stage, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Hands:
    """Types and tabs as a person does; knows where the focus is by what the page says."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def press_to_close(self, key: str, frame: FrameLocator) -> None:
        """
        Press a key that has its own frame taken away.

        The page's own clock presses it: Chromium never answers for a key whose frame is gone before the answer.
        """
        frame.locator(":root").evaluate(
            """(root, key) => void setTimeout(() => {
                const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
                root.ownerDocument.activeElement.dispatchEvent(event);
            }, 100)""",
            key,
        )

    def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab until the focus is there."""
        for _ in range(60):
            if target.count() and target.first.evaluate("one => one === document.activeElement && document.hasFocus()"):
                return
            self.press(key)
            self.page.wait_for_timeout(15)
        raise AssertionError(f"Tab does not lead to {target}")


def test_from_the_deal_to_an_invoice_and_its_menu(stage: Stage, at_work: Page) -> None:
    hands, side, form = Hands(at_work), panel(at_work), modal(at_work)
    expect(side.locator("#new-invoice")).to_be_visible()
    hands.tab_to(side.locator("#refresh"))
    _keys_are_listed(hands, side.locator("#keys"))

    hands.press("n")
    expect(at_work.locator(".modal-body iframe")).to_be_visible()
    hands.tab_to(form.locator("#customer-search"))
    hands.press("ArrowDown", "Enter")
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    for name, query in (
        ("Rock fountain", "Rock"),
        ("Fountain pump", "Pump"),
        ("Installation", "Installation"),
        ("Garden lights", "Light"),
    ):
        box = form.get_by_role("combobox", name=f"Search QuickBooks products: {name}")
        hands.tab_to(box)
        at_work.keyboard.type(query, delay=20)
        expect(form.locator("[role=option][aria-selected=true]").filter(has_text=query)).to_be_visible()
        hands.press("Enter")
        expect(box).to_have_count(0)
    _dates_step(hands, form.locator("#f-issued_on"))
    hands.press("F6")
    expect(form.locator("#findings")).to_be_focused()
    hands.press("F6")
    expect(form.locator("#f-issued_on")).to_be_focused()

    hands.press("Control+Enter")
    expect(form.get_by_role("heading", name="Invoice 1038 is in QuickBooks")).to_be_focused()
    hands.press_to_close("Escape", form)
    expect(at_work.locator(".modal")).to_have_count(0)

    expect(side.get_by_role("link", name="1038")).to_be_focused()
    _menu_is_walked(hands, side)


def _keys_are_listed(hands: Hands, keys: Locator) -> None:
    hands.press("?")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("New invoice")
    hands.press("n")
    expect(hands.page.locator(".modal-body")).to_have_count(0)  # a key of what lies beneath does nothing
    hands.press("Escape")
    expect(keys).to_be_hidden()
    expect(panel(hands.page).locator("#refresh")).to_be_focused()


def _dates_step(hands: Hands, day: Locator) -> None:
    hands.tab_to(day, "Shift+Tab")
    before = day.input_value()
    hands.press("+")
    expect(day).not_to_have_value(before)
    hands.press("-")
    expect(day).to_have_value(before)
    hands.press("PageDown")
    expect(day).not_to_have_value(before)
    hands.press("PageUp")
    expect(day).to_have_value(before)
    expect(day).to_be_focused()


def _menu_is_walked(hands: Hands, side: object) -> None:
    page = hands.page
    frame = panel(page)
    hands.press("m")
    expect(frame.get_by_role("menuitem", name="Send by email").first).to_be_focused()
    hands.press("d")
    expect(frame.get_by_role("menuitem", name="Download PDF").first).to_be_focused()
    hands.press("End")
    expect(frame.get_by_role("menuitem", name="Delete").first).to_be_focused()
    hands.press("Escape")
    expect(frame.get_by_role("button", name="More actions for invoice 1038")).to_be_focused()
    hands.press("Shift+F10", "v", "Enter")
    dialog = page.locator("dialog.confirm")
    expect(dialog).to_contain_text("cannot be restored")
    hands.press("Escape")
    expect(dialog).to_have_count(0)
    expect(frame.locator(".flag.open").first).to_be_visible()


def test_single_keys_can_be_switched_off(stage: Stage, at_work: Page) -> None:
    hands, side = Hands(at_work), panel(at_work)
    hands.tab_to(side.locator("#panel-more"))
    hands.press("Enter", "k", "Enter")
    hands.tab_to(side.locator("#keys-single"))
    with at_work.expect_response("**/session/keys"):
        hands.press("Space")
    hands.press("Escape")
    expect(side.locator("#keys")).to_be_hidden()

    at_work.reload()
    hands.tab_to(side.locator("#refresh"))
    hands.press("n", "?")
    at_work.wait_for_timeout(300)

    expect(at_work.locator(".modal-body")).to_have_count(0)
    expect(side.locator("#keys")).to_be_hidden()
    hands.tab_to(side.locator("#new-invoice"))
    hands.press("Enter")
    expect(at_work.locator(".modal-body iframe")).to_be_visible()
