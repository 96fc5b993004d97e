"""A paid invoice is voided by a salesperson: payments shown, consent given, the money kept as credit."""

import httpx2
import pytest
from playwright.sync_api import Page, expect

from playground.stage import Stage, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REALM = "9341452000000001"


def test_paid_invoice_is_voided_after_its_payment_was_taken_off(stage: Stage, at_work: Page) -> None:
    panel(at_work).get_by_role("button", name="+ Invoice").first.click()
    link_everything(at_work)
    modal(at_work).get_by_role("button", name="Create invoice").click()
    expect(modal(at_work).get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    modal(at_work).get_by_role("button", name="Close").click()
    invoice = next(
        row for row in stage.sandbox.quickbooks.rows(REALM, "Invoice").values() if row.get("DocNumber") == "1038"
    )
    paid = httpx2.post(
        f"{stage.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": invoice["Id"], "amount": "300.00"},
        trust_env=False,
    )
    assert paid.status_code == 303
    expect(panel(at_work).get_by_text("Partially paid").first).to_be_visible()

    panel(at_work).get_by_role("button", name="More actions for invoice 1038").click()
    panel(at_work).get_by_role("menuitem", name="Void").click()
    guided = modal(at_work)
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
    expect(panel(at_work).get_by_text("Voided", exact=True)).to_be_visible()
    expect(at_work.locator("#feed")).to_contain_text("Invoice 1038: Voided")
    payments = stage.sandbox.quickbooks.rows(REALM, "Payment").values()
    assert [row for row in payments if float(row["TotalAmt"]) == 300 and float(row["UnappliedAmt"]) == 300]
