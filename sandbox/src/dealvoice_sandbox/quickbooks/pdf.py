"""Draws an invoice as a real PDF, in the company's plain default form style."""

from decimal import Decimal
from typing import Any

from fpdf import FPDF

Row = dict[str, Any]


def invoice_pdf(company: Row, row: Row) -> bytes:
    """Return the PDF of an invoice. Letters outside Latin-1 print as a question mark, as in US companies."""
    page = FPDF(format="Letter")
    page.set_auto_page_break(auto=True, margin=18)
    page.add_page()
    page.set_title(f"Invoice {row.get('DocNumber', '')}")
    page.set_font("Helvetica", "B", 14)
    page.cell(0, 8, _plain(company["name"]), new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", "", 9)
    address = company["entities"]["CompanyInfo"]["1"].get("CompanyAddr", {})
    parts = (
        address.get("Line1"),
        address.get("City"),
        address.get("CountrySubDivisionCode"),
        address.get("PostalCode"),
    )
    page.cell(0, 5, _plain(", ".join(part for part in parts if part)), new_x="LMARGIN", new_y="NEXT")
    page.ln(6)
    page.set_font("Helvetica", "B", 18)
    page.cell(0, 10, _plain(f"INVOICE {row.get('DocNumber', '')}"), new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", "", 10)
    page.cell(0, 5, _plain(f"Date {row['TxnDate']}    Due {row.get('DueDate', '')}"), new_x="LMARGIN", new_y="NEXT")
    page.ln(3)
    page.set_font("Helvetica", "B", 10)
    page.cell(0, 5, "Bill to", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", "", 10)
    bill = row.get("BillAddr", {})
    lines = [row["CustomerRef"].get("name", ""), *(bill.get(f"Line{n}") for n in range(1, 6))]
    place = " ".join(bill[name] for name in ("City", "CountrySubDivisionCode", "PostalCode") if bill.get(name))
    for line in dict.fromkeys([*lines, place, bill.get("Country")]):
        if line:
            page.cell(0, 5, _plain(line), new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    _table(page, row)
    return bytes(page.output())


def _table(page: FPDF, row: Row) -> None:
    widths = (96, 22, 32, 36)
    page.set_font("Helvetica", "B", 9)
    for width, head in zip(widths, ("Product or service", "Qty", "Rate", "Amount"), strict=True):
        page.cell(width, 7, head, border="B", align="L" if width == 96 else "R")
    page.ln()
    page.set_font("Helvetica", "", 9)
    for line in row["Line"]:
        detail = line.get("SalesItemLineDetail")
        if detail is None:
            continue
        text = f"{detail['ItemRef'].get('name', '')}  {line.get('Description', '')}"[:60]
        cells = (text, _number(detail.get("Qty")), _number(detail.get("UnitPrice")), f"{Decimal(line['Amount']):.2f}")
        for width, cell in zip(widths, cells, strict=True):
            page.cell(width, 6, _plain(cell), align="L" if width == 96 else "R")
        page.ln()
    page.ln(2)
    rows = [("Subtotal", line["Amount"]) for line in row["Line"] if line["DetailType"] == "SubTotalLineDetail"]
    rows += [
        ("Discount", -Decimal(line["Amount"])) for line in row["Line"] if line["DetailType"] == "DiscountLineDetail"
    ]
    rows += [
        ("Tax", row["TxnTaxDetail"].get("TotalTax", 0)),
        ("Total", row["TotalAmt"]),
        ("Balance due", row["Balance"]),
    ]
    currency = row["CurrencyRef"]["value"]
    for name, amount in rows:
        page.cell(150, 6, name, align="R")
        page.cell(36, 6, f"{currency} {Decimal(amount):.2f}", align="R", new_x="LMARGIN", new_y="NEXT")


def _number(value: Any) -> str:
    return "" if value is None else format(Decimal(str(value)).normalize(), "f")


def _plain(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
