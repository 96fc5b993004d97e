"""
Deals that Pipedrive does not let us write: archived, deleted, turned into a lead, or beyond the steward's rights.

Nothing is tried there on its own. A parked deal has one operation that needs attention, with the reason, so that the list
of problems and the panel say so; QuickBooks and the panel stay right. It is taken up again when the deal is seen to be back
(an event, or a person who opens it), or when its next change is written after all, and then told everything it missed.
"""

from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import STATUS, Fault, new_operation, set_state


def park(app: App, tenant: str, deal_id: int, code: str) -> None:
    """Keep that Pipedrive takes nothing on a deal, and why; one open problem a deal, however often it is told."""
    with app.database.write(tenant) as store:
        connection = store.connections.current()
        if connection is None:
            return
        store.deal_fields.park(deal_id, code, app.now())
        known = store.operations.parked_of(deal_id)
        if not known:
            operation = whole(app, store, connection, deal_id)
            operation.fault = Fault(code, {}).kept()
            set_state(operation, State.NEEDS_ATTENTION)
            return
        for operation in known:
            if (operation.fault or {}).get("code") != code:
                operation.fault = Fault(code, {}).kept()
                operation.version += 1


def take_up(app: App, tenant: str, deal_id: int) -> list[Operation]:
    """Take a deal up again if it is parked; returns what must be started. Safe to repeat."""
    with app.database.read(tenant) as store:
        if not store.deal_fields.parked(deal_id):
            return []
    with app.database.write(tenant) as store:
        connection = store.connections.current()
        return [] if connection is None else resume(app, store, connection, deal_id)


def resume(app: App, store: Store, connection: Connection, deal_id: int) -> list[Operation]:
    """
    Write down that a deal which was parked must be told all it missed; to be started after the commit.

    Returns:
        The operation; nothing for a deal that was not parked. Its open problem is closed.
    """
    if not store.deal_fields.unpark(deal_id):
        return []
    for operation in store.operations.parked_of(deal_id):
        operation.done_at = app.now()
        set_state(operation, State.DONE)
    return [whole(app, store, connection, deal_id)]


def whole(app: App, store: Store, connection: Connection, deal_id: int) -> Operation:
    """
    Write down that a deal must be told everything; the caller commits and starts it.

    What it says already costs no call: notes and fields are compared with what was written last.
    """
    operation = new_operation(app, STATUS, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id, operation.body = deal_id, {"whole": True}
    return store.operations.add(operation)
