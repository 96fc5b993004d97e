"""Takes QuickBooks' webhooks in: verified on the raw body, stored once, answered at once. They only mark."""

from dealvoice.quickbooks import webhooks
from dealvoice.workflows.app import App

TRACK = "track"
"""The schedule that fetches what was marked."""


def quickbooks(app: App, raw: bytes, signature: str) -> bool:
    """
    Take one delivery in; safe to repeat, in any order.

    An event of a realm that nobody connected is dropped: answering with an error would only make it come again.

    Returns:
        Whether the signature holds.
    """
    if not webhooks.verify(raw, signature, app.verifier_tokens):
        return False
    try:
        events = webhooks.parse(raw)
    except webhooks.UnreadableError:
        # Well signed but not readable: never answered with an error; the sweep sees what it was about.
        return True
    marked = False
    with app.database.everyone_write() as lobby:
        for event in events:
            for connection in lobby.connections.of_realm(event.realm_id):
                store = lobby.of(connection.tenant)
                if not store.inbox.is_new(f"{connection.id}:{event.id}"[:80], app.now()):
                    continue
                voided = event.operation is webhooks.Operation.VOIDED
                store.inbox.mark(connection.id, event.entity, event.entity_id, app.now(), voided=voided)
                if event.operation is webhooks.Operation.MERGED and event.entity == "Customer" and event.deleted_id:
                    store.customers.merge(connection.id, event.deleted_id, event.entity_id)
                marked = True
    if marked:
        app.engine.wake(TRACK)
    return True
