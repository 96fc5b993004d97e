"""The mirror of QuickBooks' customers, and the names that vendors and employees take from the same name space."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.books import Customer, OtherName, Survivor, TakenKind
from dealvoice.invoicing.money import from_minor
from dealvoice.storage.base import Base, Moment, by_key, name_first
from dealvoice.storage.bulk import upsert


class CustomerRow(Base):
    """A customer as QuickBooks last had it. Written by import and sync only; ``search`` is folded for look-ups."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(None, "tenant", "connection_id", "search"),
        Index(None, "tenant", "connection_id", "parent_id"),
    )

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(512))
    search: Mapped[str] = mapped_column(Text)
    """Name, company, e-mail and tax id, casefolded."""
    folded_name: Mapped[str] = mapped_column(String(512), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    active: Mapped[bool] = mapped_column(Boolean)
    balance: Mapped[int] = mapped_column(BigInteger)
    """Smallest units of the currency."""
    taxable: Mapped[bool] = mapped_column(Boolean)
    email: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str] = mapped_column(String(64))
    tax_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(String(255))
    postal_code: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[str | None] = mapped_column(String(32))
    sync_token: Mapped[str] = mapped_column(String(32))
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    merged_into: Mapped[str | None] = mapped_column(String(32), default=None)
    """Whom he was merged into; such a row is kept for its links, and nobody finds it."""

    def customer(self) -> Customer:
        """Return it as the core knows it."""
        return Customer(
            id=self.quickbooks_id,
            name=self.name,
            currency=self.currency,
            active=self.active,
            balance=from_minor(self.balance, self.currency),
            taxable=self.taxable,
            email=self.email,
            phone=self.phone,
            tax_id=self.tax_id,
            address=self.address,
            city=self.city,
            postal_code=self.postal_code,
            parent_id=self.parent_id,
            sync_token=self.sync_token,
        )


class NameRow(Base):
    """A vendor's or employee's display name: customers may not use it."""

    __tablename__ = "names"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(512), default="")
    folded_name: Mapped[str] = mapped_column(String(512), index=True)


def fold_name(name: str) -> str:
    """Fold a display name the way QuickBooks compares it: trimmed, single blanks, no case."""
    return " ".join(name.split()).casefold()


