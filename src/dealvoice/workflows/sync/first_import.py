"""The first import: everything that the form and the lists need from QuickBooks, so that opening them asks nothing."""

from collections.abc import Callable
from datetime import timedelta

from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.books import NumberKind, TakenKind
from dealvoice.quickbooks import cdc, company, query
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Retry, Wait
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import must, set_state
from dealvoice.workflows.sync.record import record_invoice, record_payments
from dealvoice.workflows.translate.books import (
    account_row,
    choice_row,
    company_facts,
    customer_row,
    item_row,
    number_row,
    preference_facts,
    tax_code_row,
    term_row,
)

EVERYTHING = "Active IN (true, false)"
OVERLAP = timedelta(minutes=5)


def import_books(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Import one connection's books; safe to repeat, goes on with the part where it stopped.

    The cursor of the change feed is QuickBooks' own time at the start, so that nothing changed meanwhile is missed.
    """
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if operation.is_final or connection is None or connection.state != "live":
        _finish(app, tenant, operation_id, State.REFUSED)
        return DONE
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    done = set(connection.import_progress or [])
    try:
        for name, part in _PARTS:
            if name not in done:
                part(app, client, connection)
                done.add(name)
                with app.database.write(tenant) as store:
                    kept = store.connections.get(connection.id)
                    if kept is not None:
                        kept.import_progress = sorted(done)
    except Wait as error:
        return again(timedelta(seconds=error.seconds))
    except Retry:
        return again(timedelta(seconds=app.retry_seconds))
    except (QuickBooksError, SignInEnded):
        _finish(app, tenant, operation_id, State.REFUSED)
        return DONE
    with app.database.write(tenant) as store:
        kept = store.connections.get(connection.id)
        if kept is not None:
            kept.imported_at = kept.swept_at = kept.heard_at = app.now()
            kept.import_progress = None
    _finish(app, tenant, operation_id, State.DONE)
    return DONE


def _finish(app: App, tenant: str, operation_id: str, state: State) -> None:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if not operation.is_final:
            operation.done_at = app.now()
            set_state(operation, state)


def _facts(app: App, client: QuickBooks, connection: Connection) -> None:
    # The change feed tells QuickBooks' own time: the cursor must not depend on our clock.
    started = cdc.changes(client, ["Term"], app.now() - timedelta(minutes=1)).at
    info, preferences = company.info(client), company.preferences(client)
    with app.database.write(connection.tenant) as store:
        row = _same(store, connection)
        company_facts(row, info)
        preference_facts(row, preferences)
        row.cursor = started - OVERLAP
        row.judged_on = app.today(row)


def _lists(app: App, client: QuickBooks, connection: Connection) -> None:
    terms, codes, accounts = company.terms(client), company.tax_codes(client), company.accounts(client)
    rates = {rate.id: rate for rate in company.tax_rates(client)}
    with app.database.write(connection.tenant) as store:
        store.items.put([term_row(connection.id, term) for term in terms])
        store.accounts.put([account_row(connection.id, account) for account in accounts])
        store.items.put([tax_code_row(connection.id, code, rates) for code in codes])


def _choices(app: App, client: QuickBooks, connection: Connection) -> None:
    """Read classes, locations and currencies where the company has them: QuickBooks refuses the question elsewhere."""
    with app.database.read(connection.tenant) as store:
        facts = _same(store, connection).company()
    rules = facts.rules
    classes = company.classes(client) if rules.class_per_invoice or rules.class_per_line else []
    locations = company.departments(client) if rules.locations else []
    currencies = company.currencies(client) if facts.multicurrency else []
    with app.database.write(connection.tenant) as store:
        store.choices.put([choice_row(connection.id, ChoiceKind.CLASS, seen) for seen in classes])
        store.choices.put([choice_row(connection.id, ChoiceKind.LOCATION, seen) for seen in locations])
        _same(store, connection).currencies = sorted(
            seen.code for seen in currencies if seen.code and seen.active is not False
        )


def _numbers(app: App, client: QuickBooks, connection: Connection) -> None:
    """Read the numbers of the documents that share the invoices' series."""
    for entity, kind in (("CreditMemo", NumberKind.CREDIT_MEMO), ("SalesReceipt", NumberKind.SALES_RECEIPT)):
        for page in query.pages(client, entity, qb.NumberedTxn):
            with app.database.write(connection.tenant) as store:
                store.numbers.put([number_row(connection.id, kind, seen) for seen in page])


def _customers(app: App, client: QuickBooks, connection: Connection) -> None:
    for page in query.pages(client, "Customer", qb.Customer, where=EVERYTHING):
        with app.database.write(connection.tenant) as store:
            home = _same(store, connection).home_currency
            store.customers.put([customer_row(connection.id, seen, home_currency=home) for seen in page])


def _items(app: App, client: QuickBooks, connection: Connection) -> None:
    for page in query.pages(client, "Item", qb.Item, where=EVERYTHING):
        with app.database.write(connection.tenant) as store:
            store.items.put([item_row(connection.id, seen) for seen in page])


def _names(app: App, client: QuickBooks, connection: Connection) -> None:
    for entity, kind in (("Vendor", TakenKind.VENDOR), ("Employee", TakenKind.EMPLOYEE)):
        for page in query.pages(client, entity, qb.NameRow, where=EVERYTHING):
            with app.database.write(connection.tenant) as store:
                names = [(seen.id, seen.display_name or "") for seen in page]
                store.customers.put_names(connection.id, kind, names)


def _invoices(app: App, client: QuickBooks, connection: Connection) -> None:
    for page in query.pages(client, "Invoice", qb.Invoice):
        with app.database.write(connection.tenant) as store:
            home = _same(store, connection)
            for seen in page:
                record_invoice(app, store, home, seen)
    for payments in query.pages(client, "Payment", qb.Payment):
        with app.database.write(connection.tenant) as store:
            record_payments(store, connection, payments)


def _same(store: Store, connection: Connection) -> Connection:
    row = store.connections.get(connection.id)
    if row is None:
        raise LookupError("the connection is gone")
    return row


_PARTS: tuple[tuple[str, Callable[[App, QuickBooks, Connection], None]], ...] = (
    ("facts", _facts),
    ("lists", _lists),
    ("choices", _choices),
    ("customers", _customers),
    ("items", _items),
    ("names", _names),
    ("invoices", _invoices),
    ("numbers", _numbers),
)
