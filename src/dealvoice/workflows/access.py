"""
Who may see which deal: asked of Pipedrive with that user's own token, remembered for a quarter of an hour.

The deal's number comes unsigned with the frame, so every workflow about a deal begins here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.pipedrive import deals as pipedrive_deals
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealSeen
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, NoAccess, NotSeen, SignedOut
from dealvoice.workflows.setup.views import Visibility

REMEMBERED = timedelta(minutes=15)


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
        known = store.deals.get(who.user_id, deal_id)
    if known is not None and app.now() - known.checked_at < REMEMBERED:
        if not known.allowed:
            raise NotSeen
        return known
    with asking_pipedrive():
        try:
            deal = pipedrive_deals.read(pipedrive_of(app, who), deal_id)
        except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden):
            deal = None
    if deal is None or deal.is_deleted:
        with app.database.write(who.tenant_id) as store:
            store.deals.put(
                DealSeen(
                    tenant=who.tenant_id, user_id=who.user_id, deal_id=deal_id, allowed=False, checked_at=app.now()
                )
            )
        raise NotSeen
    kind, contact_id = contact_of(deal.org_id, deal.person_id)
    seen = DealSeen(
        tenant=who.tenant_id,
        user_id=who.user_id,
        deal_id=deal_id,
        allowed=True,
        title=(deal.title or "")[:1024],
        value=deal.value,
        currency=deal.currency or "",
        contact_kind=kind,
        contact_id=contact_id,
        products=deal.products_count,
        archived=bool(deal.is_archived),
        checked_at=app.now(),
    )
    with app.database.write(who.tenant_id) as store:
        return store.deals.put(seen)


def require_visible(store: Store, who: Who) -> Connection | None:
    """
    Return the tenant's connection when this user may see its invoices at all; None when nothing is connected.

    Raises:
        NoAccess: Only the user who connected QuickBooks may.
    """
    connection = store.connections.current()
    if connection is None:
        return None
    saved = store.preferences.get()
    visibility = Visibility(saved.visibility) if saved is not None else Visibility.INSTALLER
    if visibility is Visibility.INSTALLER and connection.installation_id != who.installation_id:
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


def contact_of(org_id: int | None, person_id: int | None) -> tuple[str, int | None]:
    """Return kind and id of a deal's contact: the organization if it has one, else the person."""
    if org_id is not None:
        return "organization", org_id
    return ("person", person_id) if person_id is not None else ("", None)


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
