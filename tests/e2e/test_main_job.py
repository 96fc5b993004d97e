"""The main job as a new user does it, through the host page, in one story: from install to paid, voided, deleted."""

from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect
from pypdf import PdfReader

from playground.looking import wait_until
from playground.stage import Stage, install_and_connect, link_everything, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_from_install_to_paid_voided_and_deleted(stage: Stage, page: Page, tmp_path: Path) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda seen: problems.append(f"{seen.status} {seen.url}") if seen.status >= 400 else None)
    framed: list[Request] = []
    page.on("requestfinished", lambda asked: framed.append(asked) if _is_framed(asked, stage) else None)
    install_and_connect(stage, page)
    _mapping_is_kept(stage, page)

    page.goto(stage.deal_url())
    expect(panel(page).get_by_text("No invoice on this deal yet")).to_be_visible()
    _create_first(page)
    expect(panel(page).get_by_text("Open", exact=True).first).to_be_visible()
    expect(page.locator("#feed")).to_contain_text("Invoice 1038: Open")

    _pay(stage, page, "383.80")
    expect(panel(page).get_by_text("Partially paid").first).to_be_visible()
    expect(page.locator("#feed")).to_contain_text("Invoice 1038: Partially paid")
    _pay(stage, page, "500.00")
    expect(panel(page).locator(".flag.paid").first).to_be_visible()
    expect(page.locator("#feed")).to_contain_text("Invoice 1038: Paid")

    _send_and_download(stage, page, tmp_path)
    _second_asks(page)
    _void_and_delete(stage, page)
    _frames_carried_no_cookie(page, stage, framed)
    assert problems == []


def _mapping_is_kept(stage: Stage, page: Page) -> None:
    page.get_by_label("Due date").or_(page.locator("input[name=due_days]")).first.fill("14")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Save").click()
    page.reload()
    expect(page.locator("input[name=due_days]")).to_have_value("14")


def _create_first(page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    form = modal(page)
    expect(form.get_by_text("Not linked to a QuickBooks product").first).to_be_visible()
    expect(form.locator("[name=to]")).to_have_value("Amys Bird Sanctuary Inc.")
    expect(form.get_by_role("button", name="Create invoice")).to_have_attribute("aria-disabled", "true")
    link_everything(page)
    expect(form.get_by_text("$883.80").first).to_be_visible()
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1038 is in QuickBooks")).to_be_visible()
    expect(form.get_by_text("QuickBooks arrived at the same total, to the cent")).to_be_visible()
    form.get_by_role("button", name="Close").click()
    expect(page.locator(".modal")).to_have_count(0)


def _pay(stage: Stage, page: Page, amount: str) -> None:
    invoice = _invoice(stage, "1038")
    answer = httpx2.post(
        f"{stage.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": invoice["Id"], "amount": amount},
        trust_env=False,
    )
    assert answer.status_code == 303
    page.bring_to_front()


def _send_and_download(stage: Stage, page: Page, tmp_path: Path) -> None:
    _menu(page, "1038", "Send by email")
    page.locator("dialog.confirm").get_by_role("button").last.click()
    wait_until(lambda: [mail["to"] for mail in stage.sandbox.quickbooks.outbox()] == ["Birds@Intuit.com"])
    expect(panel(page).get_by_role("button", name="More actions for invoice 1038")).to_be_visible()
    with page.expect_download() as download:
        _menu(page, "1038", "Download PDF")
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    assert "1038" in target.name
    assert "INVOICE 1038" in PdfReader(target).pages[0].extract_text()


def _second_asks(page: Page) -> None:
    panel(page).get_by_role("button", name="+ Invoice").first.click()
    form = modal(page)
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    expect(form.get_by_role("button", name="Create invoice")).to_have_attribute("aria-disabled", "true")
    form.get_by_role("button", name="Add them too").first.click()
    expect(form.locator("tr[data-row]")).to_have_count(4)
    form.locator("input[name=second]:visible").first.check()
    expect(form.get_by_role("button", name="Create invoice")).not_to_have_attribute("aria-disabled", "true")
    form.get_by_role("button", name="Create invoice").click()
    expect(form.get_by_text("Invoice 1039 is in QuickBooks")).to_be_visible()
    form.get_by_role("button", name="Close").click()
    expect(page.locator(".modal")).to_have_count(0)


def _void_and_delete(stage: Stage, page: Page) -> None:
    _menu(page, "1039", "Void")
    dialog = page.locator("dialog.confirm")
    expect(dialog).to_contain_text("cannot be restored")
    dialog.get_by_role("button").last.click()
    expect(panel(page).get_by_text("Voided", exact=True)).to_be_visible()
    assert float(_invoice(stage, "1039")["TotalAmt"]) == 0
    _menu(page, "1039", "Delete")
    page.locator("dialog.confirm").get_by_role("button").last.click()
    expect(panel(page).get_by_text("Deleted", exact=True)).to_be_visible()
    assert "1039" not in {row.get("DocNumber") for row in _invoices(stage)}


def _menu(page: Page, number: str, item: str) -> None:
    panel(page).get_by_role("button", name=f"More actions for invoice {number}").click()
    panel(page).get_by_role("menuitem", name=item).click()


def _is_framed(asked: Request, stage: Stage) -> bool:
    return (
        asked.url.startswith(stage.app_url)
        and not asked.is_navigation_request()
        and asked.frame.parent_frame is not None
    )


def _frames_carried_no_cookie(page: Page, stage: Stage, framed: list[Request]) -> None:
    """The browser has a cookie of the product from the settings page, and no frame ever sent it."""
    assert any(cookie["name"] == "dealvoice" for cookie in page.context.cookies(stage.app_url))
    assert len(framed) > 20
    assert [asked.url for asked in framed if "cookie" in asked.all_headers()] == []


def _invoice(stage: Stage, number: str) -> dict:
    return next(row for row in _invoices(stage) if row.get("DocNumber") == number)


def _invoices(stage: Stage) -> list[dict]:
    return list(stage.sandbox.quickbooks.rows("9341452000000001", "Invoice").values())
