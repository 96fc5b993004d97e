"""What every button that asks the server shows while the answer is long in coming, and when it never comes."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import ElementHandle, Error, FrameLocator, Locator, Page, Route, expect

from playground.stage import Stage, fill_form, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DELAY = 0.7
BUTTONS = "button[hx-post]:visible, button[type=submit]:visible"


class Line:
    """The way to the server: every POST takes its time and is then lost, so that nothing happens at the other end."""

    def __init__(self, page: Page, address: str) -> None:
        self.sent: list[str] = []
        self._page = page
        page.route(re.compile(rf"^{re.escape(address)}/(?!tickets)"), self._lose)

    def _lose(self, route: Route) -> None:
        if route.request.method != "POST" or route.request.url.endswith(("/review", "/session")):
            route.continue_()
            return
        self.sent.append(route.request.url)
        time.sleep(DELAY)
        route.abort()

    def try_it(self, within: Page | FrameLocator, button: Locator, agree: Callable[[], None] | None = None) -> None:
        """Press a button twice: it says that it works, asks once, tells what came of it, and can be pressed again."""
        self.sent.clear()
        seen = _press(button)
        name = seen.evaluate("one => one.id || one.textContent.trim()")
        if agree:
            agree()
        expect(within.get_by_text("Dealvoice did not answer").first, f"{name} tells nothing").to_be_visible()
        told = seen.evaluate("one => one.told")
        assert told["busy"], f"{name} does not show that it works"
        assert len(self.sent) == 1, f"{name} asked {self.sent}"
        assert seen.get_attribute("aria-busy") is None, f"{name} stays busy"
        assert told["width"] - 1 <= told["least"], f"{name} shrinks while it works"
        within.locator("#trouble").evaluate("one => one.replaceChildren()")


def _press(button: Locator) -> ElementHandle:
    """Press a button while it is watched; one that was drawn anew in between is pressed as it is now."""
    for _ in range(5):
        seen = button.element_handle()
        assert seen
        _watch(seen)
        try:
            seen.click(timeout=5_000)
        except Error:
            continue
        return seen
    raise AssertionError(f"{button} does not stand still")


def _watch(seen: ElementHandle) -> None:
    """Remember what a button, or the button of its menu, showed; and press it again as soon as it is busy."""
    seen.evaluate(
        """one => {
            const menu = one.closest("[role=menu]");
            const shown = menu ? menu.parentElement.querySelector(":scope > [aria-haspopup=menu]") : one;
            one.told = { busy: false, width: shown.offsetWidth, least: shown.offsetWidth };
            new MutationObserver(() => {
                if (shown.getAttribute("aria-busy") !== "true") return;
                if (!one.told.busy) setTimeout(() => one.click(), 50);
                one.told.busy = true;
                setTimeout(() => { one.told.least = Math.min(one.told.least, shown.offsetWidth); }, 30);
            }).observe(shown, { attributes: true, attributeFilter: ["aria-busy"] });
        }"""
    )


def _agree(page: Page) -> Callable[[], None]:
    return page.locator("dialog.confirm").get_by_role("button").last.click


def test_buttons_of_the_form_the_panel_and_the_list(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    expect(form.locator("[name=to]")).to_be_visible()
    line = Line(at_work, stage.app_url)
    with at_work.expect_response("**/modal/invoice/review"):
        form.locator("[name=address]").fill("Typed by hand")
    at_work.wait_for_timeout(200)  # the findings are drawn anew
    for at in range(form.locator(BUTTONS).count()):
        button = form.locator(BUTTONS).nth(at)
        if button.get_attribute("aria-disabled") == "true":
            continue
        _form_button(line, form, button)
        expect(form.locator("[name=address]")).to_have_value("Typed by hand")
    at_work.unroute_all(behavior="wait")

    link_everything(at_work)
    line = Line(at_work, stage.app_url)
    line.try_it(form, form.locator("#create"))
    expect(form.locator("[name=address]")).to_have_value("Typed by hand")
    at_work.unroute_all(behavior="wait")
    form.locator("#create").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    line = Line(at_work, stage.app_url)
    line.try_it(form, form.locator("#act-send"), _agree(at_work))
    form.get_by_role("button", name="Close").click()

    _panel_and_list(line, at_work)


def _form_button(line: Line, form: FrameLocator, button: Locator) -> None:
    """A change of the form may wait for the one before it: it is not refused when pressed twice."""
    line.sent.clear()
    seen = _press(button)
    expect(form.get_by_text("Dealvoice did not answer").first).to_be_visible()
    assert seen.evaluate("one => one.told.busy")
    _until(line._page, lambda: seen.get_attribute("aria-busy") is None)
    form.locator("#trouble").evaluate("one => one.replaceChildren()")


def _panel_and_list(line: Line, page: Page) -> None:
    side = panel(page)
    more = side.get_by_role("button", name="More actions for invoice 1038")
    expect(more).to_be_visible()
    line.try_it(side, side.locator("#refresh"))
    for item, asks in (("Send by email", True), ("Unlink from this deal", False), ("Void", True), ("Delete", True)):
        more.click()
        line.try_it(side, side.get_by_role("menuitem", name=item).first, _agree(page) if asks else None)
    side.locator("#panel-more").click()
    line.try_it(side, side.get_by_role("menuitem", name="Unlink customer"), _agree(page))

    side.get_by_role("button", name="View all invoices").click()
    every = modal(page)
    expect(every.locator("#list-refresh")).to_be_visible()
    line.try_it(every, every.locator("#list-refresh"))
    line.try_it(every, every.locator("button[id^=link-]").first)


def test_panel_is_not_drawn_anew_under_a_button_that_works(stage: Stage, at_work: Page) -> None:
    """A poll that learns of news while a button works lets it be: else it could be pressed again before it is answered."""
    side = panel(at_work)
    expect(side.get_by_text("No invoice on this deal yet")).to_be_visible()
    polled = _polled(at_work)
    asked = _held(at_work, "**/panel/refresh")
    pressed = side.locator("#refresh").element_handle()
    assert pressed
    pressed.click()
    _until(at_work, lambda: len(asked) == 1)
    _bring_news(at_work, polled)
    assert pressed.evaluate("one => one.isConnected && one.getAttribute('aria-busy')") == "true"
    asked[0].abort()
    expect(side.get_by_text("Dealvoice did not answer").first).to_be_visible()
    assert pressed.get_attribute("aria-busy") is None


def test_panel_is_not_drawn_anew_under_a_question(stage: Stage, at_work: Page) -> None:
    """Nor while somebody ponders over a confirmation: else what he then confirms would not be seen to work."""
    fill_form(at_work)
    modal(at_work).locator("#create").click()
    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(at_work).get_by_role("button", name="Close").click()
    side = panel(at_work)
    more = side.get_by_role("button", name="More actions for invoice 1038")
    expect(more).to_be_visible()
    polled = _polled(at_work)
    more.click()
    void = side.get_by_role("menuitem", name="Void").element_handle()
    assert void
    void.click()
    expect(at_work.locator("dialog.confirm")).to_be_visible()
    _bring_news(at_work, polled)
    assert void.evaluate("one => one.isConnected")
    _agree(at_work)()
    expect(side.locator(".flag.void").first).to_be_visible()


def _polled(page: Page) -> Route:
    """A poll of the panel, which waits on its way until there are news."""
    held = _held(page, "**/panel/changes?*")
    seen = "() => { document.dispatchEvent(new Event('visibilitychange')); }"  # or nothing, where a poll is under way already
    _until(page, lambda: bool(held) or panel(page).locator(":root").evaluate(seen))
    return held[0]


def _bring_news(page: Page, polled: Route) -> None:
    """Have a poll answered as if the panel were of long ago."""
    with page.expect_response("**/panel/changes?*") as answer:
        polled.continue_(url=re.sub("since=[^&]*", "since=older", polled.request.url))
    assert answer.value.status == 200
    answer.value.finished()
    page.unroute("**/panel/changes?*")
    page.wait_for_timeout(300)


def _held(page: Page, address: str) -> list[Route]:
    """The requests to an address, which wait there until the test lets them go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold)
    return held


