"""The change feed: what changed in a company since a moment, deleted transactions too (change data capture page)."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.quickbooks.fields import BY_PATH, COUNTED
from dealvoice_sandbox.quickbooks.schema import ENTITIES
from dealvoice_sandbox.quickbooks.writing import at_least, read_moment

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
MOST = 1000
LOOK_BACK = timedelta(days=30)


def changed(emulator: "QuickBooksEmulator", realm: str, entities: str, since_text: str) -> list[Row]:
    """
    Return a group per entity asked for, in the order asked.

    Raises:
        Refusal: An unknown entity, or no moment to start from.
    """
    try:
        since = read_moment(since_text.replace(" ", "+"))
    except ValueError as error:
        raise Refusal("2070", "Invalid Date : changedSince", "changedSince") from error
    since = max(since, emulator.clock.now() - LOOK_BACK).replace(microsecond=0)
    groups: list[Row] = []
    sent = 0
    for name in entities.split(","):
        entity = BY_PATH.get(name.strip().lower())
        if entity is None or "cdc" not in ENTITIES[entity].operations:
            raise Refusal("4001", f"QueryValidationError: invalid context declaration: {name}")
        live = emulator.rows(realm, entity)
        ids = emulator.index(realm).changed_since(entity, since)
        gone = [
            {"domain": "QBO", "status": "Deleted", "Id": one["id"], "MetaData": {"LastUpdatedTime": one["at"]}}
            for one in emulator.company(realm)["deleted"]
            if one["entity"] == entity and at_least(one["at"], since)
        ]
        room, total = MOST - sent, len(ids) + len(gone)
        kept: list[Any] = [emulator.printed(realm, entity, live[one]) for one in ids[:room]]
        kept += gone[: room - len(kept)]
        sent += len(kept)
        group: Row = {entity: kept, "startPosition": 1, "maxResults": len(kept)}
        if entity in COUNTED or len(kept) < total:
            group["totalCount"] = total
        groups.append(group if total else {})
    return groups
