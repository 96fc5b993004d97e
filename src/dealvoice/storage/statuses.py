"""The deal field "Invoice status": which field of Pipedrive it is, and what it says on each deal."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json

OFF, MAKING, READY, REFUSED, GONE = "off", "making", "ready", "refused", "gone"


class StatusField(Base):
    """
    The company's own field, made by us with its consent. One row per tenant; no row while nobody was asked.

    Only the field with this code is ever written: ``before`` lists the fields that were there before we began, so that
    a look after an unanswered call never takes a field of somebody else for ours.
    """

    __tablename__ = "status_fields"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """``off``; ``making``; ``ready``; ``refused`` for want of rights; ``gone``: somebody deleted it in Pipedrive."""
    code: Mapped[str] = mapped_column(String(64), default="")
    """Pipedrive's ``field_code``; kept when the field is switched off, so that it is not made twice."""
    name: Mapped[str] = mapped_column(String(255), default="")
    """What we called it; renaming it in Pipedrive changes nothing."""
    options: Mapped[Any] = mapped_column(Json)
    """Option id by flag."""
    before: Mapped[Any] = mapped_column(Json)
    tried: Mapped[bool] = mapped_column(Boolean, default=False)
    """A field was begun: look for it before making another."""


class DealStatus(Base):
    """What the field says on a deal now, so that it is written only when it changes."""

    __tablename__ = "deal_statuses"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    flag: Mapped[str] = mapped_column(String(20))
    """A flag; empty when the field was cleared."""


class Statuses:
    """The status field of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def field(self) -> StatusField | None:
        """Return the field, or None while nobody was asked."""
        return self._session.get(StatusField, self._tenant)

    def choose(self, state: str) -> StatusField:
        """Keep the company's choice; everything known of an earlier field stays."""
        row = self.field()
        if row is None:
            row = StatusField(tenant=self._tenant, state=state, code="", name="", options={}, before=[], tried=False)
            self._session.add(row)
        row.state = state
        return row

    def told(self, deal_id: int) -> str:
        """Return what a deal was told last; empty for nothing."""
        row = self._session.get(DealStatus, (self._tenant, deal_id))
        return row.flag if row is not None else ""

    def tell(self, deal_id: int, flag: str) -> None:
        """Keep what a deal was told."""
        row = self._session.get(DealStatus, (self._tenant, deal_id))
        if row is None:
            self._session.add(DealStatus(tenant=self._tenant, deal_id=deal_id, flag=flag))
        else:
            row.flag = flag

    def forget(self) -> None:
        """Forget what deals were told: the field that said it is gone."""
        self._session.execute(delete(DealStatus).where(DealStatus.tenant == self._tenant))
