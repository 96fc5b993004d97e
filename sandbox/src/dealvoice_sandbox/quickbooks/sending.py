"""
Mails documents: into the outbox, with their PDF. The SyncToken stays, the time moves (observed in May 2026).

Source: Invoice page (send); sandbox FAQ (40 e-mails a day and company).
"""

import base64
import re
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.pdf import document_pdf
from dealvoice_sandbox.quickbooks.writing import stamp

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
MOST_A_DAY = 40
_TITLES = {"Invoice": "Invoice", "CreditMemo": "Credit Memo", "Estimate": "Estimate", "SalesReceipt": "Sales Receipt",
           "Payment": "Receipt"}  # fmt: skip
_MESSAGES = {"Invoice": "InvoiceMessage", "Estimate": "EstimateMessage", "SalesReceipt": "SalesReceiptMessage"}


def send(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str, to: str | None) -> Row:
    """
    Mail a document to ``to``, else to its own address.

    Raises:
        Refusal: 610, 2210, 6420 or 2020 without an address, 6000 for the 41st mail of a day.
    """
    row = emulator.get(realm, entity, entity_id)
    address = given.mails({"Address": to} if to else _own(emulator, realm, entity, row), "BillEmail")
    if not address:
        if emulator.switches["send_without_address_code"] == "2020":
            raise missing("BillEmail")
        raise Refusal("6420", "Email Address is required", "BillEmail")
    company, at = emulator.company(realm), emulator.clock.now()
    today = [mail for mail in company["outbox"] if mail["at"][:10] == at.isoformat()[:10]]
    if len(today) >= MOST_A_DAY and emulator.switches["sandbox_mail_limit"]:
        raise business("You have reached the limit of e-mails that can be sent today.")
    if entity != "Payment":
        row["BillEmail"] = {"Address": address}
        row["EmailStatus"] = "EmailSent"
    number = str(row.get("DocNumber") or row.get("PaymentRefNum") or "")
    company["outbox"].append(
        {
            "at": at.isoformat(),
            "to": address,
            "cc": _copies(row, "BillEmailCc"),
            "bcc": _copies(row, "BillEmailBcc"),
            **_words(emulator, realm, entity, number),
            "entity": entity,
            "id": entity_id,
            **({"invoice": entity_id} if entity == "Invoice" else {}),
            "number": number,
            "attachment": re.sub(r"[^\w.-]", "_", f"{_TITLES[entity].replace(' ', '_')}_{number or entity_id}")
            + ".pdf",
            "pdf": base64.b64encode(document_pdf(company, entity, row)).decode(),
        }
    )
    row["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": stamp(at)}
    return emulator.touch(realm, entity, row, operation="emailed", raise_token=False)


def _own(emulator: "QuickBooksEmulator", realm: str, entity: str, row: Row) -> Any:
    if entity == "Payment":
        return emulator.rows(realm, "Customer").get(row["CustomerRef"]["value"], {}).get("PrimaryEmailAddr")
    return row.get("BillEmail")


def _copies(row: Row, name: str) -> str:
    return str((row.get(name) or {}).get("Address") or "")


def _words(emulator: "QuickBooksEmulator", realm: str, entity: str, number: str) -> Row:
    company = emulator.company(realm)
    messages = emulator.rows(realm, "Preferences")["1"].get("EmailMessagesPrefs") or {}
    message = messages.get(_MESSAGES.get(entity, "")) or {}
    title = _TITLES[entity]
    return {
        "subject": message.get("Subject") or f"{title} {number} from {company['name']}",
        "text": message.get("Message") or f"Your {title.lower()} is attached.",
    }
