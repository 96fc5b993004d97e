"""Read persons and organizations."""

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Organization, Person


def person(client: Pipedrive, person_id: int) -> Person:
    """Read one person."""
    return client.get(f"api/v2/persons/{person_id}", Person, entity="person")


def organization(client: Pipedrive, organization_id: int) -> Organization:
    """Read one organization."""
    return client.get(f"api/v2/organizations/{organization_id}", Organization, entity="organization")