def _until(page: Page, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_buttons_of_the_settings(stage: Stage, at_work: Page) -> None:
    at_work.goto(f"{stage.sandbox.pipedrive_url}/settings/marketplace/app/dealvoice-demo/app-settings")
    frame = at_work.frame_locator("#settings-box iframe")
    frame.locator("#due_days").fill("21")
    line = Line(at_work, stage.app_url)
    line.try_it(frame, frame.locator("#save"))
    frame.locator("#leave summary").click()
    line.try_it(frame, frame.locator("#disconnect"), _agree(at_work))
    expect(frame.locator("#due_days")).to_have_value("21")


def test_poll_that_is_answered_takes_nothing_away_that_a_press_was_told(stage: Stage, at_work: Page) -> None:
    """As while the first import runs; what a poll was told ends with its next answer."""
    at_work.goto(f"{stage.sandbox.pipedrive_url}/settings/marketplace/app/dealvoice-demo/app-settings")
    frame = at_work.frame_locator("#settings-box iframe")
    told = frame.locator("#trouble").get_by_text("Dealvoice did not answer")
    answered: list[str] = []

    def lose(route: Route) -> None:
        route.abort()

    at_work.on("response", lambda answer: answered.append(answer.url))
    frame.locator("#import-state").evaluate(
        """one => {
            const poll = { "hx-get": "/settings/import", "hx-trigger": "every 200ms", "hx-swap": "none" };
            for (const [name, value] of Object.entries(poll)) one.setAttribute(name, value);
            htmx.process(one);
        }"""
    )
    at_work.route("**/settings/import", lose)
    expect(told).to_be_visible()
    at_work.unroute("**/settings/import", lose)
    expect(told).to_have_count(0)

    at_work.route("**/settings", lose)
    frame.locator("#due_days").fill("21")
    frame.locator("#save").click()
    expect(told).to_be_visible()
    answered.clear()
    _until(at_work, lambda: sum(url.endswith("/settings/import") for url in answered) > 2)
    expect(told).to_be_visible()
    at_work.unroute("**/settings", lose)
    frame.locator("#save").click()
    expect(told).to_have_count(0)
