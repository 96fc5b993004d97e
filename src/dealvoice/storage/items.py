"""The mirror of QuickBooks' products and services, and of its tax codes, rates and terms."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Index, Integer, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.books import Item, TaxCode, TaxRate
from dealvoice.invoicing.details import Term
from dealvoice.storage.base import Base, Exact, Json, Moment, by_key, name_first
from dealvoice.storage.bulk import upsert


class ItemRow(Base):
    """A product or service as QuickBooks last had it. Written by import and sync only."""

    __tablename__ = "items"
    __table_args__ = (
        Index(None, "tenant", "connection_id", "search"),
        Index("ix_items_tenant_connection_id_folded_name", "tenant", "connection_id", "folded_name"),
    )

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(512))
    folded_name: Mapped[str] = mapped_column(String(512), default="", server_default="")
    """As QuickBooks compares it."""
    parent_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """The category or product it stands under: names are unique there."""
    search: Mapped[str] = mapped_column(Text)
    """Full name, SKU and description, casefolded."""
    kind: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(Boolean)
    unit_price: Mapped[Decimal | None] = mapped_column(Exact)
    sku: Mapped[str] = mapped_column(String(128))
    description: Mapped[str] = mapped_column(Text)
    taxable: Mapped[bool] = mapped_column(Boolean)
    sold: Mapped[bool] = mapped_column(Boolean)
    tax_code: Mapped[str | None] = mapped_column(String(32))
    on_hand: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    income_account: Mapped[str | None] = mapped_column(String(32), default=None)
    sync_token: Mapped[str] = mapped_column(String(32))
    updated_at: Mapped[datetime | None] = mapped_column(Moment)

    def item(self) -> Item:
        """Return it as the core knows it."""
        return Item(
            id=self.quickbooks_id,
            name=self.name,
            kind=self.kind,
            active=self.active,
            unit_price=self.unit_price,
            sku=self.sku,
            description=self.description,
            taxable=self.taxable,
            sold=self.sold,
            tax_code=self.tax_code,
            on_hand=self.on_hand,
        )


class TaxCodeRow(Base):
    """A tax code or group with its sales rates. Replaced as a whole; has no change feed."""

    __tablename__ = "tax_codes"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean)
    rates: Mapped[Any] = mapped_column(Json)
    """Pairs of rate name and percent as text."""

    def tax_code(self) -> TaxCode:
        """Return it as the core knows it."""
        return TaxCode(
            id=self.quickbooks_id,
            name=self.name,
            rates=tuple(TaxRate(name=name, percent=Decimal(percent)) for name, percent in self.rates),
            active=self.active,
        )


class TermRow(Base):
    """A payment term with its days."""

    __tablename__ = "terms"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    due_days: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
    day_of_month: Mapped[int | None] = mapped_column(Integer, default=None)
    """Due on a day of a month instead of after some days."""
    next_month_days: Mapped[int] = mapped_column(Integer, default=0)

    def term(self) -> Term:
        """Return it as the core knows it."""
        return Term(
            id=self.quickbooks_id,
            name=self.name,
            active=self.active,
            due_days=self.due_days,
            day_of_month=self.day_of_month,
            next_month_days=self.next_month_days,
        )


_BY_ID = select(ItemRow).where(
    ItemRow.tenant == bindparam("tenant"),
    ItemRow.connection_id == bindparam("connection"),
    ItemRow.quickbooks_id.in_(bindparam("ids", expanding=True)),
)
_TAX_CODES = (
    select(TaxCodeRow)
    .where(
        TaxCodeRow.tenant == bindparam("tenant"), TaxCodeRow.connection_id == bindparam("connection"), TaxCodeRow.active
    )
    .order_by(TaxCodeRow.name)
)
_TERMS = (
    select(TermRow)
    .where(TermRow.tenant == bindparam("tenant"), TermRow.connection_id == bindparam("connection"))
    .order_by(TermRow.name)
)


class Items:
    """The products, taxes and terms of one connection."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, connection_id: str, ids: set[str]) -> dict[str, Item]:
        """Return items by id; unknown ids are left out."""
        rows = self._session.scalars(_BY_ID, {"tenant": self._tenant, "connection": connection_id, "ids": list(ids)})
        return {row.quickbooks_id: row.item() for row in rows}

    def of_names(self, connection_id: str, folded: set[str]) -> dict[str, Item]:
        """Return items without a parent by their folded names, inactive ones too."""
        rows = self._session.scalars(
            select(ItemRow).where(
                ItemRow.tenant == self._tenant,
                ItemRow.connection_id == connection_id,
                ItemRow.folded_name.in_(folded),
                ItemRow.parent_id.is_(None),
            )
        )
        return {row.folded_name: row.item() for row in rows}

    def most_used_account(self, connection_id: str) -> str | None:
        """Return the income account of most active items."""
        return self._session.scalar(
            select(ItemRow.income_account)
            .where(
                ItemRow.tenant == self._tenant,
                ItemRow.connection_id == connection_id,
                ItemRow.active,
                ItemRow.income_account.is_not(None),
            )
            .group_by(ItemRow.income_account)
            .order_by(func.count().desc(), ItemRow.income_account)
            .limit(1)
        )

    def put(self, rows: list[ItemRow | TaxCodeRow | TermRow]) -> None:
        """Insert or replace rows; an item that was changed later in QuickBooks stays."""
        for row in rows:
            row.tenant = self._tenant
        upsert(self._session, rows, newer="updated_at")

    def all_sold(self, connection_id: str, *, limit: int = 5000) -> list[Item]:
        """Return the active items that may stand on an invoice."""
        rows = self._session.scalars(
            select(ItemRow)
            .where(
                ItemRow.tenant == self._tenant,
                ItemRow.connection_id == connection_id,
                ItemRow.active,
                ItemRow.sold,
                ItemRow.kind.not_in(("Category", "Group")),
            )
            .order_by(ItemRow.name)
            .limit(limit)
        )
        return [row.item() for row in rows]

    def search(self, connection_id: str, text: str, *, limit: int) -> tuple[list[Item], int]:
        """Return items for an invoice that hold every word of ``text``, and how many there are."""
        where = [
            ItemRow.tenant == self._tenant,
            ItemRow.connection_id == connection_id,
            ItemRow.active,
            ItemRow.sold,
            ItemRow.kind.not_in(("Category", "Group")),
            *(ItemRow.search.contains(word, autoescape=True) for word in text.casefold().split()),
        ]
        order = name_first(ItemRow.name, text)
        rows = self._session.scalars(select(ItemRow).where(*where).order_by(order, ItemRow.name).limit(limit))
        total = self._session.scalar(select(func.count()).select_from(ItemRow).where(*where))
        return [row.item() for row in rows], int(total or 0)

    def ids(self, connection_id: str) -> list[str]:
        """Return QuickBooks' ids of all, inactive ones too."""
        return list(
            self._session.scalars(
                select(ItemRow.quickbooks_id).where(
                    ItemRow.tenant == self._tenant, ItemRow.connection_id == connection_id
                )
            )
        )

    def count(self, connection_id: str) -> int:
        """Count the active ones that may stand on an invoice."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(ItemRow)
                .where(
                    ItemRow.tenant == self._tenant,
                    ItemRow.connection_id == connection_id,
                    ItemRow.active,
                    ItemRow.sold,
                )
            )
            or 0
        )

    def tax_codes(self, connection_id: str) -> list[TaxCode]:
        """Return the active tax codes that have sales rates."""
        rows = self._session.scalars(_TAX_CODES, {"tenant": self._tenant, "connection": connection_id})
        return [row.tax_code() for row in rows if row.rates]

    def terms(self, connection_id: str) -> list[Term]:
        """Return the payment terms by name, inactive ones too."""
        rows = self._session.scalars(_TERMS, {"tenant": self._tenant, "connection": connection_id})
        return [row.term() for row in rows]

    def due_days(self, connection_id: str, term_id: str | None) -> int | None:
        """Return the days of a payment term."""
        if term_id is None:
            return None
        row = by_key(self._session, TermRow, self._tenant, connection_id, term_id)
        return None if row is None else row.due_days
