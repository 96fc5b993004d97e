"""
Webhooks v2: registered by apps, told of changes with typed custom fields and the difference to before.

A hook whose first attempts keep failing is banned for a while, and one that fails for days is removed; what happens
meanwhile is lost. Source: webhooks v2 guide. Not emulated: payloads of version 1.0, events of field definitions.
"""

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2

from dealvoice_sandbox.core.delivery import Delivery
from dealvoice_sandbox.core.printing import exact_json
from dealvoice_sandbox.pipedrive import fields

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
RETRIES = (3.0, 30.0, 150.0)
TIMEOUT = 10.0
_PROBE = 2.0
MOST = 40
"""Hooks of one user."""
BANNED_AFTER = 10
"""First attempts that failed."""
BAN = timedelta(minutes=30)
REMOVED_AFTER = timedelta(days=3)
ACTIONS = ("create", "change", "delete", "*")
OBJECTS = (
    "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user",
    "deal_product", "deal_installment", "board", "phase", "project", "task", "*",
)  # fmt: skip
_ENTITIES = {
    "deals": "deal",
    "persons": "person",
    "organizations": "organization",
    "products": "product",
    "notes": "note",
    "deal_products": "deal_product",
    "installments": "deal_installment",
    "activities": "activity",
    "users": "user",
    "pipelines": "pipeline",
    "stages": "stage",
    "leads": "lead",
}


def register(emulator: "PipedriveEmulator", values: Row, user_id: int) -> Row:
    """Keep a hook of an app's user."""
    hook = {
        "id": emulator.next_id("hooks"), "company_id": emulator.company()["id"], "owner_id": user_id,
        "user_id": values.get("user_id") or user_id, "event_action": values["event_action"],
        "event_object": values["event_object"], "subscription_url": values["subscription_url"], "version": "2.0",
        "is_active": 1, "add_time": emulator.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "remove_time": None, "type": "application", "http_auth_user": values.get("http_auth_user"),
        "http_auth_password": values.get("http_auth_password"), "remove_reason": None, "last_delivery_time": None,
        "last_http_status": None, "admin_id": user_id, "name": values["name"],
        "failures": 0, "banned_until": None, "failing_since": None,
    }  # fmt: skip
    emulator.table("hooks")[str(hook["id"])] = hook
    return hook


