"""
Subscribe to changes, and read what Pipedrive posts about them (webhooks v2).

Deliveries bear no signature: the secret is in the address and, if set, in Basic authentication. They come twice, out of order, or
never, so what they say is a hint to read, and the permitted users a cache.

Source: webhooks v2 guide of Pipedrive.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import FieldValue, Wire
from dealvoice.reading import convert, decoder

_PATH = "api/v1/webhooks"
_ENTITY = "webhook"
T = TypeVar("T", bound=Wire)


class Hook(Wire, frozen=True, kw_only=True):
    """A subscription."""

    id: int
    subscription_url: str | None = None
    event_action: str | None = None
    event_object: str | None = None
    version: str | None = None
    is_active: bool | int | None = None
    name: str | None = None
    remove_reason: str | None = None
    # Of the last delivery; None before the first one.
    last_http_status: int | None = None

    @property
    def delivers(self) -> bool:
        """Whether it is in force; one that was removed may still be listed with the reason."""
        return (self.is_active is None or bool(self.is_active)) and not self.remove_reason


def create(
    client: Pipedrive,
    *,
    url: str,
    event_object: str,
    name: str,
    event_action: str = "*",
    user: str = "",
    password: str = "",
) -> Hook:
    """
    Subscribe an address; it must answer at once and not redirect.

    Args:
        event_object: ``deal``, ``organization``, ``person``, ``product``, ``note``, ``user``, ...
        event_action: ``create``, ``change``, ``delete`` or ``*``.
        user: With ``password``, Basic authentication of the deliveries.
    """
    body = {
        "subscription_url": url,
        "event_action": event_action,
        "event_object": event_object,
        "name": name,
        "version": "2.0",
    }
    if user:
        body |= {"http_auth_user": user, "http_auth_password": password}
    return client.write("POST", _PATH, Hook, entity=_ENTITY, operation="create", body=body)


def hooks(client: Pipedrive) -> list[Hook]:
    """Give the app's own subscriptions for this user."""
    return client.rows_v1(_PATH, Hook, entity=_ENTITY)


def delete(client: Pipedrive, hook_id: int) -> None:
    """End a subscription; one that is gone raises ``NotFound``."""
    client.delete(f"{_PATH}/{hook_id}", entity=_ENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One delivery."""

    # With entity and id, the key to know a repetition by.
    id: str
    company_id: int
    # Who made the change.
    user_id: int | None
    # create, change or delete.
    action: str
    # deal, person, organization, ...
    entity: str
    entity_id: str
    at: datetime | None
    # ``api`` for changes through the API, ours among them; else ``app``.
    change_source: str
    attempt: int
    # Who may see the object; None where the vendor does not say.
    permitted_user_ids: frozenset[int] | None
    merged_to_id: str | None
    merged_from_id: str | None
    # The object after the change, and what was changed of it (before a deletion: all of it). Custom fields are typed objects here.
    data: dict[str, FieldValue] | None
    previous: dict[str, FieldValue] | None

    @property
    def changed(self) -> frozenset[str]:
        """Give the names of the fields that changed, custom ones by their code."""
        before = self.previous or {}
        custom = before.get("custom_fields")
        keys = {key for key in before if key != "custom_fields"}
        return frozenset(keys | (set(custom) if isinstance(custom, dict) else set()))


class DealTold(Wire, frozen=True, kw_only=True):
    """What an event tells of a deal; not every company's events say whether it is archived."""

    title: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    org_id: int | None = None
    person_id: int | None = None
    # open, won, lost, deleted.
    status: str | None = None
    is_archived: bool | None = None
    is_deleted: bool | None = None


def deal_told(event: Event) -> DealTold | None:
    """Give what an event says of its deal as it is now; None for a deletion, or when it cannot be read as one."""
    return _told(event, DealTold)


class ContactTold(Wire, frozen=True, kw_only=True):
    """What an event tells of an organization or person."""

    name: str | None = None
    # Of a person.
    org_id: int | None = None


def contact_told(event: Event) -> ContactTold | None:
    """Give what an event says of its contact as it is now; None for a deletion, or when it cannot be read as one."""
    return _told(event, ContactTold)


def _told(event: Event, kind: type[T]) -> T | None:
    if event.data is None:
        return None
    try:
        return convert(event.data, kind, strict=False)
    except msgspec.ValidationError:
        return None


def deal_of(event: Event) -> int | None:
    """Give the deal that a product row of an event belongs to."""
    found = (event.data or event.previous or {}).get("deal_id")
    return int(found) if isinstance(found, int | str) and str(found).isdecimal() else None


class UnreadableError(ValueError):
    """A body that is no webhook of Pipedrive, version 2."""


class _Meta(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    action: str
    entity: str
    # Strings by the guide, integers in some samples.
    company_id: str | int
    entity_id: str | int
    user_id: str | int | None = None
    timestamp: str | None = None
    change_source: str | None = None
    attempt: int = 1
    permitted_user_ids: list[str | int] | None = None
    merged_to_id: str | int | None = None
    merged_from_id: str | int | None = None


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    meta: _Meta
    data: dict[str, FieldValue] | None = None
    previous: dict[str, FieldValue] | None = None


_STAMP = 11
"""Digits of a time in seconds, for some thousand years."""
_PAYLOAD = decoder(_Payload, float_hook=Decimal)


def parse(raw: bytes) -> Event:
    """
    Read a delivery.

    Raises:
        UnreadableError: Not JSON, not version 2, or without the ids that say what changed.
    """
    try:
        payload = _PAYLOAD.decode(raw)
        meta = payload.meta
        return Event(
            id=meta.id,
            company_id=int(meta.company_id),
            user_id=None if meta.user_id in {None, ""} else int(meta.user_id or 0),
            action=meta.action,
            entity=meta.entity,
            entity_id=str(meta.entity_id),
            at=_time(meta.timestamp),
            change_source=meta.change_source or "",
            attempt=meta.attempt,
            permitted_user_ids=_ids(meta.permitted_user_ids),
            merged_to_id=None if meta.merged_to_id is None else str(meta.merged_to_id),
            merged_from_id=None if meta.merged_from_id is None else str(meta.merged_from_id),
            data=payload.data,
            previous=payload.previous,
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableError("not a webhook of version 2") from error


def _ids(values: list[str | int] | None) -> frozenset[int] | None:
    return None if values is None else frozenset(int(value) for value in values)


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    # ISO with milliseconds in deliveries; one table of the guide says seconds since 1970.
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), tz=UTC) if len(text) <= _STAMP else None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
