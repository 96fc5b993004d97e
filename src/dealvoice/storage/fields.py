"""Definitions of Pipedrive's fields: names, kinds and option labels, kept for a day."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment


class FieldRow(Base):
    """One field of a Pipedrive object, as the company has it."""

    __tablename__ = "fields"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(32))
    """Pipedrive's ``field_type``."""
    custom: Mapped[bool] = mapped_column(Boolean)
    options: Mapped[Any] = mapped_column(Json)
    """Labels by option id (as text)."""
    seen_at: Mapped[datetime] = mapped_column(Moment)


class Fields:
    """The field definitions of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def all(self) -> list[FieldRow]:
        """Return every definition."""
        return list(
            self._session.scalars(
                select(FieldRow).where(FieldRow.tenant == self._tenant).order_by(FieldRow.owner, FieldRow.name)
            )
        )

    def replace(self, rows: list[FieldRow]) -> None:
        """Put new definitions in place of the old ones."""
        self._session.execute(delete(FieldRow).where(FieldRow.tenant == self._tenant))
        self._session.add_all(rows)