def answers(url: str) -> bool:
    """Tell whether an address answers at all, as the vendor asks before it keeps a hook (by which method is unconfirmed)."""
    try:
        httpx2.head(url, timeout=_PROBE, follow_redirects=False, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False
    return True


def shown(hook: Row) -> Row:
    """Return a hook as the API shows it."""
    return {name: value for name, value in hook.items() if name not in ("failures", "banned_until", "failing_since")}


def of_user(emulator: "PipedriveEmulator", user_id: int) -> list[Row]:
    """Return the hooks that a user's app has made."""
    return [hook for hook in emulator.table("hooks").values() if hook["owner_id"] == user_id]


def tell(
    emulator: "PipedriveEmulator", table: str, action: str, row: Row, before: Row | None, user_id: int, source: str,
    merged: Row | None = None,
) -> None:  # fmt: skip
    """
    Queue a delivery for each hook that wants a change and whose user may see the record.

    Args:
        emulator: Where it happened.
        table: Whose record it is.
        action: create, change or delete.
        row: The record as it is now.
        before: The record as it was; None when it was made.
        user_id: Who did it.
        source: ``app`` when a person did it, ``api`` when a program did.
        merged: ``merged_to_id`` or ``merged_from_id`` when a merge was the reason.
    """
    if not emulator.table("hooks"):
        return
    entity = _ENTITIES[table]
    permitted = [user["id"] for user in emulator.users() if _may_see(emulator, row, user["id"])]
    seen_by: Row = {} if table == "users" else {"permitted_user_ids": [str(one) for one in permitted]}
    now = emulator.clock.now()
    for hook in tuple(emulator.table("hooks").values()):
        if hook["event_object"] not in ("*", entity) or hook["event_action"] not in ("*", action):
            continue
        if hook["user_id"] not in permitted or _banned(hook, now):
            continue
        payload = {
            "meta": _meta(emulator, hook, entity, action, row, user_id, source)
            | seen_by | (merged or {}),
            "data": None if action == "delete" else _shown(emulator, table, row),
            "previous": _previous(emulator, table, action, row, before),
        }  # fmt: skip
        emulator.deliveries.send(_delivery(emulator, hook, payload, f"{entity} {row['id']} {action}"))


def _delivery(emulator: "PipedriveEmulator", hook: Row, payload: Row, about: str) -> Delivery:
    meta = payload["meta"]
    return Delivery(
        url=hook["subscription_url"],
        body=exact_json(payload),
        # Printed now, so that a later change does not alter what a retry says.
        body_of=partial(_attempt, exact_json({**payload, "meta": {**meta, "attempt": "ATTEMPT"}})),
        headers={"content-type": "application/json", "user-agent": "Pipedrive-Webhook"},
        about=about,
        retry_after=RETRIES,
        retry_on=None,
        in_order=False,
        timeout=TIMEOUT,
        auth=(hook["http_auth_user"], hook["http_auth_password"] or "") if hook.get("http_auth_user") else None,
        on_try=lambda delivery: emulator.act(lambda: _judge(emulator, str(hook["id"]), delivery)),
    )


def _attempt(printed: bytes, attempt: int) -> bytes:
    return printed.replace(b'"attempt":"ATTEMPT"', b'"attempt":%d' % attempt, 1)


def _judge(emulator: "PipedriveEmulator", hook_id: str, delivery: Delivery) -> None:
    hook = emulator.table("hooks").get(hook_id)
    if hook is None:
        return
    now = emulator.clock.now()
    hook["last_delivery_time"] = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    hook["last_http_status"] = delivery.status
    if delivery.succeeded:
        hook["failing_since"] = None
        return
    hook["failing_since"] = hook.get("failing_since") or now.isoformat()
    if now - datetime.fromisoformat(hook["failing_since"]) >= REMOVED_AFTER:
        del emulator.table("hooks")[hook_id]
        return
    if delivery.attempts == 1:
        hook["failures"] = hook.get("failures", 0) + 1
        if hook["failures"] >= BANNED_AFTER:
            hook["banned_until"], hook["failures"] = (now + BAN).isoformat(), 0


def _banned(hook: Row, now: datetime) -> bool:
    until = hook.get("banned_until")
    return until is not None and datetime.fromisoformat(until) > now


def _may_see(emulator: "PipedriveEmulator", row: Row, user_id: int) -> bool:
    if "visible_to" in row:
        return emulator.may_see(row, user_id)
    for column, table in (("deal_id", "deals"), ("person_id", "persons"), ("org_id", "organizations")):
        held = emulator.table(table).get(str(row.get(column)))
        if held is not None:
            return emulator.may_see(held, user_id)
    return True


def _meta(
    emulator: "PipedriveEmulator", hook: Row, entity: str, action: str, row: Row, user_id: int, source: str
) -> Row:
    return {
        "action": action,
        "entity": entity,
        "company_id": str(emulator.company()["id"]),
        "correlation_id": str(uuid.uuid4()),
        "entity_id": str(row["id"]),
        "id": str(uuid.uuid4()),
        "is_bulk_edit": False,
        "timestamp": emulator.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "type": "application",
        "user_id": str(user_id),
        "version": "2.0",
        "webhook_id": str(hook["id"]),
        "webhook_owner_id": str(hook["owner_id"]),
        "change_source": source,
        "attempt": 1,
        "host": emulator.url.split("//", 1)[-1],
    }


def _previous(emulator: "PipedriveEmulator", table: str, action: str, row: Row, before: Row | None) -> Row | None:
    if before is None:
        return None
    was = _shown(emulator, table, before)
    if action == "delete":
        return was
    current = _shown(emulator, table, row)
    changed = {
        name: value for name, value in was.items() if name not in ("custom_fields", "update_time") and current.get(name) != value
    }  # fmt: skip
    old, new = was.get("custom_fields", {}), current.get("custom_fields", {})
    custom = {code: old.get(code) for code in new if old.get(code) != new[code]}
    return {**changed, **({"custom_fields": custom} if custom else {})}


def _shown(emulator: "PipedriveEmulator", table: str, row: Row) -> Row:
    found = dict(row)
    if "visible_to" in found:
        found["visible_to"] = str(found["visible_to"])
    if "custom_fields" in found:
        found["custom_fields"] = fields.typed(emulator, fields.KINDS[table], found["custom_fields"])
    if table == "users":
        found = {name: value for name, value in found.items() if name not in ("group_id", "language", "timezone_name")}
    if table == "deals" and not emulator.switches["hook_archived"]:
        found = {name: value for name, value in found.items() if name not in ("is_archived", "archive_time")}
    if table == "products":
        found["selectable"] = found.pop("is_linkable")
    return found
