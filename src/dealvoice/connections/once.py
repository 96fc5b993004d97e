"""One-time values: OAuth states bound to a browser, tickets for a new tab, installs that wait for a button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dealvoice.connections.secrets import hash_of, new_secret
from dealvoice.storage.once import OnceRow
from dealvoice.storage.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept behind a one-time value."""

    tenant: str
    data: dict[str, Any]
    sealed: str


class Once:
    """Keeps values that are good once, for a short time, and in one browser only when they are bound to it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def keep(
        self, kind: str, *, life: timedelta, tenant: str = "", browser: str = "", data: dict[str, Any] | None = None,
        sealed: str = "", value: str = "",
    ) -> str:  # fmt: skip
        """Keep something and return the value that finds it again."""
        value = value or new_secret()
        with self._database.everyone_write() as lobby:
            lobby.once.purge(self._now())
            lobby.once.add(
                OnceRow(
                    hash=hash_of(value),
                    tenant=tenant,
                    kind=kind,
                    browser=hash_of(browser) if browser else "",
                    data=data or {},
                    sealed=sealed,
                    until=self._now() + life,
                )
            )
        return value

    def take(self, kind: str, value: str, *, browser: str = "") -> Kept | None:
        """Return what was kept and forget it; None when it is unknown, used, over, or another browser's."""
        with self._database.everyone_write() as lobby:
            row = lobby.once.take(hash_of(value), kind)
        return self._good(row, browser)

    def peek(self, kind: str, value: str, *, browser: str = "") -> Kept | None:
        """Return what was kept and leave it."""
        with self._database.everyone_read() as lobby:
            row = lobby.once.peek(hash_of(value), kind)
        return self._good(row, browser)

    def _good(self, row: OnceRow | None, browser: str) -> Kept | None:
        if row is None or row.until <= self._now():
            return None
        if row.browser and row.browser != hash_of(browser):
            return None
        return Kept(tenant=row.tenant, data=row.data, sealed=row.sealed)
