"""What customers owe and how they paid, added up by the database; a customer may have thousands of invoices."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from dealvoice.storage.invoices import InvoiceRow


class Debt(NamedTuple):
    """What is owed on all invoices of one currency and due date."""

    currency: str
    due_on: date | None
    left: int
    """Smallest units."""
    invoices: int


class Receivables:
    """The receivables of one tenant; every question is about some customers of a connection."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def debts(self, connection_id: str, customers: Collection[str]) -> list[Debt]:
        """Return what is owed, by currency and due date."""
        rows = self._session.execute(
            select(InvoiceRow.currency, InvoiceRow.due_on, func.sum(InvoiceRow.balance), func.count())
            .where(*self._of(connection_id, customers), InvoiceRow.balance > 0)
            .group_by(InvoiceRow.currency, InvoiceRow.due_on)
        )
        return [Debt(currency, due_on, int(left), int(count)) for currency, due_on, left, count in rows]

    def owing(self, connection_id: str, customers: Collection[str], *, limit: int) -> list[InvoiceRow]:
        """Return the invoices on which something is owed, the latest first; those without a due date last."""
        return list(
            self._session.scalars(
                select(InvoiceRow)
                .where(*self._of(connection_id, customers), InvoiceRow.balance > 0)
                .order_by(InvoiceRow.due_on.is_(None), InvoiceRow.due_on, InvoiceRow.issued_on, InvoiceRow.id)
                .limit(limit)
            )
        )

    def settled(self, connection_id: str, customers: Collection[str], *, limit: int) -> list[tuple[date, date]]:
        """Return due date and day of the last payment of invoices paid in full, those paid last first."""
        rows = self._session.execute(
            select(InvoiceRow.due_on, InvoiceRow.paid_on)
            .where(
                *self._of(connection_id, customers),
                *_PAID,
                InvoiceRow.due_on.is_not(None),
                InvoiceRow.paid_on.is_not(None),
            )
            .order_by(InvoiceRow.paid_on.desc(), InvoiceRow.id)
            .limit(limit)
        )
        return [(due_on, paid_on) for due_on, paid_on in rows if due_on is not None and paid_on is not None]

    def paid_since(self, connection_id: str, customers: Collection[str], first: date) -> dict[str, int]:
        """Return the totals of invoices whose last payment came on or after a day, by currency, in smallest units."""
        rows = self._session.execute(
            select(InvoiceRow.currency, func.sum(InvoiceRow.total))
            .where(*self._of(connection_id, customers), *_PAID, InvoiceRow.paid_on >= first)
            .group_by(InvoiceRow.currency)
            .order_by(InvoiceRow.currency)
        )
        return {currency: int(total) for currency, total in rows}

    def count(self, connection_id: str, customers: Collection[str]) -> int:
        """Count the invoices that the full list shows, deleted ones too."""
        return int(self._session.scalar(select(func.count()).where(*self._all(connection_id, customers))) or 0)

    def stamp(self, connection_id: str, customers: Collection[str]) -> tuple[object, ...]:
        """Return what changes whenever one of the invoices does."""
        row = self._session.execute(
            select(func.count(), func.sum(InvoiceRow.version), func.max(InvoiceRow.updated_at)).where(
                *self._all(connection_id, customers)
            )
        ).one()
        return tuple(row)

    def _of(self, connection_id: str, customers: Collection[str]) -> list[ColumnElement[bool]]:
        return [*self._all(connection_id, customers), InvoiceRow.deleted.is_(False)]

    def _all(self, connection_id: str, customers: Collection[str]) -> list[ColumnElement[bool]]:
        return [
            InvoiceRow.tenant == self._tenant,
            InvoiceRow.connection_id == connection_id,
            InvoiceRow.customer_id.in_(customers),
        ]


_PAID = (InvoiceRow.total > 0, InvoiceRow.balance <= 0)
