"""
Connecting QuickBooks: consent becomes the company's one live connection.

The state is always ours. Another realm than the links belong to is refused, a colleague's live connection too.
"""

from datetime import timedelta

from dealvoice.connections.secrets import new_id, new_secret
from dealvoice.connections.spool import Pair
from dealvoice.connections.tokens import GrantRefused
from dealvoice.connections.used import day_of, month_of
from dealvoice.connections.who import Who
from dealvoice.invoicing.preflight import UNSUPPORTED
from dealvoice.quickbooks import company
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.storage.usage import READS, TOKENS
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, StaleLink, Taken, Unsupported, WrongCompany
from dealvoice.workflows.invoice import series
from dealvoice.workflows.operations import CARE_FOR_HOOKS, IMPORT, new_operation
from dealvoice.workflows.setup.ending import LIFE, ends_soon, good_until
from dealvoice.workflows.setup.install import Redirect
from dealvoice.workflows.setup.views import Budget, ConnectionCard, ConnectView, Visibility
from dealvoice.workflows.sync.catch_up import sweep_soon
from dealvoice.workflows.sync.import_state import state_of
from dealvoice.workflows.sync.receive import AFTER_SWEEP
from dealvoice.workflows.sync.report import sweep_state
from dealvoice.workflows.translate.books import company_facts, preference_facts

_STATE = "quickbooks.state"
_LIFE = timedelta(minutes=15)


def begin(app: App, who: Who, *, browser: str) -> Redirect:
    """
    Start QuickBooks' consent.

    Raises:
        Taken: A colleague holds the live connection.
    """
    with app.database.read(who.tenant_id) as store:
        _require_free(store, who)
    browser = browser or new_secret()
    state = app.once.keep(
        _STATE, life=_LIFE, tenant=who.tenant_id, browser=browser, data={"installation": who.installation_id}
    )
    return Redirect(app.quickbooks_grant.authorize_url(state), browser)


def cancel(app: App, *, state: str, browser: str) -> None:
    """Forget a consent that the user refused; nothing was stored."""
    app.once.take(_STATE, state, browser=browser)


def finish(app: App, who: Who, *, code: str, state: str, realm_id: str, browser: str) -> ConnectView:
    """
    Turn the code of a callback into the live connection, and start the first import.

    The two companies are read before anything is stored, so that the next page can name them.

    Raises:
        StaleLink: The state is not ours, was used, is too old, or belongs to another browser or user; or the code is.
        Unsupported: A company that we do not invoice for; nothing was stored.
        WrongCompany: The links belong to another realm; nothing was changed.
        Taken: A colleague has connected meanwhile.
        Busy: QuickBooks did not answer; nothing was stored.
    """
    kept = app.once.take(_STATE, state, browser=browser)
    if kept is None or kept.tenant != who.tenant_id or kept.data["installation"] != who.installation_id:
        raise StaleLink
    if not realm_id.isdigit():
        raise StaleLink
    pair = _exchange(app, code)
    connection_id = new_id()
    with app.database.read(who.tenant_id) as store:
        before = store.connections.latest()
    facts = Connection(id=connection_id, tenant=who.tenant_id, realm_id=realm_id)
    _read_facts(app, facts, pair)
    if facts.country in UNSUPPORTED:
        app.quickbooks_grant.revoke(pair.refresh)
        raise Unsupported(params={"company": facts.company_name, "country": facts.country})
    if before is not None and before.realm_id != realm_id:
        app.quickbooks_grant.revoke(pair.refresh)
        raise WrongCompany(params={"old": before.company_name, "new": facts.company_name})
    operation = _keep(app, who, facts, pair)
    app.engine.start(operation.id, operation.kind)
    app.engine.wake(CARE_FOR_HOOKS)
    return view(app, who)


