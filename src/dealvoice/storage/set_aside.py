"""Records of QuickBooks that we could not read: set aside with the reason, so that one never stops the others."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, Integer, Select, String, delete, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key


class SetAsideRow(Base):
    """A record that is not as the vendor documents it, or that the store would not take. Deleted once it is read well."""

    __tablename__ = "set_aside"
    __table_args__ = (Index(None, "connection_id"),)

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    quickbooks_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    reason: Mapped[str] = mapped_column(String(255))
    """What is wrong, by the place in the record; never what the record says."""
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    times: Mapped[int] = mapped_column(Integer, default=1)


class SetAside:
    """The records of one tenant that were set aside."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def put(self, connection_id: str, entity: str, quickbooks_id: str, reason: str, now: datetime) -> None:
        """Set a record aside, or keep that it was met again."""
        key = (self._tenant, connection_id, entity, quickbooks_id[:32])
        row = by_key(self._session, SetAsideRow, *key)
        if row is None:
            row = SetAsideRow(
                tenant=key[0], connection_id=key[1], entity=key[2], quickbooks_id=key[3], reason="", first_at=now,
                last_at=now, times=0,
            )  # fmt: skip
            self._session.add(row)
        row.reason, row.last_at, row.times = reason[:255], now, row.times + 1

    def all(self, connection_id: str) -> list[SetAsideRow]:
        """Return them, the newest first."""
        return list(self._session.scalars(self._of(connection_id).order_by(SetAsideRow.last_at.desc())))

    def count(self, connection_id: str) -> int:
        """Count them."""
        return int(self._session.scalar(select(func.count()).select_from(self._of(connection_id).subquery())) or 0)

    def clear(self, connection_id: str, keys: Iterable[tuple[str, str]]) -> None:
        """Forget records, by kind and id, that were read well or are gone."""
        known = {(row.entity, row.quickbooks_id) for row in self.all(connection_id)}
        over = sorted(known & set(keys)) if known else []
        if over:
            self._session.execute(
                delete(SetAsideRow).where(
                    SetAsideRow.tenant == self._tenant,
                    SetAsideRow.connection_id == connection_id,
                    tuple_(SetAsideRow.entity, SetAsideRow.quickbooks_id).in_(over),
                )
            )

    def _of(self, connection_id: str) -> Select[SetAsideRow]:
        return select(SetAsideRow).where(SetAsideRow.tenant == self._tenant, SetAsideRow.connection_id == connection_id)
