"""The papers that the QuickBooks emulator draws can be read, whatever the names on them."""

import io

import pytest
from pypdf import PdfReader

from dealvoice_sandbox.quickbooks import pdf
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from sandbox.desk import Desk, line, percent_off

_NAMES = ("Żuraw Logistyka Sp. z o.o.", "Ωmega Γη", "花園 有限公司", "🌱 Sprout 🌱", "O’Hara — “Sons” €")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def text_of(raw: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages).split())


@pytest.mark.parametrize(
    ("entity", "title"),
    [("Invoice", "INVOICE 1038"), ("CreditMemo", "CREDIT MEMO 1038"), ("Estimate", "ESTIMATE 1001"),
     ("SalesReceipt", "SALES RECEIPT 1038")],
)  # fmt: skip
def test_paper_when_drawn_then_title_buyer_lines_and_totals_are_read(desk, entity, title):
    rows = [line("200", "4", "TAX", Qty=2, UnitPrice=100), percent_off("10")]
    made = desk.document(entity, *rows, CustomerMemo={"value": "Many thanks"})

    read = text_of(desk.pdf(entity, made["Id"]))

    for part in (title, "Amy's Bird Sanctuary", "Design", "Subtotal", "USD 200.00", "USD -20.00", "California 8 %",
                 "USD 16.00", "USD 196.00", "Many thanks"):  # fmt: skip
        assert part in read


def test_paper_of_a_payment_when_drawn_then_what_came_in(desk):
    made = desk.pay("45.50", PaymentRefNum="5664")

    read = text_of(desk.pdf("Payment", made["Id"]))

    assert "RECEIPT 5664" in read
    assert "USD 45.50" in read


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("font", [True, False])
def test_paper_when_the_name_is_in_any_letters_then_drawn(desk, monkeypatch, name, font):
    if not font:
        monkeypatch.setattr(pdf, "system_font", str)
    customer = desk.write("Customer", {"DisplayName": name})
    made = desk.invoice(customer=customer["Id"], PrivateNote=name)

    assert "INVOICE 1038" in text_of(desk.pdf("Invoice", made["Id"]))


def test_paper_when_no_font_has_the_letters_then_they_lose_their_marks(desk, monkeypatch):
    monkeypatch.setattr(pdf, "system_font", str)
    customer = desk.write("Customer", {"DisplayName": "Żółw Łódź 🌱"})
    made = desk.invoice(customer=customer["Id"])

    assert "Zólw Lódz ?" in text_of(desk.pdf("Invoice", made["Id"]))


@pytest.mark.skipif(not pdf.system_font(), reason="this system has no font with these letters")
def test_paper_when_a_font_has_the_letters_then_they_are_kept(desk):
    customer = desk.write("Customer", {"DisplayName": "Żółw Łódź"})
    made = desk.invoice(customer=customer["Id"])

    assert "Żółw Łódź" in text_of(desk.pdf("Invoice", made["Id"]))


def test_paper_when_there_are_many_lines_then_all_pages_are_drawn(desk):
    made = desk.invoice(*[line("1", "4", "NON", Qty=1, UnitPrice=1)] * 120)

    assert len(PdfReader(io.BytesIO(desk.pdf("Invoice", made["Id"]))).pages) > 2


def test_paper_when_the_entity_has_none_then_refused(desk):
    with pytest.raises(Refusal, match="500"):
        desk.pdf("Customer", "1")
