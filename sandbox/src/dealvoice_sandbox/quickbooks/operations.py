"""
What a client may do with an object: create, update, void, delete; one door for single calls and batches.

``routes`` reads HTTP, ``batch`` reads items; both come here. The rules of an entity are in its own module.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import documents, lists
from dealvoice_sandbox.quickbooks.completing import check_subscription
from dealvoice_sandbox.quickbooks.faults_text import Refusal, stale
from dealvoice_sandbox.quickbooks.fields import LISTS

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def read(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str) -> Row:
    """
    Return one object as a client reads it.

    Raises:
        Refusal: 500 without an id, 2030 for one that is no number, 610 when there is no such object.
    """
    if entity in ("CompanyInfo", "Preferences"):
        return emulator.rows(realm, entity)["1"]
    if not entity_id:
        raise Refusal("500", "Operation Read is not supported.", "Operation")
    if not entity_id.isdigit() and entity != "TaxCode":
        raise Refusal("2030", f"Id should be a valid number. Supplied value:{entity_id}", "Id")
    return emulator.get(realm, entity, entity_id)


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
    """
    check_subscription(emulator, realm)
    lists.check_properties(entity, body)
    if documents.known(entity):
        return documents.write(emulator, realm, entity, body, operation=operation, include=include)
    if operation == "delete":
        emulator.current(realm, entity, body)
        emulator.remove(realm, entity, str(body["Id"]))
        return {"domain": "QBO", "status": "Deleted", "Id": str(body["Id"])}
    if operation == "void" or "void" in include:
        raise Refusal("500", "Operation Void is not supported.", "Operation")
    exists = body.get("Id") not in (None, "")
    match entity:
        case "Preferences" | "CompanyInfo":
            return _settings(emulator, realm, entity, body)
        case _:
            if entity not in LISTS or entity in ("TaxCode", "TaxRate"):
                raise Refusal("500", "Operation Create is not supported.", "Operation")
            return (lists.update if exists else lists.create)(emulator, realm, entity, body)


def _settings(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    row = emulator.rows(realm, entity)["1"]
    if str(body.get("SyncToken", row["SyncToken"])) != row["SyncToken"]:
        raise stale()
    for name, value in body.items():
        if name in ("Id", "SyncToken", "MetaData", "domain", "sparse"):
            continue
        row[name] = {**row[name], **value} if isinstance(value, dict) and isinstance(row.get(name), dict) else value
    return emulator.touch(realm, entity, row)
