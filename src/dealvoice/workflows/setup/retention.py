"""
Deletes everything of a company that has left; rows that are over by themselves go by ``storage/retention``.

A company has left when its last user removed the app; what it had stays for a month, for a return. Then every row of it
goes, the trail and the names of its users too. What is in QuickBooks and on the deals stays there: it is the company's.
"""

from datetime import timedelta

from dealvoice.observability import get_logger
from dealvoice.workflows.app import App
from dealvoice.workflows.setup.leave import end

GONE_KEPT = timedelta(days=30)
"""How long the data of a company that has left are kept."""
_log = get_logger(__name__)


def forget(app: App) -> None:
    """Delete the companies that left; safe to repeat."""
    with app.database.everyone_read() as lobby:
        left = lobby.tenants.left(app.now() - GONE_KEPT)
    for tenant in left:
        _remove(app, tenant)
    if left and not app.database.write_over():
        _log.warning("retention.log_in_use")  # the next hour empties it


def _remove(app: App, tenant: str) -> None:
    """Delete a company; one whose grant is still live is ended first, and goes an hour later."""
    with app.database.write(tenant) as store:
        if store.installations.live():
            return  # somebody came back meanwhile
        connection = store.connections.current()
        waits = store.operations.unfinished()
        if connection is not None:
            waits = end(app, store, connection, installation_id="", by="")
        if waits is None:
            store.remove_tenant()
    if waits is not None:
        app.engine.start(waits.run_id, waits.kind)
        return
    _log.info("retention.removed", tenant=tenant)
