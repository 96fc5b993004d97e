"""The mirror of QuickBooks' classes and locations, as far as the company tracks them."""

from enum import StrEnum

from sqlalchemy import Boolean, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.details import Choice
from dealvoice.storage.base import Base
from dealvoice.storage.bulk import upsert


class ChoiceKind(StrEnum):
    """Which list a choice is of."""

    CLASS = "class"
    LOCATION = "location"


class ChoiceRow(Base):
    """A class or location as QuickBooks last had it, inactive ones too. Written by import and sync only."""

    __tablename__ = "choices"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(512))
    active: Mapped[bool] = mapped_column(Boolean)


_ALL = (
    select(ChoiceRow)
    .where(
        ChoiceRow.tenant == bindparam("tenant"),
        ChoiceRow.connection_id == bindparam("connection"),
        ChoiceRow.kind == bindparam("kind"),
    )
    .order_by(ChoiceRow.name)
)


class Choices:
    """The classes and locations of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def put(self, rows: list[ChoiceRow]) -> None:
        """Insert or replace rows."""
        for row in rows:
            row.tenant = self._tenant
        upsert(self._session, rows)

    def all(self, connection_id: str, kind: ChoiceKind) -> list[Choice]:
        """Return a list by name, inactive ones too."""
        rows = self._session.scalars(_ALL, {"tenant": self._tenant, "connection": connection_id, "kind": kind.value})
        return [Choice(id=row.quickbooks_id, name=row.name, active=row.active) for row in rows]
