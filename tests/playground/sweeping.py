"""What the web server and the timetable do, at once: takes a delivery of QuickBooks in, sweeps every company."""

from dealvoice.workflows.app import App
from dealvoice.workflows.sync import receive
from dealvoice.workflows.sync.catch_up import catch_up
from dealvoice.workflows.sync.side import for_all


def catch_up_all(app: App) -> None:
    """Sweep every live connection now; one that fails does not stop the others."""
    with app.database.everyone_read() as lobby:
        found = [(connection.tenant, connection.id) for connection in lobby.connections.live()]
    for_all(app, found, lambda *one: catch_up(app, *one), told="some sweeps failed")


def take_in(app: App, raw: bytes, signature: str) -> bool:
    """Take one delivery in by itself; returns whether the signature holds."""
    events = receive.read(app, raw, signature)
    if events is None:
        return False
    receive.keep(app, events)
    return True
