"""
Applies what was read of QuickBooks to our mirror: the same for the feed, for marked records and for pages.

One malformed record never stops the others. All is applied in one transaction; when something in it cannot be stored,
once more with every record apart, and those at fault are set aside with the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from dealvoice.observability import get_logger
from dealvoice.quickbooks import cdc
from dealvoice.quickbooks import models as qb
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import DatabaseAway, Store
from dealvoice.workflows.app import App
from dealvoice.workflows.sync.keeping import KEEP, NUMBERED
from dealvoice.workflows.sync.record import (
    Follow,
    Recorded,
    forget_payments,
    record_deleted,
    record_invoices,
    record_payments,
    settle,
    unread_payments,
)
from dealvoice.workflows.translate.books import company_facts, preference_facts

ENTITIES = (
    "Invoice",
    "Payment",
    "Customer",
    "Item",
    "Account",
    "Vendor",
    "Employee",
    "Term",
    "Class",
    "Department",
    "CreditMemo",
    "SalesReceipt",
    "CompanyCurrency",
    "CompanyInfo",
    "Preferences",
)
"""What we keep of QuickBooks, in the order in which it is applied where that matters."""
MIRRORED = frozenset(ENTITIES)
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A record of which the mirror said something else."""

    entity: str
    id: str
    number: str
    what: tuple[str, ...]
    at: datetime | None
    """When QuickBooks changed it; None where it does not say (a deletion)."""
    operation_id: str | None = None
    """The operation of ours that made it, when it is one of ours."""


@dataclass(slots=True)
class Applied:
    """What an application did."""

    differences: list[Difference] = field(default_factory=list)
    to_start: list[Operation] = field(default_factory=list)
    follow: Follow = field(default_factory=Follow)
    """What must be read again, less what was just read."""
    set_aside: int = 0

    @property
    def invoices(self) -> int:
        """How many invoices changed."""
        return sum(one.entity == "Invoice" for one in self.differences)


def apply(
    app: App,
    tenant: str,
    connection_id: str,
    changes: cdc.Changes,
    *,
    asked_at: datetime,
    void_told: frozenset[str] = frozenset(),
    also: Callable[[Store, Connection, Applied], None] | None = None,
) -> Applied | None:
    """
    Apply what was read, in one transaction; safe to repeat.

    Args:
        app: The product.
        tenant: Whose.
        connection_id: Whose.
        changes: What was read.
        asked_at: When the question was sent, by our clock.
        void_told: Invoices of which an event said that they were voided.
        also: What else belongs into the same transaction (a cursor, marks that are over).

    Returns:
        What changed; None when the connection is gone.
    """
    for apart in (False, True):
        try:
            with app.database.write(tenant) as store:
                row = store.connections.get(connection_id)
                if row is None:
                    return None
                work = _Work(app, store, row, changes, asked_at=asked_at, void_told=void_told, apart=apart)
                applied = work.done()
                if also is not None:
                    also(store, row, applied)
        except DatabaseAway:
            raise  # the database, not the record
        except Exception:
            if apart:
                raise
            _log.warning("mirror.apart", connection=connection_id, exc_info=True)
        else:
            return applied
    raise AssertionError("the second round returns or raises")


