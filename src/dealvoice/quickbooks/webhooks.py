"""
Verify and read what QuickBooks posts when something changed.

Check the signature on the raw bytes first, then parse. Two formats: an array of CloudEvents (now) and ``eventNotifications``
(retired, still accepted). A well-signed body is never an error of the caller's: what names no object is left out.

Source: webhooks pages of the Accounting API; blog of 2025-11-12 on the new payload structure.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, cast

import msgspec

from dealvoice.reading import decoder

_SKIPPED_FORMAT = "neither an array of events nor eventNotifications"


class Operation(StrEnum):
    """What happened to an object."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    # Two names became one; ``deleted_id`` is the one that is gone.
    MERGED = "merged"
    VOIDED = "voided"
    EMAILED = "emailed"
    # A word we do not know yet; read the object to see.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """One change; the object's state has to be read, events come twice and out of order."""

    # The vendor's, or for the old format a digest of the event's content: either way the key to know a repetition by.
    id: str
    realm_id: str
    # The vendor's name, such as ``Invoice``.
    entity: str
    entity_id: str
    operation: Operation
    # When it happened by the vendor's clock; None if it did not say or wrote it unreadably.
    at: datetime | None
    deleted_id: str | None = None


class UnreadableError(ValueError):
    """A body that is no webhook of QuickBooks, in either format."""


def verify(raw: bytes, signature: str, tokens: Sequence[str]) -> bool:
    """
    Check ``intuit-signature`` over the raw body, in constant time.

    Args:
        tokens: Verifier tokens of the app; more than one while one is being replaced.
    """
    try:
        given = base64.b64decode(signature.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return False
    # Every token is tried, so that the time does not tell which one fitted.
    fits = [hmac.compare_digest(given, hmac.new(token.encode(), raw, hashlib.sha256).digest()) for token in tokens]
    return any(fits)


def parse(raw: bytes) -> list[Event]:
    """
    Read the events of a verified body.

    Raises:
        UnreadableError: Not JSON, or neither format.
    """
    try:
        body = _BODY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(str(error)) from error
    if isinstance(body, list):
        events = [_cloud(event) for event in body]
    elif body.notifications is None:
        raise UnreadableError(_SKIPPED_FORMAT)
    else:
        events = [
            _legacy(notification.realm_id, entity)
            for notification in body.notifications
            if notification.change is not None
            for entity in notification.change.entities
        ]
    return [event for event in events if event.entity and _is_id(event.realm_id) and _is_id(event.entity_id)]


class _CloudData(msgspec.Struct, frozen=True, kw_only=True):
    deleted_id: str | int | None = msgspec.field(default=None, name="deletedid")


class _CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    type: str = ""
    time: str = ""
    entity_id: str | int = msgspec.field(default="", name="intuitentityid")
    realm_id: str | int = msgspec.field(default="", name="intuitaccountid")
    data: _CloudData | None = None


class _LegacyEntity(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    id: str | int = ""
    operation: str = ""
    last_updated: str = msgspec.field(default="", name="lastUpdated")
    deleted_id: str | int | None = msgspec.field(default=None, name="deletedId")


class _LegacyChange(msgspec.Struct, frozen=True, kw_only=True):
    entities: list[_LegacyEntity] = msgspec.field(default_factory=list)


class _LegacyNotification(msgspec.Struct, frozen=True, kw_only=True):
    realm_id: str | int = msgspec.field(default="", name="realmId")
    change: _LegacyChange | None = msgspec.field(default=None, name="dataChangeEvent")


class _LegacyBody(msgspec.Struct, frozen=True, kw_only=True):
    notifications: list[_LegacyNotification] | None = msgspec.field(default=None, name="eventNotifications")


_Body: TypeAlias = list[_CloudEvent] | _LegacyBody
_BODY = decoder(cast(type[_Body], _Body))

_ENTITIES = {
    name.casefold(): name
    for name in (
        "Account",
        "Bill",
        "BillPayment",
        "Budget",
        "ChangeOrder",
        "Class",
        "CompanyCurrency",
        "CreditMemo",
        "Customer",
        "Department",
        "Deposit",
        "Employee",
        "Estimate",
        "Invoice",
        "Item",
        "JournalCode",
        "JournalEntry",
        "Payment",
        "PaymentMethod",
        "Preferences",
        "Purchase",
        "PurchaseOrder",
        "RefundReceipt",
        "SalesReceipt",
        "TaxAgency",
        "Term",
        "TimeActivity",
        "Transfer",
        "Vendor",
        "VendorCredit",
    )
} | {"currency": "CompanyCurrency"}

_EVENT_ID = re.compile(r"[!-~]{1,80}")
_RECORD_ID = re.compile(r"[!-~]{1,32}")

_OPERATIONS = {
    "create": Operation.CREATED,
    "created": Operation.CREATED,
    "update": Operation.UPDATED,
    "updated": Operation.UPDATED,
    "delete": Operation.DELETED,
    "deleted": Operation.DELETED,
    "merge": Operation.MERGED,
    "merged": Operation.MERGED,
    # The portal's list says void, the vendor's blog voided.
    "void": Operation.VOIDED,
    "voided": Operation.VOIDED,
    "emailed": Operation.EMAILED,
}


def _cloud(event: _CloudEvent) -> Event:
    # qbo.<entity>.<operation>.v1
    parts = event.type.split(".")
    entity, operation = (parts[1], parts[2]) if len(parts) >= 3 else ("", "")
    deleted = event.data.deleted_id if event.data is not None else None
    content = (str(event.realm_id), event.type, str(event.entity_id), event.time)
    return Event(
        id=event.id if _EVENT_ID.fullmatch(event.id) else _digest(event.id, *content),
        realm_id=str(event.realm_id),
        entity=_ENTITIES.get(entity.casefold(), entity),
        entity_id=str(event.entity_id),
        operation=_OPERATIONS.get(operation.casefold(), Operation.OTHER),
        at=_time(event.time),
        deleted_id=_id_or_none(deleted),
    )


def _legacy(realm_id: str | int, entity: _LegacyEntity) -> Event:
    deleted = _id_or_none(entity.deleted_id)
    return Event(
        id=_digest(str(realm_id), entity.name, str(entity.id), entity.operation, entity.last_updated, deleted or ""),
        realm_id=str(realm_id),
        entity=_ENTITIES.get(entity.name.casefold(), entity.name),
        entity_id=str(entity.id),
        operation=_OPERATIONS.get(entity.operation.casefold(), Operation.OTHER),
        at=_time(entity.last_updated),
        deleted_id=deleted,
    )


def _is_id(text: str) -> bool:
    """Tell whether this may be the id of a record: what is not would be refused by the store, and come again for ever."""
    return _RECORD_ID.fullmatch(text) is not None


def _id_or_none(value: str | int | None) -> str | None:
    return str(value) if value is not None and _is_id(str(value)) else None


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _time(text: str) -> datetime | None:
    # Written -0700 without a colon, or in UTC with three to nine decimals.
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
