"""What an accountant does to invoices, payments and credits on the pages, and what is refused in words."""

import io
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from playground.desk import REALM, Desk, a_desk


@pytest.fixture
def desk(company: Any) -> Iterator[Desk]:
    with a_desk(company.sandbox) as opened:
        yield opened


def test_invoice_when_written_has_what_was_typed(desk: Desk) -> None:
    row = desk.an_invoice(
        date="2026-03-02", due="2026-04-02", number="A-7", mail="amy@example.com", memo="Thanks <3", discount="10%"
    )

    assert (row["DocNumber"], row["TxnDate"], row["DueDate"]) == ("A-7", "2026-03-02", "2026-04-02")
    assert (row["BillEmail"]["Address"], row["CustomerMemo"]["value"]) == ("amy@example.com", "Thanks <3")
    assert (row["TotalAmt"], row["Balance"]) == (27, 27)
    assert "Thanks &lt;3" in desk.open(f"/app/invoice?txnId={row['Id']}")


def test_invoice_when_edited_keeps_what_the_form_leaves_out(desk: Desk) -> None:
    row = desk.an_invoice(number="A-8")
    line = next(one["Id"] for one in row["Line"] if one["DetailType"] == "SalesItemLineDetail")

    more = {f"qty-{line}": "3", "item-new1": "6", "qty-new1": "1", "price-new1": "25", "tax-new1": "NON"}
    desk.done("/app/invoice", do="edit", txnId=row["Id"], due="2027-01-01", **more)

    seen = desk.emulator.get(REALM, "Invoice", row["Id"])
    assert (seen["TotalAmt"], seen["DueDate"], seen["DocNumber"]) == (70, "2027-01-01", "A-8")
    assert seen["SyncToken"] == "1"


def test_invoice_when_a_line_is_ticked_off_loses_it(desk: Desk) -> None:
    row = desk.an_invoice(**{"item-new2": "6", "qty-new2": "1", "price-new2": "25", "tax-new2": "NON"})

    desk.done("/app/invoice", do="edit", txnId=row["Id"], **{"drop-1": "on"})

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["TotalAmt"] == 25


def test_invoice_when_changed_by_somebody_meanwhile_is_not_written_over(desk: Desk) -> None:
    row = desk.an_invoice()
    desk.done("/app/invoice", do="edit", txnId=row["Id"], due="2027-01-01", version="0")

    said = desk.refused("/app/invoice", do="edit", txnId=row["Id"], due="2027-02-02", version="0")

    assert "Stale" in said
    assert desk.emulator.get(REALM, "Invoice", row["Id"])["DueDate"] == "2027-01-01"


def test_invoice_when_voided_sent_and_deleted_follows(desk: Desk) -> None:
    row = desk.an_invoice(mail="amy@example.com")
    back = f"/app/invoice?txnId={row['Id']}"

    assert desk.done("/app/invoice", do="send", txnId=row["Id"]) == back
    assert desk.emulator.outbox()[-1]["to"] == "amy@example.com"
    assert "amy@example.com" in desk.open("/app/emails")
    desk.done("/app/invoice", do="void", txnId=row["Id"])
    assert "Voided" in desk.open(back)
    assert desk.done("/app/invoice", do="delete", txnId=row["Id"]) == "/app/invoices"
    desk.open(back, 404)


def test_invoice_when_printed_is_a_pdf_with_its_number(desk: Desk) -> None:
    row = desk.an_invoice(number="A-9")

    answer = desk.http.get(f"/app/invoice/{row['Id']}/pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert "A-9" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"do": "create", "item-new1": "11"}, "Customer"),
        ({"do": "create", "customer": "1"}, "Line"),
        ({"do": "create", "customer": "999", "item-new1": "11"}, "999"),
        ({"do": "create", "customer": "1", "item-new1": "11", "qty-new1": "many"}, "not a number"),
        ({"do": "create", "customer": "1", "item-new1": "11", "qty-new1": "1e999"}, "not a number"),
        ({"do": "create", "customer": "1", "item-new1": "999"}, "product or service"),
        ({"do": "create", "customer": "1", "item-new1": "11", "date": "tomorrow"}, "not a date"),
        ({"do": "create", "customer": "1", "item-new1": "11", "number": "x" * 22}, "ength"),
        ({"do": "create", "customer": "1", "item-new1": "11", "mail": "nobody"}, "Email"),
        ({"do": "create", "customer": "1", "item-new1": "11", "discount": "much"}, "not a number"),
        ({"do": "dance"}, "Nothing was chosen"),
        ({}, "Nothing was chosen"),
    ],
)
def test_invoice_when_the_form_makes_no_sense_is_refused_in_words(
    desk: Desk, form: dict[str, str], word: str
) -> None:  # fmt: skip
    assert word in desk.refused("/app/invoice", **form)


def test_form_when_it_is_of_another_page_is_refused(desk: Desk) -> None:
    row = desk.an_invoice()

    for origin in ("http://evil.example", "null"):
        answer = desk.http.post("/app/invoice", data={"do": "delete", "txnId": row["Id"]}, headers={"origin": origin})
        assert answer.status_code == 403

    assert row["Id"] in desk.emulator.rows(REALM, "Invoice")


# Payments.