class _Work:
    """One application, inside one transaction."""

    def __init__(
        self,
        app: App,
        store: Store,
        row: Connection,
        changes: cdc.Changes,
        *,
        asked_at: datetime,
        void_told: frozenset[str],
        apart: bool,
    ) -> None:
        self._app, self._store, self._row, self._changes = app, store, row, changes
        self._asked_at, self._void_told, self._apart = asked_at, void_told, apart
        self._bad: dict[tuple[str, str], str] = {(one.entity, one.id): one.reason for one in changes.unreadable}
        self._applied = Applied()

    def done(self) -> Applied:
        """Apply all and return what came of it."""
        changes, row, store = self._changes, self._row, self._store
        self._each("CompanyInfo", self._company)
        self._each("Preferences", self._preferences)
        for entity, put in KEEP.items():
            self._each(entity, partial(put, store, row))
        for entity, number in NUMBERED.items():
            store.numbers.forget(row.id, number.value, changes.deleted.get(entity, []))
        self._currencies()
        for gone in changes.deleted.get("Customer", []):
            if store.customers.survivor(row.id, gone) is None:
                store.customers.forget(row.id, gone)
        self._money()
        self._keep_aside()
        return self._applied

    def _money(self) -> None:
        changes, row, store = self._changes, self._row, self._store
        applied, follow = self._applied, self._applied.follow
        concerned: set[str] = set()
        self._each("Invoice", self._invoices)
        for gone, recorded in record_deleted(self._app, store, row, changes.deleted.get("Invoice", [])).items():
            self._note(gone, recorded, at=None)
        store.flush()
        self._each("Payment", lambda some: concerned.update(record_payments(store, row, some, follow)))
        concerned |= forget_payments(store, row, changes.deleted.get("Payment", []), follow)
        changed = {one.id for one in applied.differences if one.entity == "Invoice"}
        unread_payments(store, row, [one for one in changes.invoices if one.id in changed], follow)
        applied.to_start += settle(self._app, store, row, concerned | changed)
        follow.invoices -= {one.id for one in changes.invoices} | set(changes.deleted.get("Invoice", []))
        follow.payments -= {one.id for one in changes.payments} | set(changes.deleted.get("Payment", []))
        follow.payments -= {id_ for entity, id_ in self._bad if entity == "Payment"}

    def _invoices(self, seen: Sequence[qb.Invoice]) -> None:
        done = record_invoices(
            self._app, self._store, self._row, seen, void_told=self._void_told, asked_at=self._asked_at
        )
        self._store.flush()
        times = {one.id: one.meta_data.last_updated_time if one.meta_data else None for one in seen}
        for invoice_id, recorded in done.items():
            self._note(invoice_id, recorded, at=times[invoice_id])

    def _note(self, invoice_id: str, recorded: Recorded, *, at: datetime | None) -> None:
        self._applied.to_start += recorded.to_start
        if not recorded.changed:
            return
        row = self._store.invoices.of_quickbooks(self._row.id, invoice_id)
        self._applied.differences.append(
            Difference(
                "Invoice", invoice_id, row.number if row else "", recorded.what, at,
                operation_id=row.operation_id if row else None,
            )
        )  # fmt: skip

    def _company(self, some: list[qb.CompanyInfo]) -> None:
        for one in some:
            company_facts(self._row, one)

    def _preferences(self, some: list[qb.Preferences]) -> None:
        for one in some:
            preference_facts(self._row, one)

    def _currencies(self) -> None:
        seen = self._changes.currencies
        if seen:
            off = {one.code for one in seen if one.active is False}
            on = {one.code for one in seen if one.code and one.active is not False}
            self._row.currencies = sorted((set(self._row.currencies or ()) | on) - off)

    def _each(self, entity: str, put: Callable[[list[Any]], object]) -> None:
        rows = self._changes.of(entity)
        if not rows:
            return
        if not self._apart:
            put(rows)
            self._store.flush()
            return
        for one in rows:
            try:
                with self._store.apart():
                    put([one])
            except DatabaseAway:
                raise
            except Exception as error:  # noqa: BLE001 - set aside with its reason, and shown
                self._bad[entity, one.id] = f"not stored: {type(error).__name__}"

    def _keep_aside(self) -> None:
        now, connection_id = self._app.now(), self._row.id
        read = {(entity, one.id) for entity in ENTITIES for one in self._changes.of(entity)}
        read |= {(entity, gone) for entity, ids in self._changes.deleted.items() for gone in ids}
        self._store.set_aside.clear(connection_id, read - self._bad.keys())
        for (entity, id_), reason in self._bad.items():
            self._store.set_aside.put(connection_id, entity, id_, reason, now)
            _log.warning("mirror.set_aside", connection=connection_id, entity=entity, record=id_, reason=reason)
        self._applied.set_aside = len(self._bad)
