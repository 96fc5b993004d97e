"""
Invoices: what is checked, what is filled in, what follows. Void, delete, send.

Source: Invoice page of the Accounting API, and answers recorded from the US sample company.
"""

import base64
import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import tax
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.fields import LENGTHS
from dealvoice_sandbox.quickbooks.pdf import invoice_pdf
from dealvoice_sandbox.quickbooks.tax import cents
from dealvoice_sandbox.quickbooks.writing import stamp

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_MAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$")
_SYSTEM = frozenset(
    {"TotalAmt", "Balance", "HomeTotalAmt", "HomeBalance", "LinkedTxn", "DeliveryInfo", "MetaData", "domain", "sparse",
     "Id", "SyncToken", "EmailStatus", "FreeFormAddress", "InvoiceLink"}
)  # fmt: skip


def create(emulator: "QuickBooksEmulator", realm: str, body: Row, *, allow_duplicate: bool) -> Row:
    """
    Create an invoice.

    Raises:
        Refusal: Anything that QuickBooks would refuse.
    """
    values = {name: value for name, value in body.items() if name not in _SYSTEM}
    _complete(emulator, realm, values)
    _number(emulator, realm, values, allow_duplicate=allow_duplicate)
    deposit = Decimal(values.get("Deposit", 0))
    values |= {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        "CustomField": values.get("CustomField", []),
        "LinkedTxn": [],
        "PrintStatus": values.get("PrintStatus", "NeedToPrint"),
        "EmailStatus": "NotSet",
        "Balance": values["TotalAmt"] - deposit,
        "FreeFormAddress": True,
    }
    row = emulator.new(realm, "Invoice", emulator.next_id(realm, "txn"), values)
    emulator.settle(realm, row["CustomerRef"]["value"])
    return row


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change an invoice, sparsely or as a whole; ``Line`` is replaced whole either way."""
    row = emulator.current(realm, "Invoice", body)
    given = {name: value for name, value in body.items() if name not in _SYSTEM}
    keeps = {name: row[name] for name in row if name in _SYSTEM or body.get("sparse")}
    values = {**keeps, **given}
    paid = Decimal(row["TotalAmt"]) - Decimal(row["Balance"])
    if not body.get("sparse") or "Line" in given:
        values["Line"] = [line for line in values.get("Line", []) if line.get("DetailType") != "SubTotalLineDetail"]
    values.setdefault("DocNumber", row.get("DocNumber"))
    values.setdefault("TxnDate", row["TxnDate"])
    _complete(emulator, realm, values)
    values["Balance"] = values["TotalAmt"] - paid
    row.clear()
    row.update(values)
    changed = emulator.touch(realm, "Invoice", row)
    emulator.settle(realm, changed["CustomerRef"]["value"])
    return changed


def void(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set an invoice to zero; lines stay, payments are released."""
    row = emulator.current(realm, "Invoice", body)
    if row["LinkedTxn"] and emulator.switches["void_of_paid"] == "refuse":
        raise business("You must unlink the payments of this transaction before you void it.")
    _release(emulator, realm, row)
    for line in row["Line"]:
        line["Amount"] = Decimal(0)
        detail = line.get("SalesItemLineDetail")
        if detail is not None:
            detail.pop("UnitPrice", None)
            if "Qty" in detail:
                detail["Qty"] = 0
    note = row.get("PrivateNote")
    row["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    row["TxnTaxDetail"] = {"TotalTax": Decimal(0)}
    row["TotalAmt"] = row["Balance"] = Decimal(0)
    row["LinkedTxn"] = []
    emulator.tell(realm, "Invoice", row["Id"], "void")
    changed = emulator.touch(realm, "Invoice", row)
    emulator.settle(realm, changed["CustomerRef"]["value"])
    return changed


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete an invoice for good; with a payment applied it is refused."""
    row = emulator.current(realm, "Invoice", body)
    if row["LinkedTxn"]:
        raise Refusal("6480", "Linked transactions must be unlinked first.", "")
    customer = row["CustomerRef"]["value"]
    emulator.remove(realm, "Invoice", row["Id"])
    emulator.settle(realm, customer)
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def send(emulator: "QuickBooksEmulator", realm: str, invoice_id: str, to: str | None) -> Row:
    """Mail an invoice: it goes to the outbox with its PDF. The SyncToken stays, the time moves."""
    row = emulator.get(realm, "Invoice", invoice_id)
    address = to or (row.get("BillEmail") or {}).get("Address", "")
    if not address:
        raise Refusal("6420", "Email Address is required", "BillEmail")
    _check_mail(address)
    row["BillEmail"] = {"Address": address}
    row["EmailStatus"] = "EmailSent"
    at = emulator.clock.now()
    company = emulator.company(realm)
    message = company["entities"]["Preferences"]["1"].get("EmailMessagesPrefs", {}).get("InvoiceMessage", {})
    pdf = invoice_pdf(company, row)
    number = row.get("DocNumber", "")
    company["outbox"].append(
        {
            "at": at.isoformat(),
            "to": address,
            "subject": message.get("Subject") or f"Invoice {number} from {company['name']}",
            "text": message.get("Message") or "Your invoice is attached.",
            "invoice": invoice_id,
            "number": number,
            "attachment": f"Invoice_{number}.pdf",
            "pdf": base64.b64encode(pdf).decode(),
        }
    )
    row["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": stamp(at)}
    return emulator.touch(realm, "Invoice", row, operation="emailed", raise_token=False)


def _complete(emulator: "QuickBooksEmulator", realm: str, values: Row) -> None:
    """Check an invoice and fill in what the service fills in."""
    _check_given(values)
    preferences = emulator.rows(realm, "Preferences")["1"]
    customer = emulator.reference(realm, "Customer", values["CustomerRef"], kind="Names")
    values["CustomerRef"] = {"value": customer["Id"], "name": customer["DisplayName"]}
    values["CurrencyRef"] = _currency(values, customer, preferences)
    values["TxnDate"] = values.get("TxnDate") or emulator.today(realm)
    _check_books(preferences, values["TxnDate"])
    if not values.get("DueDate"):
        values["DueDate"] = _due(emulator, realm, values, preferences)
    lines = [line for line in values["Line"] if line.get("DetailType") != "SubTotalLineDetail"]
    sold = [
        _line(emulator, realm, line, n) for n, line in enumerate(lines, 1) if line["DetailType"] != "DiscountLineDetail"
    ]
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    subtotal = sum((Decimal(line.get("Amount", 0)) for line in sold), Decimal(0))
    discount = _discount(discounts, subtotal, preferences)
    total_line = {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    values["Line"] = [*sold, total_line, *discounts]
    tax.check_codes(values)
    values["TxnTaxDetail"] = tax.compute(emulator.company(realm), values, discount=discount)
    values["ApplyTaxAfterDiscount"] = bool(values.get("ApplyTaxAfterDiscount"))
    values["TotalAmt"] = subtotal - discount + values["TxnTaxDetail"]["TotalTax"]
    if values["TotalAmt"] < 0:
        raise business("The amount of a transaction must be 0 or greater.")
    for name in ("BillAddr", "ShipAddr"):
        if values.get(name):
            values[name] = {"Id": emulator.next_id(realm, "address"), **values[name]}
        elif customer.get(name):
            values[name] = customer[name]


def _check_given(values: Row) -> None:
    if not values.get("Line"):
        raise missing("Line")
    if not values.get("CustomerRef", {}).get("value"):
        raise missing("CustomerRef")
    for name, most in LENGTHS["Invoice"].items():
        text = values.get(name)
        if text is not None and len(str(text)) > most:
            detail = (
                "String length specified does not match the supported length. "
                f"Min:0 Max:{most} supported. Supplied length:{len(str(text))}"
            )
            raise Refusal("2050", detail, name)
    for name in ("TxnDate", "DueDate"):
        if values.get(name):
            _date(str(values[name]), name)
    mail = (values.get("BillEmail") or {}).get("Address")
    if mail:
        _check_mail(mail)


def _check_mail(addresses: str) -> None:
    if len(addresses) > 100 or not all(_MAIL.match(one.strip()) for one in re.split("[,;]", addresses)):
        raise Refusal("2210", f"Invalid Email Address format : supplied value {addresses}", "BillEmail")


def _date(text: str, element: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("2070", f"Invalid Date : {text}", element) from error


def _check_books(preferences: Row, txn_date: str) -> None:
    closed = preferences.get("AccountingInfoPrefs", {}).get("BookCloseDate")
    if closed and txn_date <= closed:
        sentence = "The account period has closed and the account books cannot be updated through the QBO Services API."
        raise Refusal("6200", f"Account Period Closed, Cannot Update Through Services API : {sentence}", "")


def _currency(values: Row, customer: Row, preferences: Row) -> Row:
    home = preferences["CurrencyPrefs"]["HomeCurrency"]["value"]
    theirs: Row = customer.get("CurrencyRef") or {"value": home}
    asked = str((values.get("CurrencyRef") or {}).get("value", theirs["value"]))
    if not re.fullmatch("[A-Z]{3}", asked):
        raise Refusal("2220", f"Invalid Currency Type : {asked}", "CurrencyRef")
    if asked != home and not preferences["CurrencyPrefs"].get("MultiCurrencyEnabled"):
        raise business("Multi Currency should be enabled to perform this operation")
    if asked != theirs["value"]:
        raise business("The transaction needs to be in the same currency as the A/R and A/P accounts you use.")
    return theirs


def _due(emulator: "QuickBooksEmulator", realm: str, values: Row, preferences: Row) -> str:
    term = values.get("SalesTermRef") or preferences.get("SalesFormsPrefs", {}).get("DefaultTerms")
    row = emulator.rows(realm, "Term").get((term or {}).get("value", ""))
    days = int(row.get("DueDays", 0)) if row else 0
    return (_date(str(values["TxnDate"]), "TxnDate") + timedelta(days=days)).isoformat()


def _line(emulator: "QuickBooksEmulator", realm: str, line: Row, number: int) -> Row:
    if line.get("DetailType") == "DescriptionOnly":
        return {**line, "Id": str(number), "LineNum": number, "Amount": Decimal(0)}
    if line.get("DetailType") != "SalesItemLineDetail":
        raise Refusal("2170", f"Invalid Enumeration : {line.get('DetailType')}", "DetailType")
    detail = dict(line.get("SalesItemLineDetail") or {})
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    amount = _decimal(line["Amount"], "Amount")
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and price is not None:
        right = cents(_decimal(quantity, "Qty") * _decimal(price, "UnitPrice"))
        if right != amount:
            raise Refusal("6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}", "Line")
    # Left out, the default item of the company takes its place (seen on a live sandbox in 2026).
    item = emulator.reference(realm, "Item", detail.get("ItemRef") or {"value": "1"}, kind="Items")
    if item.get("Type") == "Category":
        raise Refusal("2500", "Invalid Reference Id : Categories cannot be used in transactions.", "Line")
    if item.get("Type") == "Inventory" and quantity is None:
        raise Refusal("6520", "Quantity required for inventory item", "Line")
    detail["ItemRef"] = {"value": item["Id"], "name": item["Name"]}
    detail.setdefault("TaxCodeRef", {"value": "TAX" if item.get("Taxable") else "NON"})
    kept = {name: line[name] for name in ("Description",) if line.get(name)}
    return {
        "Id": str(number),
        "LineNum": number,
        **kept,
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }


def _decimal(value: Any, element: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Refusal("2090", f"Invalid Number : {value}", element) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Refusal("2140", f"Invalid Amount : {value}", element)
    return number


def _discount(lines: list[Row], subtotal: Decimal, preferences: Row) -> Decimal:
    if not lines:
        return Decimal(0)
    if not preferences.get("SalesFormsPrefs", {}).get("AllowDiscount"):
        raise Refusal("5030", "Feature Not Supported : discounts are switched off", "Line")
    line = lines[0]
    detail = line.setdefault("DiscountLineDetail", {})
    percent = detail.get("DiscountPercent")
    if percent is not None and detail.get("PercentBased"):
        line["Amount"] = cents(subtotal * _decimal(percent, "DiscountPercent") / 100)
    elif line.get("Amount") is None:
        raise Refusal("6090", "Discount line needs an amount or a percentage", "Line")
    line["Amount"] = _decimal(line["Amount"], "Amount")
    if line["Amount"] > subtotal:
        raise business("The discount amount can't be greater than the subtotal.")
    account = preferences.get("SalesFormsPrefs", {}).get("DefaultDiscountAccount")
    if account:
        detail.setdefault("DiscountAccountRef", {"value": account, "name": "Discounts given"})
    return Decimal(line["Amount"])


def _number(emulator: "QuickBooksEmulator", realm: str, values: Row, *, allow_duplicate: bool) -> None:
    company = emulator.company(realm)
    custom = company["entities"]["Preferences"]["1"].get("SalesFormsPrefs", {}).get("CustomTxnNumbers")
    given = values.get("DocNumber")
    if given and emulator.switches["warn_duplicate_number"] and not allow_duplicate:
        for row in emulator.rows(realm, "Invoice").values():
            if row.get("DocNumber") == given:
                detail = (
                    "Duplicate Document Number Error : You must specify a different number. This number has already been "
                    f"used. DocNumber={given} is assigned to TxnType=Invoice with TxnId={row['Id']}"
                )
                raise Refusal("6140", detail, "DocNumber")
    if given is None and not custom:
        taken = {row.get("DocNumber") for row in emulator.rows(realm, "Invoice").values()}
        number = company["doc"]
        while str(number) in taken:
            number += 1
        values["DocNumber"], company["doc"] = str(number), number + 1


def _release(emulator: "QuickBooksEmulator", realm: str, row: Row) -> None:
    for link in row["LinkedTxn"]:
        payment = emulator.rows(realm, "Payment").get(link["TxnId"])
        if payment is None:
            continue
        kept, freed = [], Decimal(0)
        for line in payment["Line"]:
            if any(one["TxnId"] == row["Id"] for one in line["LinkedTxn"]):
                freed += Decimal(line["Amount"])
            else:
                kept.append(line)
        payment["Line"] = kept
        payment["UnappliedAmt"] = Decimal(payment.get("UnappliedAmt", 0)) + freed
        emulator.touch(realm, "Payment", payment)
