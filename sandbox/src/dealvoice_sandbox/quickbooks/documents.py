"""
One door to what the sales side writes: invoices, credit memos, estimates, sales receipts and payments.

``operations`` comes here for these entities; each has its own module with the same verbs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import credit_memos, estimates, given, payments, sales, sales_receipts
from dealvoice_sandbox.quickbooks.completing import check_subscription
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.pdf import document_pdf

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Verbs:
    create: Callable[..., Row]
    update: Callable[..., Row]
    delete: Callable[..., Row]
    void: Callable[..., Row] | None = None
    send: Callable[..., Row] | None = None
    numbered: bool = True
    """Whether its number is looked up among the others' (``include=allowduplicatedocnum``)."""


_VERBS: dict[str, _Verbs] = {
    "Invoice": _Verbs(sales.create, sales.update, sales.delete, sales.void, sales.send),
    "CreditMemo": _Verbs(credit_memos.create, credit_memos.update, credit_memos.delete, send=credit_memos.send),
    "Estimate": _Verbs(estimates.create, estimates.update, estimates.delete, send=estimates.send),
    "SalesReceipt": _Verbs(
        sales_receipts.create, sales_receipts.update, sales_receipts.delete, sales_receipts.void, sales_receipts.send
    ),
    "Payment": _Verbs(payments.create, payments.update, payments.delete, payments.void, payments.send, numbered=False),
}
_VOID_BY_INCLUDE = frozenset({"SalesReceipt", "Payment"})
"""Their documented form is ``operation=update&include=void``; an invoice's is ``operation=void``."""


def known(entity: str) -> bool:
    """Tell whether an entity is written here."""
    return entity in _VERBS


def write(
    emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row, *, operation: str, include: frozenset[str]
) -> Row:
    """
    Create, update, void or delete one document.

    Raises:
        Refusal: Whatever QuickBooks refuses; 500 for an operation that the entity does not have.
    """
    verbs, body = _VERBS[entity], given.blanks_out(body)
    if operation == "delete":
        return verbs.delete(emulator, realm, body)
    if operation == "void" or "void" in include:
        plain = operation == "void" and "void" not in include
        if verbs.void is None or (
            plain and entity in _VOID_BY_INCLUDE and not emulator.switches["void_of_payment_plain"]
        ):
            raise Refusal("500", "Operation Void is not supported.", "Operation")
        return verbs.void(emulator, realm, body)
    if body.get("Id") not in (None, ""):
        return verbs.update(emulator, realm, body)
    if verbs.numbered:
        return verbs.create(emulator, realm, body, allow_duplicate="allowduplicatedocnum" in include)
    return verbs.create(emulator, realm, body)


def send(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str, to: str | None) -> Row:
    """
    Mail a document.

    Raises:
        Refusal: 500 for an entity that cannot be mailed, 610, 2210, 6420.
    """
    verbs = _VERBS.get(entity)
    if verbs is None or verbs.send is None:
        raise Refusal("500", "Operation Send is not supported.", "Operation")
    check_subscription(emulator, realm)
    return verbs.send(emulator, realm, entity_id, to)


def pdf(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str) -> bytes:
    """
    Draw a document.

    Raises:
        Refusal: 500 for an entity without a paper form, 610.
    """
    if entity not in _VERBS:
        raise Refusal("500", "Operation Pdf is not supported.", "Operation")
    return document_pdf(emulator.company(realm), entity, emulator.get(realm, entity, entity_id))
