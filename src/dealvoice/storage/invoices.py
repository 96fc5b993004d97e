"""The mirror of QuickBooks' invoices, and which deal each belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.status import Standing
from dealvoice.storage.base import Base, Json, Moment, by_key
from dealvoice.storage.bulk import insert_missing
from dealvoice.storage.numbers import KnownNumber, fold_number


class InvoiceRow(Base):
    """
    An invoice as QuickBooks last had it, seen by us or made by us. Written by the sync and by answered operations.

    Amounts are smallest units of ``currency``. A deleted invoice keeps its last number and amounts.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("tenant", "connection_id", "quickbooks_id"),
        Index(None, "tenant", "connection_id", "customer_id", "issued_on"),
        Index(None, "tenant", "connection_id", "folded_number"),
        Index(None, "tenant", "connection_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    quickbooks_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(64))
    folded_number: Mapped[str] = mapped_column(String(64), default="")
    """As two numbers are compared; follows ``number`` by itself."""
    customer_id: Mapped[str] = mapped_column(String(32))
    customer_name: Mapped[str] = mapped_column(String(512))
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    balance: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    issued_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date, default=None)
    credited: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What credit memos have paid of it."""
    email: Mapped[str] = mapped_column(String(255))
    copies: Mapped[str] = mapped_column(String(420), default="")
    """Who gets a copy of its e-mail, openly or not."""
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    has_payments: Mapped[bool] = mapped_column(Boolean)
    voided: Mapped[bool] = mapped_column(Boolean)
    deleted: Mapped[bool] = mapped_column(Boolean)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When a void or delete was seen."""
    ended_by: Mapped[str] = mapped_column(String(255), default="")
    """Who voided or deleted it here; empty when it happened in QuickBooks."""
    last_total: Mapped[int] = mapped_column(BigInteger)
    """The total before it was voided, for the struck-through amount."""
    sync_token: Mapped[str] = mapped_column(String(32))
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    """QuickBooks' LastUpdatedTime."""
    created_at: Mapped[datetime | None] = mapped_column(Moment)
    """QuickBooks' CreateTime."""
    operation_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """The operation that made it; None when it was made in QuickBooks."""
    made_by: Mapped[str] = mapped_column(String(255), default="")
    fault: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """What went wrong with the last action on it, until the next one."""
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Ours: raised by every change."""

    @validates("number")
    def _fold(self, _: str, number: str) -> str:
        self.folded_number = fold_number(number)
        return number

    def standing(self) -> Standing:
        """Return the facts that its status is derived from."""
        return Standing(
            total=from_minor(self.total, self.currency),
            balance=from_minor(self.balance, self.currency),
            due_on=self.due_on,
            deleted=self.deleted,
            voided=self.voided,
            has_payments=self.has_payments,
            sent_at=self.sent_at,
            paid_on=self.paid_on,
            credited=from_minor(self.credited or 0, self.currency),
        )


class DealInvoice(Base):
    """Says that an invoice belongs to a deal, and which note tells of it there."""

    __tablename__ = "deal_invoices"
    __table_args__ = (
        UniqueConstraint("tenant", "deal_id", "invoice_id"),
        Index(None, "tenant", "invoice_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    deal_id: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[str] = mapped_column(String(32))
    linked_by: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(Moment)
    made_here: Mapped[bool] = mapped_column(Boolean)
    """The invoice was created from this deal, not linked later."""
    then: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """The deal as it was then: value (text), currency, number of products, and whether its prices include tax."""
    note_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    note_hash: Mapped[str] = mapped_column(String(64), default="")
    """Hash of what the note says now."""
    note_tried: Mapped[bool] = mapped_column(Boolean, default=False)
    """A note was begun: look for it before writing another."""

    @property
    def tax_in_value(self) -> bool:
        """Whether the deal's prices include tax, and so does its value."""
        return bool((self.then or {}).get("with_tax"))


@dataclass(frozen=True, slots=True)
class Made:
    """A time in which QuickBooks made something: from ``since`` on and before ``before``; None is without end."""

    since: datetime | None = None
    before: datetime | None = None


