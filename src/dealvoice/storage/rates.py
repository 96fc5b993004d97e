"""Exchange rates as QuickBooks told them, one a currency and day."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Exact, Moment, by_key


class RateRow(Base):
    """A rate as it was read. Written when a form asks for it; may be deleted once its day is a year past."""

    __tablename__ = "exchange_rates"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    on: Mapped[date] = mapped_column("day", Date, primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Exact)
    """Home units per one unit of the currency."""
    read_at: Mapped[datetime] = mapped_column(Moment)


class Rates:
    """The rates of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, connection_id: str, currency: str, on: date) -> Decimal | None:
        """Return the rate of a currency on a day, when it was read."""
        row = by_key(self._session, RateRow, self._tenant, connection_id, currency, on)
        return None if row is None else row.rate

    def put(self, connection_id: str, currency: str, on: date, *, rate: Decimal, now: datetime) -> None:
        """Keep a rate; a newer reading replaces an older one."""
        self._session.merge(
            RateRow(tenant=self._tenant, connection_id=connection_id, currency=currency, on=on, rate=rate, read_at=now)
        )
