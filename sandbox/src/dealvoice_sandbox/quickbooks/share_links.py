"""
The link under which a customer sees an invoice and pays it, without signing in.

Source: Invoice page, InvoiceLink: asked for by ``include=invoiceLink``, given only with online payment and an e-mail
address, and on plain reads once it was made. Its form is that of links seen in production.
"""

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
PATH = "/portal/app/CommerceNetwork/view/"
_ONLINE = ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", "AllowOnlinePayment")


def make(emulator: "QuickBooksEmulator", realm: str, row: Row) -> str:
    """Return an invoice's link; it is made once and is no change of the invoice's version."""
    if not row.get("InvoiceLink"):
        token = f"scs-v1-{secrets.token_hex(32)}"
        emulator.company(realm).setdefault("links", {})[token] = row["Id"]
        row["InvoiceLink"] = f"{emulator.url}{PATH}{token}?locale=en_US&cta=v3invoicelink"
    return str(row["InvoiceLink"])


def may_have(row: Row) -> bool:
    """Tell whether a client is given a link: online payment is on and there is somebody to mail it to."""
    return any(row.get(name) for name in _ONLINE) and bool((row.get("BillEmail") or {}).get("Address"))


def find(emulator: "QuickBooksEmulator", token: str) -> tuple[str, Row] | None:
    """Return company and invoice behind a link's token; None when it stands for nothing any more."""
    for realm, company in emulator.store.tree["companies"].items():
        row = emulator.rows(realm, "Invoice").get(company.get("links", {}).get(token, ""))
        if row is not None:
            return realm, row
    return None


def token_of(link: str) -> str:
    """Return the token of a link."""
    return urlsplit(link).path.rpartition("/")[2]
