"""
Read what Pipedrive sends to the callback address besides a browser: the news that a user removed the app.

Source: app uninstallation page of Pipedrive.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

import msgspec

from dealvoice.reading import decoder


@dataclass(frozen=True, slots=True)
class Uninstall:
    """Who removed the app; his tokens and webhooks are dead already."""

    client_id: str
    company_id: int
    user_id: int


class UnreadableError(ValueError):
    """A body that is no such news."""


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    company_id: int | str
    user_id: int | str
    client_id: str = ""


def verify_basic(header: str, *, client_id: str, client_secret: str) -> bool:
    """Check the ``Authorization`` header of a call from Pipedrive against the app's own credentials, in constant time."""
    scheme, _, given = header.partition(" ")
    if scheme.casefold() != "basic":
        return False
    try:
        decoded = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(decoded, f"{client_id}:{client_secret}".encode())


def parse_uninstall(raw: bytes) -> Uninstall:
    """
    Read the body of the DELETE call.

    Raises:
        UnreadableError: Not JSON, or without company and user.
    """
    try:
        body = decoder(_Body).decode(raw)
        return Uninstall(body.client_id, int(body.company_id), int(body.user_id))
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableError("not the news of an uninstall") from error
