"""
Installing: Pipedrive's consent becomes an installation.

A callback that we started carries our state, used once and bound to the browser. One that the Marketplace started has
none: its tokens wait, sealed, until the user presses a button on a page that names him and his company.
"""

from dataclasses import dataclass
from datetime import timedelta

from dealvoice.connections.secrets import new_id, new_secret
from dealvoice.connections.sessions import Entered
from dealvoice.connections.spool import Pair
from dealvoice.connections.tokens import GrantRefused
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive import users
from dealvoice.pipedrive.models import User
from dealvoice.storage.installations import Installation
from dealvoice.storage.tenants import Tenant
from dealvoice.storage.unit_of_work import Lobby
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, StaleLink
from dealvoice.workflows.operations import CARE_FOR_HOOKS
from dealvoice.workflows.setup.hand_over import ensure_steward
from dealvoice.workflows.setup.leave import end

_STATE, _WAITING = "pipedrive.state", "pipedrive.waiting"
_STATE_LIFE = timedelta(minutes=15)
_WAITING_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where to send the browser, and the value that binds the way back to it."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class NeedsConsent:
    """Tokens of an install that nobody here started: they wait for a button."""

    ticket: str
    browser: str
    user_name: str
    company_name: str


def begin(app: App, *, browser: str = "") -> Redirect:
    """Start Pipedrive's consent; the state is good once, for a quarter of an hour, in this browser."""
    browser = browser or new_secret()
    state = app.once.keep(_STATE, life=_STATE_LIFE, browser=browser)
    return Redirect(app.pipedrive_grant.authorize_url(state), browser)


def cancel(app: App, *, state: str, browser: str) -> None:
    """Forget a consent that the user refused; nothing else was stored."""
    app.once.take(_STATE, state, browser=browser)


def finish(app: App, *, code: str, state: str, browser: str) -> Entered | NeedsConsent:
    """
    Turn the code of a callback into an installation, or into one that waits for a button when no state came.

    Raises:
        StaleLink: The state is not ours, was used, is too old, or belongs to another browser; or the code is.
        Busy: Pipedrive did not answer.
    """
    if state and app.once.take(_STATE, state, browser=browser) is None:
        raise StaleLink
    pair = _exchange(app, code)
    user = _who_is(app, pair)
    if state:
        return _install(app, pair, user)
    browser = browser or new_secret()
    # The ticket's own value is the row that the tokens are sealed to.
    ticket = new_secret()
    sealed = app.vault.seal(f"{pair.access}\n{pair.refresh}", tenant="", column="waiting", row=ticket)
    app.once.keep(
        _WAITING,
        life=_WAITING_LIFE,
        browser=browser,
        value=ticket,
        sealed=sealed,
        data={
            "api_domain": pair.api_domain,
            "access_life": pair.access_life.total_seconds(),
            "user_name": user.name or "",
            "company_name": user.company_name or "",
        },
    )
    return NeedsConsent(ticket, browser, user.name or "", user.company_name or "")


def waiting(app: App, *, ticket: str, browser: str) -> NeedsConsent:
    """
    Return whom a waiting install names, for the page with the button.

    Raises:
        StaleLink: It is used, too old, or another browser's.
    """
    kept = app.once.peek(_WAITING, ticket, browser=browser)
    if kept is None:
        raise StaleLink
    return NeedsConsent(ticket, browser, kept.data["user_name"], kept.data["company_name"])


def confirm(app: App, *, ticket: str, browser: str) -> Entered:
    """
    Install what waited for the button.

    Raises:
        StaleLink: It is used, too old, or another browser's.
        Busy: Pipedrive did not answer.
    """
    kept = app.once.take(_WAITING, ticket, browser=browser)
    if kept is None:
        raise StaleLink
    access, refresh = app.vault.open(kept.sealed, tenant="", column="waiting", row=ticket).split("\n")
    pair = Pair(
        access=access,
        refresh=refresh,
        access_life=timedelta(seconds=kept.data["access_life"]),
        refresh_life=timedelta(days=60),
        api_domain=kept.data["api_domain"],
    )
    return _install(app, pair, _who_is(app, pair))


def uninstall(app: App, *, company_id: int, user_id: int) -> None:
    """
    End a user's installation: Pipedrive says that he removed the app. Safe to repeat.

    If he was the steward, another installation's token serves the background calls. Who holds the connection does not
    change by itself, since he alone may see invoices: an administrator takes it over. The last uninstall ends the
    connection and gives its grant back. Links and history are kept.
    """
    with app.database.everyone_write() as lobby:
        tenant = lobby.tenants.of_company(company_id)
        if tenant is None:
            return
        store = lobby.of(tenant.tenant)
        installed = store.installations.of_user(user_id)
        if installed is None or installed.state == "ended":
            return
        installed.state, installed.ended_at = "ended", app.now()
        installed.access = installed.refresh = ""  # dead at Pipedrive already
        lobby.sessions.end_all(installed.id)
        store.deals.forget(user_id=user_id)
        store.contacts.forget(user_id)
        connection = store.connections.current()
        store.flush()
        ending = None
        if connection is not None and ensure_steward(store, connection) is None:
            ending = end(app, store, connection, installation_id=installed.id, by=installed.name)
        store.audit.add(at=app.now(), who=installed.name, what="app.uninstall", about=installed.id)
    if ending is not None:
        app.engine.start(ending.id, ending.kind)
    # What the user's webhooks told is told by another's from now on.
    app.engine.wake(CARE_FOR_HOOKS)


def _exchange(app: App, code: str) -> Pair:
    try:
        return app.pipedrive_grant.exchange(code)
    except GrantRefused as error:
        raise StaleLink from error
    except pipedrive_errors.PipedriveError as error:
        raise Busy(error.code) from error


def _who_is(app: App, pair: Pair) -> User:
    try:
        return users.me(app.pipedrive_with(pair.api_domain, pair.access))
    except pipedrive_errors.PipedriveError as error:
        raise Busy(error.code) from error


def _install(app: App, pair: Pair, user: User) -> Entered:
    with app.database.everyone_write() as lobby:
        tenant = _tenant(app, lobby, user, pair)
        store = lobby.of(tenant.tenant)
        row = store.installations.of_user(user.id)
        if row is None:
            row = Installation(
                id=new_id(), tenant=tenant.tenant, user_id=user.id, token_version=0, installed_at=app.now()
            )
            store.installations.add(row)
        language = user.language.language_code if user.language else None
        row.name, row.language = user.name or "", language or "en"
        row.locale, row.time_zone = user.locale or "en_US", user.timezone_name or "UTC"
        row.is_admin, row.state, row.ended_at = user.administers, "live", None
        row.api_domain = pair.api_domain
        app.pipedrive_tokens.store(row, pair)
        store.audit.add(at=app.now(), who=row.name, what="app.install", about=row.id)
    return app.sessions.enter_browser(tenant.tenant, row.id)


def _tenant(app: App, lobby: Lobby, user: User, pair: Pair) -> Tenant:
    tenant = lobby.tenants.of_company(user.company_id)
    if tenant is None:
        tenant = lobby.tenants.add(Tenant(tenant=new_id(), company_id=user.company_id, created_at=app.now()))
    tenant.name, tenant.domain = user.company_name or "", user.company_domain or ""
    tenant.api_domain = pair.api_domain
    return tenant
