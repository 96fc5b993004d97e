"""What each user may see of an organization or person, and its name, as Pipedrive last said."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Integer, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment


class ContactSeen(Base):
    """One user's right to one contact, remembered for a quarter of an hour. May be deleted at any time."""

    __tablename__ = "contacts_seen"
    __table_args__ = (UniqueConstraint("tenant", "user_id", "kind", "contact_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    """``organization`` or ``person``."""
    contact_id: Mapped[int] = mapped_column(BigInteger)
    allowed: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(1024), default="")
    organization_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Of a person."""
    checked_at: Mapped[datetime] = mapped_column(Moment)


class ContactsSeen:
    """Rights to contacts of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, user_id: int, kind: str, contact_id: int) -> ContactSeen | None:
        """Return what is remembered."""
        return self._session.scalar(
            select(ContactSeen).where(
                ContactSeen.tenant == self._tenant,
                ContactSeen.user_id == user_id,
                ContactSeen.kind == kind,
                ContactSeen.contact_id == contact_id,
            )
        )

    def put(self, row: ContactSeen) -> ContactSeen:
        """Remember, in place of what was remembered before."""
        self._session.execute(
            delete(ContactSeen).where(
                ContactSeen.tenant == self._tenant,
                ContactSeen.user_id == row.user_id,
                ContactSeen.kind == row.kind,
                ContactSeen.contact_id == row.contact_id,
            )
        )
        self._session.add(row)
        return row

    def of_contact(self, kind: str, contact_id: int) -> list[ContactSeen]:
        """Return what every user has been found to see of a contact."""
        return list(
            self._session.scalars(
                select(ContactSeen).where(
                    ContactSeen.tenant == self._tenant,
                    ContactSeen.kind == kind,
                    ContactSeen.contact_id == contact_id,
                )
            )
        )

    def has_seen(self, user_id: int) -> bool:
        """Tell whether anything is remembered of a user."""
        found = select(ContactSeen.id).where(ContactSeen.tenant == self._tenant, ContactSeen.user_id == user_id)
        return self._session.scalar(found.limit(1)) is not None

    def forget(self, user_id: int) -> None:
        """Forget a user's rights: the next look asks Pipedrive."""
        self._session.execute(
            delete(ContactSeen).where(ContactSeen.tenant == self._tenant, ContactSeen.user_id == user_id)
        )

    def drop(self, row: ContactSeen) -> None:
        """Forget one user's right to one contact."""
        self._session.delete(row)

    def seen_since(self, user_id: int, since: datetime) -> list[ContactSeen]:
        """Return the contacts that a user was found allowed to see since a moment."""
        return list(
            self._session.scalars(
                select(ContactSeen).where(
                    ContactSeen.tenant == self._tenant,
                    ContactSeen.user_id == user_id,
                    ContactSeen.allowed,
                    ContactSeen.checked_at >= since,
                )
            )
        )
