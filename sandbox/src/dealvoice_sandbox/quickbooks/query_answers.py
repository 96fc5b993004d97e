"""The answer to a query: its statement is run over a company's objects, paged and projected."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import query
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH, COUNTED, LISTS, NOT_QUERYABLE, ordered

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def answer(emulator: "QuickBooksEmulator", realm: str, text: str) -> Row:
    """
    Return the ``QueryResponse`` of a statement.

    Raises:
        Refusal: 4000 or 4001.
    """
    statement = query.parse(text)
    entity = BY_PATH.get(statement.entity.lower())
    if entity is None:
        raise Refusal("4001", f"QueryValidationError: invalid context declaration: {statement.entity}")
    found = query.run(
        statement,
        emulator.rows(realm, entity).values(),
        queryable=lambda name: name not in NOT_QUERYABLE,
        is_list=entity in LISTS,
        sortable_id=bool(emulator.switches["sortable_id"]),
    )
    if statement.count:
        return {"totalCount": len(found)}
    page = found[statement.start - 1 : statement.start - 1 + statement.most]
    if not page:
        return {}
    if statement.fields is not None:
        wanted = {path.split(".")[0].lower() for path in statement.fields} | {"domain", "sparse"}
        page = [{name: value for name, value in row.items() if name.lower() in wanted} for row in page]
    shaped: Row = {
        entity: [ordered(entity, row) for row in page],
        "startPosition": statement.start,
        "maxResults": len(page),
    }
    if entity in COUNTED:
        shaped["totalCount"] = len(found)
    return shaped
