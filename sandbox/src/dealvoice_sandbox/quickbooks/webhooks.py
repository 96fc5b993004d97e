"""
Events to the app: CloudEvents or the older payload, gathered for a moment, signed on the raw body, on the vendor's timetable.

Sources: webhooks pages and their best practices; the change of the payload announced in November 2025; the portal's
list of subscriptions.
"""

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.core.delivery import Delivery

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

_MONEY_IN = "created updated deleted void emailed"
_PLAIN = "created updated deleted"
_NAMES = "created updated deleted merged"
SUBSCRIPTIONS: dict[str, frozenset[str]] = {
    entity: frozenset(operations.split())
    for entities, operations in {
        ("Invoice", "Payment", "CreditMemo", "SalesReceipt", "RefundReceipt"): _MONEY_IN,
        ("Estimate", "PurchaseOrder"): "created updated deleted emailed",
        ("Bill", "Deposit", "JournalEntry", "TimeActivity", "VendorCredit", "CompanyCurrency", "Class"): _PLAIN,
        ("BillPayment", "Purchase", "Transfer"): "created updated deleted void",
        ("Customer", "Vendor", "Item", "Account", "Employee"): _NAMES,
        ("Department", "PaymentMethod"): "created updated merged",
        ("Term", "TaxAgency", "Budget", "JournalCode"): "created updated",
        ("Preferences",): "updated",
    }.items()
    for entity in entities
}
"""What an app may be told of."""
RETRIES = (10.0, 20.0, 30.0, 300.0, 1200.0, 7200.0, 14400.0, 21600.0)
"""Seconds between tries: best practices page of the webhooks documentation; the last one again and again."""
OLDER_RETRIES = (1200.0, 1800.0, 3000.0)
"""The older page: after these the message is dropped and the address is left alone."""
_OLD_OPERATIONS = {
    "created": "Create", "updated": "Update", "deleted": "Delete", "void": "Void", "emailed": "Emailed",
    "merged": "Merge",
}  # fmt: skip
_OLD_NAMES = {"CompanyCurrency": "Currency"}
_SOURCE = "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU="


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one object."""

    realm: str
    entity: str
    entity_id: str
    operation: str
    """created, updated, deleted, void, emailed or merged."""
    at: datetime
    deleted_id: str = ""
    """What a merge made disappear."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def told(self) -> str:
        """Return it for the log."""
        return f"{self.entity} {self.entity_id} {self.operation}"


class Outgoing:
    """The events of one emulator on their way: gathered for a moment, then sent together, several companies too."""

    def __init__(self, emulator: "QuickBooksEmulator") -> None:
        self._emulator = emulator
        self._open: tuple[Delivery, list[Event], float] | None = None
        """The message that still takes events, with those it has, and until when."""
        self._left_alone = ""
        """An address that did not answer for the whole of the older timetable."""

    def tell(self, realm: str, entity: str, entity_id: str, operation: str, *, deleted_id: str = "") -> None:
        """Tell the app of one change, when it has an address and asked for such."""
        switches, portal = self._emulator.switches, self._emulator.portal
        if not portal.webhook_url or (self._emulator.api_writes and not switches["own_writes_notified"]):
            return
        operations = [operation]
        if operation in ("void", "emailed") and switches["void_and_emailed_also_updated"]:
            operations.append("updated")
        for one in operations:
            if one in SUBSCRIPTIONS.get(entity, ()) and self._is_wanted(entity, one):
                self._take(Event(realm, entity, entity_id, one, self._emulator.clock.now(), deleted_id))

    def _is_wanted(self, entity: str, operation: str) -> bool:
        wanted = [one.lower() for one in self._emulator.portal.webhook_events]
        names = {entity.lower(), f"{entity}.{operation}".lower(), f"qbo.{entity}.{operation}.v1".lower()}
        return not wanted or any(one in names for one in wanted)

    def _take(self, event: Event) -> None:
        deliveries, now = self._emulator.deliveries, event.at.timestamp()
        if self._open is not None:
            delivery, events, until = self._open
            if now < until and delivery.url == self._emulator.portal.webhook_url:

                def add() -> None:
                    events.append(event)
                    delivery.about = ", ".join(one.told() for one in events)

                if deliveries.add_to(delivery, add):
                    return
        self._send([event])

    def _send(self, events: list[Event]) -> None:
        emulator, url = self._emulator, self._emulator.portal.webhook_url
        older = emulator.switches["webhook_timetable"] == "older"
        if not older:
            self._left_alone = ""
        elif self._left_alone == url:
            return
        window = float(emulator.switches["webhook_window_seconds"])
        legacy, tid = bool(emulator.switches["legacy_webhooks"]), str(uuid.uuid4())
        printed: list[bytes] = []

        def prepare(delivery: Delivery) -> None:
            # The body is the same in every try; the signature goes by the token that the portal has now.
            if not printed or delivery.attempts <= 1:
                printed[:] = [_legacy(events) if legacy else self._cloud_events(events)]
            delivery.body = printed[0]
            delivery.headers["intuit-signature"] = sign(printed[0], (emulator.portal.verifier_tokens or [""])[0])

        def give_up(delivery: Delivery) -> None:
            if older and delivery.state == "failed" and delivery.gave_up:
                self._left_alone = delivery.url

        kind = "application/json; charset=utf-8" if legacy else emulator.switches["webhook_content_type"]
        delivery = Delivery(
            url=url,
            body=b"",
            headers={
                "content-type": kind,
                "accept": "application/json",
                "intuit-created-time": events[0].at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "intuit-t-id": tid,
                "intuit-notification-schema-version": "0.1",
                "user-agent": "intuit_notification_server/0.1",
            },
            about=events[0].told(),
            retry_after=OLDER_RETRIES if older else RETRIES,
            retry_for_ever=not older,
            wait=window,
            prepare=prepare,
            on_end=give_up,
        )
        self._open = (delivery, events, events[0].at.timestamp() + window)
        emulator.deliveries.send(delivery)

    def _cloud_events(self, events: list[Event]) -> bytes:
        void = self._emulator.switches["void_event_name"]
        payload = [
            {
                "specversion": "1.0",
                "id": event.id,
                "source": _SOURCE,
                "type": f"qbo.{event.entity.lower()}.{void if event.operation == 'void' else event.operation}.v1",
                "datacontenttype": "application/json",
                "time": f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}001Z",
                "intuitentityid": event.entity_id,
                "intuitaccountid": event.realm,
                "data": {"deletedid": event.deleted_id} if event.deleted_id else {},
            }
            for event in events
        ]
        return json.dumps(payload, separators=(",", ":")).encode()


def sign(body: bytes, verifier_token: str) -> str:
    """Return the signature of a body: base64 of HMAC-SHA256 over the raw bytes."""
    return base64.b64encode(hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()).decode()


def _legacy(events: list[Event]) -> bytes:
    by_realm: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        merged = {"deletedId": event.deleted_id} if event.deleted_id else {}
        by_realm.setdefault(event.realm, []).append(
            {
                "name": _OLD_NAMES.get(event.entity, event.entity),
                "id": event.entity_id,
                "operation": _OLD_OPERATIONS[event.operation],
                **merged,
                "lastUpdated": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )
    notifications = [
        {"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm, entities in by_realm.items()
    ]
    return json.dumps({"eventNotifications": notifications}, separators=(",", ":")).encode()
