"""The calendar: invoices become overdue at midnight of the company's time zone, with no event from anybody."""

from datetime import date
from functools import partial

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import TELL_DEALS
from dealvoice.workflows.sync.keep_deals import keep_all
from dealvoice.workflows.sync.record import start_all, tell_deals
from dealvoice.workflows.sync.side import for_all


def turn_page(app: App) -> None:
    """Tell the deals of every invoice that fell overdue since the last day judged; safe to repeat, and to run often."""
    with app.database.everyone_read() as lobby:
        live = lobby.connections.live()
    due = [(row.tenant, row.id) for row in live if row.judged_on != app.today(row)]
    for_all(app, due, partial(_turn, app), told="some days were not judged")


def _turn(app: App, tenant: str, connection_id: str) -> None:
    with app.database.read(tenant) as store:
        row = store.connections.get(connection_id)
        if row is None:
            return
        today = app.today(row)
        fell = store.invoices.fell_overdue(row.id, today=today, judged_on=row.judged_on)
    failed: list[Exception] = []
    to_start: list[Operation] = []
    for invoice_id in fell:
        try:
            to_start += _tell(app, tenant, connection_id, invoice_id)
        except Exception as error:  # noqa: BLE001 - one bad row must not keep the others from being told
            failed.append(error)
    to_start += _judged(app, tenant, row, today)
    start_all(app, to_start)
    if failed:
        raise ExceptionGroup("some invoices that fell overdue could not be told", failed)


def _tell(app: App, tenant: str, connection_id: str, invoice_id: str) -> list[Operation]:
    with app.database.write(tenant) as store:
        connection, invoice = store.connections.get(connection_id), store.invoices.get(invoice_id)
        if connection is None or invoice is None:
            return []
        invoice.version += 1
        return tell_deals(app, store, connection, invoice)


def _judged(app: App, tenant: str, connection: Connection, today: date) -> list[Operation]:
    """Keep that the day was judged, and have the days overdue counted on every deal that is late."""
    with app.database.write(tenant) as store:
        row = store.connections.get(connection.id)
        if row is None:
            return []
        row.judged_on = today
        if FieldKind.DAYS.value in store.deal_fields.ready() and not store.operations.under_way(TELL_DEALS, row.id):
            return [keep_all(app, store, row, late_only=True)]
        return []
