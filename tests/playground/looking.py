"""What tests look for in a product whose processes work by themselves: its user, its connection, whether it is quiet."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from dealvoice.connections.sessions import who_is
from dealvoice.connections.who import Surface, Who
from dealvoice.storage.connections import Connection
from dealvoice.storage.unit_of_work import Database
from dealvoice.workflows.app import App

PATIENCE = 120.0
"""Longest to wait for anything, in seconds: generous, for the machine may be busy with something else."""


def first_user(app: App, company_id: int = 12345, user_id: int = 101) -> Who:
    """Return the user who installed the app."""
    with app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(company_id)
        assert tenant is not None
        installed = lobby.of(tenant.tenant).installations.of_user(user_id)
        assert installed is not None
    return who_is(tenant, installed, Surface.FRAME)


def connection_of(app: App, who: Who) -> Connection:
    """Return the company's live connection."""
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.current()
    assert connection is not None
    return connection


def latest_connection_of(app: App, who: Who) -> Connection:
    """Return the company's newest connection, ended or not."""
    with app.database.read(who.tenant_id) as store:
        connection = store.connections.latest()
    assert connection is not None
    return connection


def is_quiet(app: App) -> bool:
    """Whether every operation has come to an end."""
    return is_at_rest(app.database, app.now())


def is_at_rest(database: Database, now: datetime) -> bool:
    """Whether every operation in a store has come to an end."""
    with database.everyone_read() as lobby:
        return not lobby.operations.due(now + timedelta(days=1))


def wait_until(done: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait for something that becomes true by itself."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} seconds")
        time.sleep(0.05)
