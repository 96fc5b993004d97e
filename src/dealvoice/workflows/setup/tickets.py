"""Tickets: how a frame opens a top-level page as the same user; good once, for a minute."""

import re
from datetime import timedelta

from dealvoice.connections.secrets import new_secret
from dealvoice.connections.sessions import Entered
from dealvoice.connections.who import Who
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import StaleLink

_KIND = "ticket"
_LIFE = timedelta(seconds=60)
_OURS = re.compile(r"/(?!/)[A-Za-z0-9_./?=&-]*")
"""A path as our own pages have it: browsers drop tabs and line ends, and take a backslash for a slash."""


def ticket(app: App, who: Who, *, to: str) -> str:
    """
    Return the address of a new tab that signs this user in and goes to ``to``, a path of ours.

    Raises:
        ValueError: ``to`` is not a path of ours.
    """
    if not _OURS.fullmatch(to):
        raise ValueError("a ticket leads to a path of ours")
    value = new_secret()
    app.once.keep(
        _KIND, life=_LIFE, tenant=who.tenant_id, value=value, data={"installation": who.installation_id, "to": to}
    )
    return f"{app.public_url}/tickets/{value}"


def redeem(app: App, value: str) -> tuple[Entered, str]:
    """
    Turn a ticket into a browser session and the path to go to.

    Raises:
        StaleLink: It was used or is older than a minute.
    """
    kept = app.once.take(_KIND, value)
    if kept is None:
        raise StaleLink
    return app.sessions.enter_browser(kept.tenant, kept.data["installation"]), str(kept.data["to"])
