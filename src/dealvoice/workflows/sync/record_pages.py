"""Takes a page of invoices over: new ones in one statement, known ones when the page has them newer."""

from collections.abc import Sequence

from dealvoice.connections.secrets import new_id
from dealvoice.invoicing.status import is_newer
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.page_models import PageInvoice
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.record import tell_deals
from dealvoice.workflows.translate.books import new_invoice_row, write_invoice


def record_page(
    app: App, store: Store, connection: Connection, page: Sequence[qb.Invoice | PageInvoice]
) -> list[Operation]:
    """
    Store up to a thousand invoices; safe to repeat, and at any time beside other records of the same ones.

    Returns:
        The operations that tell the deals of those that changed; to be started after the commit.
    """
    by_id = {seen.id: seen for seen in page}
    known = store.invoices.of_quickbooks_ids(connection.id, list(by_id))
    new, to_start, now = [], list[Operation](), app.now()
    for quickbooks_id, seen in by_id.items():
        row = known.get(quickbooks_id)
        seen_at = seen.meta_data.last_updated_time if seen.meta_data else None
        if row is None:
            row = new_invoice_row(new_id(), store.tenant, connection, quickbooks_id)
            write_invoice(row, seen, now=now)
            new.append(row)
        elif not row.deleted and is_newer(seen.sync_token, seen_at, row.sync_token, row.updated_at):
            write_invoice(row, seen, now=now)
            to_start += tell_deals(app, store, connection, row)
    store.invoices.add_missing(new)
    return to_start
