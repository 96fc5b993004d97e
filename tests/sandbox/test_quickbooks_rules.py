"""The QuickBooks emulator by its own wire: OAuth, rules, figures and shapes as the vendor documents them."""

import base64
import hashlib
import hmac
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from pypdf import PdfReader

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.core.serving import Running
from dealvoice_sandbox.quickbooks.app import create_app
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.query import parse

REALM = "9341452000000001"


class Books:
    """A client of our own, knowing nothing of the product."""

    def __init__(self, emulator: QuickBooksEmulator, url: str) -> None:
        self.emulator = emulator
        self.http = httpx2.Client(base_url=url, trust_env=False)
        self.token = self.http.post("/_sandbox/tokens", json={}).json()

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token['access_token']}", "Accept": "application/json"}
        return self.http.request(method, f"/v3/company/{REALM}/{path}", headers=headers, **more)

    def query(self, statement: str) -> dict[str, Any]:
        return self.call("GET", "query", params={"query": statement}).json()["QueryResponse"]

    def invoice(self, **more: Any) -> dict[str, Any]:
        body = {"CustomerRef": {"value": "1"}, "Line": [line("5", "275", "1", "275", "TAX")], **more}
        answer = self.call("POST", "invoice", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["Invoice"]

    def refused(self, path: str, body: dict[str, Any], **params: str) -> tuple[str, int]:
        answer = self.call("POST", path, json=body, params=params)
        return answer.json()["Fault"]["Error"][0]["code"], answer.status_code

    def pay(self, invoice: dict[str, Any], amount: str) -> dict[str, Any]:
        lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
        body = {"TotalAmt": amount, "CustomerRef": invoice["CustomerRef"], "Line": lines}
        return self.call("POST", "payment", json=body).json()["Payment"]


def line(item: str, amount: str, quantity: str = "", price: str = "", code: str = "NON") -> dict[str, Any]:
    detail: dict[str, Any] = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}}
    if quantity:
        detail |= {"Qty": float(quantity), "UnitPrice": float(price)}
    return {"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


@pytest.fixture
def books() -> Iterator[Books]:
    portal = Portal.for_app("http://localhost:9", redirect_path="/quickbooks/callback")
    portal.webhook_url = ""
    emulator = QuickBooksEmulator(Clock(), portal, seed="us", folder=None)
    server = Running(create_app(emulator), port=0)
    emulator.url = server.url
    opened = Books(emulator, server.url)
    yield opened
    opened.http.close()
    server.stop()
    emulator.deliveries.stop()


def test_sample_company_keeps_its_figures(books: Books) -> None:
    rows = books.query("select * from Invoice maxresults 1000")["Invoice"]

    assert sum(round(row["Balance"] * 100) for row in rows) == 528_152
    assert books.query("select count(*) from Customer")["totalCount"] == 29


def test_tax_is_computed_rate_by_rate_on_the_sum(books: Books) -> None:
    lines = [line("5", "75", "1", "75", "TAX"), line("5", "72", "1", "72", "TAX"), line("5", "275", "1", "275", "TAX")]

    made = books.invoice(Line=lines, TxnTaxDetail={"TxnTaxCodeRef": {"value": "3"}})

    assert [row["Amount"] for row in made["TxnTaxDetail"]["TaxLine"]] == [29.96, 8.44]
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (38.40, 460.40)


@pytest.mark.parametrize(("first", "total"), [(False, 143.00), (True, 142.20)])
def test_discount_before_and_after_tax(books: Books, first: bool, total: float) -> None:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    lines = [line("5", "100", "1", "100", "TAX"), line("1", "50", "1", "50"), discount]

    assert books.invoice(Line=lines, ApplyTaxAfterDiscount=first)["TotalAmt"] == total


def test_same_requestid_returns_the_first_answer_even_when_deleted_since(books: Books) -> None:
    body = {"CustomerRef": {"value": "1"}, "Line": [line("1", "10")]}
    first = books.call("POST", "invoice", json=body, params={"requestid": "r1"}).json()["Invoice"]
    books.call("POST", "invoice", json={"Id": first["Id"], "SyncToken": "0"}, params={"operation": "delete"})

    again = books.call("POST", "invoice", json=body, params={"requestid": "r1"}).json()["Invoice"]

    assert again == first
    assert books.query("select count(*) from Invoice")["totalCount"] == 31


def test_numbers_go_on_and_typed_ones_do_not_move_them(books: Books) -> None:
    assert books.invoice()["DocNumber"] == "1038"
    assert books.invoice(DocNumber="GRAL-1")["DocNumber"] == "GRAL-1"
    assert books.invoice()["DocNumber"] == "1039"


def test_custom_numbers_leave_an_invoice_without_one(books: Books) -> None:
    preferences = books.call("GET", "preferences").json()["Preferences"]
    books.call(
        "POST",
        "preferences",
        json={"SyncToken": preferences["SyncToken"], "SalesFormsPrefs": {"CustomTxnNumbers": True}},
    )

    assert "DocNumber" not in books.invoice()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Line": []}, "2020"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"Line": [line("999", "1")]}, "2500"),
        ({"Line": [line("5", "79.99", "3", "26.66")]}, "6070"),
        ({"Line": [line("1", "10", code="3")]}, "6100"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"TxnDate": "2026-02-30"}, "2070"),
        ({"BillEmail": {"Address": "nobody"}}, "2210"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"BadProperty": 1}, "2010"),
        ({"Line": [line("1", "-5")]}, "6000"),
    ],
)
def test_invoice_that_quickbooks_refuses(books: Books, change: dict[str, Any], code: str) -> None:
    body = {"CustomerRef": {"value": "1"}, "Line": [line("1", "10")], **change}

    assert books.refused("invoice", body) == (code, 400)


