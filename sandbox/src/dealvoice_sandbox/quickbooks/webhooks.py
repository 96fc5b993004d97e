"""Events to the app: CloudEvents or the older payload, signed on the raw body, on the vendor's timetable."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC
from typing import TYPE_CHECKING

from dealvoice_sandbox.core.delivery import Delivery

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

TOLD = frozenset(
    {"Invoice", "Payment", "CreditMemo", "Estimate", "Customer", "Vendor", "Employee", "Item", "Account", "Term",
     "Preferences", "Class", "Department", "PaymentMethod"}
)  # fmt: skip
RETRIES = (10.0, 20.0, 30.0, 300.0, 1200.0, 7200.0, 14400.0, 21600.0)
"""Seconds between tries: best practices page of the webhooks documentation."""
_OLD = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "void": "Void",
    "emailed": "Emailed",
    "merged": "Merge",
}


def send(emulator: "QuickBooksEmulator", realm: str, entity: str, entity_id: str, operation: str) -> None:
    """Queue the event of one change."""
    if entity not in TOLD:
        return
    at = emulator.clock.now().astimezone(UTC)
    time = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if emulator.switches["legacy_webhooks"]:
        changed = {"name": entity, "id": entity_id, "operation": _OLD[operation], "lastUpdated": time}
        payload: object = {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": [changed]}}]}
    else:
        payload = [
            {
                "specversion": "1.0",
                "id": str(uuid.uuid4()),
                "source": "intuit.sandbox",
                "type": f"qbo.{entity.lower()}.{operation}.v1",
                "datacontenttype": "application/json",
                "time": time,
                "intuitentityid": entity_id,
                "intuitaccountid": realm,
                "data": {},
            }
        ]
    body = json.dumps(payload).encode()
    key = (emulator.portal.verifier_tokens or [""])[0].encode()
    signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
    emulator.deliveries.send(
        Delivery(
            url=emulator.portal.webhook_url,
            body=body,
            headers={
                "content-type": "application/json; charset=utf-8",
                "intuit-signature": signature,
                "intuit-t-id": str(uuid.uuid4()),
                "user-agent": "intuit_notification_server/0.1",
            },
            about=f"{entity} {entity_id} {operation}",
            retry_after=RETRIES,
        )
    )
