"""Turns an accountant's forms into bodies as a client of the API would send them."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dealvoice_sandbox.quickbooks.pages.books import Books
from dealvoice_sandbox.quickbooks.pages.session import BadForm, amount

Row = dict[str, Any]
Form = dict[str, str]
NEW_LINES = tuple(f"new{n}" for n in range(1, 7))
"""Names of the empty lines of a form."""
_CENT = Decimal("0.01")


def document(books: Books, form: Form, row: Row | None) -> Row:
    """
    Return the body of a new document, or of a change of one; fields that the form lacks stay as they are.

    Raises:
        BadForm: A field that makes no sense.
    """
    body: Row = {"Line": _lines(books, form, row)}
    if form.get("customer"):
        body["CustomerRef"] = {"value": form["customer"]}
    for name, field in (("date", "TxnDate"), ("due", "DueDate"), ("expires", "ExpirationDate")):
        if form.get(name):
            body[field] = _day(form[name])
    if form.get("number") or (row is not None and "number" in form):
        body["DocNumber"] = form["number"]
    if "mail" in form:
        body["BillEmail"] = {"Address": form["mail"]} if form["mail"] else None
    if "memo" in form:
        body["CustomerMemo"] = {"value": form["memo"]} if form["memo"] else None
    if "note" in form:
        body["PrivateNote"] = form["note"] or None
    if form.get("status"):
        body["TxnStatus"] = form["status"]
    tax = (row or {}).get("TxnTaxDetail", {}).get("TxnTaxCodeRef")
    if form.get("taxrate"):
        tax = {"value": form["taxrate"]}
    if tax:
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": tax}
    return {name: value for name, value in body.items() if value is not None or row is not None}


def _lines(books: Books, form: Form, row: Row | None) -> list[Row]:
    found, discounts = [], []
    for line in (row or {}).get("Line", []):
        match line["DetailType"]:
            case "SubTotalLineDetail":
                continue
            case "DiscountLineDetail":
                discounts.append(line)
            case "SalesItemLineDetail":
                if f"drop-{line['Id']}" not in form:
                    found.append(_changed(form, line))
            case _:
                found.append(line)
    filled = [name for name in NEW_LINES if form.get(f"item-{name}") or form.get(f"price-{name}")]
    found += [_new_line(books, form, name) for name in filled]
    if "discount" in form:
        discounts = _discount(form["discount"])
    return [*found, *discounts]


def _changed(form: Form, line: Row) -> Row:
    name, detail = line["Id"], dict(line["SalesItemLineDetail"])
    quantity, price = form.get(f"qty-{name}"), form.get(f"price-{name}")
    kept = {key: value for key, value in line.items() if key != "LineNum"}
    if f"text-{name}" in form:
        kept["Description"] = form[f"text-{name}"]
    if form.get(f"item-{name}"):
        detail["ItemRef"] = {"value": form[f"item-{name}"]}
    if f"tax-{name}" in form:
        detail["TaxCodeRef"] = {"value": form[f"tax-{name}"]}
    if quantity or price:
        many = amount(quantity or str(detail.get("Qty", 1)), "Quantity")
        each = amount(price or str(detail.get("UnitPrice", line["Amount"])), "Rate")
        detail |= {"Qty": many, "UnitPrice": each}
        kept["Amount"] = _rounded(many * each)
    return {**kept, "SalesItemLineDetail": detail}


def _new_line(books: Books, form: Form, name: str) -> Row:
    item = books.row("Item", form.get(f"item-{name}", ""))
    if item is None:
        raise BadForm("A line needs a product or service.")
    many = amount(form.get(f"qty-{name}") or "1", "Quantity")
    each = amount(form.get(f"price-{name}") or str(item.get("UnitPrice") or 0), "Rate")
    detail: Row = {"ItemRef": {"value": item["Id"]}, "Qty": many, "UnitPrice": each}
    if form.get(f"tax-{name}"):
        detail["TaxCodeRef"] = {"value": form[f"tax-{name}"]}
    text = form.get(f"text-{name}") or item.get("Description")
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": _rounded(many * each),
        **({"Description": text} if text else {}),
        "SalesItemLineDetail": detail,
    }


def _discount(text: str) -> list[Row]:
    if not text.strip("% "):
        return []
    if text.endswith("%"):
        detail = {"PercentBased": True, "DiscountPercent": amount(text.strip("% "), "Discount")}
        return [{"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}]
    detail = {"PercentBased": False}
    return [{"DetailType": "DiscountLineDetail", "Amount": amount(text, "Discount"), "DiscountLineDetail": detail}]


def payment(books: Books, row: Row, form: Form) -> Row:
    """
    Return the body of a payment for an invoice; what is more than it owes stays unapplied.

    Raises:
        BadForm: A field that makes no sense.
    """
    received = amount(form.get("amount") or str(row["Balance"]), "Amount")
    if received <= 0:
        raise BadForm("The amount received must be above zero.")
    applied = min(received, Decimal(str(row["Balance"])))
    lines = [{"Amount": applied, "LinkedTxn": [{"TxnId": row["Id"], "TxnType": "Invoice"}]}] if applied > 0 else []
    body: Row = {"TotalAmt": received, "CustomerRef": {"value": row["CustomerRef"]["value"]}, "Line": lines}
    if row["CurrencyRef"]["value"] != books.home:
        body["CurrencyRef"] = row["CurrencyRef"]
    if form.get("date"):
        body["TxnDate"] = _day(form["date"])
    method = form.get("method", "2")
    if books.row("PaymentMethod", method):
        body["PaymentMethodRef"] = {"value": method}
    if form.get("reference"):
        body["PaymentRefNum"] = form["reference"]
    return body


def applied(books: Books, row: Row, form: Form) -> Row:
    """
    Return the body that applies a payment anew, as the form's amounts by invoice say.

    Raises:
        BadForm: An amount that makes no sense.
    """
    lines = [line for line in row["Line"] if not _is_for_invoice(line)]
    for invoice in books.found("Invoice", customer=row["CustomerRef"]["value"]):
        text = form.get(f"apply-{invoice['Id']}", "")
        share = amount(text, "Amount") if text else Decimal(0)
        if share > 0:
            lines.append({"Amount": share, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]})
    return _whole(row, lines)


def unapplied(row: Row, invoice_id: str) -> Row:
    """Return the body that takes a payment off an invoice and keeps its money with the customer."""
    kept = [line for line in row["Line"] if not any(link["TxnId"] == invoice_id for link in line["LinkedTxn"])]
    return _whole(row, kept)


def credit(memo: Row, invoice: Row) -> Row:
    """Return the body of the empty payment that applies a credit memo to an invoice, as far as both go."""
    left = Decimal(str(memo.get("RemainingCredit", memo.get("Balance", 0))))
    share = min(left, Decimal(str(invoice["Balance"])))
    return {
        "TotalAmt": Decimal(0),
        "CustomerRef": {"value": invoice["CustomerRef"]["value"]},
        "CurrencyRef": invoice["CurrencyRef"],
        "Line": [
            {"Amount": share, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]},
            {"Amount": share, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]},
        ],
    }


def _is_for_invoice(line: Row) -> bool:
    return any(link["TxnType"] == "Invoice" for link in line["LinkedTxn"])


def _whole(row: Row, lines: list[Row]) -> Row:
    return {"CustomerRef": row["CustomerRef"], "TotalAmt": row["TotalAmt"], "Line": lines}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadForm(f"{text!r} is not a date.") from error


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