def _keep(app: App, who: Who, facts: Connection, pair: Pair) -> Operation:
    with app.database.write(who.tenant_id) as store:
        _require_free(store, who)
        row = store.connections.of_realm(facts.realm_id)
        if row is None:
            row = facts
            row.connected_at = app.now()
            row.token_version = 0
            store.connections.add(row)
        else:
            row.company_name, row.country = facts.company_name, facts.country
            row.connected_at = app.now()
            row.compare_due = True  # what was deleted while nobody listened is in no import
        row.state, row.installation_id, row.steward_id = "live", who.installation_id, who.installation_id
        row.heard_at, row.next_sweep_at, row.installer_zone = app.now(), None, who.time_zone
        row.hard_until = app.now() + LIFE
        app.quickbooks_tokens.store(row, pair)
        store.flush()
        operation = new_operation(app, IMPORT, row, installation_id=who.installation_id, user_name=who.name)
        store.operations.add(operation)
        store.audit.add(at=app.now(), who=who.name, what="quickbooks.connect", about=row.id)
        return operation


def view(app: App, who: Who) -> ConnectView:
    """Return how far the set-up is."""
    with app.database.everyone_read() as lobby:
        tenant = lobby.tenants.get(who.tenant_id)
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
        saved = store.preferences.get()
        holder = store.installations.get(connection.installation_id) if connection else None
        card = connection_card(app, store, connection, who) if connection else None
        me = store.installations.get(who.installation_id)
    other = holder.name if holder is not None and holder.id != who.installation_id else ""
    return ConnectView(
        pipedrive_user=who.name,
        pipedrive_company=tenant.name if tenant else "",
        connection=card,
        visibility=Visibility(saved.visibility) if saved else Visibility.INSTALLER,
        held_by=other,
        may_take=bool(other) and who.is_admin,
        asked=me is not None and me.asked_at is not None,
    )


def connection_card(app: App, store: Store, connection: Connection, who: Who) -> ConnectionCard:
    """Return the health of a connection."""
    now, today = app.now(), app.today(connection, who.time_zone)
    holder = store.installations.get(connection.installation_id)
    return ConnectionCard(
        company=connection.company_name,
        country=connection.country,
        currency=connection.home_currency,
        multicurrency=connection.multicurrency,
        connected_by=holder.name if holder else "",
        connected_at=connection.connected_at,
        good_until=good_until(connection),
        ends_at=ends_soon(connection, now),
        state=connection.state,
        last_heard=connection.heard_at,
        customers=store.customers.count(connection.id),
        items=store.items.count(connection.id),
        imported=connection.imported_at is not None,
        next_number=series.next_free(store, connection.id, today),
        importing=state_of(store, connection, now),
        sweeps=sweep_state(store, connection),
        reads=Budget(store.usage.of(READS, month_of(now)), app.reads_allowed),
        tokens=Budget(store.usage.of(TOKENS, day_of(now)), app.tokens_allowed),
    )


def disconnected(app: App, realm_id: str) -> None:
    """Note that somebody disconnected the app inside QuickBooks: the next call would be refused. Safe to repeat."""
    # The address can be opened by anybody, so nothing is believed: the next sweep or action asks QuickBooks itself.
    with app.database.everyone_read() as lobby:
        known = lobby.connections.of_realm(realm_id)
    if known:
        sweep_soon(app, {connection.id for connection in known}, not_within=AFTER_SWEEP)


def _require_free(store: Store, who: Who) -> None:
    current = store.connections.current()
    if current is None or current.installation_id == who.installation_id:
        return
    holder = store.installations.get(current.installation_id)
    raise Taken(params={"person": holder.name if holder else ""})


def _exchange(app: App, code: str) -> Pair:
    try:
        return app.quickbooks_grant.exchange(code)
    except GrantRefused as error:
        raise StaleLink from error
    except QuickBooksError as error:
        raise Busy(error.code) from error


def _read_facts(app: App, row: Connection, pair: Pair) -> None:
    client = app.quickbooks_with(row.realm_id, pair.access)
    try:
        info, preferences = company.info(client), company.preferences(client)
    except QuickBooksError as error:
        raise Busy(error.code) from error
    row.multicurrency = row.custom_numbers = row.allow_discount = row.lapsed = False
    row.home_currency, row.time_zone = "", ""
    company_facts(row, info)
    preference_facts(row, preferences)
