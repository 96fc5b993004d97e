"""A batch: up to 30 items, each on its own; one that fails leaves the others alone (batch page)."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import operations, query_answers
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH

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
    items = body.get("BatchItemRequest", [])
    if len(items) > MOST:
        raise Refusal("1040", "Batch size exceeds the allowed limit of 30")
    answers: list[Row] = []
    for item in items:
        try:
            answers.append({**_item(emulator, realm, item), "bId": item.get("bId")})
        except Refusal as refusal:
            answers.append({"Fault": refusal.body(), "bId": item.get("bId")})
    return answers


def _item(emulator: "QuickBooksEmulator", realm: str, item: Row) -> Row:
    if "Query" in item:
        return {"QueryResponse": query_answers.answer(emulator, realm, str(item["Query"]))}
    name = next((name for name in item if name in BY_PATH.values()), None)
    if name is None:
        raise Refusal("2010", "Request has invalid or unsupported property")
    operation = str(item.get("operation", "create"))
    options = frozenset(str(item.get("optionsData", "")).lower().split(","))
    return {name: operations.write(emulator, realm, name, item[name], operation=operation, include=options)}
