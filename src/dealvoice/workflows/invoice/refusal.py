"""
Names what a refusal was about: the world changed after the form was looked over.

QuickBooks' own sentence may leave open which reference it means ("Something you're trying to use has been made
inactive"). One call of the change feed brings the mirror up to date; then the mirror tells, and the form that is kept
shows the same finding with the same remedy.
"""

from dataclasses import replace
from datetime import date

from dealvoice.connections.tokens import SignInEnded
from dealvoice.invoicing.books import NumberKind
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import series
from dealvoice.workflows.operations import Fault, must
from dealvoice.workflows.sync.catch_up import catch_up
from dealvoice.workflows.translate.sending import item_of, new_name

_OF_THE_WORLD = ("customer.", "item.", "date.books_closed", "number.", "company.feature_off", "currency.", "discount.")
_OF_REFERENCES = ("customer.gone", "customer.inactive", "item.gone", "item.inactive", "item.category")


def name_refusal(app: App, tenant: str, operation_id: str, fault: Fault) -> Fault:
    """Return a refusal with what it is about, after one call; as it was when QuickBooks does not answer that call."""
    if not fault.code.startswith(_OF_THE_WORLD):
        return fault
    with app.database.read(tenant) as store:
        connection_id = must(store, operation_id).connection_id
    try:
        catch_up(app, tenant, connection_id)
    except (QuickBooksError, SignInEnded):
        return fault
    with app.database.read(tenant) as store:
        connection = store.connections.get(connection_id)
        return fault if connection is None else named(store, connection, must(store, operation_id), fault)


def named(store: Store, connection: Connection, operation: Operation, fault: Fault) -> Fault:
    """Return a refusal with what it is about, as far as the mirror tells; reads the store only."""
    if fault.code in _OF_REFERENCES:
        return _reference(store, connection, operation, fault)
    if fault.code == "number.duplicate":
        issued_on = date.fromisoformat(operation.body["issued_on"])
        pattern = operation.body.get("number_pattern", "")
        holder = series.taken_by(store, connection.id, operation.number, but_for=operation.id)
        params = {
            "number": operation.number,
            "next": series.next_free(store, connection.id, issued_on, pattern=pattern),
            "name": holder.customer_name if holder is not None else "",
            "kind": (holder.kind if holder is not None else NumberKind.INVOICE).value,
        }
        return _with(fault, fault.code, params)
    if fault.code == "customer.name_taken":
        taken = store.customers.name_taken(connection.id, new_name(operation.body))
        kind = taken[0].value if taken else "customer"
        return _with(fault, fault.code, {"name": new_name(operation.body), "kind": kind})
    if fault.code == "date.books_closed":
        closed = connection.books_closed_on.isoformat() if connection.books_closed_on else ""
        return _with(fault, fault.code, {"date": closed, "issued": str(operation.body["issued_on"])})
    return fault


def _reference(store: Store, connection: Connection, operation: Operation, fault: Fault) -> Fault:
    customer = store.customers.get(connection.id, operation.customer_id) if operation.customer_id else None
    if customer is not None and not customer.active:
        return _with(fault, "customer.inactive", {"name": customer.name})
    lines = operation.body["lines"]
    made = operation.made_items or {}
    items = store.items.get(connection.id, {item_of(line, made) for line in lines})
    for index, line in enumerate(lines):
        item = items.get(item_of(line, made))
        params = {"n": str(index + 1), "product": line["text"].partition("\n")[0], "name": item.name if item else ""}
        if item is None:
            return _with(fault, "item.gone", params)
        if not item.active:
            return _with(fault, "item.inactive", params)
        if item.kind == "Category":
            return _with(fault, "item.category", params)
    if operation.customer_id and customer is None:
        return _with(fault, "customer.gone", {"id": operation.customer_id})
    return fault


def _with(fault: Fault, code: str, params: dict[str, str]) -> Fault:
    return replace(fault, code=code, params={**fault.params, **params})
