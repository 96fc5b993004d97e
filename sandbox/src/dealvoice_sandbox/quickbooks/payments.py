"""Payments received: applied to invoices, released, deleted. An applied payment raises the invoice's SyncToken."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """
    Receive a payment.

    Raises:
        Refusal: No amount, an unknown customer or invoice, or more applied than received or owed.
    """
    if body.get("TotalAmt") is None:
        raise business("You must set a transaction amount.")
    if not body.get("CustomerRef", {}).get("value"):
        raise missing("CustomerRef")
    customer = emulator.reference(realm, "Customer", body["CustomerRef"], kind="Names")
    total = Decimal(str(body["TotalAmt"]))
    lines = body.get("Line", [])
    applied = sum((Decimal(str(line["Amount"])) for line in lines), Decimal(0))
    if applied > total:
        raise business("The amount applied cannot be more than the amount received.")
    for line in lines:
        for link in line["LinkedTxn"]:
            invoice = emulator.rows(realm, "Invoice").get(str(link["TxnId"]))
            if invoice is None:
                raise Refusal("620", "Txn ID Cannot Be Linked", "LinkedTxn")
            if Decimal(str(line["Amount"])) > Decimal(invoice["Balance"]):
                raise business("You can't apply more than the open balance.")
    values = {
        "CustomerRef": {"value": customer["Id"], "name": customer["DisplayName"]},
        "DepositToAccountRef": body.get("DepositToAccountRef", {"value": "4"}),
        "TotalAmt": total,
        "UnappliedAmt": total - applied,
        "ProcessPayment": False,
        "TxnDate": body.get("TxnDate") or emulator.today(realm),
        "CurrencyRef": customer.get("CurrencyRef"),
        "LinkedTxn": [],
        "Line": [{"Amount": Decimal(str(line["Amount"])), "LinkedTxn": line["LinkedTxn"]} for line in lines],
    }
    for name in ("PaymentRefNum", "PaymentMethodRef", "PrivateNote"):
        if body.get(name):
            values[name] = body[name]
    row = emulator.new(realm, "Payment", emulator.next_id(realm, "txn"), values)
    for line in row["Line"]:
        for link in line["LinkedTxn"]:
            invoice = emulator.rows(realm, "Invoice")[str(link["TxnId"])]
            invoice["Balance"] = Decimal(invoice["Balance"]) - line["Amount"]
            invoice["LinkedTxn"] = [*invoice["LinkedTxn"], {"TxnId": row["Id"], "TxnType": "Payment"}]
            emulator.touch(realm, "Invoice", invoice)
    emulator.settle(realm, customer["Id"])
    return row


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a payment as a whole: its lines say anew what it is applied to."""
    row = emulator.current(realm, "Payment", body)
    _release(emulator, realm, row)
    wanted = {**row, **{name: value for name, value in body.items() if name not in {"MetaData", "SyncToken", "Id"}}}
    row["TotalAmt"] = Decimal(str(wanted["TotalAmt"]))
    lines = [{"Amount": Decimal(str(line["Amount"])), "LinkedTxn": line["LinkedTxn"]} for line in body.get("Line", [])]
    applied = sum((line["Amount"] for line in lines), Decimal(0))
    row["Line"], row["UnappliedAmt"] = lines, row["TotalAmt"] - applied
    for line in lines:
        for link in line["LinkedTxn"]:
            invoice = emulator.rows(realm, "Invoice")[str(link["TxnId"])]
            invoice["Balance"] = Decimal(invoice["Balance"]) - line["Amount"]
            invoice["LinkedTxn"] = [*invoice["LinkedTxn"], {"TxnId": row["Id"], "TxnType": "Payment"}]
            emulator.touch(realm, "Invoice", invoice)
    changed = emulator.touch(realm, "Payment", row)
    emulator.settle(realm, row["CustomerRef"]["value"])
    return changed


def void(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Set a payment to zero; its invoices are open again."""
    row = emulator.current(realm, "Payment", body)
    _release(emulator, realm, row)
    row["TotalAmt"] = row["UnappliedAmt"] = Decimal(0)
    row["Line"] = []
    row["PrivateNote"] = f"Voided - {row['PrivateNote']}" if row.get("PrivateNote") else "Voided"
    emulator.tell(realm, "Payment", row["Id"], "void")
    return emulator.touch(realm, "Payment", row)


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete a payment; its invoices are open again. In a bank deposit it is refused."""
    row = emulator.current(realm, "Payment", body)
    if row["LinkedTxn"]:
        detail = (
            "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it "
            "appears on and remove it first."
        )
        raise Refusal("6540", detail, "")
    _release(emulator, realm, row)
    emulator.remove(realm, "Payment", row["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def _release(emulator: "QuickBooksEmulator", realm: str, row: Row) -> None:
    for line in row["Line"]:
        for link in line["LinkedTxn"]:
            invoice = emulator.rows(realm, "Invoice").get(str(link["TxnId"]))
            if link.get("TxnType") != "Invoice" or invoice is None:
                continue
            invoice["Balance"] = Decimal(invoice["Balance"]) + Decimal(line["Amount"])
            invoice["LinkedTxn"] = [one for one in invoice["LinkedTxn"] if one["TxnId"] != row["Id"]]
            emulator.touch(realm, "Invoice", invoice)
            emulator.settle(realm, invoice["CustomerRef"]["value"])
