"""
Who may see which deal: asked of Pipedrive with that user's own token, remembered for a quarter of an hour.

While Pipedrive's webhooks are in force it is remembered for an hour, since a change of visibility is told at once and
takes what is remembered away (``sync/pipedrive_receive``). An hour and not longer: an event may be lost, and a change
of a user's group is none of a deal. The deal's number comes unsigned with the frame, so every workflow about a deal
begins here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.pipedrive import deals as pipedrive_deals
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealSeen, DealState
from dealvoice.storage.hooks import LIVE
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, NoAccess, NotSeen, SignedOut
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.parking import saw_state
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.translate.deals import deal_seen

REMEMBERED = timedelta(minutes=15)
LISTENING = timedelta(hours=1)
"""How long a right is remembered while webhooks would tell of its end."""
_LOOKED_AFTER = timedelta(hours=50)
"""Webhooks that nobody has looked at for two days are believed no longer."""


def require_deal(app: App, who: Who, deal_id: int) -> DealSeen:
    """
    Return the deal's head when this user may see the deal and its invoices; costs at most one Pipedrive call.

    Raises:
        NoAccess: Only the user who connected QuickBooks may see invoices.
        NotSeen: He may not, or there is no such deal; the two look the same.
        Busy: Pipedrive did not answer.
        SignedOut: Pipedrive wants a new sign-in of this user.
    """
    with app.database.read(who.tenant_id) as store:
        require_visible(store, who)
        known = remembered(app, store, who, deal_id)
        told = _told(app, store, who, deal_id) if known is None else None
    if known is not None:
        return known
    if told is not None:
        with app.database.write(who.tenant_id) as store:
            return store.deals.put(told)
    return _ask(app, who, deal_id)


def remembered(app: App, store: Store, who: Who, deal_id: int) -> DealSeen | None:
    """
    Return the deal's head as far as what is remembered of this user's right still holds; None when it must be asked.

    Raises:
        NotSeen: He has been found not allowed to see it.
    """
    known = store.deals.get(who.user_id, deal_id)
    if known is None or not _holds(app, store, known):
        return None
    if not known.allowed:
        raise NotSeen
    return known


def _listening_since(app: App, store: Store) -> datetime | None:
    """Return since when every event has reached us, as far as we know; None while some cannot."""
    hooks = store.hooks.current()
    if hooks is None or hooks.state != LIVE or not hooks.sees_all or hooks.checked_at is None:
        return None
    return hooks.live_since if app.now() - hooks.checked_at < _LOOKED_AFTER else None


def _holds(app: App, store: Store, known: DealSeen) -> bool:
    age = app.now() - known.checked_at
    if known.allowed and known.products is None and not store.invoices.has_any(known.deal_id):
        return False  # products came or went, and the empty panel says how many there are
    if age < REMEMBERED:
        return True
    since = _listening_since(app, store) if known.allowed else None
    return since is not None and since <= known.checked_at and age < LISTENING


def _told(app: App, store: Store, who: Who, deal_id: int) -> DealSeen | None:
    """Return what an event has told of this user and an invoiced deal, while that may be believed."""
    head, since = store.deals.head(deal_id), _listening_since(app, store)
    if head is None or head.permitted is None or since is None or head.told_at is None:
        return None
    fresh = since <= head.heard_at and app.now() - head.heard_at < LISTENING
    readable = head.state in {DealState.LIVE, DealState.ARCHIVED} and who.user_id in head.permitted
    if not (fresh and readable and store.invoices.has_any(deal_id)):
        return None
    return DealSeen(
        tenant=who.tenant_id,
        user_id=who.user_id,
        deal_id=deal_id,
        allowed=True,
        title=head.title,
        value=head.value,
        currency=head.currency,
        contact_kind=head.contact_kind,
        contact_id=head.contact_id,
        archived=head.state == DealState.ARCHIVED,
        checked_at=head.heard_at,
        told_at=head.told_at,
    )


def _ask(app: App, who: Who, deal_id: int, *, tries: int = 2) -> DealSeen:
    with app.database.read(who.tenant_id) as store:
        told_before = _told_at(store, deal_id)
    with asking_pipedrive():
        try:
            deal = pipedrive_deals.read(pipedrive_of(app, who), deal_id)
        except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden):
            deal = None
    if deal is None or deal.is_deleted:
        _remember_refusal(app, who, deal_id)
        raise NotSeen
    seen = deal_seen(who.tenant_id, who.user_id, deal, now=app.now())
    state = DealState.ARCHIVED if deal.is_archived else DealState.LIVE
    with app.database.write(who.tenant_id) as store:
        meanwhile = _told_at(store, deal_id) != told_before
        if not meanwhile:
            to_start = saw_state(app, store, store.connections.current(), deal_id, state)
            store.deals.put(seen)
    if meanwhile:
        # An event came in during the read: nobody can say which of the two is newer.
        if not tries:
            raise Busy("pipedrive.busy")
        return _ask(app, who, deal_id, tries=tries - 1)
    start_all(app, to_start)
    return seen


def _told_at(store: Store, deal_id: int) -> datetime | None:
    head = store.deals.head(deal_id)
    return head.told_at if head is not None else None


def _remember_refusal(app: App, who: Who, deal_id: int) -> None:
    with app.database.write(who.tenant_id) as store:
        store.deals.put(
            DealSeen(tenant=who.tenant_id, user_id=who.user_id, deal_id=deal_id, allowed=False, checked_at=app.now())
        )


def require_visible(store: Store, who: Who) -> Connection | None:
    """
    Return the tenant's connection when this user may see its invoices at all; None when nothing is connected.

    Raises:
        NoAccess: Only the user who connected QuickBooks may.
    """
    connection = store.connections.current()
    if connection is None:
        return None
    if connection.installation_id == who.installation_id:
        return connection
    saved = store.preferences.get()
    visibility = Visibility(saved.visibility) if saved is not None else Visibility.INSTALLER
    if visibility is Visibility.INSTALLER:
        holder = store.installations.get(connection.installation_id)
        raise NoAccess("deal.only_installer", {"person": holder.name if holder else ""})
    return connection


def require_connection(store: Store, who: Who) -> Connection:
    """
    Return the live connection.

    Raises:
        SignedOut: There is none, or its sign-in ended.
    """
    connection = require_visible(store, who)
    if connection is None:
        raise SignedOut("connection.missing")
    if connection.state != "live":
        raise SignedOut
    return connection


def pipedrive_of(app: App, who: Who) -> Pipedrive:
    """Return a Pipedrive client with this user's own token."""
    with app.database.read(who.tenant_id) as store:
        installed = store.installations.get(who.installation_id)
    if installed is None or installed.state != "live":
        raise SignedOut("pipedrive.expired")
    return app.pipedrive(who.tenant_id, installed.id, installed.api_domain)


@contextmanager
def asking_pipedrive() -> Iterator[None]:
    """Turn what goes wrong with a Pipedrive read into words for the user."""
    try:
        yield
    except SignInEnded as error:
        raise SignedOut("pipedrive.expired") from error
    except pipedrive_errors.Refused as error:
        raise SignedOut(error.code) from error
    except pipedrive_errors.PipedriveError as error:
        raise Busy(error.code) from error
