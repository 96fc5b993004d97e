"""What each user may see of a deal, and the deal's head, as Pipedrive last said."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Exact, Moment


class DealSeen(Base):
    """One user's right to one deal, remembered for a quarter of an hour, and the deal's head as that user saw it."""

    __tablename__ = "deals_seen"
    __table_args__ = (UniqueConstraint("tenant", "user_id", "deal_id"), Index(None, "tenant", "deal_id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(Integer)
    deal_id: Mapped[int] = mapped_column(BigInteger)
    allowed: Mapped[bool] = mapped_column(Boolean)
    title: Mapped[str] = mapped_column(String(1024), default="")
    value: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    currency: Mapped[str] = mapped_column(String(8), default="")
    contact_kind: Mapped[str] = mapped_column(String(16), default="")
    contact_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    products: Mapped[int | None] = mapped_column(Integer, default=None)
    archived: Mapped[bool] = mapped_column(Boolean, default=False)
    checked_at: Mapped[datetime] = mapped_column(Moment)


class DealsSeen:
    """Rights to deals of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, user_id: int, deal_id: int) -> DealSeen | None:
        """Return what is remembered."""
        return self._session.scalar(
            select(DealSeen).where(
                DealSeen.tenant == self._tenant, DealSeen.user_id == user_id, DealSeen.deal_id == deal_id
            )
        )

    def any_of(self, deal_id: int) -> DealSeen | None:
        """Return the newest memory of a deal by any user who may see it."""
        return self._session.scalar(
            select(DealSeen)
            .where(DealSeen.tenant == self._tenant, DealSeen.deal_id == deal_id, DealSeen.allowed)
            .order_by(DealSeen.checked_at.desc())
            .limit(1)
        )

    def put(self, row: DealSeen) -> DealSeen:
        """Remember, in place of what was remembered before."""
        self._session.execute(
            delete(DealSeen).where(
                DealSeen.tenant == self._tenant, DealSeen.user_id == row.user_id, DealSeen.deal_id == row.deal_id
            )
        )
        self._session.add(row)
        return row

    def newest(self, user_id: int) -> DealSeen | None:
        """Return the deal that this user saw last."""
        return self._session.scalar(
            select(DealSeen)
            .where(DealSeen.tenant == self._tenant, DealSeen.user_id == user_id, DealSeen.allowed)
            .order_by(DealSeen.checked_at.desc())
            .limit(1)
        )
