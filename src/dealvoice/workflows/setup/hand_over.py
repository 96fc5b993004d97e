"""
Handing the one connection from one user to another: given by its holder, asked for by a colleague, taken by an admin.

Only who holds it changes: the QuickBooks grant, links, settings and history stay, so there is never a second connection.
"""

from dealvoice.connections.who import Who
from dealvoice.pipedrive.errors import PipedriveError
from dealvoice.storage.connections import Connection
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess, NotFound, SignedOut
from dealvoice.workflows.operations import CARE_FOR_HOOKS, TELL_DEALS, new_operation
from dealvoice.workflows.setup.views import Colleague


def colleagues(store: Store, connection: Connection) -> tuple[Colleague, ...]:
    """Return who could hold the connection instead; those who asked come first."""
    others = [one for one in store.installations.live() if one.id != connection.installation_id]
    others.sort(key=lambda one: (one.asked_at is None, one.asked_at or one.installed_at))
    return tuple(Colleague(one.id, one.name, asked=one.asked_at is not None) for one in others)


def may_manage(who: Who, connection: Connection | None) -> bool:
    """Tell whether a user may hand over or end the connection: its holder, or an administrator."""
    return connection is None or who.is_admin or connection.installation_id == who.installation_id


def give(app: App, who: Who, installation_id: str) -> str:
    """
    Hand the connection over to a colleague; returns his name. Safe to repeat.

    Raises:
        NoAccess: This user neither holds it nor is an administrator.
        NotFound: No such colleague, or he has removed the app.
        SignedOut: There is no connection.
    """
    with app.database.write(who.tenant_id) as store:
        connection = store.connections.current()
        if connection is None:
            raise SignedOut("connection.missing")
        if not may_manage(who, connection):
            raise NoAccess("connection.not_holder")
        name = _move(app, store, who, connection, installation_id, what="connection.give")
    app.engine.wake(CARE_FOR_HOOKS)
    return name


def ask(app: App, who: Who) -> str:
    """Ask the holder for the connection: he sees it in his settings; returns his name. Safe to repeat."""
    with app.database.write(who.tenant_id) as store:
        connection, me = store.connections.current(), store.installations.get(who.installation_id)
        if connection is None or me is None or connection.installation_id == me.id:
            return ""
        me.asked_at = me.asked_at or app.now()
        store.audit.add(at=app.now(), who=who.name, what="connection.ask", about=connection.id)
        holder = store.installations.get(connection.installation_id)
        return holder.name if holder is not None else ""


def take(app: App, who: Who) -> None:
    """
    Take the connection over; safe to repeat.

    Raises:
        NoAccess: This user is no administrator.
        SignedOut: There is no connection.
    """
    with app.database.write(who.tenant_id) as store:
        connection = store.connections.current()
        if connection is None:
            raise SignedOut("connection.missing")
        if not who.is_admin:
            raise NoAccess("connection.not_holder")
        _move(app, store, who, connection, who.installation_id, what="connection.take")
    app.engine.wake(CARE_FOR_HOOKS)


def ensure_steward(store: Store, connection: Connection) -> str | None:
    """
    Return the installation whose token background calls use; when its user is gone, another one takes over for good.

    The holder first, then the longest installed: his rights decide what can be written, so a deal that he may not see is
    left alone.
    """
    live = [one.id for one in store.installations.live()]
    if connection.steward_id not in live:
        following = [one for one in (connection.installation_id, *live) if one in live]
        if not following:
            return None
        connection.steward_id = following[0]
    return connection.steward_id


def retired(app: App, tenant: str, installation_id: str, error: PipedriveError) -> bool:
    """
    Tell whether a refusal means that a user's tokens serve no more (he was switched off in Pipedrive), and note it.

    A fresh token refused says so: the client has renewed it once by then. Another steward follows at the next try.
    """
    if error.code != "pipedrive.expired":
        return False
    with app.database.write(tenant) as store:
        row = store.installations.get(installation_id)
        if row is not None and row.state == "live":
            row.state, row.ended_at = "ended", app.now()
            store.audit.add(at=app.now(), who=row.name, what="app.retire", about=row.id)
    return True


def _move(app: App, store: Store, who: Who, connection: Connection, to: str, *, what: str) -> str:
    following = store.installations.get(to)
    if following is None or following.state != "live":
        raise NotFound
    connection.installation_id = connection.steward_id = following.id
    for one in store.installations.live():
        one.asked_at = None
    store.audit.add(at=app.now(), who=who.name, what=what, about=following.id)
    if store.deal_fields.unpark_all("pipedrive.no_permission"):
        # His rights may reach the deals that the former user's did not; the sweeper starts it.
        operation = new_operation(app, TELL_DEALS, connection, installation_id=following.id, user_name=who.name)
        operation.body = {"notes": True}
        store.operations.add(operation)
    return following.name
