"""The calendar: invoices become overdue at midnight of the company's time zone, with no event from anybody."""

from dealvoice.storage.operations import Operation
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.record import start_all, tell_deals


def turn_page(app: App) -> None:
    """Tell the deals of every invoice that fell overdue since the last day judged; safe to repeat."""
    with app.database.everyone_read() as lobby:
        found = lobby.connections.live()
    for connection in found:
        to_start: list[Operation] = []
        with app.database.write(connection.tenant) as store:
            row = store.connections.get(connection.id)
            if row is None:
                continue
            today = app.today(row)
            if row.judged_on == today:
                continue
            for invoice in store.invoices.owed_on_deals(row.id):
                fell = invoice.due_on is not None and invoice.due_on < today
                new = row.judged_on is None or invoice.due_on is None or invoice.due_on >= row.judged_on
                if fell and new:
                    invoice.version += 1
                    to_start += tell_deals(app, store, row, invoice)
            row.judged_on = today
        start_all(app, to_start)
