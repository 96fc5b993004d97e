"""Document numbers beside the invoices' own: of credit memos and sales receipts, and those reserved by creations."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String, bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key
from dealvoice.storage.bulk import upsert


def fold_number(number: str) -> str:
    """Return a number as two are compared: without outer blanks and case."""
    return number.strip().casefold()


class NumberRow(Base):
    """
    The number of a credit memo or sales receipt: QuickBooks numbers them and invoices in one series.

    Written by import and sync only; gone when the document is.

    Source: QuickBooks Online Accounting API, recorded sample companies: 1043 an invoice, 1044 a credit memo.
    """

    __tablename__ = "document_numbers"
    __table_args__ = (Index(None, "tenant", "connection_id", "folded"),)

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """``credit_memo`` or ``sales_receipt``."""
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(64))
    folded: Mapped[str] = mapped_column(String(64))
    customer_name: Mapped[str] = mapped_column(String(512))
    issued_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime | None] = mapped_column(Moment)


class ReservedNumber(Base):
    """
    A number that a creation under way will bear; at most one operation has it.

    Written in the commit that accepts the creation; deleted when QuickBooks has the invoice or the creation is refused.
    """

    __tablename__ = "reserved_numbers"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    folded: Mapped[str] = mapped_column(String(64), primary_key=True)
    operation_id: Mapped[str] = mapped_column(String(32), index=True)


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A number with what its place in the series depends on."""

    number: str
    issued_on: date
    created_at: datetime | None


_WITH_NUMBER = (
    select(NumberRow)
    .where(
        NumberRow.tenant == bindparam("tenant"),
        NumberRow.connection_id == bindparam("connection"),
        NumberRow.folded == bindparam("number"),
    )
    .limit(1)
)
_NEWEST = (
    select(NumberRow)
    .where(
        NumberRow.tenant == bindparam("tenant"),
        NumberRow.connection_id == bindparam("connection"),
        NumberRow.folded != "",
    )
    .order_by(NumberRow.created_at.desc(), NumberRow.issued_on.desc())
    .limit(bindparam("limit", type_=Integer))
)


class Numbers:
    """The numbers of one tenant, but for the invoices' own."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def put(self, rows: list[NumberRow]) -> None:
        """Insert or replace rows."""
        for row in rows:
            row.tenant = self._tenant
        upsert(self._session, rows)

    def forget(self, connection_id: str, kind: str, quickbooks_ids: list[str]) -> None:
        """Free the numbers of documents that were deleted."""
        self._session.execute(
            delete(NumberRow).where(
                NumberRow.tenant == self._tenant,
                NumberRow.connection_id == connection_id,
                NumberRow.kind == kind,
                NumberRow.quickbooks_id.in_(quickbooks_ids),
            )
        )

    def ids(self, connection_id: str, kind: str) -> set[str]:
        """Return QuickBooks' ids of the documents of a kind."""
        return set(
            self._session.scalars(
                select(NumberRow.quickbooks_id).where(
                    NumberRow.tenant == self._tenant,
                    NumberRow.connection_id == connection_id,
                    NumberRow.kind == kind,
                )
            )
        )

    def with_number(self, connection_id: str, number: str) -> NumberRow | None:
        """Return the document that has a number."""
        return self._session.scalar(
            _WITH_NUMBER, {"tenant": self._tenant, "connection": connection_id, "number": fold_number(number)}
        )

    def newest(self, connection_id: str, *, limit: int) -> list[KnownNumber]:
        """Return the newest numbers, newest first."""
        rows = self._session.scalars(_NEWEST, {"tenant": self._tenant, "connection": connection_id, "limit": limit})
        return [KnownNumber(row.number, row.issued_on, row.created_at) for row in rows if row.issued_on is not None]

    def reserve(self, connection_id: str, number: str, operation_id: str) -> bool:
        """
        Reserve a number for an operation, unless another one has it; a reservation of its own is replaced.

        Where two commits race, the second waits for the first and then gets False.
        """
        self.release(operation_id)
        folded = fold_number(number)
        try:
            with self._session.begin_nested():
                self._session.add(
                    ReservedNumber(
                        tenant=self._tenant, connection_id=connection_id, folded=folded, operation_id=operation_id
                    )
                )
        except IntegrityError:
            return False
        return True

    def release(self, operation_id: str) -> None:
        """Give back what an operation has reserved; safe to repeat."""
        self._session.execute(
            delete(ReservedNumber).where(
                ReservedNumber.tenant == self._tenant, ReservedNumber.operation_id == operation_id
            )
        )

    def reserved_by(self, connection_id: str, number: str) -> str | None:
        """Return the operation that has reserved a number."""
        row = by_key(self._session, ReservedNumber, self._tenant, connection_id, fold_number(number))
        return None if row is None else row.operation_id