class Customers:
    """The customers of one connection."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, connection_id: str, quickbooks_id: str) -> Customer | None:
        """Return one customer; None also when he was merged into another one."""
        row = by_key(self._session, CustomerRow, self._tenant, connection_id, quickbooks_id)
        return None if row is None or row.merged_into else row.customer()

    def updated_at(self, connection_id: str, quickbooks_id: str) -> datetime | None:
        """Return when QuickBooks last changed a customer, as far as we have heard."""
        row = by_key(self._session, CustomerRow, self._tenant, connection_id, quickbooks_id)
        return None if row is None else row.updated_at

    def survivor(self, connection_id: str, quickbooks_id: str) -> Survivor | None:
        """Return whom a customer was merged into, over any number of merges; None when that is not known."""
        seen = {quickbooks_id}
        row = by_key(self._session, CustomerRow, self._tenant, connection_id, quickbooks_id)
        while row is not None and row.merged_into and row.merged_into not in seen:
            seen.add(row.merged_into)
            row = by_key(self._session, CustomerRow, self._tenant, connection_id, row.merged_into)
        alive = row is not None and not row.merged_into and row.quickbooks_id != quickbooks_id
        return Survivor(row.quickbooks_id, row.name) if row is not None and alive else None

    def family(self, connection_id: str, heads: set[str]) -> list[Customer]:
        """Return some customers with their sub-customers and jobs, to any depth; those merged away are left out."""
        found: dict[str, CustomerRow] = {}
        wanted = CustomerRow.quickbooks_id.in_(heads)
        while True:
            rows = self._session.scalars(
                select(CustomerRow)
                .where(
                    CustomerRow.tenant == self._tenant,
                    CustomerRow.connection_id == connection_id,
                    CustomerRow.merged_into.is_(None),
                    wanted,
                )
                .order_by(CustomerRow.name)
            )
            new = [row for row in rows if row.quickbooks_id not in found]
            if not new:
                return [row.customer() for row in found.values()]
            found |= {row.quickbooks_id: row for row in new}
            wanted = CustomerRow.parent_id.in_([row.quickbooks_id for row in new])

    def merge(self, connection_id: str, gone: str, into: str) -> None:
        """Keep that a customer was merged into another one: only the event says so."""
        self._session.execute(
            update(CustomerRow)
            .where(
                CustomerRow.tenant == self._tenant,
                CustomerRow.connection_id == connection_id,
                CustomerRow.quickbooks_id == gone,
            )
            .values(merged_into=into)
        )

    def put(self, rows: list[CustomerRow]) -> None:
        """Insert or replace rows; one that was changed later in QuickBooks stays."""
        for row in rows:
            row.tenant = self._tenant
        upsert(self._session, rows, newer="updated_at")

    def all(self, connection_id: str, *, limit: int = 5000) -> list[Customer]:
        """Return customers to rank, active and inactive, newest first."""
        rows = self._session.scalars(
            select(CustomerRow)
            .where(
                CustomerRow.tenant == self._tenant,
                CustomerRow.connection_id == connection_id,
                CustomerRow.merged_into.is_(None),
            )
            .order_by(CustomerRow.updated_at.desc())
            .limit(limit)
        )
        return [row.customer() for row in rows]

    def search(self, connection_id: str, text: str, *, limit: int) -> tuple[list[Customer], int]:
        """Return customers that hold every word of ``text``, the active ones first, and how many there are."""
        where = [
            CustomerRow.tenant == self._tenant,
            CustomerRow.connection_id == connection_id,
            CustomerRow.merged_into.is_(None),
            *(CustomerRow.search.contains(word, autoescape=True) for word in text.casefold().split()),
        ]
        order = name_first(CustomerRow.name, text)
        ordered = select(CustomerRow).where(*where).order_by(CustomerRow.active.desc(), order, CustomerRow.name)
        rows = self._session.scalars(ordered.limit(limit))
        total = self._session.scalar(select(func.count()).select_from(CustomerRow).where(*where))
        return [row.customer() for row in rows], int(total or 0)

    def ids(self, connection_id: str) -> list[str]:
        """Return QuickBooks' ids of all, inactive ones too, but for those that were merged away."""
        return list(
            self._session.scalars(
                select(CustomerRow.quickbooks_id).where(
                    CustomerRow.tenant == self._tenant,
                    CustomerRow.connection_id == connection_id,
                    CustomerRow.merged_into.is_(None),
                )
            )
        )

    def count(self, connection_id: str) -> int:
        """Count the active ones."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(CustomerRow)
                .where(
                    CustomerRow.tenant == self._tenant,
                    CustomerRow.connection_id == connection_id,
                    CustomerRow.active,
                )
            )
            or 0
        )

    def name_taken(self, connection_id: str, name: str) -> tuple[TakenKind, str] | None:
        """Tell which list has a display name, and under which id."""
        folded = fold_name(name)
        own = self._session.scalar(
            select(CustomerRow.quickbooks_id).where(
                CustomerRow.tenant == self._tenant,
                CustomerRow.connection_id == connection_id,
                CustomerRow.folded_name == folded,
                CustomerRow.merged_into.is_(None),
            )
        )
        if own is not None:
            return TakenKind.CUSTOMER, own
        other = self._session.scalar(
            select(NameRow).where(
                NameRow.tenant == self._tenant,
                NameRow.connection_id == connection_id,
                NameRow.folded_name == folded,
            )
        )
        return None if other is None else (TakenKind(other.kind), other.quickbooks_id)

    def put_names(self, connection_id: str, kind: TakenKind, names: list[tuple[str, str]]) -> None:
        """Insert or replace vendors' or employees' names, as (id, name)."""
        rows = [
            NameRow(
                tenant=self._tenant,
                connection_id=connection_id,
                kind=kind.value,
                quickbooks_id=quickbooks_id,
                name=" ".join(name.split()),
                folded_name=fold_name(name),
            )
            for quickbooks_id, name in names
        ]
        upsert(self._session, rows)

    def other_names(self, connection_id: str) -> list[OtherName]:
        """Return vendors and employees."""
        rows = self._session.scalars(
            select(NameRow).where(
                NameRow.tenant == self._tenant, NameRow.connection_id == connection_id, NameRow.name != ""
            )
        )
        return [OtherName(TakenKind(row.kind), row.quickbooks_id, row.name) for row in rows]

    def of_mail(self, connection_id: str, text: str) -> list[Customer]:
        """Return customers with an e-mail or name equal to ``text``."""
        folded = text.strip().casefold()
        rows = self._session.scalars(
            select(CustomerRow).where(
                CustomerRow.tenant == self._tenant,
                CustomerRow.connection_id == connection_id,
                or_(func.lower(CustomerRow.email) == folded, CustomerRow.folded_name == fold_name(text)),
            )
        )
        return [row.customer() for row in rows]

    def forget(self, connection_id: str, quickbooks_id: str) -> None:
        """Remove one that QuickBooks has merged away."""
        self._session.execute(
            delete(CustomerRow).where(
                CustomerRow.tenant == self._tenant,
                CustomerRow.connection_id == connection_id,
                CustomerRow.quickbooks_id == quickbooks_id,
            )
        )