_OF_DEALS = (
    select(InvoiceRow, DealInvoice)
    .join(DealInvoice, DealInvoice.invoice_id == InvoiceRow.id)
    .where(DealInvoice.tenant == bindparam("tenant"), DealInvoice.deal_id.in_(bindparam("deals", expanding=True)))
    .order_by(InvoiceRow.issued_on, InvoiceRow.created_at)
)
_WITH_NUMBER = (
    select(InvoiceRow)
    .where(
        InvoiceRow.tenant == bindparam("tenant"),
        InvoiceRow.connection_id == bindparam("connection"),
        InvoiceRow.folded_number == bindparam("number"),
        InvoiceRow.deleted.is_(False),
    )
    .limit(1)
)
_NUMBERS = (
    select(InvoiceRow.number, InvoiceRow.issued_on, InvoiceRow.created_at)
    .where(
        InvoiceRow.tenant == bindparam("tenant"),
        InvoiceRow.connection_id == bindparam("connection"),
        InvoiceRow.number != "",
        InvoiceRow.issued_on.is_not(None),
    )
    .order_by(InvoiceRow.created_at.desc(), InvoiceRow.issued_on.desc())
    .limit(bindparam("limit", type_=Integer))
)


class Invoices:
    """The invoices of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, invoice_id: str) -> InvoiceRow | None:
        """Return one by our id."""
        row = by_key(self._session, InvoiceRow, invoice_id)
        return row if row is not None and row.tenant == self._tenant else None

    def of_quickbooks(self, connection_id: str, quickbooks_id: str) -> InvoiceRow | None:
        """Return one by QuickBooks' id."""
        return self._session.scalar(
            select(InvoiceRow).where(
                InvoiceRow.tenant == self._tenant,
                InvoiceRow.connection_id == connection_id,
                InvoiceRow.quickbooks_id == quickbooks_id,
            )
        )

    def add_missing(self, rows: list[InvoiceRow]) -> None:
        """Add new ones, in one statement; one that is there already stays as it is."""
        insert_missing(self._session, rows)

    def ids_made(self, connection_id: str, made: Made) -> list[str]:
        """Return QuickBooks' ids of those that it still has, as far as we know, and made in a time."""
        return list(self._session.scalars(select(InvoiceRow.quickbooks_id).where(*self._made(connection_id, made))))

    def count_made(self, connection_id: str, made: Made) -> int:
        """Count the ones that QuickBooks still has, as far as we know, and made in a time."""
        where = self._made(connection_id, made)
        return int(self._session.scalar(select(func.count()).select_from(InvoiceRow).where(*where)) or 0)

    def span_made(self, connection_id: str, made: Made) -> tuple[datetime | None, datetime | None, datetime | None]:
        """Return when the first, the middle and the last one of those made in a time were made; None without any."""
        where = [*self._made(connection_id, made), InvoiceRow.created_at.is_not(None)]
        count = self.count_made(connection_id, made)

        def at(place: int) -> datetime | None:
            asked = select(InvoiceRow.created_at).where(*where).order_by(InvoiceRow.created_at).offset(place).limit(1)
            return self._session.scalar(asked)

        return at(0), at(count // 2), at(max(0, count - 1))

    def _made(self, connection_id: str, made: Made) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [
            InvoiceRow.tenant == self._tenant,
            InvoiceRow.connection_id == connection_id,
            InvoiceRow.deleted.is_(False),
        ]
        if made.since is not None:
            where.append(InvoiceRow.created_at >= made.since)
        if made.before is not None:
            where.append(InvoiceRow.created_at < made.before)
        return where

    def of_quickbooks_all(self, connection_id: str, quickbooks_ids: Iterable[str]) -> dict[str, InvoiceRow]:
        """Return those that are known, by QuickBooks' id."""
        found: dict[str, InvoiceRow] = {}
        ids = list(dict.fromkeys(quickbooks_ids))
        for start in range(0, len(ids), 500):
            rows = self._session.scalars(
                select(InvoiceRow).where(
                    InvoiceRow.tenant == self._tenant,
                    InvoiceRow.connection_id == connection_id,
                    InvoiceRow.quickbooks_id.in_(ids[start : start + 500]),
                )
            )
            found |= {row.quickbooks_id: row for row in rows}
        return found

    def add(self, row: InvoiceRow) -> InvoiceRow:
        """Add a new one."""
        self._session.add(row)
        return row

    def of_deal(self, deal_id: int) -> list[InvoiceRow]:
        """Return a deal's invoices, newest first."""
        return list(
            self._session.scalars(
                select(InvoiceRow)
                .join(DealInvoice, DealInvoice.invoice_id == InvoiceRow.id)
                .where(DealInvoice.tenant == self._tenant, DealInvoice.deal_id == deal_id)
                .order_by(InvoiceRow.issued_on.desc(), InvoiceRow.created_at.desc())
            )
        )

    def of_deals(self, deal_ids: Iterable[int]) -> dict[int, list[tuple[InvoiceRow, DealInvoice]]]:
        """Return the invoices of several deals with their links, oldest first."""
        rows = self._session.execute(_OF_DEALS, {"tenant": self._tenant, "deals": list(deal_ids)})
        found: dict[int, list[tuple[InvoiceRow, DealInvoice]]] = {}
        for row, link in rows:
            found.setdefault(link.deal_id, []).append((row, link))
        return found

    def stale_notes(self, deal_ids: Iterable[int]) -> set[int]:
        """Return which of several deals have a note that is known not to say what it should."""
        return set(
            self._session.scalars(
                select(DealInvoice.deal_id).where(
                    DealInvoice.tenant == self._tenant,
                    DealInvoice.deal_id.in_(list(deal_ids)),
                    DealInvoice.note_hash == "",
                )
            )
        )

    def doubt_notes(self) -> None:
        """Keep that no note says what it should: what notes may show was changed."""
        self._session.execute(update(DealInvoice).where(DealInvoice.tenant == self._tenant).values(note_hash=""))

    def of_customer(
        self, connection_id: str, customer_id: str, *, first: date | None = None, last: date | None = None
    ) -> list[InvoiceRow]:
        """Return a customer's invoices issued between two days, both included, newest first."""
        where = [
            InvoiceRow.tenant == self._tenant,
            InvoiceRow.connection_id == connection_id,
            InvoiceRow.customer_id == customer_id,
        ]
        if first is not None:
            where.append(InvoiceRow.issued_on >= first)
        if last is not None:
            where.append(InvoiceRow.issued_on <= last)
        return list(
            self._session.scalars(
                select(InvoiceRow).where(*where).order_by(InvoiceRow.issued_on.desc(), InvoiceRow.created_at.desc())
            )
        )

    def with_number(self, connection_id: str, number: str) -> InvoiceRow | None:
        """Return the live invoice that has a number, compared without case."""
        return self._session.scalar(
            _WITH_NUMBER, {"tenant": self._tenant, "connection": connection_id, "number": fold_number(number)}
        )

    def last_numbers(self, connection_id: str, *, limit: int) -> list[KnownNumber]:
        """Return the newest numbers, newest first."""
        rows = self._session.execute(_NUMBERS, {"tenant": self._tenant, "connection": connection_id, "limit": limit})
        return [KnownNumber(number, day, created_at) for number, day, created_at in rows if day is not None]

    def deals_of(self, invoice_id: str) -> list[DealInvoice]:
        """Return the deals an invoice belongs to."""
        return list(
            self._session.scalars(
                select(DealInvoice).where(DealInvoice.tenant == self._tenant, DealInvoice.invoice_id == invoice_id)
            )
        )

    def deals_of_all(self, invoice_ids: list[str]) -> dict[str, list[int]]:
        """Return the deals of several invoices."""
        found: dict[str, list[int]] = {}
        for row in self._session.scalars(
            select(DealInvoice).where(DealInvoice.tenant == self._tenant, DealInvoice.invoice_id.in_(invoice_ids))
        ):
            found.setdefault(row.invoice_id, []).append(row.deal_id)
        return found

    def has_any(self, deal_id: int) -> bool:
        """Tell whether a deal has invoices."""
        found = select(DealInvoice.id).where(DealInvoice.tenant == self._tenant, DealInvoice.deal_id == deal_id)
        return self._session.scalar(found.limit(1)) is not None

    def move_deal(self, old: int, new: int) -> list[str]:
        """Move the invoices of one deal to another, notes with them; returns their ids. Safe to repeat."""
        there = {link.invoice_id for link in self._links_of_deal(new)}
        moved = self._links_of_deal(old)
        for link in moved:
            if link.invoice_id in there:
                self._session.delete(link)
            else:
                link.deal_id = new
        self._session.flush()
        return [link.invoice_id for link in moved]

    def _links_of_deal(self, deal_id: int) -> list[DealInvoice]:
        return list(
            self._session.scalars(
                select(DealInvoice).where(DealInvoice.tenant == self._tenant, DealInvoice.deal_id == deal_id)
            )
        )

    def deals_with_any(self) -> list[int]:
        """Return every deal that has an invoice."""
        return list(
            self._session.scalars(select(DealInvoice.deal_id).where(DealInvoice.tenant == self._tenant).distinct())
        )

    def deal_link(self, deal_id: int, invoice_id: str) -> DealInvoice | None:
        """Return the link of an invoice to a deal."""
        return self._session.scalar(
            select(DealInvoice).where(
                DealInvoice.tenant == self._tenant,
                DealInvoice.deal_id == deal_id,
                DealInvoice.invoice_id == invoice_id,
            )
        )

    def link(self, row: DealInvoice) -> DealInvoice:
        """Link an invoice to a deal; a link that exists is returned as it is."""
        known = self.deal_link(row.deal_id, row.invoice_id)
        if known is not None:
            return known
        self._session.add(row)
        return row

    def unlink(self, deal_id: int, invoice_id: str) -> None:
        """Take an invoice off a deal."""
        self._session.execute(
            delete(DealInvoice).where(
                DealInvoice.tenant == self._tenant,
                DealInvoice.deal_id == deal_id,
                DealInvoice.invoice_id == invoice_id,
            )
        )

    def count(self, connection_id: str) -> int:
        """Count the ones that QuickBooks still has."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(InvoiceRow)
                .where(
                    InvoiceRow.tenant == self._tenant,
                    InvoiceRow.connection_id == connection_id,
                    InvoiceRow.deleted.is_(False),
                )
            )
            or 0
        )

    def owed_by(self, connection_id: str, customer_id: str, currency: str) -> int:
        """Return what a customer owes on the invoices that we know, in smallest units of his currency."""
        return int(
            self._session.scalar(
                select(func.sum(InvoiceRow.balance)).where(
                    InvoiceRow.tenant == self._tenant,
                    InvoiceRow.connection_id == connection_id,
                    InvoiceRow.customer_id == customer_id,
                    InvoiceRow.currency == currency,
                    InvoiceRow.deleted.is_(False),
                )
            )
            or 0
        )

    def owed_of(self, connection_id: str, customer_id: str, currency: str, *, limit: int = 100) -> list[InvoiceRow]:
        """Return a customer's invoices on which something is owed, the one due first on top."""
        return list(
            self._session.scalars(
                select(InvoiceRow)
                .where(
                    InvoiceRow.tenant == self._tenant,
                    InvoiceRow.connection_id == connection_id,
                    InvoiceRow.customer_id == customer_id,
                    InvoiceRow.currency == currency,
                    InvoiceRow.balance > 0,
                    InvoiceRow.deleted.is_(False),
                )
                .order_by(InvoiceRow.due_on, InvoiceRow.created_at)
                .limit(limit)
            )
        )

    def fell_overdue(self, connection_id: str, *, today: date, judged_on: date | None) -> list[str]:
        """
        Return our ids of invoices on deals that fell overdue by the calendar alone.

        Args:
            connection_id: Whose.
            today: The company's day.
            judged_on: The last day that was judged; None: never, so every one that is overdue counts.
        """
        where = [
            InvoiceRow.tenant == self._tenant,
            InvoiceRow.connection_id == connection_id,
            InvoiceRow.balance > 0,
            InvoiceRow.deleted.is_(False),
            InvoiceRow.due_on < today,
        ]
        if judged_on is not None:
            where.append(InvoiceRow.due_on >= judged_on)
        linked = select(DealInvoice.id).where(
            DealInvoice.tenant == InvoiceRow.tenant, DealInvoice.invoice_id == InvoiceRow.id
        )
        return list(self._session.scalars(select(InvoiceRow.id).where(*where, linked.exists()).order_by(InvoiceRow.id)))
