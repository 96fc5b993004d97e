"""Single keys: on for everybody, and off for who wants them off, as he speaks to his computer or types by accident."""

from dealvoice.connections.who import Who
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound


def switch_single_keys(app: App, who: Who, *, on: bool) -> None:
    """
    Switch this user's keys without Ctrl or Alt on or off. Safe to repeat.

    Raises:
        NotFound: The user is gone.
    """
    with app.database.write(who.tenant_id) as store:
        row = store.installations.get(who.installation_id)
        if row is None:
            raise NotFound
        row.single_keys = on