def test_payment_when_received_in_part_and_in_full_closes_the_invoice(desk: Desk) -> None:
    row = desk.an_invoice()

    desk.done("/app/invoice", do="pay", txnId=row["Id"], amount="10")
    assert "Partially paid" in desk.open(f"/app/invoice?txnId={row['Id']}")
    desk.done("/app/invoice", do="pay", txnId=row["Id"], amount="20.00", reference="4711", method="1")

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 0
    assert desk.row("Payment", PaymentRefNum="4711")["PaymentMethodRef"]["value"] == "1"


def test_payment_when_more_than_owed_stays_in_part_with_the_customer(desk: Desk) -> None:
    row = desk.an_invoice()

    desk.done("/app/invoice", do="pay", txnId=row["Id"], amount="100")

    payment = desk.row("Payment")
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (100, 70)
    assert "Partly applied" in desk.open(f"/app/recvpayment?txnId={payment['Id']}")


def test_payment_when_unapplied_and_applied_again_opens_and_closes_the_invoice(desk: Desk) -> None:
    row = desk.an_invoice()
    desk.done("/app/invoice", do="pay", txnId=row["Id"])
    payment = desk.row("Payment")["Id"]

    desk.done("/app/invoice", do="unapply", txnId=row["Id"], payment=payment)
    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 30
    assert desk.emulator.get(REALM, "Payment", payment)["UnappliedAmt"] == 30
    desk.done("/app/recvpayment", do="apply", txnId=payment, **{f"apply-{row['Id']}": "12.50"})

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == Decimal("17.50")


def test_payment_when_voided_or_deleted_opens_the_invoice(desk: Desk) -> None:
    row = desk.an_invoice()
    desk.done("/app/invoice", do="pay", txnId=row["Id"])
    desk.done("/app/recvpayment", do="void", txnId=desk.row("Payment")["Id"])
    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 30

    desk.done("/app/invoice", do="pay", txnId=row["Id"])
    desk.done("/app/invoice", do="unpay", txnId=row["Id"], payment=desk.row("Payment")["Id"])

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 30


@pytest.mark.parametrize("amount", ["0", "-5", "much", "NaN", "1e99"])
def test_payment_when_its_amount_makes_no_sense_is_refused(desk: Desk, amount: str) -> None:
    row = desk.an_invoice()

    assert desk.refused("/app/invoice", do="pay", txnId=row["Id"], amount=amount)
    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 30


# Credits and estimates.


def test_credit_memo_when_applied_on_the_page_lowers_the_invoice(desk: Desk) -> None:
    desk.done("/app/settings")
    row = desk.an_invoice()
    lines = {"item-new1": "11", "qty-new1": "1", "price-new1": "10", "tax-new1": "NON"}
    memo = desk.done("/app/creditmemo", do="create", customer="1", **lines).rpartition("=")[2]

    desk.done("/app/invoice", do="credit", txnId=row["Id"], memo=memo)

    assert desk.emulator.get(REALM, "Invoice", row["Id"])["Balance"] == 20
    assert "Closed" in desk.open(f"/app/creditmemo?txnId={memo}")


def test_estimate_when_written_can_be_accepted(desk: Desk) -> None:
    lines = {"item-new1": "11", "qty-new1": "1", "price-new1": "10", "tax-new1": "NON"}
    made = desk.done("/app/estimate", do="create", customer="1", expires="2027-01-31", **lines).rpartition("=")[2]

    desk.done("/app/estimate", do="edit", txnId=made, status="Accepted")

    assert desk.emulator.get(REALM, "Estimate", made)["TxnStatus"] == "Accepted"


# Anything at all.

_ODD = (
    "", "0", "-1", "1", "NaN", "Infinity", "1e9", "1e400", "abc", "\x00", "é" * 300, "<script>", "9" * 20, "2026-01-01",
    "2026-13-45", "10%", "%", "on", "TAX", "5", "11", "0.001", "1,5", "²", "٣",
)  # fmt: skip
_FIELDS = (
    "customer", "date", "due", "expires", "number", "mail", "memo", "note", "status", "taxrate", "discount", "amount",
    "method", "reference", "payment", "invoice", "to", "version", "anyway", "name", "price", "closed", "currencies",
    "company", "back", "item-new1", "qty-new1", "price-new1", "tax-new1", "text-new1", "qty-1", "price-1", "item-1",
    "tax-1", "drop-1",
)  # fmt: skip
_PAGES = ("invoice", "creditmemo", "estimate", "recvpayment", "settings", "customers", "items", "company", "deliveries")
_DEEDS = ("create", "edit", "pay", "send", "share", "unpay", "unapply", "credit", "apply", "void", "")


@pytest.mark.parametrize("seed", range(4))
def test_form_when_it_holds_anything_is_never_an_error_of_the_page(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    entities = {"creditmemo": "CreditMemo", "estimate": "Estimate", "recvpayment": "Payment"}

    for _ in range(60):
        page, form = dice.choice(_PAGES), {name: dice.choice(_ODD) for name in dice.sample(_FIELDS, 6)}
        rows = list(desk.emulator.rows(REALM, entities.get(page, "Invoice")))
        form |= {"do": dice.choice(_DEEDS), "txnId": dice.choice([*rows, ""])}

        assert desk.does(f"/app/{page}", **form).status_code in (303, 400, 404), (page, form)
    assert "</html>" in desk.open("/app/invoices")
