"""The mirror of QuickBooks' accounts, as far as invoices need them: where new products earn, where discounts go."""

from sqlalchemy import Boolean, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.books import Account
from dealvoice.storage.base import Base, by_key
from dealvoice.storage.bulk import upsert

INCOME = "Income"
"""QuickBooks' AccountType of what products may earn on."""


class AccountRow(Base):
    """An account as QuickBooks last had it. Written by import and sync only."""

    __tablename__ = "accounts"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(512))
    """With the names above it."""
    kind: Mapped[str] = mapped_column(String(64))
    """QuickBooks' AccountType."""
    active: Mapped[bool] = mapped_column(Boolean)


class Accounts:
    """The accounts of one connection."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def put(self, rows: list[AccountRow]) -> None:
        """Insert or replace rows."""
        for row in rows:
            row.tenant = self._tenant
        upsert(self._session, rows)

    def income(self, connection_id: str) -> list[Account]:
        """Return the active accounts that a product may earn on, by name."""
        rows = self._session.scalars(
            select(AccountRow)
            .where(
                AccountRow.tenant == self._tenant,
                AccountRow.connection_id == connection_id,
                AccountRow.kind == INCOME,
                AccountRow.active,
            )
            .order_by(AccountRow.name)
        )
        return [Account(row.quickbooks_id, row.name) for row in rows]

    def is_usable(self, connection_id: str, account_id: str | None) -> bool:
        """Tell whether an account is there and active; one that was never read counts as usable."""
        if account_id is None:
            return False
        row = by_key(self._session, AccountRow, self._tenant, connection_id, account_id)
        return row is None or row.active
