"""Open forms: when one was opened, by whom, and what it was filled from, so that a review needs no call."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment, by_key


class FormRow(Base):
    """An open invoice form. May be deleted a week after it was opened."""

    __tablename__ = "forms"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    deal_id: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    context: Mapped[Any] = mapped_column(Json)
    """Deal title, contact, origins and names of the mapped fields, how many products."""


class Forms:
    """The open forms of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, form_id: str) -> FormRow | None:
        """Return one."""
        row = by_key(self._session, FormRow, form_id)
        return row if row is not None and row.tenant == self._tenant else None

    def add(self, row: FormRow) -> None:
        """Remember one."""
        self._session.add(row)
