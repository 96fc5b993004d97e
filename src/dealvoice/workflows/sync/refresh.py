"""Refresh: what a person presses to know for certain; one call for the whole company."""

from dataclasses import dataclass
from datetime import datetime

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.quickbooks.errors import QuickBooksError, Refused
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, SignedOut
from dealvoice.workflows.sync.catch_up import catch_up

_LOOKS, _BETWEEN_LOOKS = 40, 0.25


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found."""

    changes: int


def refresh(app: App, who: Who, deal_id: int) -> Refreshed:
    """
    Ask QuickBooks for everything that changed since the last look.

    Raises:
        NoAccess: This user may not see the deal.
        SignedOut: QuickBooks wants a new sign-in.
        Busy: QuickBooks did not answer; what is shown is what was known before.
    """
    require_deal(app, who, deal_id)
    return Refreshed(changes=ask_now(app, who))


def ask_now(app: App, who: Who) -> int:
    """
    Ask for what changed in a user's company since the last look: one call. Returns how many invoices changed.

    Raises:
        SignedOut, Busy: As in ``refresh``.
    """
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    before = connection.swept_at
    try:
        changes = catch_up(app, who.tenant_id, connection.id)
    except (SignInEnded, Refused) as error:
        raise SignedOut from error
    except QuickBooksError as error:
        raise Busy(error.code) from error
    if changes is None:
        _wait(app, who.tenant_id, connection.id, before)
    return changes or 0


def _wait(app: App, tenant: str, connection_id: str, before: datetime | None) -> None:
    """Wait for the sweep that is under way: its answer is as new as ours would be."""
    for _ in range(_LOOKS):
        app.sleep(_BETWEEN_LOOKS)
        with app.database.read(tenant) as store:
            row = store.connections.get(connection_id)
        if row is None or row.swept_at != before:
            return
    raise Busy("quickbooks.no_answer")
