"""The sweep: one call of the change feed for everything, so that a lost event costs minutes and never the truth."""

from datetime import timedelta

from dealvoice.connections.secrets import new_id
from dealvoice.invoicing.books import Company, NumberKind, TakenKind
from dealvoice.quickbooks import cdc
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import IMPORT, new_operation
from dealvoice.workflows.sync.record import record_deleted, record_invoice, record_payments, start_all
from dealvoice.workflows.translate.books import (
    account_row,
    choice_row,
    company_facts,
    customer_row,
    item_row,
    number_row,
    preference_facts,
    term_row,
)

ENTITIES = (
    "Invoice",
    "Payment",
    "Customer",
    "Item",
    "Account",
    "Vendor",
    "Employee",
    "Term",
    "Class",
    "Department",
    "CreditMemo",
    "SalesReceipt",
    "CompanyCurrency",
    "CompanyInfo",
    "Preferences",
)
OVERLAP = timedelta(minutes=5)
_LOOK_BACK = timedelta(days=29)
_LEASE = timedelta(minutes=3)


def catch_up(app: App, tenant: str, connection_id: str) -> int:
    """
    Bring one connection's mirror up to date with one call; safe to repeat and to run twice at once.

    The cursor comes from QuickBooks' own clock and is not moved when anything goes wrong.

    Returns:
        How many invoices changed.
    """
    holder = new_id()
    with app.database.write(tenant) as store:
        connection = store.connections.get(connection_id)
        name = f"sweep:{connection_id}"
        mine = store.leases.take(name, holder=holder, until=app.now() + _LEASE, now=app.now())
    if connection is None or connection.state != "live" or not mine:
        return 0
    try:
        return _sweep(app, tenant, connection)
    finally:
        with app.database.write(tenant) as store:
            store.leases.give_back(name, holder=holder)


def catch_up_all(app: App) -> None:
    """Sweep every live connection; one that fails does not stop the others."""
    with app.database.everyone_read() as lobby:
        found = lobby.connections.live()
    failed: list[Exception] = []
    for connection in found:
        try:
            catch_up(app, connection.tenant, connection.id)
        except Exception as error:  # noqa: BLE001 - told below, once all have had their turn
            failed.append(error)
    if failed:
        raise ExceptionGroup("some sweeps failed and will be repeated", failed)


def _sweep(app: App, tenant: str, connection: Connection) -> int:
    cursor = connection.cursor if connection.imported_at is not None else None
    if cursor is None or app.now() - cursor > _LOOK_BACK:
        return import_again(app, tenant, connection.id)
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    changes = cdc.changes(client, ENTITIES, cursor)
    if changes.truncated:
        return import_again(app, tenant, connection.id)
    with app.database.write(tenant) as store:
        row = store.connections.get(connection.id)
        if row is None:
            return 0
        before = row.company()
        changed, to_start = _apply(app, store, row, changes)
        lacks = lacks_lists(before, row.company())
        row.cursor = changes.at - OVERLAP
        row.swept_at = row.heard_at = app.now()
    start_all(app, to_start)
    if lacks:
        import_again(app, tenant, connection.id)
    return changed


def _apply(app: App, store: Store, row: Connection, changes: cdc.Changes) -> tuple[int, list[Operation]]:
    for info in changes.company_info:
        company_facts(row, info)
    for preferences in changes.preferences:
        preference_facts(row, preferences)
    home = row.home_currency
    store.customers.put([customer_row(row.id, seen, home_currency=home) for seen in changes.customers])
    store.items.put([item_row(row.id, seen) for seen in changes.items])
    store.accounts.put([account_row(row.id, seen) for seen in changes.accounts])
    store.items.put([term_row(row.id, seen) for seen in changes.terms])
    store.choices.put([choice_row(row.id, ChoiceKind.CLASS, seen) for seen in changes.classes])
    store.choices.put([choice_row(row.id, ChoiceKind.LOCATION, seen) for seen in changes.departments])
    for entity, kind, seen_of in (
        ("CreditMemo", NumberKind.CREDIT_MEMO, changes.credit_memos),
        ("SalesReceipt", NumberKind.SALES_RECEIPT, changes.sales_receipts),
    ):
        store.numbers.put([number_row(row.id, kind, seen) for seen in seen_of])
        store.numbers.forget(row.id, kind.value, changes.deleted.get(entity, []))
    if changes.currencies:
        off = {seen.code for seen in changes.currencies if seen.active is False}
        on = {seen.code for seen in changes.currencies if seen.code and seen.active is not False}
        row.currencies = sorted((set(row.currencies or ()) | on) - off)
    vendors = [(seen.id, seen.display_name or "") for seen in changes.vendors]
    store.customers.put_names(row.id, TakenKind.VENDOR, vendors)
    employees = [(seen.id, seen.display_name or "") for seen in changes.employees]
    store.customers.put_names(row.id, TakenKind.EMPLOYEE, employees)
    changed, to_start = 0, list[Operation]()
    results = [record_invoice(app, store, row, seen) for seen in changes.invoices]
    results += [record_deleted(app, store, row, gone) for gone in changes.deleted.get("Invoice", [])]
    for result in results:
        changed += result.changed
        to_start += result.to_start
    store.flush()
    record_payments(store, row, changes.payments)
    return changed, to_start


def lacks_lists(before: Company, after: Company) -> bool:
    """Tell whether the company has switched something on whose list was never read: the feed tells only changes."""
    was, now = before.rules, after.rules
    return (
        (after.multicurrency and not before.multicurrency)
        or (now.locations and not was.locations)
        or ((now.class_per_invoice or now.class_per_line) and not (was.class_per_invoice or was.class_per_line))
    )


def import_again(app: App, tenant: str, connection_id: str) -> int:
    """
    Compare everything anew, unless that is under way already.

    The feed does not reach back that far, or holds more than one answer takes, or the first import was refused.
    """
    with app.database.write(tenant) as store:
        row = store.connections.get(connection_id)
        if row is None or store.operations.under_way(IMPORT, connection_id):
            return 0
        operation = new_operation(app, IMPORT, row, installation_id=row.steward_id, user_name="")
        store.operations.add(operation)
    app.engine.start(operation.id, operation.kind)
    return 0
