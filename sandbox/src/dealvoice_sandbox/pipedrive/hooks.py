"""Webhooks v2: registered by apps, told of changes with typed custom fields and the difference to before."""

import uuid
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.core.delivery import Delivery
from dealvoice_sandbox.core.printing import exact_json

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
RETRIES = (3.0, 30.0, 150.0)
_ENTITIES = {
    "deals": "deal",
    "persons": "person",
    "organizations": "organization",
    "products": "product",
    "notes": "note",
}


def tell(
    emulator: "PipedriveEmulator", table: str, action: str, row: Row, before: Row | None, user_id: int, source: str
) -> None:
    """Queue a delivery for each hook that wants this change."""
    entity = _ENTITIES[table]
    for hook in emulator.table("hooks").values():
        if hook["event_object"] not in ("*", entity) or hook["event_action"] not in ("*", action):
            continue
        emulator.deliveries.send(_delivery(emulator, hook, entity, action, row, before, user_id, source))


def _delivery(
    emulator: "PipedriveEmulator", hook: Row, entity: str, action: str, row: Row, before: Row | None, user_id: int,
    source: str,
) -> Delivery:  # fmt: skip
    previous = {name: value for name, value in (before or {}).items() if row.get(name) != value} if before else None
    permitted = [str(user["id"]) for user in emulator.users() if emulator.may_see({"visible_to": 3, **row}, user["id"])]
    payload = {
        "meta": {
            "action": action,
            "entity": entity,
            "company_id": str(emulator.company()["id"]),
            "entity_id": str(row["id"]),
            "id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4()),
            "is_bulk_edit": False,
            "timestamp": emulator.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "type": "application",
            "user_id": str(user_id),
            "version": "2.0",
            "webhook_id": str(hook["id"]),
            "webhook_owner_id": str(hook["user_id"]),
            "change_source": source,
            "attempt": 1,
            "host": emulator.url.split("//", 1)[-1],
            "permitted_user_ids": permitted,
        },
        "data": None if action == "delete" else {**row, "visible_to": str(row.get("visible_to", 3))},
        "previous": previous,
    }
    auth = (hook["http_auth_user"], hook["http_auth_password"]) if hook.get("http_auth_user") else None
    return Delivery(
        url=hook["subscription_url"],
        body=exact_json(payload),
        headers={"content-type": "application/json", "user-agent": "Pipedrive-Webhook"},
        about=f"{entity} {row['id']} {action}",
        retry_after=RETRIES,
        timeout=10.0,
        auth=auth,
    )
