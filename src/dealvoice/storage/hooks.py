"""Pipedrive's webhooks: which ones we made, what came through them once, and the records they marked."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment, by_key

MAKING, LIVE, REFUSED, ENDED = "making", "live", "refused", "ended"


class HookSet(Base):
    """
    The webhooks made with one installation's token: one address with a key of its own, one hook for each kind of record.

    Written before the first of them is asked for. ``sealed`` holds key and password, bound to this row; the address is
    known again by ``key_hash`` alone. A tenant has at most one that is not ended.
    """

    __tablename__ = "hook_sets"
    __table_args__ = (Index(None, "tenant"), Index(None, "key_hash", unique=True))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    key_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    """``making``; ``live``; ``refused``: Pipedrive took none, see ``fault``; ``ended``: its hooks are to be deleted."""
    fault: Mapped[str] = mapped_column(String(60), default="")
    """Our code of the refusal."""
    ids: Mapped[Any] = mapped_column(Json)
    """Pipedrive's id of each hook, by kind of record."""
    sees_all: Mapped[bool] = mapped_column(Boolean)
    """Made by an administrator: a hook hears only of what its user may see."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    live_since: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Since when no event was missed, as far as we know."""
    checked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When Pipedrive last said which hooks there are, or refused."""
    heard_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the last event came; within the minute."""
    lost_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When a check last found hooks missing that we had made; they were made anew."""


class HookEvent(Base):
    """An event that came once. May be deleted after seven days: Pipedrive repeats for minutes."""

    __tablename__ = "hook_events"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(Moment)


class HookMark(Base):
    """A record of Pipedrive that must be read before what was told of it counts. Deleted by the read that saw it."""

    __tablename__ = "hook_marks"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity: Mapped[str] = mapped_column(String(16), primary_key=True)
    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    marks: Mapped[int] = mapped_column(Integer)
    """Raised by every event, so that a read deletes only what it has seen."""
    gone: Mapped[bool] = mapped_column(Boolean)
    """An event said that it was deleted."""
    merged_into: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The record that an event said it was merged into."""
    marked_at: Mapped[datetime] = mapped_column(Moment)


_CURRENT = select(HookSet).where(HookSet.tenant == bindparam("tenant"), HookSet.state != ENDED)


class Hooks:
    """The webhooks of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def current(self) -> HookSet | None:
        """Return the set that is not ended."""
        return self._session.scalar(_CURRENT, {"tenant": self._tenant})

    def ended(self) -> list[HookSet]:
        """Return the sets whose hooks are still to be deleted."""
        return list(
            self._session.scalars(select(HookSet).where(HookSet.tenant == self._tenant, HookSet.state == ENDED))
        )

    def get(self, set_id: str) -> HookSet | None:
        """Return one by our id."""
        row = by_key(self._session, HookSet, set_id)
        return row if row is not None and row.tenant == self._tenant else None

    def add(self, row: HookSet) -> HookSet:
        """Add a new one."""
        self._session.add(row)
        return row

    def remove(self, set_id: str) -> None:
        """Forget a set; safe to repeat."""
        self._session.execute(delete(HookSet).where(HookSet.tenant == self._tenant, HookSet.id == set_id))

    def is_new(self, event_id: str, now: datetime) -> bool:
        """Keep an event's id and tell whether it had not come before."""
        try:
            with self._session.begin_nested():
                self._session.add(HookEvent(tenant=self._tenant, event_id=event_id, heard_at=now))
        except IntegrityError:
            return False
        return True

    def came(self, event_id: str) -> bool:
        """Tell whether an event has come before, without keeping it."""
        return by_key(self._session, HookEvent, self._tenant, event_id) is not None

    def mark(
        self, entity: str, record_id: int, now: datetime, *, gone: bool = False, merged_into: int | None = None
    ) -> None:
        """Mark a record as to be read. That it is gone is remembered until then, for events come in any order."""
        row = by_key(self._session, HookMark, self._tenant, entity, record_id)
        if row is None:
            row = HookMark(
                tenant=self._tenant, entity=entity, record_id=record_id, marks=0, gone=False, marked_at=now
            )  # fmt: skip
            self._session.add(row)
        row.marks += 1
        row.gone = row.gone or gone
        row.merged_into = merged_into or row.merged_into

    def marked(self, *, limit: int = 100) -> list[HookMark]:
        """Return marked records, oldest first."""
        return list(
            self._session.scalars(
                select(HookMark)
                .where(HookMark.tenant == self._tenant)
                .order_by(HookMark.marked_at, HookMark.entity, HookMark.record_id)
                .limit(limit)
            )
        )

    def clean(self, rows: list[HookMark]) -> None:
        """Take marks off, but only those that the read had seen."""
        for row in rows:
            self._session.execute(
                delete(HookMark).where(
                    HookMark.tenant == self._tenant,
                    HookMark.entity == row.entity,
                    HookMark.record_id == row.record_id,
                    HookMark.marks == row.marks,
                )
            )


class AllHooks:
    """Webhooks over all tenants: for deliveries, which name only a key, and for the worker."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_key(self, key_hash: str) -> HookSet | None:
        """Return the set whose address has this key, unless it is ended."""
        return self._session.scalar(select(HookSet).where(HookSet.key_hash == key_hash, HookSet.state != ENDED))

    def marked(self) -> list[str]:
        """Return the tenants with marked records."""
        return list(self._session.scalars(select(HookMark.tenant).distinct()))

    def tenants_with_ended(self) -> set[str]:
        """Return the tenants with sets whose hooks are still to be deleted."""
        return set(self._session.scalars(select(HookSet.tenant).where(HookSet.state == ENDED)))

    def all(self) -> list[HookSet]:
        """Return every set."""
        return list(self._session.scalars(select(HookSet)))
