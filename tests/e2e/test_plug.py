"""Pulling the plug, losing events, losing answers: the deal still tells the truth, and there is one invoice."""

import time
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from playground.looking import wait_until
from playground.stage import Stage, install_and_connect, link_everything, loaded, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REALM = "9341452000000001"
PRESSES = """body => {
    const press = words => [...body.querySelectorAll("#findings button")].find(one => one.textContent.includes(words)).click();
    press("Link Amy's Bird Sanctuary");
    press("Link to Rock Fountain");
    press("Link to Installation");
}"""


def _ours(stage: Stage) -> list[dict]:
    rows = stage.sandbox.quickbooks.rows(REALM, "Invoice").values()
    return [row for row in rows if "Pipedrive deal 12" in row.get("PrivateNote", "")]


def _notes(stage: Stage) -> list[Any]:
    return [note for note in stage.sandbox.pipedrive.notes_of(12) if "txnId" in note["content"]]


def test_product_killed_while_creating_makes_one_invoice(stage: Stage, at_work: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"action": "delay", "delay_ms": 4000, "method": "POST", "path": "/invoice"})
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    modal(at_work).get_by_role("button", name="Create invoice").click()
    expect(modal(at_work).get_by_text("Creating", exact=False).first).to_be_visible()
    time.sleep(0.5)

    stage.kill()
    stage.start()

    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=60_000)
    assert len(_ours(stage)) == 1
    wait_until(lambda: _notes(stage) != [])
    assert len(_notes(stage)) == 1


def test_create_pressed_while_the_product_is_away_asks_again_by_itself(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    form = modal(at_work)
    stage.kill()

    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("asks again by itself")).to_be_in_viewport()
    expect(form.locator("[name=to]")).to_have_value("Amys Bird Sanctuary Inc.")
    stage.start()

    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=60_000)
    assert len(_ours(stage)) == 1


def test_page_of_a_proxy_is_no_answer_and_who_changes_the_form_presses_anew(stage: Stage, at_work: Page) -> None:
    def away(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    form = modal(at_work)
    at_work.route("**/modal/invoice", away)
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("asks again by itself")).to_be_visible()

    form.locator("[name=to]").fill("Amy")
    expect(form.get_by_text("press again when you are back online")).to_be_visible()
    at_work.unroute("**/modal/invoice", away)
    at_work.wait_for_timeout(3_000)

    assert form.get_by_text("Bad gateway").count() == 0
    assert _ours(stage) == []
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=60_000)


def test_answer_lost_after_the_work_is_looked_for_and_found(stage: Stage, at_work: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"action": "drop_after", "method": "POST", "path": "/invoice"})
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)

    modal(at_work).get_by_role("button", name="Create invoice").click()

    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=30_000)
    assert len(_ours(stage)) == 1


def test_refresh_brings_the_flag_while_events_are_held_back(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    modal(at_work).get_by_role("button", name="Create invoice").click()
    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(at_work).get_by_role("button", name="Close").click()
    wait_until(lambda: stage.sandbox.quickbooks.deliveries.shown()["waiting"] == 0)
    stage.sandbox.quickbooks.deliveries.control({"hold": True})
    answer = httpx2.post(
        f"{stage.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": _ours(stage)[0]["Id"], "amount": "883.80"},
        trust_env=False,
    )
    assert answer.status_code == 303
    time.sleep(1)
    expect(panel(at_work).locator(".flag.open").first).to_be_visible()

    panel(at_work).get_by_role("button", name="Refresh").first.click()

    expect(panel(at_work).locator(".flag.paid").first).to_be_visible()
    expect(at_work.locator("#snackbars")).to_contain_text("found")


def test_form_is_filled_and_sent_by_keyboard_alone(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.press("Enter")
    form = modal(at_work)
    expect(at_work.locator(".modal-body iframe")).to_be_visible()  # the host shows it once it has spoken
    form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.press("Enter")
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    for name, query in (
        ("Rock fountain", "Rock"),
        ("Fountain pump", "Pump"),
        ("Installation", "Installation"),
        ("Garden lights", "Light"),
    ):
        box = form.get_by_role("combobox", name=f"Search QuickBooks products: {name}").first
        box.focus()
        box.press_sequentially(query, delay=20)
        expect(form.locator("[role=option][aria-selected=true]").filter(has_text=query)).to_be_visible()
        box.press("Enter")
        expect(form.get_by_role("combobox", name=f"Search QuickBooks products: {name}")).to_have_count(0)
    expect(form.get_by_role("button", name="Create invoice")).not_to_have_attribute("aria-disabled", "true")

    form.locator("[name=to]").press("Control+Enter")

    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    assert len(_ours(stage)) == 1


def test_form_opened_during_the_first_import_completes_itself(stage: Stage, page: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})
    install_and_connect(stage, page)
    page.goto(stage.deal_url())
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    form = modal(page)
    expect(form.get_by_text("Reading customers and products from QuickBooks")).to_be_visible()
    form.locator("[name=to]").fill("Amys Bird Sanctuary")

    stage.sandbox.quickbooks.faults.clear()

    expect(form.get_by_text("Reading customers and products from QuickBooks")).to_have_count(0, timeout=60_000)
    expect(form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first).to_be_visible()
    expect(form.locator("[name=to]")).to_have_value("Amys Bird Sanctuary")
    expect(form.get_by_text("$883.80").first).to_be_visible()


