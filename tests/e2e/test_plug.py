"""Pulling the plug, losing events, losing answers: the deal still tells the truth, and there is one invoice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from playground.stage import Stage, a_browser, a_page, a_stage, install_and_connect, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REALM = "9341452000000001"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


@pytest.fixture
def fresh(browser: Browser) -> Iterator[Page]:
    """A browser in which nothing has been installed yet."""
    context, opened = a_page(browser)
    yield opened
    context.close()


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    context, opened = a_page(browser)
    install_and_connect(stage, opened)
    opened.goto(stage.deal_url())
    yield opened
    context.close()


def _ours(stage: Stage) -> list[dict]:
    rows = stage.sandbox.quickbooks.rows(REALM, "Invoice").values()
    return [row for row in rows if "Pipedrive deal 12" in row.get("PrivateNote", "")]


def _until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_product_killed_while_creating_makes_one_invoice(stage: Stage, page: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"action": "delay", "delay_ms": 4000, "method": "POST", "path": "/invoice"})
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    link_everything(page)
    modal(page).get_by_role("button", name="Create invoice").click()
    expect(modal(page).get_by_text("Creating", exact=False).first).to_be_visible()
    time.sleep(0.5)

    stage.kill()
    stage.start()

    expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=60_000)
    assert len(_ours(stage)) == 1
    notes = [note for note in stage.sandbox.pipedrive.notes_of(12) if "txnId" in note["content"]]
    assert len(notes) == 1


def test_answer_lost_after_the_work_is_looked_for_and_found(stage: Stage, page: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"action": "drop_after", "method": "POST", "path": "/invoice"})
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    link_everything(page)

    modal(page).get_by_role("button", name="Create invoice").click()

    expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible(timeout=30_000)
    assert len(_ours(stage)) == 1


def test_refresh_brings_the_flag_while_events_are_held_back(stage: Stage, page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    link_everything(page)
    modal(page).get_by_role("button", name="Create invoice").click()
    expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(page).get_by_role("button", name="Close").click()
    _until(lambda: stage.sandbox.quickbooks.deliveries.shown()["waiting"] == 0)
    stage.sandbox.quickbooks.deliveries.control({"hold": True})
    answer = httpx2.post(
        f"{stage.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": _ours(stage)[0]["Id"], "amount": "883.80"},
        trust_env=False,
    )
    assert answer.status_code == 303
    time.sleep(1)
    expect(panel(page).locator(".flag.open").first).to_be_visible()

    panel(page).get_by_role("button", name="Refresh").first.click()

    expect(panel(page).locator(".flag.paid").first).to_be_visible()
    expect(page.locator("#snackbars")).to_contain_text("found")


def test_form_is_filled_and_sent_by_keyboard_alone(stage: Stage, page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.press("Enter")
    form = modal(page)
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
        expect(form.locator("[role=listbox] [role=option]:visible").filter(has_text=query).first).to_be_visible()
        box.press("ArrowDown")
        box.press("Enter")
        expect(form.get_by_role("combobox", name=f"Search QuickBooks products: {name}")).to_have_count(0)
    expect(form.get_by_role("button", name="Create invoice")).not_to_have_attribute("aria-disabled", "true")

    form.locator("[name=to]").press("Control+Enter")

    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    assert len(_ours(stage)) == 1


def test_form_opened_during_the_first_import_completes_itself(stage: Stage, fresh: Page) -> None:
    stage.sandbox.quickbooks.faults.add({"status": 503, "path": "/query", "times": 0})
    install_and_connect(stage, fresh)
    fresh.goto(stage.deal_url())
    panel(fresh).get_by_role("button", name="+ Invoice").first.click()
    form = modal(fresh)
    expect(form.get_by_text("Reading customers and products from QuickBooks")).to_be_visible()
    form.locator("[name=to]").fill("Amys Bird Sanctuary")

    stage.sandbox.quickbooks.faults.clear()

    expect(form.get_by_text("Reading customers and products from QuickBooks")).to_have_count(0, timeout=60_000)
    expect(form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first).to_be_visible()
    expect(form.locator("[name=to]")).to_have_value("Amys Bird Sanctuary")
    expect(form.get_by_text("$883.80").first).to_be_visible()
