"""
What a client may do with an object: create, update, void, delete; one door for single calls and batches.

``routes`` reads HTTP, ``batch`` reads items; both come here. Which entity takes which operation is in the schema;
the rules of an entity are in its own module.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import (
    accounts,
    attachables,
    company_currencies,
    documents,
    exchange_rates,
    generic,
    items,
    lists,
    people,
    settings,
)
from dealvoice_sandbox.quickbooks.checking import check
from dealvoice_sandbox.quickbooks.completing import check_subscription
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.schema import ENTITIES

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_ALONE = ("CompanyInfo", "Preferences")
_WORDS = ("", "create", "update", "delete", "void")
_WITHOUT_ID = (*_ALONE, "ExchangeRate")
_OWN_ANSWER = ("Bill", "JournalEntry")
"""They have no void, and refuse it each in its own way."""
_SPARSE_IN_THE_DOCS = frozenset({"Customer", "Item", "Vendor", "Employee", "CompanyInfo", "Preferences", "Attachable"})

_OWN: dict[str, ModuleType] = {
    "Item": items, "Account": accounts, "CompanyCurrency": company_currencies, "ExchangeRate": exchange_rates,
    "Attachable": attachables,
}  # fmt: skip
"""Modules whose verbs play one entity; the rules below take the entity as well."""
_SHARED: dict[str, ModuleType] = {
    "Customer": people, "Vendor": people, "Employee": people, "Term": lists, "PaymentMethod": lists, "Class": lists,
    "Department": lists, "TaxAgency": lists, "JournalCode": lists, "CompanyInfo": settings, "Preferences": settings,
}  # fmt: skip


def read(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str) -> Row:
    """
    Return one object as a client reads it.

    Raises:
        Refusal: 500 without an id, 2030 for one that is no number, 610 when there is no such object.
    """
    if entity in _ALONE:
        return emulator.rows(realm, entity)["1"]
    if not entity_id:
        raise unsupported("Read")
    if not entity_id.isdigit() and entity != "TaxCode":
        raise Refusal("2030", f"Id should be a valid number. Supplied value:{entity_id}", "Id")
    row = emulator.get(realm, entity, entity_id)
    return attachables.shown(emulator, realm, row) if entity == "Attachable" else row


def write(
    emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row, *, operation: str, include: frozenset[str]
) -> Row:
    """
    Create, update, void or delete one object.

    Args:
        emulator: Whose company it is.
        realm: The company.
        entity: What kind of object.
        body: The object as sent.
        operation: ``delete``, ``void``, ``update``, ``create`` or nothing.
        include: Options of the call: ``void``, ``allowduplicatedocnum`` and their like.

    Raises:
        Refusal: Whatever QuickBooks refuses.
        NothingDone: The service answers with nothing.
    """
    check_subscription(emulator, realm)
    word, form = _asked(entity, body, operation, include)
    sparse = word == "update" and entity != "ExchangeRate" and body.get("sparse") in (True, "true")
    checked = check(entity, body, operation="sparse" if sparse else word)
    decides = word == "void" and (documents.known(entity) or entity in _OWN_ANSWER)
    if form not in ENTITIES[entity].operations and not decides:
        raise unsupported(word.capitalize())
    if sparse and entity not in _SPARSE_IN_THE_DOCS and not documents.known(entity):
        _sparse(emulator, entity)
    if documents.known(entity):
        return documents.write(emulator, realm, entity, checked, operation=word, include=include)
    return _rules(entity, word)(emulator, realm, checked)


def unsupported(operation: str) -> Refusal:
    """Return the fault of what an entity does not do."""
    return Refusal("500", f"Operation {operation} is not supported.", "Operation")


def _asked(entity: str, body: Row, operation: str, include: frozenset[str]) -> tuple[str, str]:
    """Return the operation that a call means, and the form that it has in the table of operations."""
    word = operation.strip().lower()
    if word not in _WORDS:
        raise unsupported(operation.strip())
    if "void" in include and word in ("", "update"):
        return "void", "include_void"
    if word not in ("delete", "void"):
        word = "update" if body.get("Id") not in (None, "") or entity in _WITHOUT_ID else "create"
    return word, word


def _sparse(emulator: "QuickBooksEmulator", entity: str) -> None:
    refused = emulator.switches["sparse_update_of_small_lists"] == "refuse"
    if "sparse" not in ENTITIES[entity].operations or refused:
        raise unsupported("Sparse update")


def _rules(entity: str, word: str) -> Callable[["QuickBooksEmulator", str, Row], Row]:
    """Return what plays an operation of an entity that is not a sales document."""
    if entity in _OWN:
        own: Callable[[QuickBooksEmulator, str, Row], Row] = getattr(_OWN[entity], word)
        return own
    shared: Callable[[QuickBooksEmulator, str, str, Row], Row] = getattr(_SHARED.get(entity, generic), word)
    return lambda emulator, realm, body: shared(emulator, realm, entity, body)
