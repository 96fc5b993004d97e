"""
Tokens: one keeper per vendor grant, so that a rotated refresh token is never lost.

One refresher at a time: a lease taken by compare-and-set in its own committed transaction, then the call, then the
pair is saved by version, and only then used. A refused refresh is believed only when nobody saved a newer pair. A pair
that the database does not take is used from memory, spooled to a sealed file, and saved as soon as the database takes it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from dealvoice.connections.secrets import new_id
from dealvoice.connections.spool import Pair, Spool, Spooled
from dealvoice.observability import UNSAVED_GRANTS, get_logger
from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.installations import Installation
from dealvoice.storage.leases import holder_of
from dealvoice.storage.unit_of_work import Database, Store

_MARGIN = timedelta(seconds=90)
_LEASE = timedelta(seconds=60)
_PATIENCE = 40.0
_DOUBTED = "needs_reconnect"
"""A connection given up because the vendor refused its pair; never what a person ended."""
_log = get_logger(__name__)


class SignInEnded(Exception):
    """The grant is over: only a person can renew it. Links and settings are kept."""


class GrantRefused(Exception):
    """The vendor's token endpoint answered ``invalid_grant``."""


class Renew(Protocol):
    """Asks the vendor for a new pair; raises ``GrantRefused`` on ``invalid_grant``, anything else when unclear."""

    def __call__(self, refresh_token: str) -> Pair:
        """Return the new pair."""


Row = Connection | Installation


