"""Refresh: what a person presses to know for certain; one call for the whole company."""

from dataclasses import dataclass

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.quickbooks.errors import QuickBooksError, Refused
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, SignedOut
from dealvoice.workflows.sync.catch_up import catch_up


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
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    try:
        return Refreshed(changes=catch_up(app, who.tenant_id, connection.id))
    except (SignInEnded, Refused) as error:
        raise SignedOut from error
    except QuickBooksError as error:
        raise Busy(error.code) from error
