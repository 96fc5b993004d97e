"""Read who is behind a token."""

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import User


def me(client: Pipedrive) -> User:
    """Give the token's user and company: (company, user) is the key of an installation, not the token's text."""
    return client.get("api/v1/users/me", User, entity="user")
