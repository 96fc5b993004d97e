"""
Makes an inactive customer active again in QuickBooks, by one press: an operation like every other write.

QuickBooks puts `` (deleted)`` behind the name of an inactive customer; it is taken off again.
"""

import msgspec

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.engine.port import DONE, StepResult
from dealvoice.quickbooks import customers
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Reread
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound
from dealvoice.workflows.operations import (
    ACTIVATE_CUSTOMER,
    Fault,
    after_failure,
    begin_call,
    hash_of_body,
    must,
    new_operation,
    set_state,
)
from dealvoice.workflows.translate.books import customer_row

_DELETED = " (deleted)"
_STALE = "customer.changed_meanwhile"


def activate(app: App, who: Who, deal_id: int, customer_id: str) -> str:
    """
    Accept that a customer is made active; returns the operation. While one is under way, that one.

    Raises:
        NoAccess: This user may not see the deal.
        NotFound: No such customer.
        SignedOut: QuickBooks is not connected any more.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        customer = store.customers.get(connection.id, customer_id)
        if customer is None:
            raise NotFound
        known = store.operations.latest_of_customer(ACTIVATE_CUSTOMER, connection.id, customer_id)
        if known is not None and (not known.is_final or customer.active):
            return known.id
        operation = new_operation(
            app, ACTIVATE_CUSTOMER, connection, installation_id=who.installation_id, user_name=who.name
        )
        operation.deal_id, operation.customer_id, operation.customer_name = deal_id, customer.id, customer.name
        operation.body = {"sync_token": customer.sync_token, "name": customer.name.removesuffix(_DELETED)}
        operation.body_hash, operation.currency = hash_of_body(operation.body), customer.currency
        store.operations.add(operation)
        store.audit.add(at=app.now(), who=who.name, what="customer.activate", about=customer.id)
    app.engine.start(operation.id, operation.kind)
    return operation.id


def run_activate(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Make the customer active; safe to repeat: one that is active already is left as he is."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if not operation.is_to_send or connection is None:
        return None
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        before = begin_call(app, tenant, operation_id)
        try:
            made = _call(client, operation, look=before > 0)
        except Reread as error:
            if error.code != _STALE:
                raise
            made = _call(client, operation, look=True)
    except (QuickBooksError, SignInEnded) as error:
        decision = after_failure(app, tenant, operation_id, error)
        if not isinstance(decision, Fault):
            return decision
        with app.database.write(tenant) as store:
            operation = must(store, operation_id)
            params = {"name": operation.body["name"], "kind": "customer", **decision.params}
            operation.fault = Fault(decision.code, params, decision.sentence).kept()
            operation.done_at = app.now()
            set_state(operation, State.REFUSED)
        return DONE
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        store.customers.put([customer_row(connection.id, made, home_currency=connection.home_currency)])
        operation.answered_at = operation.done_at = app.now()
        set_state(operation, State.DONE)
    return DONE


def _call(client: QuickBooks, operation: Operation, *, look: bool) -> qb.Customer:
    wanted = qb.Customer(
        id=operation.customer_id or "",
        sync_token=str(operation.body["sync_token"]),
        sparse=True,
        active=True,
        display_name=str(operation.body["name"]),
    )
    if not look:
        return customers.update(client, wanted, request_id=operation.request)
    seen = customers.read(client, wanted.id)
    if seen.active is not False:
        return seen
    again = msgspec.structs.replace(wanted, sync_token=seen.sync_token)
    return customers.update(client, again, request_id=f"{operation.request}{seen.sync_token}"[:50])
