"""
Units of work: the only way to the store.

``database.read(tenant)`` and ``database.write(tenant)`` open a store that knows one tenant; ``everyone_*`` open the
few tables that are looked at before a tenant is known. A write commits when its block ends well, else nothing of it
happened. No call to a vendor is made inside a block: the transport refuses (``in_transaction``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from dealvoice.storage import reached, retention
from dealvoice.storage.accounts import Accounts
from dealvoice.storage.audit import Audit
from dealvoice.storage.base import Base
from dealvoice.storage.choices import Choices
from dealvoice.storage.connections import AllConnections, Connections
from dealvoice.storage.contacts import ContactsSeen
from dealvoice.storage.customers import Customers
from dealvoice.storage.deal_fields import DealFields
from dealvoice.storage.deals import DealsSeen
from dealvoice.storage.engine import retire
from dealvoice.storage.fields import Fields
from dealvoice.storage.forms import Forms
from dealvoice.storage.hooks import AllHooks, Hooks
from dealvoice.storage.imports import Imports
from dealvoice.storage.inbox import AllInboxes, Inbox
from dealvoice.storage.installations import Installations
from dealvoice.storage.invoice_lists import InvoiceLists
from dealvoice.storage.invoices import Invoices
from dealvoice.storage.items import Items
from dealvoice.storage.leases import AllLeases, Leases
from dealvoice.storage.links import Links
from dealvoice.storage.numbers import Numbers
from dealvoice.storage.once import OnceRows
from dealvoice.storage.operations import AllOperations, Operations
from dealvoice.storage.payments import Payments
from dealvoice.storage.preferences import Preferences
from dealvoice.storage.problems import Problems
from dealvoice.storage.rates import Rates
from dealvoice.storage.receivables import Receivables
from dealvoice.storage.sealed import AllSealed
from dealvoice.storage.sessions import SessionRows
from dealvoice.storage.set_aside import SetAside
from dealvoice.storage.sweeps import Sweeps
from dealvoice.storage.templates import Templates
from dealvoice.storage.tenants import Tenants
from dealvoice.storage.usage import AllUsage, Gates, Usage
from dealvoice.storage.user_choices import UserChoices
from dealvoice.storage.votes import Votes
from dealvoice.storage.waiting import AllWaiting
from dealvoice.storage.walls import EVERYONE
from dealvoice.storage.writers import Writers

Rows = TypeVar("Rows")
_KEPT = frozenset({"tenants", "installations", "sessions", "once", "audit"})
_open: ContextVar[int] = ContextVar("open_transactions", default=0)


DatabaseAway = (OperationalError, InterfaceError, PoolTimeout)
"""Raised when the database itself fails (locked, gone, full, read-only, no connection free), and not what was to be written."""
Unreachable = SQLAlchemyError
"""Whatever keeps a database from being read at all: it is away, no database, or holds nothing of ours."""


def in_transaction() -> bool:
    """Tell whether this thread of work has a transaction open."""
    return _open.get() > 0


class CommitHook(Protocol):
    """Told before and after every commit; crash tests stop the product there."""

    def __call__(self, moment: str) -> None:
        """``moment`` is ``before`` or ``after``."""


_SEE = text("SELECT set_config('dealvoice.tenant', :tenant, true)")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 7310514))")


class _Of(Generic[Rows]):
    """The rows of one kind in a store; made when they are asked for, since a unit of work touches few of them."""

    def __init__(self, rows: Callable[[Session, str], Rows]) -> None:
        self._rows = rows

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, store: "Store", _owner: type) -> Rows:
        rows = self._rows(store._session, store.tenant)  # noqa: SLF001 - the two are one
        store.__dict__[self._name] = rows  # found before this descriptor from now on
        return rows


class Store:
    """The tables of one tenant, inside one transaction."""

    installations = _Of(Installations)
    connections = _Of(Connections)
    preferences = _Of(Preferences)
    deals = _Of(DealsSeen)
    contacts = _Of(ContactsSeen)
    fields = _Of(Fields)
    customers = _Of(Customers)
    items = _Of(Items)
    accounts = _Of(Accounts)
    choices = _Of(Choices)
    templates = _Of(Templates)
    rates = _Of(Rates)
    invoices = _Of(Invoices)
    invoice_lists = _Of(InvoiceLists)
    receivables = _Of(Receivables)
    user_choices = _Of(UserChoices)
    numbers = _Of(Numbers)
    links = _Of(Links)
    deal_fields = _Of(DealFields)
    operations = _Of(Operations)
    problems = _Of(Problems)
    forms = _Of(Forms)
    imports = _Of(Imports)
    usage = _Of(Usage)
    inbox = _Of(Inbox)
    hooks = _Of(Hooks)
    payments = _Of(Payments)
    set_aside = _Of(SetAside)
    sweeps = _Of(Sweeps)
    leases = _Of(Leases)
    audit = _Of(Audit)

    def __init__(self, session: Session, tenant: str) -> None:
        self.tenant = tenant
        self._session = session

    def remove_everything(self) -> None:
        """Delete all that the tenant's users see; who installed the app, their sessions and the audit trail stay."""
        self._remove(but=_KEPT)

    def remove_tenant(self) -> None:
        """Delete the tenant: every row of its, and itself."""
        self._remove(but=frozenset())

    def _remove(self, *, but: frozenset[str]) -> None:
        for table in reversed(Base.metadata.sorted_tables):
            if "tenant" in table.c and table.name not in but:
                self._session.execute(table.delete().where(table.c.tenant == self.tenant))

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Undo what is done in this block when it raises, and nothing else of the transaction."""
        with self._session.begin_nested():
            yield
            self._session.flush()

    def flush(self) -> None:
        """Send what was written so far, so that a later query or constraint sees it."""
        self._session.flush()


class Lobby:
    """The tables that are looked at before, or over, tenants."""

    def __init__(self, session: Session) -> None:
        self.tenants = Tenants(session)
        self.sessions = SessionRows(session)
        self.once = OnceRows(session)
        self.connections = AllConnections(session)
        self.operations = AllOperations(session)
        self.inboxes = AllInboxes(session)
        self.hooks = AllHooks(session)
        self.leases = AllLeases(session)
        self.sealed = AllSealed(session)
        self.usage = AllUsage(session)
        self.gates = Gates(session)
        self.votes = Votes(session)
        self.waiting = AllWaiting(session)
        self._session = session

    def forget(self, now: datetime) -> int:
        """Delete some of what has been kept long enough; returns how many rows. Repeat until none are left."""
        return retention.forget(self._session, now)

    def of(self, tenant: str) -> Store:
        """Return one tenant's store in the same transaction."""
        return Store(self._session, tenant)


