"""
Draws a document as a real PDF, in the company's plain default form style.

What the PDF's own fonts can write is written with them. For other letters a font of the system is embedded when there is
one; without it letters lose their marks, and what is left (emoji) is shown as a question mark.
"""

import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fpdf import FPDF

Row = dict[str, Any]
_TITLES = {"Invoice": "INVOICE", "CreditMemo": "CREDIT MEMO", "Estimate": "ESTIMATE", "SalesReceipt": "SALES RECEIPT",
           "Payment": "RECEIPT"}  # fmt: skip
_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
_UNMARKED = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE", "–": "-", "—": "-",
                           "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "…": "...", "€": "EUR", "\t": " "})  # fmt: skip
_WIDTHS = (96, 22, 32, 36)


def invoice_pdf(company: Row, row: Row) -> bytes:
    """Return the PDF of an invoice."""
    return document_pdf(company, "Invoice", row)


def document_pdf(company: Row, entity: str, row: Row) -> bytes:
    """Return the PDF of a sales document or of a payment."""
    return _Paper(company, entity, row).draw()


@cache
def system_font() -> str:
    """Return the path of a font with most of the world's letters; "" when this system has none."""
    return next((path for path in _FONTS if Path(path).exists()), "")


class _Paper:
    def __init__(self, company: Row, entity: str, row: Row) -> None:
        self._company, self._entity, self._row = company, entity, row
        self._page = FPDF(format="Letter" if company.get("country") in ("US", "CA") else "A4")
        self._page.set_auto_page_break(auto=True, margin=18)
        self._family, self._covered = "Helvetica", frozenset[int]()
        if not _is_latin(_all_text(company) + _all_text(row)) and system_font():
            for style in ("", "B"):
                self._page.add_font("Wide", style, system_font())
            self._family = "Wide"
            self._covered = frozenset(getattr(self._page.fonts["wide"], "cmap", ()))

    def draw(self) -> bytes:
        row, title = self._row, _TITLES[self._entity]
        self._page.add_page()
        self._page.set_title(self._plain(f"{title.title()} {row.get('DocNumber', '')}".strip()))
        self._seller()
        self._put(f"{title} {row.get('DocNumber') or row.get('PaymentRefNum') or ''}", 18, bold=True, height=10)
        due = f"    Due {row['DueDate']}" if row.get("DueDate") else ""
        self._put(f"Date {row['TxnDate']}{due}")
        self._page.ln(3)
        self._buyer()
        self._page.ln(4)
        if self._entity == "Payment":
            self._total("Amount received", row["TotalAmt"])
            self._total("Not applied", row.get("UnappliedAmt", 0))
        else:
            self._lines()
            self._totals()
            self._notes()
        return bytes(self._page.output())

    def _seller(self) -> None:
        info = self._company["entities"].get("CompanyInfo", {}).get("1", {})
        self._put(self._company["name"], 14, bold=True, height=8)
        address = info.get("CompanyAddr") or {}
        names = ("Line1", "City", "CountrySubDivisionCode", "PostalCode")
        self._put(", ".join(str(address[name]) for name in names if address.get(name)), 9)
        self._page.ln(6)

    def _buyer(self) -> None:
        bill = self._row.get("BillAddr") or {}
        self._put("Received from" if self._entity == "Payment" else "Bill to", bold=True)
        lines = [self._row["CustomerRef"].get("name", ""), *(bill.get(f"Line{n}") for n in range(1, 6))]
        place = " ".join(str(bill[name]) for name in ("City", "CountrySubDivisionCode", "PostalCode") if bill.get(name))
        for line in dict.fromkeys([*lines, place, bill.get("Country")]):
            if line:
                self._put(str(line))

    def _lines(self) -> None:
        self._font(9, bold=True)
        for width, head in zip(_WIDTHS, ("Product or service", "Qty", "Rate", "Amount"), strict=True):
            self._page.cell(width, 7, head, border="B", align="L" if width == _WIDTHS[0] else "R")
        self._page.ln()
        self._font(9)
        for line in self._row["Line"]:
            self._line(line, "")

    def _line(self, line: Row, margin: str) -> None:
        detail, bundle = line.get("SalesItemLineDetail"), line.get("GroupLineDetail")
        if bundle is not None:
            name = bundle["GroupItemRef"].get("name", "")
            self._cells(name, _number(bundle.get("Quantity")), "", f"{Decimal(line['Amount']):.2f}")
            for inner in bundle.get("Line", []):
                self._line(inner, "    ")
        elif line["DetailType"] == "DescriptionOnly":
            self._cells(line.get("Description", ""), "", "", "")
        elif detail is not None:
            reference = detail.get("ItemRef") or {}
            name = reference.get("name") or ("Shipping" if reference.get("value") == "SHIPPING_ITEM_ID" else "")
            text = f"{margin}{name}  {line.get('Description', '')}"
            self._cells(
                text, _number(detail.get("Qty")), _number(detail.get("UnitPrice")), f"{Decimal(line['Amount']):.2f}"
            )

    def _cells(self, text: str, *figures: str) -> None:
        shown = self._plain(" ".join(text.splitlines())).rstrip()
        if len(shown) > 60:
            shown = f"{shown[:57]}..."
        for width, cell in zip(_WIDTHS, (shown, *figures), strict=True):
            self._page.cell(width, 6, cell, align="L" if width == _WIDTHS[0] else "R")
        self._page.ln()

    def _totals(self) -> None:
        self._page.ln(2)
        row = self._row
        for line in row["Line"]:
            if line["DetailType"] == "SubTotalLineDetail":
                self._total("Subtotal", line["Amount"])
            if line["DetailType"] == "DiscountLineDetail":
                self._total("Discount", -Decimal(line["Amount"]))
        rates = self._company["entities"].get("TaxRate", {})
        for line in row["TxnTaxDetail"].get("TaxLine", []):
            detail = line["TaxLineDetail"]
            name = rates.get(detail["TaxRateRef"]["value"], {}).get("Name", "Tax")
            self._total(f"{name} {_number(detail['TaxPercent'])} %", line["Amount"])
        self._total("Tax", row["TxnTaxDetail"].get("TotalTax", 0))
        self._total("Total", row["TotalAmt"])
        if row.get("Deposit"):
            self._total("Deposit", -Decimal(row["Deposit"]))
        if self._entity == "Invoice":
            self._total("Balance due", row["Balance"])
        if self._entity == "CreditMemo":
            self._total("Credit left", row["RemainingCredit"])

    def _notes(self) -> None:
        memo = str((self._row.get("CustomerMemo") or {}).get("value") or "")
        if memo:
            self._page.ln(4)
            self._font(9)
            self._page.multi_cell(0, 5, self._plain(memo), new_x="LMARGIN", new_y="NEXT")

    def _total(self, name: str, amount: Any) -> None:
        self._font(9)
        self._page.cell(150, 6, self._plain(name), align="R")
        text = f"{self._row['CurrencyRef']['value']} {Decimal(amount):.2f}"
        self._page.cell(36, 6, text, align="R", new_x="LMARGIN", new_y="NEXT")

    def _put(self, text: str, size: int = 10, *, bold: bool = False, height: int = 5) -> None:
        self._font(size, bold=bold)
        self._page.cell(0, height, self._plain(text), new_x="LMARGIN", new_y="NEXT")

    def _font(self, size: int, *, bold: bool = False) -> None:
        self._page.set_font(self._family, "B" if bold else "", size)

    def _plain(self, text: str) -> str:
        """Return a text in letters that the font at hand can write."""
        if self._family != "Helvetica":
            return "".join(one if ord(one) in self._covered or one == "\n" else _unmarked(one) for one in text)
        return text if _is_latin(text) else "".join(one if _is_latin(one) else _unmarked(one) for one in text)


def _is_latin(text: str) -> bool:
    return all(ord(one) < 256 for one in text)


def _unmarked(letter: str) -> str:
    bare = unicodedata.normalize("NFKD", letter.translate(_UNMARKED))
    return bare.encode("ascii", "ignore").decode() or "?"


def _all_text(value: Any) -> str:
    """Return the texts of what is printed of an object, joined."""
    match value:
        case str():
            return value
        case list():
            return "".join(_all_text(one) for one in value)
        case dict():
            return "".join(_all_text(one) for name, one in value.items() if name != "entities")
        case _:
            return ""


def _number(value: Any) -> str:
    return "" if value is None else format(Decimal(str(value)).normalize(), "f")
