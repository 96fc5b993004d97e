"""Sign-ins to QuickBooks that end for good soon: no renewal helps then, and a person must consent anew."""

from datetime import datetime, timedelta

from dealvoice.storage.connections import Connection

LIFE = timedelta(days=5 * 365)
"""How long a consent lasts (Intuit's refresh token policy of November 2025), where QuickBooks does not tell itself."""
WARN_BEFORE = timedelta(days=30)
"""Intuit tells its customers as long before."""


def good_until(connection: Connection) -> datetime:
    """Return when a sign-in ends if nothing renews it, at the latest when it ends for good."""
    return min(connection.refresh_until, connection.hard_until or connection.refresh_until)


def ends_soon(connection: Connection, now: datetime) -> datetime | None:
    """Return when a live connection's sign-in ends for good, from thirty days before; else None."""
    hard = connection.hard_until
    if connection.state != "live" or hard is None or now < hard - WARN_BEFORE:
        return None
    return hard
