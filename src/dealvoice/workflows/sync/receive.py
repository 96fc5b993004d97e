"""
Takes QuickBooks' webhooks in: verified on the raw body, stored once, answered at once. They only mark.

``read`` is told one delivery, ``keep`` many at once: whoever serves the address gathers what waits and keeps it in one
commit (``web/gathering``), each delivery answered only after its own is on disk.
"""

from collections.abc import Sequence
from datetime import timedelta

from dealvoice.observability import WEBHOOKS
from dealvoice.quickbooks import webhooks
from dealvoice.quickbooks.webhooks import Event, Operation
from dealvoice.storage.inbox import Mark
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.mirror import MIRRORED

TRACK = "track"
"""The schedule that fetches what was marked."""
SWEEP = "sweep"
"""The schedule that asks for all that changed, whether an event told of it or not."""
LATE = timedelta(minutes=10)
"""An event this old came late, so others of its time may have been lost: their company is swept at once."""
AFTER_SWEEP = timedelta(minutes=1)
"""Late events do not have a company swept more often than this."""
USED_KEPT = timedelta(days=400)
"""How long it is remembered what a month or day has used of a budget."""


def read(app: App, raw: bytes, signature: str) -> list[Event] | None:
    """Return the events of one delivery that concern us; None when the signature does not hold. Touches no store."""
    if not webhooks.verify(raw, signature, app.verifier_tokens):
        WEBHOOKS.labels(vendor="quickbooks", outcome="forged").inc()
        return None
    try:
        events = webhooks.parse(raw)
    except webhooks.UnreadableError:
        # Well signed but not readable: never answered with an error; the sweep sees what it was about.
        WEBHOOKS.labels(vendor="quickbooks", outcome="unreadable").inc()
        return []
    return [event for event in events if event.entity in MIRRORED]


def keep(app: App, events: Sequence[Event]) -> None:
    """
    Store events once and mark what they are about, all in one commit; safe to repeat, in any order.

    An event of a realm that nobody connected is dropped: answering with an error would only make it come again.
    """
    if not events:
        return
    now = app.now()
    with app.database.everyone_write() as lobby:
        homes = lobby.connections.of_realms({event.realm_id for event in events})
        told = [(event, home) for event in events for home in homes.get(event.realm_id, ())]
        marks = [_mark(event, *home) for event, home in told]
        new = set(lobby.inboxes.take_in(marks, now))
        for mark, (event, (tenant, connection_id)) in zip(marks, told, strict=True):
            if mark in new and event.operation is Operation.MERGED and event.entity == "Customer" and event.deleted_id:
                lobby.of(tenant).customers.merge(connection_id, event.deleted_id, event.entity_id)
        late = {home[1] for event, home in told if event.at is not None and now - event.at > LATE}
        if late:
            lobby.connections.sweep_soon(late, now, not_within=AFTER_SWEEP)
    WEBHOOKS.labels(vendor="quickbooks", outcome="accepted").inc(len(new))
    WEBHOOKS.labels(vendor="quickbooks", outcome="repeated").inc(len(marks) - len(new))
    if new:
        app.engine.wake(TRACK)
    if late:
        app.engine.wake(SWEEP)


def forget_old(app: App) -> None:
    """Forget what is older than anybody asks for (``storage/retention``); a little at a time, safe to repeat."""
    now = app.now()
    with app.database.everyone_write() as lobby:
        lobby.usage.forget(f"{now - USED_KEPT:%Y-%m}")
    while True:
        with app.database.everyone_write() as lobby:
            if not lobby.forget(now):
                return


def _mark(event: Event, tenant: str, connection_id: str) -> Mark:
    return Mark(
        tenant, connection_id, event.entity, event.entity_id, event.id, voided=event.operation is Operation.VOIDED
    )
