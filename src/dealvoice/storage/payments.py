"""Payments as QuickBooks last had them, and what each pays of which invoice: read, never inferred from balances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import BigInteger, Date, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key
from dealvoice.storage.bulk import upsert

_AT_ONCE = 500


class PaymentRow(Base):
    """A payment received. Written by the sync; a deleted one has no row, a voided one no links."""

    __tablename__ = "payments"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    paid_on: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigInteger)
    """Money received, smallest units; zero when credits alone were applied."""
    sync_token: Mapped[str] = mapped_column(String(32))
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    """QuickBooks' LastUpdatedTime."""


class PaymentLink(Base):
    """What a payment pays of one invoice. Replaced as a whole with its payment."""

    __tablename__ = "payment_links"
    __table_args__ = (Index(None, "tenant", "connection_id", "invoice_id"),)

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    payment_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """QuickBooks' id of the invoice, which need not be in the mirror yet."""
    amount: Mapped[int] = mapped_column(BigInteger)
    """Smallest units, credits included."""
    credit: Mapped[int] = mapped_column(BigInteger, default=0)
    """The part of ``amount`` that came from credit memos and not from money."""
    paid_on: Mapped[date | None] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Paid:
    """What is applied to one invoice."""

    amount: int
    credit: int
    """The part of ``amount`` that came from credit memos."""
    last_on: date | None
    """Day of the last payment."""
    payments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """The invoices that a change of a payment concerns, by QuickBooks' id."""

    moved: frozenset[str]
    """Another amount is applied to them: their balance is another one, too."""
    touched: frozenset[str]
    """These, and those whose payment has another day."""


class Payments:
    """The payments of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, connection_id: str, quickbooks_id: str) -> PaymentRow | None:
        """Return one."""
        return by_key(self._session, PaymentRow, self._tenant, connection_id, quickbooks_id)

    def of_ids(self, connection_id: str, ids: Iterable[str]) -> dict[str, PaymentRow]:
        """Return those that are known, by id."""
        found: dict[str, PaymentRow] = {}
        for chunk in _chunks(ids):
            rows = self._session.scalars(
                select(PaymentRow).where(
                    PaymentRow.tenant == self._tenant,
                    PaymentRow.connection_id == connection_id,
                    PaymentRow.quickbooks_id.in_(chunk),
                )
            )
            found |= {row.quickbooks_id: row for row in rows}
        return found

    def put(self, connection_id: str, paid: Sequence[tuple[PaymentRow, list[PaymentLink]]]) -> dict[str, Touched]:
        """
        Keep payments, each with what it pays, in place of what was known of them; a few statements for all.

        Args:
            connection_id: Whose they are.
            paid: Of two with the same id the last one counts.

        Returns:
            Which invoices each concerns, by the payment's id.
        """
        news = {row.quickbooks_id: (row, {link.invoice_id: link for link in links}) for row, links in paid}
        held: dict[str, dict[str, PaymentLink]] = {payment_id: {} for payment_id in news}
        for link in self._links(news, connection_id):
            held[link.payment_id][link.invoice_id] = link
        found = {payment_id: _touched(held[payment_id], links) for payment_id, (_, links) in news.items()}
        for payment_id, (_, links) in news.items():
            for invoice_id in held[payment_id].keys() - links.keys():
                self._session.delete(held[payment_id][invoice_id])
        rows: list[PaymentRow | PaymentLink] = []
        for row, links in news.values():
            rows += [row, *links.values()]
        for one in rows:
            one.tenant = self._tenant
        upsert(self._session, rows)
        return found

    def forget(self, connection_id: str, ids: Iterable[str]) -> set[str]:
        """Forget payments that were deleted; returns the invoices that they paid."""
        wanted = list(ids)
        links = self._links(wanted, connection_id)
        for link in links:
            self._session.delete(link)
        for chunk in _chunks(wanted):
            self._session.execute(
                delete(PaymentRow).where(
                    PaymentRow.tenant == self._tenant,
                    PaymentRow.connection_id == connection_id,
                    PaymentRow.quickbooks_id.in_(chunk),
                )
            )
        return {link.invoice_id for link in links}

    def paid(self, connection_id: str, invoice_ids: Iterable[str]) -> dict[str, Paid]:
        """Return what is applied to invoices, by QuickBooks' id; those on which nothing is are left out."""
        links: dict[str, list[PaymentLink]] = {}
        for chunk in _chunks(invoice_ids):
            rows = self._session.scalars(
                select(PaymentLink).where(
                    PaymentLink.tenant == self._tenant,
                    PaymentLink.connection_id == connection_id,
                    PaymentLink.invoice_id.in_(chunk),
                )
            )
            for row in rows:
                links.setdefault(row.invoice_id, []).append(row)
        return {
            invoice_id: Paid(
                amount=sum(link.amount for link in found),
                credit=sum(link.credit for link in found),
                last_on=max((link.paid_on for link in found if link.paid_on is not None), default=None),
                payments=tuple(sorted(link.payment_id for link in found)),
            )
            for invoice_id, found in links.items()
        }

    def count(self, connection_id: str) -> int:
        """Count them."""
        wanted = (PaymentRow.tenant == self._tenant, PaymentRow.connection_id == connection_id)
        return int(self._session.scalar(select(func.count()).select_from(PaymentRow).where(*wanted)) or 0)

    def ids(self, connection_id: str) -> set[str]:
        """Return the ids of all."""
        wanted = (PaymentRow.tenant == self._tenant, PaymentRow.connection_id == connection_id)
        return set(self._session.scalars(select(PaymentRow.quickbooks_id).where(*wanted)))

    def _links(self, payment_ids: Iterable[str], connection_id: str) -> list[PaymentLink]:
        found: list[PaymentLink] = []
        for chunk in _chunks(payment_ids):
            found += self._session.scalars(
                select(PaymentLink).where(
                    PaymentLink.tenant == self._tenant,
                    PaymentLink.connection_id == connection_id,
                    PaymentLink.payment_id.in_(chunk),
                )
            )
        return found


def _touched(before: dict[str, PaymentLink], after: dict[str, PaymentLink]) -> Touched:
    """Tell which invoices a payment concerns, from what it paid before and what it pays now, by invoice."""
    both = before.keys() | after.keys()
    moved = {one for one in both if _amount(before.get(one)) != _amount(after.get(one))}
    touched = {one for one in both if _day(before.get(one)) != _day(after.get(one))} | moved
    return Touched(frozenset(moved), frozenset(touched))


def _amount(link: PaymentLink | None) -> int | None:
    return None if link is None else link.amount


def _day(link: PaymentLink | None) -> tuple[date | None, int] | None:
    return None if link is None else (link.paid_on, link.credit)


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(dict.fromkeys(ids))
    while chunk := list(islice(rest, _AT_ONCE)):
        yield chunk