def test_search_typed_while_an_answer_is_on_its_way_is_not_lost(stage: Stage, at_work: Page) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    loaded(form)
    expect(form.locator("#importing")).to_have_count(0)
    at_work.route("**/modal/invoice/change", hold_the_first)
    with at_work.expect_request("**/modal/invoice/change"):
        form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.click()

    box = form.get_by_role("combobox", name="Search QuickBooks products: Fountain pump").first
    box.click()
    box.press_sequentially("Pum")
    held[0].continue_()

    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    expect(box).to_be_focused()
    expect(box).to_have_value("Pum")
    expect(form.locator("[role=option][aria-selected=true]")).to_contain_text("Pump")
    box.press("Enter")
    expect(box).to_have_count(0)


def test_search_that_gets_no_answer_says_so_and_is_made_again(at_work: Page) -> None:
    def away(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    loaded(form)
    box = form.get_by_role("combobox", name="Search QuickBooks products: Fountain pump").first
    for lost in (away, lambda route: route.abort()):
        at_work.route("**/modal/invoice/items**", lost)
        box.fill("Pum")
        expect(form.locator(".option:visible", has_text="Dealvoice did not answer")).to_be_visible()
        expect(form.locator("#told")).to_have_text("Dealvoice did not answer")
        expect(form.locator("[role=option][aria-selected=true]")).to_have_text("Try again")
        at_work.unroute("**/modal/invoice/items**", lost)
        box.press("Enter")
        expect(form.locator("[role=option][aria-selected=true]")).to_contain_text("Pump")
        expect(form.get_by_text("Dealvoice did not answer")).to_have_count(0)
        box.fill("")


def test_what_is_pressed_and_typed_before_the_scripts_have_run_is_done_then(stage: Stage, at_work: Page) -> None:
    held: list[Route] = []
    at_work.route("**/form.js", lambda route: held.append(route))  # noqa: PLW0108 - a built-in cannot be marked
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.wait_for()

    form.locator("body").evaluate(PRESSES)
    form.locator("[name=to]").fill("Amy")
    form.locator("[name=to]").press("Enter")
    box = form.get_by_role("combobox", name="Search QuickBooks products: Fountain pump").first
    box.fill("Pum")
    at_work.wait_for_timeout(300)
    assert form.locator(".linked").count() == 0
    held[0].continue_()

    expect(form.locator(".flag", has_text="2 to fix")).to_be_visible()
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    expect(form.locator("[name=to]")).to_have_value("Amy")
    expect(box).to_have_value("Pum")
    box.press("ArrowDown")
    expect(form.locator("[role=option]:visible", has_text="Pump").first).to_be_visible()
    assert _ours(stage) == []


def test_text_typed_before_the_scripts_have_run_is_looked_over_and_not_closed_away(at_work: Page) -> None:
    held: list[Route] = []
    at_work.route("**/form.js", lambda route: held.append(route))  # noqa: PLW0108 - a built-in cannot be marked
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    form.locator("[name=issued_on]").fill("no day")
    form.get_by_role("combobox", name="Search QuickBooks products: Fountain pump").first.fill("Pum")

    held[0].continue_()

    expect(form.locator("[name=issued_on]")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("[role=option]", has_text="Pump").first).to_be_visible()
    form.locator("[name=to]").focus()
    at_work.keyboard.down("Escape")
    at_work.wait_for_timeout(500)
    expect(at_work.locator(".modal-body iframe")).to_be_visible()


def test_second_press_before_the_first_answer_does_not_undo_it(stage: Stage, at_work: Page) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    at_work.route("**/modal/invoice/change", slowly)
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    form = modal(at_work)
    form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.wait_for()
    loaded(form)

    form.locator("body").evaluate(PRESSES)

    expect(form.locator(".flag", has_text="2 to fix")).to_be_visible()
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
