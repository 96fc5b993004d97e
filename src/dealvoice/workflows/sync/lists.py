"""Reads a company's lists anew when it has switched something on that it did not have before."""

from dealvoice.invoicing.books import Company
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import IMPORT, new_operation


def lacks_lists(before: Company, after: Company) -> bool:
    """Tell whether the company has switched something on whose list was never read: the feed tells only changes."""
    was, now = before.rules, after.rules
    return (
        (after.multicurrency and not before.multicurrency)
        or (now.locations and not was.locations)
        or ((now.class_per_invoice or now.class_per_line) and not (was.class_per_invoice or was.class_per_line))
    )


def import_again(app: App, tenant: str, connection_id: str) -> None:
    """Read everything anew, unless that is under way already."""
    with app.database.write(tenant) as store:
        row = store.connections.get(connection_id)
        if row is None or store.operations.under_way(IMPORT, connection_id):
            return
        operation = new_operation(app, IMPORT, row, installation_id=row.steward_id, user_name="")
        store.operations.add(operation)
    app.engine.start(operation.id, operation.kind)
