"""A batch: up to 30 items, each on its own; one that fails leaves the others alone (batch page)."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import generic, operations, query_answers
from dealvoice_sandbox.quickbooks.checking import UNREADABLE
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import ordered
from dealvoice_sandbox.quickbooks.schema import ENTITIES

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
MOST = 30


def run(emulator: "QuickBooksEmulator", realm: str, body: Row) -> list[Row]:
    """
    Run the items of a batch and return their answers in order.

    Raises:
        Refusal: 1040 for too many items.
    """
    items = body.get("BatchItemRequest")
    if not isinstance(items, list) or set(body) - {"BatchItemRequest"}:
        raise Refusal("2010", UNREADABLE)
    if len(items) > MOST:
        raise Refusal("1040", f"Batch size exceeds the allowed limit of {MOST}")
    answers: list[Row] = []
    for item in items:
        named = {"bId": item["bId"]} if isinstance(item, dict) and item.get("bId") is not None else {}
        try:
            answers.append({**_item(emulator, realm, item), **named})
        except Refusal as refusal:
            answers.append({"Fault": refusal.body(), **named})
    return answers


def _item(emulator: "QuickBooksEmulator", realm: str, item: Any) -> Row:
    if not isinstance(item, dict):
        raise Refusal("2010", UNREADABLE)
    if "Query" in item:
        return {"QueryResponse": query_answers.answer(emulator, realm, str(item["Query"]))}
    name = next((name for name in item if name in ENTITIES), None)
    if name is None or not isinstance(item[name], dict):
        raise Refusal("2010", UNREADABLE)
    operation = str(item.get("operation") or "")
    options = frozenset(one.strip() for one in str(item.get("optionsData") or "").lower().split(","))
    try:
        row = operations.write(emulator, realm, name, item[name], operation=operation, include=options)
    except generic.NothingDone:
        return {}
    return {name: ordered(name, row)}