def test_stale_token_is_refused_after_a_payment(books: Books) -> None:
    made = books.invoice()
    books.pay(made, "100")

    assert books.refused("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void") == ("5010", 400)


def test_void_clears_amounts_and_keeps_lines(books: Books) -> None:
    made = books.invoice(PrivateNote="ours")

    gone = books.call(
        "POST", "invoice", json={"Id": made["Id"], "SyncToken": "0"}, params={"operation": "void"}
    ).json()["Invoice"]

    detail = gone["Line"][0]["SalesItemLineDetail"]
    assert (gone["TotalAmt"], gone["Balance"], gone["SyncToken"]) == (0, 0, "1")
    assert gone["PrivateNote"].startswith("Voided")
    assert detail["Qty"] == 0
    assert "UnitPrice" not in detail


def test_delete_leaves_a_tombstone_in_the_change_feed(books: Books) -> None:
    made = books.invoice()
    books.call("POST", "invoice", json={"Id": made["Id"], "SyncToken": "0"}, params={"operation": "delete"})

    read = books.call("GET", f"invoice/{made['Id']}")
    feed = books.call(
        "GET", "cdc", params={"entities": "Invoice", "changedSince": made["MetaData"]["CreateTime"]}
    ).json()

    assert read.json()["Fault"]["Error"][0]["code"] == "610"
    rows = feed["CDCResponse"][0]["QueryResponse"][0]["Invoice"]
    assert {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}.items() <= rows[-1].items()


def test_payment_deleted_opens_the_invoice_again(books: Books) -> None:
    made = books.invoice()
    payment = books.pay(made, "297")
    paid = books.call("GET", f"invoice/{made['Id']}").json()["Invoice"]

    books.call("POST", "payment", json={"Id": payment["Id"], "SyncToken": "0"}, params={"operation": "delete"})

    again = books.call("GET", f"invoice/{made['Id']}").json()["Invoice"]
    assert (paid["Balance"], again["Balance"], again["LinkedTxn"]) == (0, 297.00, [])


def test_send_mails_a_readable_pdf_and_keeps_the_token(books: Books) -> None:
    made = books.invoice(BillEmail={"Address": "a@example.com"})

    sent = books.call("POST", f"invoice/{made['Id']}/send").json()["Invoice"]

    mail = books.http.get("/_sandbox/outbox").json()[0]
    text = PdfReader(io.BytesIO(base64.b64decode(mail["pdf"]))).pages[0].extract_text()
    assert (sent["EmailStatus"], sent["SyncToken"]) == ("EmailSent", "0")
    assert "INVOICE 1038" in text
    assert "297.00" in text


