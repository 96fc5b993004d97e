"""The audit trail: who did what to which invoice or setting, and when."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment


class AuditRow(Base):
    """One act. Only added to; deleted with the tenant."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "tenant", "at"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(String(255))
    what: Mapped[str] = mapped_column(String(64))
    """``noun.verb``."""
    about: Mapped[str] = mapped_column(String(255))
    """Ids, never names or amounts."""


class Audit:
    """The trail of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def add(self, *, at: datetime, who: str, what: str, about: str) -> None:
        """Write one line."""
        self._session.add(AuditRow(tenant=self._tenant, at=at, who=who, what=what, about=about))
