"""
Makes and wakes the products that an accepted invoice needs, before the invoice is sent: each exactly once.

Nothing of it happens while the form is open: closing a form leaves QuickBooks as it was. A call is begun only after a
commit that says so. A product's name is unique in QuickBooks, so that a look by name tells what became of a lost
answer; an inactive one is read before it is woken a second time.
"""

from typing import Any

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.engine.port import DONE, Outcome, StepResult
from dealvoice.quickbooks import items
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.links import ItemLink
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice.create import begin, end_or_wait, ensure_customer, refuse
from dealvoice.workflows.operations import Fault, begin_call, must, set_state
from dealvoice.workflows.translate.books import item_row
from dealvoice.workflows.translate.sending import item_to_send, item_to_wake


def ensure_parties(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Make the customer, then the products: one step, so that runs of an earlier release go on as they were written down."""
    done = ensure_customer(app, tenant, operation_id)
    if done is not None and done.outcome is Outcome.AGAIN:
        return done
    return ensure_items(app, tenant, operation_id) or done


def ensure_items(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Make the products that are new and wake those that are inactive; goes on where it stopped."""
    operation, client = begin(app, tenant, operation_id)
    wanted: list[dict[str, Any]] = operation.body.get("items", [])
    if client is None or not wanted:
        return None
    for number, want in enumerate(wanted):
        if want["key"] in (operation.made_items or {}):
            continue
        before = begin_call(app, tenant, operation_id)
        request_id = f"{operation.request}i{number}"
        try:
            made = _wake(client, want, request_id) if want["id"] else _make(client, want, request_id, look=before > 0)
        except (QuickBooksError, SignInEnded) as error:
            return end_or_wait(app, tenant, operation_id, error, about={"name": want["name"]})
        if made is None:
            return refuse(app, tenant, operation_id, Fault("item.name_taken", {"name": want["name"]}))
        with app.database.write(tenant) as store:
            operation = must(store, operation_id)
            _record(app, store, operation, want, made)
            # This one is done: the next call has not been tried yet.
            operation.attempts = 0
            set_state(operation, State.ACCEPTED)
    return DONE


def made_for(app: App, who: Who, form_id: str) -> dict[str, str]:
    """Return the products that a form's creation has made, by ``same_name``: they stay when the invoice is refused."""
    with app.database.read(who.tenant_id) as store:
        operation = store.operations.of_form(form_id)
    return dict(operation.made_items or {}) if operation is not None else {}


def _make(client: QuickBooks, want: dict[str, Any], request_id: str, *, look: bool) -> qb.Item | None:
    """Return the new product; None when the name belongs to one that cannot be sold."""
    if look:
        known = next((one for one in items.by_name(client, want["name"]) if one.parent_ref is None), None)
        if known is not None:
            return known if known.active is not False and known.income_account_ref is not None else None
    return items.create(client, item_to_send(want), request_id=request_id)


def _wake(client: QuickBooks, want: dict[str, Any], request_id: str) -> qb.Item:
    """Return the product, active: one read, and one write unless somebody was quicker."""
    seen = items.read(client, want["id"])
    return seen if seen.active is not False else items.update(client, item_to_wake(seen), request_id=request_id)


def _record(app: App, store: Store, operation: Operation, want: dict[str, Any], made: qb.Item) -> None:
    store.items.put([item_row(operation.connection_id, made)])
    operation.made_items = {**(operation.made_items or {}), want["key"]: made.id}
    for product_id, variation_id in want["products"]:
        store.links.link_item(
            ItemLink(
                tenant=store.tenant,
                connection_id=operation.connection_id,
                product_id=product_id,
                variation_id=variation_id,
                item_id=made.id,
                item_name=made.name or "",
                item_price=made.unit_price,
                linked_by=operation.user_name,
                linked_at=app.now(),
            )
        )
        store.flush()
