"""Brings back to a deal all that it missed while it could not be written to."""

from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealState
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync import parking


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
    taken_up = parking.resume(app, store, connection, deal_id)
    if taken_up or before is DealState.LIVE:
        return taken_up
    return [parking.whole_operation(app, store, connection, deal_id)]
