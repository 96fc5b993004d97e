"""Tenants: one row per Pipedrive company that installed the app."""

from datetime import datetime

from sqlalchemy import Integer, String, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key
from dealvoice.storage.installations import Installation


class Tenant(Base):
    """A Pipedrive company. Written by the install; deleted only with everything it owns."""

    __tablename__ = "tenants"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    company_id: Mapped[int] = mapped_column(Integer, unique=True)
    """Pipedrive's number of the company."""
    name: Mapped[str] = mapped_column(String(255))
    domain: Mapped[str] = mapped_column(String(255))
    api_domain: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    no_installments_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When Pipedrive last said that the company's plan has no installments; None while it has."""


class Tenants:
    """Finds tenants; used before the tenant of a call is known."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_company(self, company_id: int) -> Tenant | None:
        """Return the tenant of a Pipedrive company."""
        return self._session.scalar(select(Tenant).where(Tenant.company_id == company_id))

    def all(self) -> list[Tenant]:
        """Return every tenant, by name."""
        return list(self._session.scalars(select(Tenant).order_by(Tenant.name, Tenant.tenant)))

    def left(self, before: datetime) -> list[str]:
        """Return the tenants whose last user removed the app before a moment."""
        live = func.max(case((Installation.state == "live", 1), else_=0))
        asked = select(Installation.tenant).group_by(Installation.tenant)
        return list(self._session.scalars(asked.having(live == 0, func.max(Installation.ended_at) < before)))

    def get(self, tenant: str) -> Tenant | None:
        """Return a tenant by our id."""
        return by_key(self._session, Tenant, tenant)

    def add(self, row: Tenant) -> Tenant:
        """Add a new tenant."""
        self._session.add(row)
        return row
