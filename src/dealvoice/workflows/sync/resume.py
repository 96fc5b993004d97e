"""Brings back to a deal all that it missed while it could not be written to."""

from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealState
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.deal_status import status_operation
from dealvoice.workflows.sync.record import note_operation


def saw_state(
    app: App, store: Store, connection: Connection | None, deal_id: int, state: DealState
) -> list[Operation]:  # fmt: skip
    """
    Keep a state that Pipedrive itself was seen to say; when a deal came back, write down what it must be told.

    Returns:
        Operations to be started after the commit; none unless the deal was parked before and is live now.
    """
    before = store.deals.put_state(deal_id, state, now=app.now())
    if connection is None or state is not DealState.LIVE or before is DealState.LIVE:
        return []
    return resume(app, store, connection, deal_id)


def resume(app: App, store: Store, connection: Connection, deal_id: int) -> list[Operation]:
    """
    Write down that a deal must be told everything again; the caller commits and starts them.

    What it says already costs no call: notes and fields are compared with what was written last.
    """
    written = [note_operation(app, store, connection, deal_id, row) for row in store.invoices.of_deal(deal_id)]
    return [*written, status_operation(app, store, connection, deal_id)]
