"""What each user may see of a deal, the deal's head as Pipedrive last said, and whether the deal can be written to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.money import Money, is_currency
from dealvoice.storage.base import Base, Exact, Json, Moment, by_key


class DealState(StrEnum):
    """Whether a deal can be written to."""

    LIVE = "live"
    ARCHIVED = "archived"
    """Readable and not editable, until somebody brings it back."""
    DELETED = "deleted"
    """Deleted, or made a lead: the vendor marks such a deal as deleted, and no event tells the two apart."""
    MERGED = "merged"
    """Merged into another deal, which has its invoices now."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a deal is worth."""

    value: Decimal | None
    currency: str
    """Empty when it is not known; may be a code of the company's own."""
    products: int | None = None
    """How many products it has; None when that is not known."""

    @property
    def money(self) -> Money | None:
        """The value as money; None when it is not known, or in a currency of Pipedrive's own making."""
        return Money(self.value, self.currency) if self.value is not None and is_currency(self.currency) else None


class DealSeen(Base):
    """One user's right to one deal, remembered for a while (``workflows/access``), and the deal's head as he saw it."""

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
    """When he was last found to see it, or not, by our clock."""
    told_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Pipedrive's time of the read or event that this came with; an older event changes nothing."""


class DealHead(Base):
    """
    A deal as Pipedrive's events last told it. Written by the events, and by reads that found the deal's state.

    One row per deal heard of; one without invoices may be deleted after ninety days of silence.
    """

    __tablename__ = "deal_heads"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), default=DealState.LIVE.value)
    merged_into: Mapped[int | None] = mapped_column(BigInteger, default=None)
    title: Mapped[str] = mapped_column(String(1024), default="")
    value: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    currency: Mapped[str] = mapped_column(String(8), default="")
    contact_kind: Mapped[str] = mapped_column(String(16), default="")
    contact_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    permitted: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """Ids of the users who may see it; null while no event has said so."""
    told_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Pipedrive's time of the newest event taken over; an older one changes nothing. Null: known from reads alone."""
    lines_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Pipedrive's time of the newest event about one of its products."""
    heard_at: Mapped[datetime] = mapped_column(Moment)
    """When we last heard of it, by our clock."""


_SEEN = select(DealSeen).where(
    DealSeen.tenant == bindparam("tenant"), DealSeen.user_id == bindparam("user"), DealSeen.deal_id == bindparam("deal")
)
_SEEN_BY_ANYBODY = (
    select(DealSeen)
    .where(
        DealSeen.tenant == bindparam("tenant"),
        DealSeen.deal_id.in_(bindparam("deals", expanding=True)),
        DealSeen.allowed,
    )
    .order_by(DealSeen.checked_at)
)
_HEADS = select(DealHead).where(
    DealHead.tenant == bindparam("tenant"), DealHead.deal_id.in_(bindparam("deals", expanding=True))
)