def test_money_prints_two_decimals_and_zero_as_zero(books: Books) -> None:
    body = {"CustomerRef": {"value": "1"}, "Line": [line("1", "100")]}

    raw = books.call("POST", "invoice", json=body).text

    assert '"TotalAmt":100.00' in raw
    assert '"TotalTax":0' in raw


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("select from", "4000"),
        ("select * from Nothing", "4001"),
        ("select * from Invoice where PrivateNote = 'x'", "4001"),
        ("select * from Invoice orderby Id", "4001"),
        ("select * from Invoice startposition 0", "4001"),
        ("select * from Invoice where Balance > '0' or Balance < '1'", "4000"),
    ],
)
def test_query_that_is_refused(books: Books, statement: str, code: str) -> None:
    answer = books.call("GET", "query", params={"query": statement})

    assert answer.json()["Fault"]["Error"][0]["code"] == code


def test_query_by_posted_statement_with_escapes_and_paging(books: Books) -> None:
    statement = r"SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bird Sanctuary'"
    found = books.call("POST", "query", content=statement).json()["QueryResponse"]["Customer"]
    page = books.query("select Id from Invoice orderby TxnDate startposition 31 maxresults 10")

    assert [row["Id"] for row in found] == ["1"]
    assert page["maxResults"] == 1


def test_parser_raises_the_vendors_fault() -> None:
    with pytest.raises(Refusal, match="4000"):
        parse("drop table Invoice")


def test_token_missing_wrong_or_of_another_company(books: Books) -> None:
    path = f"/v3/company/{REALM}/companyinfo/{REALM}"
    wrong = books.http.get(path, headers={"Authorization": "Bearer no", "Accept": "application/json"})
    xml = books.http.get(path)
    other = books.http.get(
        "/v3/company/9341452000000002/companyinfo/1",
        headers={"Authorization": f"Bearer {books.token['access_token']}", "Accept": "application/json"},
    )

    assert (wrong.status_code, wrong.json()["fault"]["error"][0]["code"]) == (401, "3200")
    assert wrong.headers["www-authenticate"].startswith("Bearer")
    assert xml.text.startswith("<?xml")
    assert other.status_code == 403


def _refresh(books: Books, token: str) -> httpx2.Response:
    return books.http.post(
        "/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": token},
        auth=("dealvoice-demo", "dealvoice-demo-secret"),
    )


def test_refresh_token_rotates_after_a_day(books: Books) -> None:
    first = books.token["refresh_token"]
    same = _refresh(books, first).json()["refresh_token"]
    books.http.post("/_sandbox/clock", json={"advance": "P1D"})

    rotated = _refresh(books, first).json()["refresh_token"]

    assert same == first != rotated
    assert _refresh(books, first).json()["error"] == "invalid_grant"


def test_strict_rotation_kills_the_old_token_at_once(books: Books) -> None:
    books.http.post("/_sandbox/switches", json={"strict_rotation": True})

    rotated = _refresh(books, books.token["refresh_token"]).json()["refresh_token"]

    assert _refresh(books, books.token["refresh_token"]).status_code == 400
    assert _refresh(books, rotated).status_code == 200


def test_access_token_expires_by_the_sandbox_clock(books: Books) -> None:
    books.http.post("/_sandbox/clock", json={"advance": "PT2H"})

    assert books.call("GET", "preferences").status_code == 401


def test_wrong_client_secret_is_refused(books: Books) -> None:
    answer = books.http.post(
        "/oauth2/v1/tokens/bearer", data={"grant_type": "refresh_token"}, auth=("dealvoice-demo", "no")
    )

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_foreign_host_or_origin_may_not_control(books: Books) -> None:
    assert books.http.get("/_sandbox/journal", headers={"host": "evil.example"}).status_code == 403
    assert books.http.post("/_sandbox/reset", json={}, headers={"origin": "http://evil.example"}).status_code == 403


def test_event_is_signed_on_its_raw_body_and_tried_again(books: Books) -> None:
    seen: list[tuple[bytes, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((body, self.headers["intuit-signature"]))
            self.send_response(500 if len(seen) == 1 else 200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        books.emulator.deliveries.retry_scale = 0.01
        books.emulator.portal.webhook_url = f"http://127.0.0.1:{server.server_port}/hook"
        books.invoice()
        for _ in range(100):
            if len(seen) >= 2:
                break
            threading.Event().wait(0.05)
        server.shutdown()
        thread.join()

    body, signature = seen[1]
    expected = base64.b64encode(hmac.new(b"dealvoice-demo-verifier", body, hashlib.sha256).digest()).decode()
    assert seen[0][0] == body
    assert signature == expected
    assert b"qbo.invoice.created.v1" in body
