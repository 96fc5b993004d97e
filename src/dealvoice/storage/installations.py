"""Installations: one user of one Pipedrive company, and his sealed tokens."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key


class Installation(Base):
    """
    A user who installed the app. Written by install, uninstall and token renewal.

    ``access`` and ``refresh`` are sealed (``encryption``). The lease columns say who renews the tokens right now.
    """

    __tablename__ = "installations"
    __table_args__ = (UniqueConstraint("tenant", "user_id"), Index(None, "tenant", "state"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8))
    locale: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    is_admin: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(16))
    """``live`` or ``ended``."""
    api_domain: Mapped[str] = mapped_column(String(255))
    access: Mapped[str] = mapped_column(Text)
    refresh: Mapped[str] = mapped_column(Text)
    access_until: Mapped[datetime] = mapped_column(Moment)
    token_version: Mapped[int] = mapped_column(Integer, default=0)
    lease_holder: Mapped[str | None] = mapped_column(String(64), default=None)
    lease_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    single_keys: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    """Keys without Ctrl or Alt work for him; written by himself."""
    installed_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    asked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When he asked the holder for the connection; None once it was answered."""


class Installations:
    """The installations of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, installation_id: str) -> Installation | None:
        """Return one by our id."""
        row = by_key(self._session, Installation, installation_id)
        return row if row is not None and row.tenant == self._tenant else None

    def of_user(self, user_id: int) -> Installation | None:
        """Return the installation of a Pipedrive user, ended ones too."""
        return self._session.scalar(
            select(Installation).where(Installation.tenant == self._tenant, Installation.user_id == user_id)
        )

    def live(self) -> list[Installation]:
        """Return all live ones, oldest first."""
        return list(
            self._session.scalars(
                select(Installation)
                .where(Installation.tenant == self._tenant, Installation.state == "live")
                .order_by(Installation.installed_at)
            )
        )

    def add(self, row: Installation) -> Installation:
        """Add a new one."""
        self._session.add(row)
        return row