class DealsSeen:
    """Rights to deals of one tenant, and the heads and states of its deals."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, user_id: int, deal_id: int) -> DealSeen | None:
        """Return what is remembered."""
        return self._session.scalar(_SEEN, {"tenant": self._tenant, "user": user_id, "deal": deal_id})

    def allowed(self, user_id: int, deal_ids: Collection[int]) -> set[int]:
        """Return the deals, of some, that a user is known to see."""
        if not deal_ids:
            return set()
        return set(
            self._session.scalars(
                select(DealSeen.deal_id).where(
                    DealSeen.tenant == self._tenant,
                    DealSeen.user_id == user_id,
                    DealSeen.deal_id.in_(deal_ids),
                    DealSeen.allowed,
                )
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

    def worth(self, deal_ids: Iterable[int]) -> dict[int, Worth]:
        """Return what deals are worth by the newest that we know: an event, or a look of a user who may see them."""
        wanted = {"tenant": self._tenant, "deals": list(deal_ids)}
        seen = self._session.scalars(_SEEN_BY_ANYBODY, wanted)
        newest = {row.deal_id: (row.checked_at, Worth(row.value, row.currency, row.products)) for row in seen}
        for head in self._session.scalars(_HEADS, wanted):
            at, known = newest.get(head.deal_id, (None, None))
            if head.told_at is not None and (at is None or head.told_at > at):
                products = known.products if known is not None and head.lines_at is None else None
                newest[head.deal_id] = head.told_at, Worth(head.value, head.currency, products)
        return {deal_id: known for deal_id, (_, known) in newest.items()}

    def retell(self, deal_id: int, worth: Worth, *, archived: bool, at: datetime | None) -> bool:
        """
        Keep what a deal is worth, as the answer to a write has just said; whether that is news.

        Args:
            deal_id: The deal.
            worth: Value and currency in the answer.
            archived: It is archived.
            at: Pipedrive's time of the write; orders it among the events.
        """
        known = self.worth([deal_id]).get(deal_id)
        for row in self.of_deal(deal_id):
            if row.allowed:
                row.value, row.currency, row.archived = worth.value, worth.currency, archived
        head = self.head(deal_id)
        if head is not None and head.told_at is not None and (at is None or at >= head.told_at):
            head.value, head.currency = worth.value, worth.currency
        return known is not None and (known.value or 0, known.currency) != (worth.value or 0, worth.currency)

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

    def of_deal(self, deal_id: int) -> list[DealSeen]:
        """Return what every user has been found to see of a deal."""
        return list(
            self._session.scalars(select(DealSeen).where(DealSeen.tenant == self._tenant, DealSeen.deal_id == deal_id))
        )

    def forget(self, *, user_id: int | None = None, deal_id: int | None = None) -> None:
        """Forget the rights of a user, or those to a deal: the next look asks Pipedrive."""
        where = [DealSeen.tenant == self._tenant]
        where += [DealSeen.user_id == user_id] if user_id is not None else []
        where += [DealSeen.deal_id == deal_id] if deal_id is not None else []
        if len(where) == 1:
            raise ValueError("forget whose rights, or those to what")
        self._session.execute(delete(DealSeen).where(*where))

    def move_contact(self, kind: str, old: int, new: int) -> None:
        """Say of every remembered deal of a contact that it is the contact's that it was merged into."""
        for table in (DealSeen, DealHead):
            self._session.execute(
                update(table)
                .where(table.tenant == self._tenant, table.contact_kind == kind, table.contact_id == old)
                .values(contact_id=new)
            )

    def head(self, deal_id: int) -> DealHead | None:
        """Return a deal's head, or None when nothing was heard of it."""
        return by_key(self._session, DealHead, self._tenant, deal_id)

    def known_head(self, deal_id: int, now: datetime) -> DealHead:
        """Return a deal's head; a new one when nothing was heard of it. Safe when two write it first at once."""
        row = self.head(deal_id)
        if row is not None:
            return row
        row = DealHead(
            tenant=self._tenant, deal_id=deal_id, state=DealState.LIVE.value, title="", currency="", contact_kind="",
            heard_at=now,
        )  # fmt: skip
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return self._session.get_one(DealHead, (self._tenant, deal_id))
        return row

    def state(self, deal_id: int) -> DealState:
        """Tell whether a deal can be written to; one that nothing was heard of is live."""
        row = self.head(deal_id)
        return DealState.LIVE if row is None else DealState(row.state)

    def put_state(self, deal_id: int, state: DealState, *, now: datetime, merged_into: int | None = None) -> DealState:
        """Keep whether a deal can be written to; returns what was known before. Safe to repeat."""
        before = self.state(deal_id)
        if before is state is DealState.LIVE:
            return before
        row = self.known_head(deal_id, now)
        row.state, row.merged_into, row.heard_at = state.value, merged_into, now
        return before

    def survivor(self, deal_id: int) -> int:
        """Return the deal that a deal was merged into, however often; the deal itself when it never was."""
        seen = {deal_id}
        row = self.head(deal_id)
        while row is not None and row.state == DealState.MERGED and row.merged_into not in {None, *seen}:
            deal_id = int(row.merged_into or 0)
            seen.add(deal_id)
            row = self.head(deal_id)
        return deal_id

    def parked(self, deal_ids: Iterable[int]) -> dict[int, DealState]:
        """Return which of these deals cannot be written to, and why."""
        rows = self._session.execute(
            select(DealHead.deal_id, DealHead.state).where(
                DealHead.tenant == self._tenant,
                DealHead.deal_id.in_(list(deal_ids)),
                DealHead.state != DealState.LIVE.value,
            )
        )
        return {deal_id: DealState(state) for deal_id, state in rows}

    def purge(self, before: datetime, *, keep: Iterable[int]) -> None:
        """Delete the heads of deals that nothing was heard of since, but for those to keep."""
        self._session.execute(
            delete(DealHead).where(
                DealHead.tenant == self._tenant, DealHead.heard_at < before, DealHead.deal_id.not_in(list(keep))
            )
        )
