"""
The end of a connection: the grant is given back, its work stops, and its data stay for a return or are removed.

Written down as an operation first, so that a stop of the server or silence of QuickBooks only delays it.
"""

from datetime import timedelta

from dealvoice.connections.who import Who
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.quickbooks.oauth import OAuthError
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess
from dealvoice.workflows.operations import END, must, new_operation, set_state
from dealvoice.workflows.setup.hand_over import may_manage
from dealvoice.workflows.sync import pipedrive_hooks

_TRIES = 8
"""How often a grant is given back before it is left to run out: QuickBooks forgets it by itself."""


def disconnect(app: App, who: Who, *, remove: bool = False) -> None:
    """
    End the connection; safe to repeat.

    Args:
        app: The product.
        who: The user.
        remove: Remove links, history and settings too; what is in QuickBooks and on the deals stays.

    Raises:
        NoAccess: This user neither holds the connection nor is an administrator.
    """
    with app.database.write(who.tenant_id) as store:
        row = store.connections.current()
        if row is None:
            return
        if not may_manage(who, row):
            raise NoAccess("connection.not_holder")
        operation = end(app, store, row, installation_id=who.installation_id, by=who.name, remove=remove)
    app.engine.start(operation.id, operation.kind)


def end(
    app: App, store: Store, connection: Connection, *, installation_id: str, by: str, remove: bool = False
) -> Operation:
    """Write the end of a connection down; no call with its tokens is begun any more. The caller commits and starts it."""
    connection.state = "ended"
    operation = new_operation(app, END, connection, installation_id=installation_id, user_name=by)
    operation.body = {"remove": remove}
    store.audit.add(at=app.now(), who=by, what="quickbooks.disconnect", about=connection.id)
    return store.operations.add(operation)


def run_end(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Give the grant back, take the webhooks away, forget the tokens, remove what is to be removed; safe to repeat."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if operation.is_final:
        return None
    if connection is not None and connection.state == "ended" and connection.refresh:
        try:
            app.quickbooks_grant.revoke(app.quickbooks_tokens.refresh_token(connection))
        except OAuthError:
            if operation.attempts < _TRIES:
                return _later(app, tenant, operation_id)
    if connection is not None and connection.state == "ended":
        pipedrive_hooks.end(app, tenant)
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        row = store.connections.get(operation.connection_id)
        operation.done_at = app.now()
        set_state(operation, State.DONE)
        if row is not None and row.state == "ended":  # not connected again meanwhile
            row.access = row.refresh = ""
            if operation.body.get("remove"):
                store.remove_everything()
    return DONE


def _later(app: App, tenant: str, operation_id: str) -> StepResult:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        pause = timedelta(seconds=app.retry_seconds * 2.0**operation.attempts)
        operation.attempts += 1
        operation.next_try_at = app.now() + pause
    return again(pause)
