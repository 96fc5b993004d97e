"""The first import: everything that the form and the lists need from QuickBooks, so that opening them asks nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.quickbooks import cdc, company, query
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Retry, Wait
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.imports import FEED, ImportPart
from dealvoice.storage.operations import State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import must, set_state
from dealvoice.workflows.sync.ahead import ahead
from dealvoice.workflows.sync.catch_up import catch_up
from dealvoice.workflows.sync.count_proof import prove
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.walks import WALKS, Walk
from dealvoice.workflows.translate.books import (
    account_row,
    choice_row,
    company_facts,
    preference_facts,
    tax_code_row,
    term_row,
)

OVERLAP = timedelta(minutes=5)
_MOST_TRIES = 5


def import_books(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Import one connection's books; safe to repeat, and goes on with the page where it stopped.

    First everything is walked over, then the change feed is asked once for what changed since the import began, by
    QuickBooks' own clock, and at last both sides are counted. The form may be used as soon as a part is stored.
    """
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if operation.is_final or connection is None or connection.state != "live":
        _finish(app, tenant, operation_id, State.REFUSED)
        return DONE
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        _store_everything(app, client, connection, operation_id)
        if not _take_changes(app, connection, operation_id):
            return again(timedelta(seconds=app.retry_seconds))
        for walk in WALKS:
            prove(app, client, connection, walk)
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
            kept.imported_at = kept.heard_at = app.now()
            kept.import_progress = None
    _finish(app, tenant, operation_id, State.DONE)
    return DONE


def _store_everything(app: App, client: QuickBooks, connection: Connection, operation_id: str) -> None:
    with app.database.read(connection.tenant) as store:
        feed = store.imports.part(connection.id, FEED)
    # Another import's parts are older than this one's beginning: everything is read anew.
    done = set(connection.import_progress or []) if feed is not None and feed.operation_id == operation_id else set()
    for name, read in _LISTS:
        if name not in done:
            read(app, client, connection, operation_id)
            _keep_done(app, connection, done, name)
    for name in dict.fromkeys(walk.part for walk in WALKS):
        if name not in done:
            for walk in WALKS:
                if walk.part == name:
                    _walk(app, client, connection, operation_id, walk)
            _keep_done(app, connection, done, name)


def _keep_done(app: App, connection: Connection, done: set[str], name: str) -> None:
    done.add(name)
    with app.database.write(connection.tenant) as store:
        kept = store.connections.get(connection.id)
        if kept is not None:
            kept.import_progress = sorted(done)


def _finish(app: App, tenant: str, operation_id: str, state: State) -> None:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if not operation.is_final:
            operation.done_at = app.now()
            set_state(operation, state)


def _facts(app: App, client: QuickBooks, connection: Connection, operation_id: str) -> None:
    # The change feed tells QuickBooks' own time: the cursor must not depend on our clock.
    started = cdc.changes(client, ["Term"], app.now() - timedelta(minutes=1)).at
    info, preferences = company.info(client), company.preferences(client)
    with app.database.write(connection.tenant) as store:
        row = _same(store, connection)
        company_facts(row, info)
        preference_facts(row, preferences)
        row.cursor = started - OVERLAP
        row.judged_on = app.today(row)
        store.imports.begin(connection.id, FEED, operation_id=operation_id, total=0, now=started)


def _lists(app: App, client: QuickBooks, connection: Connection, _operation_id: str) -> None:
    terms, codes, accounts = company.terms(client), company.tax_codes(client), company.accounts(client)
    rates = {rate.id: rate for rate in company.tax_rates(client)}
    with app.database.write(connection.tenant) as store:
        store.items.put([term_row(connection.id, term) for term in terms])
        store.accounts.put([account_row(connection.id, account) for account in accounts])
        store.items.put([tax_code_row(connection.id, code, rates) for code in codes])


def _choices(app: App, client: QuickBooks, connection: Connection, _operation_id: str) -> None:
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


def _walk(app: App, client: QuickBooks, connection: Connection, operation_id: str, walk: Walk) -> None:
    """Store a list page by page, from where an earlier attempt stopped; a page that is stored twice changes nothing."""
    part = _begin(app, client, connection, operation_id, walk)
    if part.walked:
        return

    def read(start: int) -> list[Any]:
        return query.page(client, walk.entity, walk.wire, start=start, where=walk.where)

    # What is added beyond the count meanwhile is told by the change feed; what slips between pages, by the count proof.
    for start, page in ahead(read, range(part.position, part.total + 1, query.PAGE_SIZE)):
        with app.database.write(connection.tenant) as store:
            to_start = walk.keep(app, store, _same(store, connection), page)
            kept = store.imports.part(connection.id, walk.entity)
            if kept is not None:
                kept.position, kept.read = start + query.PAGE_SIZE, min(start - 1 + len(page), kept.total)
        start_all(app, to_start)
    with app.database.write(connection.tenant) as store:
        kept = store.imports.part(connection.id, walk.entity)
        if kept is not None:
            kept.walked = True


def _begin(app: App, client: QuickBooks, connection: Connection, operation_id: str, walk: Walk) -> ImportPart:
    with app.database.read(connection.tenant) as store:
        part = store.imports.part(connection.id, walk.entity)
    if part is not None and part.operation_id == operation_id:
        return part
    total = query.count(client, walk.entity, where=walk.where)
    with app.database.write(connection.tenant) as store:
        return store.imports.begin(connection.id, walk.entity, operation_id=operation_id, total=total, now=app.now())


def _take_changes(app: App, connection: Connection, operation_id: str) -> bool:
    """
    Take in what changed since the import began: what was edited behind its back, and what was deleted.

    Returns:
        Whether that was done; False when a sweep of somebody else's is under way.
    """
    with app.database.write(connection.tenant) as store:
        row, part = _same(store, connection), store.imports.part(connection.id, FEED)
        if part is None or part.operation_id != operation_id or part.walked:
            return True
        since = part.begun_at - OVERLAP
        row.cursor, row.imported_at = since, row.imported_at or app.now()
        part.read += 1
        last_try = part.read > _MOST_TRIES
    catch_up(app, connection.tenant, connection.id)
    with app.database.write(connection.tenant) as store:
        row, part = _same(store, connection), store.imports.part(connection.id, FEED)
        done = last_try or (row.cursor is not None and row.cursor > since)
        if part is not None:
            part.walked = done
        return done


def _same(store: Store, connection: Connection) -> Connection:
    row = store.connections.get(connection.id)
    if row is None:
        raise LookupError("the connection is gone")
    return row


_LISTS: tuple[tuple[str, Callable[[App, QuickBooks, Connection, str], None]], ...] = (
    ("facts", _facts),
    ("lists", _lists),
    ("choices", _choices),
)
"""Short lists, read at once before the walks begin."""
