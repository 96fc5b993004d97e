"""The accountant's pages: whole in every company, escaped, narrowed; settings, companies, what a customer sees."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from playground.desk import OTHER, REALM, Desk, a_desk


@pytest.fixture
def desk(company: Any) -> Iterator[Desk]:
    with a_desk(company.sandbox) as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    [
        "/app/invoices", "/app/invoices?status=Overdue&q=amy", "/app/payments", "/app/creditmemos", "/app/estimates",
        "/app/customers", "/app/customerdetail?nameId=1", "/app/items", "/app/emails", "/app/settings", "/app/apps",
        "/app/invoice", "/app/creditmemo", "/app/estimate",
    ],
)  # fmt: skip
@pytest.mark.parametrize("realm", [REALM, OTHER])
def test_page_when_opened_is_whole_in_every_company(desk: Desk, path: str, realm: str) -> None:
    desk.done("/app/company", company=realm)

    answer = desk.http.get(path)

    assert answer.status_code == (404 if realm == OTHER and "nameId" in path else 200)
    assert "</html>" in answer.text


def test_documents_when_opened_are_all_whole(desk: Desk) -> None:
    paths = {"Invoice": "invoice", "CreditMemo": "creditmemo", "Estimate": "estimate", "Payment": "recvpayment"}
    for entity, path in paths.items():
        for row in desk.emulator.rows(REALM, entity).values():
            assert "</html>" in desk.open(f"/app/{path}?txnId={row['Id']}")
            assert "</html>" in desk.open(f"/app/{path}?txnId={row['Id']}&edit=1")


@pytest.mark.parametrize("seed", ["us-ast", "us-multi", "uk", "ca"])
def test_books_when_of_any_seed_are_whole_and_can_be_written(desk: Desk, seed: str) -> None:
    desk.emulator.reset(seed)
    realm = next(iter(desk.emulator.store.tree["companies"]))
    lists = ("invoices", "payments", "creditmemos", "estimates", "customers", "items", "settings", "invoice")
    paths = {"Invoice": "invoice", "CreditMemo": "creditmemo", "Estimate": "estimate", "Payment": "recvpayment"}
    opened = [f"/app/{one}" for one in lists]
    for entity, path in paths.items():
        opened += [f"/app/{path}?txnId={row_id}" for row_id in list(desk.emulator.rows(realm, entity))[:20]]
    foreign = [row for row in desk.emulator.rows(realm, "Invoice").values() if row["CurrencyRef"]["value"] != "USD"]
    owing = next((row for row in foreign if row["Balance"] > 1), None)

    for path in opened:
        assert "</html>" in desk.open(path), path
    if owing:
        desk.done("/app/invoice", do="pay", txnId=owing["Id"], amount="1")
        desk.done("/app/invoice", do="edit", txnId=owing["Id"], due="2027-01-01")
        assert desk.emulator.get(realm, "Invoice", owing["Id"])["DueDate"] == "2027-01-01"
    assert bool(foreign) == (seed != "us-ast")


@pytest.mark.parametrize(
    "path",
    [
        "/app/invoice?txnId=999999", "/app/invoice?txnId=../1", "/app/customerdetail", "/app/recvpayment?txnId=x",
        "/app/invoice/999/pdf", "/app/cat/1/pdf", "/app/emails/7/pdf",
    ],
)  # fmt: skip
def test_page_when_there_is_nothing_says_so(desk: Desk, path: str) -> None:
    assert "There is nothing here" in desk.open(path, 404)


def test_list_when_narrowed_shows_what_fits(desk: Desk) -> None:
    html = desk.open("/app/invoices?status=Overdue")
    numbers = set(re.findall(r"txnId=\d+\">(\d+)<", html))

    expected = {
        row["DocNumber"]
        for row in desk.emulator.rows(REALM, "Invoice").values()
        if row["Balance"] > 0 and row["DueDate"] < desk.emulator.today(REALM)
    }
    assert numbers == expected
    assert numbers
    assert set(re.findall(r"txnId=\d+\">(\d+)<", desk.open("/app/invoices?q=1037"))) == {"1037"}


def test_list_when_opened_adds_up_what_is_open(desk: Desk) -> None:
    html = desk.open("/app/invoices")
    overdue, waiting = (
        Decimal(re.search(rf"{name}</dt><dd>\$([\d,.]+)", html).group(1).replace(",", ""))  # type: ignore[union-attr] # it is there
        for name in ("Overdue", "Not due yet")
    )

    assert overdue + waiting == Decimal("5281.52")


# Lists, settings, companies.


def test_customer_and_service_when_added_can_be_invoiced(desk: Desk) -> None:
    desk.done("/app/customers", name="Nina <b>New</b>", mail="nina@example.com")
    desk.done("/app/items", name="Fresh air", price="12.5")

    form = desk.open("/app/invoice")

    assert "Nina &lt;b&gt;New&lt;/b&gt;" in form
    assert "Fresh air" in form
    assert "already exists" in desk.refused("/app/customers", name="nina <b>new</b>")


def test_settings_when_saved_are_in_force(desk: Desk) -> None:
    desk.done("/app/settings", custom="on", warn="on", closed="2026-01-31", currencies="on")

    preferences = desk.emulator.rows(REALM, "Preferences")["1"]
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["SalesFormsPrefs"]["AllowDiscount"] is False
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-01-31"
    assert "closed" in desk.refused(
        "/app/invoice", do="create", customer="1", date="2026-01-31", **{"item-new1": "11", "number": "7"}
    )
    desk.done("/app/settings", closed="")
    preferences = desk.emulator.rows(REALM, "Preferences")["1"]
    assert "BookCloseDate" not in preferences["AccountingInfoPrefs"]
    assert preferences["CurrencyPrefs"]["MultiCurrencyEnabled"] is True
    assert "not a date" in desk.refused("/app/settings", closed="yesterday")


def test_company_when_changed_shows_its_own_books(desk: Desk) -> None:
    assert "Craig's Design" in desk.open("/app/invoices").replace("&#39;", "'")

    desk.done("/app/company", company=OTHER)

    assert "Garden House Ltd" in desk.open("/app/invoices")
    assert desk.does("/app/company", company="1").status_code == 404


def test_link_of_the_vendors_form_when_followed_enters_the_company(desk: Desk) -> None:
    answer = desk.http.get(f"/app/login?pagereq=invoice?txnId=9&deeplinkcompanyid={OTHER}")

    assert (answer.status_code, answer.headers["location"]) == (302, "/app/invoice?txnId=9")
    assert "Garden House Ltd" in desk.open("/app/invoices")


def test_deliveries_when_held_from_the_page_are_held(desk: Desk) -> None:
    assert desk.done("/app/deliveries", do="hold", back="https://evil.example/") == "/app/invoices"
    held = desk.emulator.deliveries.held

    desk.done("/app/deliveries", do="release", back="/app/settings")

    assert (held, desk.emulator.deliveries.held) == (True, False)


# The customer's page.


def test_share_link_when_made_shows_the_invoice_and_takes_a_payment(desk: Desk) -> None:
    row = desk.an_invoice(number="A-11")
    desk.done("/app/invoice", do="share", txnId=row["Id"])
    path = httpx2.URL(desk.emulator.get(REALM, "Invoice", row["Id"])["InvoiceLink"]).path

    assert "A-11" in desk.open(path)
    assert desk.http.get(f"{path}/pdf").content.startswith(b"%PDF")
    assert "at most" in desk.refused(path, amount="31")
    desk.done(path, amount="10")
    desk.done(path)

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 0
    assert "Thank you" in desk.open(path)


def test_share_link_when_its_invoice_is_gone_says_so(desk: Desk) -> None:
    row = desk.an_invoice()
    desk.done("/app/invoice", do="share", txnId=row["Id"])
    path = httpx2.URL(desk.emulator.get(REALM, "Invoice", row["Id"])["InvoiceLink"]).path
    desk.done("/app/invoice", do="delete", txnId=row["Id"])

    assert "no longer works" in desk.open(path, 404)
    assert desk.does(path).status_code == 404
    assert desk.open("/portal/app/CommerceNetwork/view/scs-v1-x", 404)


def test_share_link_when_a_client_asks_is_given_only_with_online_payment_and_an_address(desk: Desk) -> None:
    token = desk.emulator.tokens({"realmId": REALM})["access_token"]
    row = desk.an_invoice(mail="amy@example.com")
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}

    def link() -> str | None:
        path = f"/v3/company/{REALM}/invoice/{row['Id']}"
        found: str | None = (
            desk.http.get(path, params={"include": "invoiceLink"}, headers=headers).json()["Invoice"].get("InvoiceLink")
        )
        return found

    before = link()
    desk.emulator.get(REALM, "Invoice", row["Id"])["AllowOnlineCreditCardPayment"] = True
    first, second = link(), link()

    assert before is None
    assert first == second
    assert "cta=v3invoicelink" in str(first)