class Database:
    """Opens units of work."""

    def __init__(self, engine: Engine, *, commit_hook: CommitHook | None = None) -> None:
        self.engine = engine
        self._hook = commit_hook
        self._writers = Writers() if engine.dialect.name == "sqlite" else None

    def unwatched(self) -> "Database":
        """Return this database once more, for what is no business of who watches its commits; its writers stand in one row."""
        other = Database(self.engine)
        other._writers = self._writers
        return other

    @contextmanager
    def read(self, tenant: str) -> Iterator[Store]:
        """Open a tenant's store for reading; nothing is kept."""
        with self._session("DEFERRED") as session:
            self._enter(session, tenant)
            yield Store(session, tenant)

    @contextmanager
    def write(self, tenant: str) -> Iterator[Store]:
        """Open a tenant's store for writing; commits at the end of the block."""
        with self._writing(tenant) as session:
            yield Store(session, tenant)

    @contextmanager
    def everyone_read(self) -> Iterator[Lobby]:
        """Open the tables over tenants for reading."""
        with self._session("DEFERRED") as session:
            self._enter(session, EVERYONE)
            yield Lobby(session)

    @contextmanager
    def everyone_write(self) -> Iterator[Lobby]:
        """Open the tables over tenants for writing; commits at the end of the block."""
        with self._writing(EVERYONE) as session:
            yield Lobby(session)

    def write_over(self) -> bool:
        """On SQLite: empty the log, where deleted rows still stand; False when another connection was in the way."""
        if self.engine.dialect.name != "sqlite":
            return True
        connection = self.engine.raw_connection()
        try:
            busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        return not busy

    def close(self) -> None:
        """Close every connection to the database, and those at work as they come back."""
        retire(self.engine)

    @contextmanager
    def _writing(self, tenant: str) -> Iterator[Session]:
        with self._session("IMMEDIATE") as session:
            self._enter(session, tenant, alone=tenant != EVERYONE)
            yield session
            session.flush()
            self._tell("before")
            session.commit()
            reached.tell(session)
        self._tell("after")

    @contextmanager
    def _session(self, mode: str) -> Iterator[Session]:
        turn = self._writers.one() if self._writers is not None and mode == "IMMEDIATE" else nullcontext()
        with turn, self._connected(mode) as session:
            yield session

    @contextmanager
    def _connected(self, mode: str) -> Iterator[Session]:
        connection = self.engine.connect().execution_options(transaction=mode)
        token = _open.set(_open.get() + 1)
        try:
            with reached.WatchedSession(connection, expire_on_commit=False) as session:
                try:
                    yield session
                except BaseException:
                    session.rollback()
                    raise
        finally:
            _open.reset(token)
            connection.close()

    def _enter(self, session: Session, tenant: str, *, alone: bool = False) -> None:
        """
        On PostgreSQL: tell the wall whose rows may be seen, and let one writer a tenant in at a time.

        SQLite lets one writer in at all, and what is decided in a unit of work (is this number free, is there another
        invoice of this deal) relies on it; tenants do not wait for each other here.
        """
        if self.engine.dialect.name != "postgresql":
            return
        session.execute(_SEE, {"tenant": tenant})
        if alone:
            session.execute(_ALONE, {"tenant": tenant})

    def _tell(self, moment: str) -> None:
        if self._hook is not None:
            self._hook(moment)
