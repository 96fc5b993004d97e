"""Reads an exchange rate from QuickBooks: once a currency and day, when an invoice needs it."""

from datetime import date

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.invoicing.exchange import needs_rate
from dealvoice.quickbooks import company
from dealvoice.quickbooks.errors import QuickBooksError, Refused, Rejected, Reread
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, SignedOut


def fetch_rate(app: App, who: Who, *, deal_id: int, currency: str, on: date) -> None:
    """
    Read a rate and keep it; one call. Where QuickBooks has none, none is kept and the form says so.

    Raises:
        NoAccess: This user may not see the deal.
        SignedOut: QuickBooks wants a new sign-in.
        Busy: QuickBooks did not answer; nothing was changed.
    """
    require_deal(app, who, deal_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
        wanted = needs_rate(currency, connection.company())
    if not wanted:
        return
    client = app.quickbooks(who.tenant_id, connection.id, connection.realm_id)
    try:
        seen = company.exchange_rate(client, currency, on)
    except SignInEnded as error:
        raise SignedOut from error
    except (Refused, Rejected, Reread):
        return  # it has none for this currency and day
    except QuickBooksError as error:
        raise Busy(error.code) from error
    if seen.rate is not None and seen.rate > 0:
        with app.database.write(who.tenant_id) as store:
            store.rates.put(connection.id, currency, on, rate=seen.rate, now=app.now())