class Tokens:
    """Gives out access tokens of one kind of grant and renews them."""

    def __init__(
        self,
        database: Database,
        vault: KeyRing,
        *,
        find: Callable[[Store, str], Row | None],
        renew: Renew,
        ended_state: str,
        now: Callable[[], datetime],
        spool: Spool,
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        process: str = "",
    ) -> None:
        """
        Args:
            find: Finds the row that holds the pair.
            renew: The call to the vendor.
            ended_state: What the row's state becomes when the grant is over.
            now: The clock, UTC.
            spool: Where a pair goes that the database does not take.
            tick: Seconds of any clock, to wait by.
            sleep: Waits for so many seconds.
            process: Name of this process, by which the others know what it holds.
        """
        self._process = process
        self._database, self._vault, self._find, self._spool = database, vault, find, spool
        self._renew, self._ended_state, self._now = renew, ended_state, now
        self._tick, self._sleep = tick, sleep
        self._unsaved: dict[str, tuple[int, Pair]] = {}

    def access(self, tenant: str, row_id: str, *, refused: str = "") -> str:
        """
        Return a token that is good for at least a minute and a half.

        Args:
            tenant: Whose row it is.
            row_id: The row that holds the pair.
            refused: A token that the vendor has just refused; it is not given out again.

        Raises:
            SignInEnded: The grant is over.
        """
        deadline = self._tick() + _PATIENCE
        doubted = -1
        while True:
            row = self._read(tenant, row_id)
            kept = self._kept(row)
            if kept is not None and kept.access != refused and self._save(tenant, row_id, row.token_version, kept):
                continue  # at last
            if kept is not None and kept.access != refused:
                return kept.access
            token = self._open(row, "access")
            if token != refused and row.access_until - self._now() > _MARGIN:
                return token
            holder = holder_of(self._process, new_id())
            if not self._lease(tenant, row_id, holder, row.token_version):
                if self._tick() > deadline:
                    raise TimeoutError("another refresher holds the lease")
                self._sleep(0.1)
                continue
            try:
                pair = self._pair(row)
            except GrantRefused:
                self._give_back(tenant, row_id, holder)
                if self._read(tenant, row_id).token_version == row.token_version:
                    if doubted == row.token_version:
                        self._end(tenant, row_id, row.token_version)
                        raise SignInEnded from None
                    doubted = row.token_version
                continue
            except BaseException:
                self._give_back(tenant, row_id, holder)
                raise
            self._save(tenant, row_id, row.token_version, pair)
            return pair.access

    def recover(self) -> None:
        """Save what an earlier process of this machine could not; before anything is renewed. Safe to repeat."""
        for kept in self._spool.all():
            if self._save(kept.tenant, kept.row_id, kept.version, kept.pair):
                _log.warning("grant.recovered", row=kept.row_id)

    def store(self, row: Row, pair: Pair) -> None:
        """Seal a pair into a row that is being written."""
        row.access = self._vault.seal(pair.access, tenant=row.tenant, column="access", row=row.id)
        row.refresh = self._vault.seal(pair.refresh, tenant=row.tenant, column="refresh", row=row.id)
        row.access_until = self._now() + pair.access_life
        row.token_version = (row.token_version or 0) + 1
        row.lease_holder = row.lease_until = None
        if isinstance(row, Connection):
            row.refresh_until = self._now() + pair.refresh_life
            if pair.hard_life is not None:
                row.hard_until = self._now() + pair.hard_life
        elif pair.api_domain:
            row.api_domain = pair.api_domain

    def refresh_token(self, row: Row) -> str:
        """Return the stored refresh token, to revoke it."""
        return self._open(row, "refresh")

    def _kept(self, row: Row) -> Pair | None:
        """Return the pair that was received for a row and could not be saved: the only one that still works."""
        version, pair = self._unsaved.get(row.id, (-1, None))
        return pair if version == row.token_version else None

    def _pair(self, row: Row) -> Pair:
        kept = self._kept(row)
        return self._renew(kept.refresh if kept is not None else self._open(row, "refresh"))

    def _save(self, tenant: str, row_id: str, version: int, pair: Pair) -> bool:
        """Save a pair unless there is a newer one; when the database does not take it, keep it and raise the alarm."""
        try:
            with self._database.write(tenant) as store:
                row = self._find(store, row_id)
                if row is not None and row.token_version == version and row.state in ("live", _DOUBTED):
                    self.store(row, pair)
                    row.state = "live"  # a sibling may have given the old pair up while this one was on its way
        except SQLAlchemyError as error:
            if self._unsaved.get(row_id) != (version, pair):
                self._unsaved[row_id] = (version, pair)
                UNSAVED_GRANTS.inc()
                _log.error("grant.unsaved", row=row_id, reason=type(error).__name__)
                self._spool.keep(Spooled(tenant, row_id, version, pair))
            return False
        self._unsaved.pop(row_id, None)
        self._spool.drop(row_id)
        return True

    def _read(self, tenant: str, row_id: str) -> Row:
        with self._database.read(tenant) as store:
            row = self._find(store, row_id)
        if row is None or row.state != "live":
            raise SignInEnded
        return row

    def _open(self, row: Row, column: str) -> str:
        sealed = row.access if column == "access" else row.refresh
        return self._vault.open(sealed, tenant=row.tenant, column=column, row=row.id)

    def _lease(self, tenant: str, row_id: str, holder: str, version: int) -> bool:
        with self._database.write(tenant) as store:
            now = store.leases.clock(self._now())
            row = self._find(store, row_id)
            if row is None or row.token_version != version:
                return False
            # One that would last much longer than a lease does was written by a clock that was wrong.
            if row.lease_until is not None and now < row.lease_until <= now + 2 * _LEASE:
                return False
            row.lease_holder, row.lease_until = holder, now + _LEASE
        return True

    def _give_back(self, tenant: str, row_id: str, holder: str) -> None:
        with self._database.write(tenant) as store:
            row = self._find(store, row_id)
            if row is not None and row.lease_holder == holder:
                row.lease_holder = row.lease_until = None

    def _end(self, tenant: str, row_id: str, version: int) -> None:
        with self._database.write(tenant) as store:
            row = self._find(store, row_id)
            if row is not None and row.token_version == version and row.state == "live":
                row.state = self._ended_state
                if isinstance(row, Installation):
                    row.ended_at = self._now()
