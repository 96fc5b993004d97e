"""
Deals that Pipedrive does not let us write: archived, deleted, turned into a lead, or beyond the steward's rights.

Nothing is tried there on its own. A parked deal has one refused operation, with the reason, so that the list of problems
and the panel say so; QuickBooks and the panel stay right. It is taken up again when the deal is seen to be back (an event,
or a person who opens it), when somebody has it tried again, when another user's rights are used, or when its next change
is written after all; and then it is told everything that it missed.
"""

from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealState
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import STATUS, Fault, must, new_operation, set_state


def park(app: App, tenant: str, deal_id: int, code: str, *, own: str = "") -> None:
    """
    Keep that Pipedrive takes nothing on a deal, and why: one open problem a deal, however often it is told.

    Args:
        app: The product.
        tenant: Whose deal it is.
        deal_id: The deal.
        code: User code of the refusal.
        own: The operation that was refused, when it is one that tells the deal: it is the problem from now on.
    """
    with app.database.write(tenant) as store:
        connection = store.connections.current()
        if connection is None:
            return
        told = store.deal_fields.park(deal_id, code, app.now())
        before = _open_problem(store, told.problem)
        if own and before is not None and before.id != own:
            set_state(before, State.DONE)  # told by this one from now on
        if own:
            refused = must(store, own)
            refused.body = {**(refused.body or {}), "whole": True}
        else:
            refused = before or whole_operation(app, store, connection, deal_id)
        told.problem = refused.id
        refused.fault, refused.done_at = Fault(code, {}).kept(), app.now()
        set_state(refused, State.REFUSED)


def take_up(app: App, tenant: str, deal_id: int) -> list[Operation]:
    """Take a deal up again if it is parked; returns what must be started. Safe to repeat."""
    with app.database.read(tenant) as store:
        if store.deal_fields.parked(deal_id) is None:
            return []
    with app.database.write(tenant) as store:
        connection = store.connections.current()
        return [] if connection is None else resume(app, store, connection, deal_id)


def resume(app: App, store: Store, connection: Connection, deal_id: int) -> list[Operation]:
    """
    Write down that a deal which was parked must be told all it missed; to be started after the commit.

    Returns:
        The operation, which mends the problem; nothing for a deal that was not parked.
    """
    return [whole_operation(app, store, connection, deal_id)] if store.deal_fields.unpark(deal_id) else []


def saw_state(
    app: App, store: Store, connection: Connection | None, deal_id: int, state: DealState
) -> list[Operation]:  # fmt: skip
    """
    Keep a state that Pipedrive itself was seen to say; when a deal came back, write down what it must be told.

    Returns:
        Operations to be started after the commit; none unless the deal was parked before and is live now.
    """
    before = store.deals.put_state(deal_id, state, now=app.now())
    if connection is None or state is not DealState.LIVE:
        return []
    taken_up = resume(app, store, connection, deal_id)
    if taken_up or before is DealState.LIVE:
        return taken_up
    return [whole_operation(app, store, connection, deal_id)]


def whole_operation(app: App, store: Store, connection: Connection, deal_id: int) -> Operation:
    """Write down that a deal must be told its fields and the notes of all its invoices."""
    operation = new_operation(app, STATUS, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id, operation.body = deal_id, {"whole": True}
    return store.operations.add(operation)


def _open_problem(store: Store, operation_id: str) -> Operation | None:
    known = store.operations.get(operation_id) if operation_id else None
    if known is None or known.state != State.REFUSED.value or store.problems.is_mended(known):
        return None
    return known
