"""Connections: a Pipedrive company's one live link to a QuickBooks company, and its sealed tokens."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Date, Index, Integer, String, Text, bindparam, false, or_, select, text, update
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.books import Company, TaxRegime
from dealvoice.invoicing.details import CustomField, Rules
from dealvoice.storage.base import Base, Json, Moment, by_key


class Connection(Base):
    """
    A QuickBooks company (realm) connected by one user. Ended connections stay, so that their invoices keep a home.

    At most one per tenant is not ended: the index says so. ``swept_at`` is the last moment at which the mirror was
    known to equal QuickBooks; ``cursor`` is where the next sweep starts, by QuickBooks' own clock.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index(
            "uq_connections_one_per_tenant",
            "tenant",
            unique=True,
            sqlite_where=text("state != 'ended'"),
            postgresql_where=text("state != 'ended'"),
        ),
        Index(None, "realm_id"),
        Index(None, "state", "next_sweep_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    realm_id: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    """Who connected it: the only one who sees invoices in installer-only mode."""
    steward_id: Mapped[str] = mapped_column(String(32))
    """The installation whose Pipedrive token background calls use."""
    state: Mapped[str] = mapped_column(String(20))
    """``live``, ``needs_reconnect`` or ``ended``."""
    access: Mapped[str] = mapped_column(Text)
    refresh: Mapped[str] = mapped_column(Text)
    access_until: Mapped[datetime] = mapped_column(Moment)
    refresh_until: Mapped[datetime] = mapped_column(Moment)
    """Rolling: counted anew from each renewal."""
    hard_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """No renewal helps after it: only a new consent does. None where QuickBooks has not told it yet."""
    token_version: Mapped[int] = mapped_column(Integer, default=0)
    lease_holder: Mapped[str | None] = mapped_column(String(64), default=None)
    lease_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    connected_at: Mapped[datetime] = mapped_column(Moment)
    heard_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    swept_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    cursor: Mapped[datetime | None] = mapped_column(Moment, default=None)
    imported_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    company_name: Mapped[str] = mapped_column(String(1024), default="")
    country: Mapped[str] = mapped_column(String(8), default="")
    home_currency: Mapped[str] = mapped_column(String(3), default="")
    multicurrency: Mapped[bool] = mapped_column(Boolean, default=False)
    tax_regime: Mapped[str] = mapped_column(String(20), default=TaxRegime.OFF.value)
    custom_numbers: Mapped[bool] = mapped_column(Boolean, default=False)
    allow_discount: Mapped[bool] = mapped_column(Boolean, default=False)
    books_closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    default_tax_code: Mapped[str | None] = mapped_column(String(32), default=None)
    discount_account: Mapped[str | None] = mapped_column(String(32), default=None)
    """Account of QuickBooks' discount line."""
    item_account: Mapped[str | None] = mapped_column(String(32), default=None)
    """Income account that was last chosen for a new product."""
    default_term: Mapped[str | None] = mapped_column(String(32), default=None)
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    lapsed: Mapped[bool] = mapped_column(Boolean, default=False)
    judged_on: Mapped[date | None] = mapped_column(Date, default=None)
    """The company's day for which overdue invoices were last told to their deals."""
    rules: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """Which rarer details of an invoice the company has switched on: the fields of ``details.Rules``."""
    currencies: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """Codes of the foreign currencies that the company has added; null while they are not known."""
    import_progress: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    installer_zone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Time zone of whoever connected it; judges days where QuickBooks and the country name none."""
    next_sweep_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the next sweep is due; None: at once."""
    sweep_seconds: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Pause before that sweep: shorter after a lost event, longer while nothing is lost."""
    failed_sweeps: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Sweeps that failed since the last good one."""
    compare_due: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """The feed could not tell of deletions: the next sweep compares everything by counts."""

    def details(self) -> Rules:
        """Return which rarer details of an invoice the company has switched on."""
        return _rules(self.rules)

    def company(self, *, default_due_days: int | None = None, discount_account: bool = True) -> Company:
        """Return what the core needs to know of the company."""
        return Company(
            name=self.company_name,
            country=self.country,
            home_currency=self.home_currency,
            multicurrency=self.multicurrency,
            tax_regime=TaxRegime(self.tax_regime),
            custom_numbers=self.custom_numbers,
            allow_discount=self.allow_discount,
            books_closed_on=self.books_closed_on,
            default_tax_code=self.default_tax_code,
            default_due_days=default_due_days,
            discount_account=discount_account,
            lapsed=self.lapsed,
            rules=self.details(),
            currencies=None if self.currencies is None else frozenset(self.currencies),
        )


def _rules(kept: Any) -> Rules:
    """Return the rules as they are kept; what was kept before a field was known has its default."""
    if not kept:
        return Rules()
    return Rules(**{**kept, "custom_fields": tuple(CustomField(*pair) for pair in kept.get("custom_fields", ()))})


_CURRENT = select(Connection).where(Connection.tenant == bindparam("tenant"), Connection.state != "ended")


class Connections:
    """The connections of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant
        self._current: Connection | None = None

    def current(self) -> Connection | None:
        """Return the one that is not ended; asked for once in a unit of work, for most of it begins here."""
        if self._current is None or self._current.state == "ended" or inspected(self._current).expired:
            self._current = self._session.scalar(_CURRENT, {"tenant": self._tenant})
        return self._current

    def latest(self) -> Connection | None:
        """Return the newest one, ended or not: whose links the tenant's data belong to."""
        return self._session.scalar(
            select(Connection)
            .where(Connection.tenant == self._tenant)
            .order_by(Connection.connected_at.desc())
            .limit(1)
        )

    def get(self, connection_id: str) -> Connection | None:
        """Return one by our id."""
        row = by_key(self._session, Connection, connection_id)
        return row if row is not None and row.tenant == self._tenant else None

    def of_realm(self, realm_id: str) -> Connection | None:
        """Return the newest connection to a realm, ended ones too."""
        return self._session.scalar(
            select(Connection)
            .where(Connection.tenant == self._tenant, Connection.realm_id == realm_id)
            .order_by(Connection.connected_at.desc())
            .limit(1)
        )

    def add(self, row: Connection) -> Connection:
        """Add a new one."""
        self._session.add(row)
        return row


_FARTHEST = timedelta(hours=2)
"""No pause between sweeps is that long: what is due later still was written down by a clock that ran ahead."""
_CLAIMED = timedelta(minutes=3)
"""A sweep that takes longer goes on under its lease."""
_UNSYNCHRONIZED = {"synchronize_session": False}


class AllConnections:
    """Connections over all tenants: for events, which name only a realm, and for the sweeps."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_realm(self, realm_id: str) -> list[Connection]:
        """Return the connections to a realm that are not ended."""
        return list(
            self._session.scalars(
                select(Connection).where(Connection.realm_id == realm_id, Connection.state != "ended")
            )
        )

    def not_ended(self) -> list[Connection]:
        """Return all that are not ended, by company."""
        return list(
            self._session.scalars(
                select(Connection).where(Connection.state != "ended").order_by(Connection.company_name, Connection.id)
            )
        )

    def live(self) -> list[Connection]:
        """Return all live ones."""
        return list(self._session.scalars(select(Connection).where(Connection.state == "live")))

    def of_realms(self, realm_ids: set[str]) -> dict[str, list[tuple[str, str]]]:
        """Return (tenant, connection) of the connections to realms that are not ended, by realm."""
        found: dict[str, list[tuple[str, str]]] = {}
        ids = sorted(realm_ids)
        for start in range(0, len(ids), 500):
            rows = self._session.execute(
                select(Connection.realm_id, Connection.tenant, Connection.id).where(
                    Connection.realm_id.in_(ids[start : start + 500]), Connection.state != "ended"
                )
            )
            for realm_id, tenant, connection_id in rows:
                found.setdefault(realm_id, []).append((tenant, connection_id))
        return found

    def claim_for_sweep(self, now: datetime, *, most: int = 20) -> list[tuple[str, str]]:
        """
        Return (tenant, connection) of live ones whose sweep is due, or lies too far ahead; the longest due first.

        Each is put off for as long as a sweep may take, so that another process is given others; what one is claiming at
        this moment is passed over. Who sweeps sets the time anew; what a dead process had claimed is due again then.
        """
        at = Connection.next_sweep_at
        due = (
            select(Connection.id, Connection.tenant)
            .where(Connection.state == "live", or_(at.is_(None), at <= now, at > now + _FARTHEST))
            .order_by(at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        claimed = [(tenant, connection_id) for connection_id, tenant in self._session.execute(due)]
        if claimed:
            taken = update(Connection).where(Connection.id.in_([connection_id for _, connection_id in claimed]))
            self._session.execute(taken.values(next_sweep_at=now + _CLAIMED), execution_options=_UNSYNCHRONIZED)
        return claimed

    def sweep_soon(self, connection_ids: set[str], at: datetime, *, not_within: timedelta) -> None:
        """
        Have connections swept at a moment, unless that is due sooner anyway.

        Args:
            connection_ids: Which.
            at: The moment.
            not_within: Leave alone what was swept as shortly before it, so that nobody can have them swept all the time.
        """
        self._session.execute(
            update(Connection)
            .where(
                Connection.id.in_(connection_ids),
                Connection.next_sweep_at > at,
                or_(Connection.swept_at.is_(None), Connection.swept_at < at - not_within),
            )
            .values(next_sweep_at=at)
            .execution_options(synchronize_session=False)
        )
