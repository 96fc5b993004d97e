"""A paid invoice is voided by a salesperson: payments shown, consent given, the money kept as credit."""

from collections.abc import Iterator
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
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    context, opened = a_page(browser)
    install_and_connect(stage, opened)
    opened.goto(stage.deal_url())
    yield opened
    context.close()


def test_paid_invoice_is_voided_after_its_payment_was_taken_off(stage: Stage, page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    link_everything(page)
    modal(page).get_by_role("button", name="Create invoice").click()
    expect(modal(page).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(page).get_by_role("button", name="Close").click()
    invoice = next(
        row for row in stage.sandbox.quickbooks.rows(REALM, "Invoice").values() if row.get("DocNumber") == "1038"
    )
    paid = httpx2.post(
        f"{stage.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": invoice["Id"], "amount": "300.00"},
        trust_env=False,
    )
    assert paid.status_code == 303
    expect(panel(page).get_by_text("Partially paid").first).to_be_visible()

    panel(page).get_by_role("button", name="More actions for invoice 1038").click()
    panel(page).get_by_role("menuitem", name="Void").click()
    guided = modal(page)
    expect(guided.get_by_text("$300.00 has been paid on this invoice")).to_be_visible()
    guided.get_by_role("button", name="Check the result").click()
    expect(guided.get_by_text("A voided invoice cannot be restored")).to_be_visible()
    consent = guided.get_by_role("checkbox", name="Take $300.00 of payment")
    guided.get_by_role("button", name="Void invoice 1038").click()
    expect(consent).to_be_visible()  # nothing happens without the tick
    consent.check()
    guided.get_by_role("button", name="Void invoice 1038").click()

    expect(guided.get_by_role("heading", name="Invoice 1038 is voided")).to_be_visible()
    guided.get_by_role("button", name="Close").click()
    expect(panel(page).get_by_text("Voided", exact=True)).to_be_visible()
    expect(page.locator("#feed")).to_contain_text("Invoice 1038: Voided")
    payments = stage.sandbox.quickbooks.rows(REALM, "Payment").values()
    assert [row for row in payments if float(row["TotalAmt"]) == 300 and float(row["UnappliedAmt"]) == 300]
