"""Who may see which organization or person: asked of Pipedrive with that user's own token, as for deals."""

from dealvoice.connections.who import Who
from dealvoice.pipedrive import contacts as pipedrive_contacts
from dealvoice.pipedrive import errors as pipedrive_errors
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.contacts import ContactSeen
from dealvoice.workflows.access import REMEMBERED, asking_pipedrive, pipedrive_of, require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotSeen
from dealvoice.workflows.insight.views import ContactRef

ORGANIZATION, PERSON = "organization", "person"
_NO_ACCESS = "contact.no_access"


def require_contact(app: App, who: Who, contact: ContactRef) -> ContactSeen:
    """
    Return what is known of a contact that this user may see; costs at most one Pipedrive call.

    Raises:
        NoAccess: Only the user who connected QuickBooks may see invoices.
        NotSeen: He may not, or there is no such contact; the two look the same.
        Busy: Pipedrive did not answer.
        SignedOut: Pipedrive wants a new sign-in of this user.
    """
    with app.database.read(who.tenant_id) as store:
        require_visible(store, who)
        known = store.contacts.get(who.user_id, contact.kind, contact.id)
    if known is None or app.now() - known.checked_at >= REMEMBERED:
        known = _ask(app, who, contact)
    if not known.allowed:
        raise NotSeen(_NO_ACCESS)
    return known


def known_contact(app: App, who: Who, contact: ContactRef) -> ContactSeen:
    """
    Return what is remembered of a contact, however old; reads the store only.

    Raises:
        NotSeen: This user has not been found allowed to see it.
    """
    with app.database.read(who.tenant_id) as store:
        known = store.contacts.get(who.user_id, contact.kind, contact.id)
    if known is None or not known.allowed:
        raise NotSeen(_NO_ACCESS)
    return known


def _ask(app: App, who: Who, contact: ContactRef) -> ContactSeen:
    with asking_pipedrive():
        try:
            seen = _read(pipedrive_of(app, who), contact)
        except (pipedrive_errors.NotFound, pipedrive_errors.Forbidden):
            seen = None
    name, organization_id = seen or ("", None)
    row = ContactSeen(
        tenant=who.tenant_id,
        user_id=who.user_id,
        kind=contact.kind,
        contact_id=contact.id,
        allowed=seen is not None,
        name=name[:1024],
        organization_id=organization_id,
        checked_at=app.now(),
    )
    with app.database.write(who.tenant_id) as store:
        return store.contacts.put(row)


def _read(client: Pipedrive, contact: ContactRef) -> tuple[str, int | None] | None:
    """Return a contact's name and organization; None when it was deleted."""
    if contact.kind == ORGANIZATION:
        organization = pipedrive_contacts.organization(client, contact.id)
        return None if organization.is_deleted else (organization.name or "", None)
    person = pipedrive_contacts.person(client, contact.id)
    return None if person.is_deleted else (person.name or "", person.org_id)
