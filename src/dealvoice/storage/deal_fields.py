"""The fields that the company keeps on its deals: which fields of Pipedrive they are, and what each deal was told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment, by_key

OFF, MAKING, READY, REFUSED, GONE = "off", "making", "ready", "refused", "gone"
UNSURE = "\x1a"
"""Stands for what a field holds while a write of it has no answer, or a person has edited it; no value is spelt like that."""


class DealFieldRow(Base):
    """
    A field of the company's own, made by us with its consent. One row per kind; no row while nobody was asked.

    Only the field with this code is ever written: ``before`` lists the fields that were there before we began, so that
    a look after an unanswered call never takes a field of somebody else for ours.
    """

    __tablename__ = "deal_fields"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """See ``invoicing.deal_fields.FieldKind``."""
    state: Mapped[str] = mapped_column(String(16))
    """``off``; ``making``; ``ready``; ``refused`` for want of rights; ``gone``: somebody deleted it in Pipedrive."""
    code: Mapped[str] = mapped_column(String(64), default="")
    """Pipedrive's ``field_code``; kept when the field is switched off, so that it is not made twice."""
    name: Mapped[str] = mapped_column(String(255), default="")
    """What we called it; renaming it in Pipedrive changes nothing."""
    options: Mapped[Any] = mapped_column(Json)
    """Option id by flag; of the status alone."""
    before: Mapped[Any] = mapped_column(Json)
    tried: Mapped[bool] = mapped_column(Boolean, default=False)
    """A field was begun: look for it before making another."""


class DealTold(Base):
    """What one deal was told last, so that only what changes is written; and why nothing is written there now."""

    __tablename__ = "deals_told"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    said: Mapped[Any] = mapped_column(Json)
    """What each field holds, as text, by kind, or ``UNSURE``; a kind that is missing was never told, or holds nothing."""
    parked: Mapped[str] = mapped_column(String(40), default="")
    """User code of Pipedrive's refusal (deal archived, deleted, no right); empty while the deal may be written."""
    parked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    problem: Mapped[str] = mapped_column(String(32), default="")
    """The operation that last told people so; empty when none did."""


_ALL = select(DealFieldRow).where(DealFieldRow.tenant == bindparam("tenant"))


class DealFields:
    """The kept fields of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def all(self) -> dict[str, DealFieldRow]:
        """Return every field that the company was ever asked about, by kind."""
        return {row.kind: row for row in self._session.scalars(_ALL, {"tenant": self._tenant})}

    def ready(self) -> dict[str, DealFieldRow]:
        """Return those that are written, by kind."""
        return {kind: row for kind, row in self.all().items() if row.state == READY}

    def choose(self, kind: str, state: str) -> DealFieldRow:
        """Keep the company's choice; everything known of an earlier field stays."""
        row = by_key(self._session, DealFieldRow, self._tenant, kind)
        if row is None:
            row = DealFieldRow(
                tenant=self._tenant, kind=kind, state=state, code="", name="", options={}, before=[], tried=False
            )
            self._session.add(row)
        row.state = state
        return row

    def told(self, deal_id: int) -> Mapping[str, str]:
        """Return what a deal was told last, by kind."""
        row = by_key(self._session, DealTold, self._tenant, deal_id)
        return dict(row.said) if row is not None else {}

    def told_all(self, deal_ids: Iterable[int]) -> dict[int, dict[str, str]]:
        """Return what several deals were told last."""
        rows = self._session.scalars(
            select(DealTold).where(DealTold.tenant == self._tenant, DealTold.deal_id.in_(list(deal_ids)))
        )
        return {row.deal_id: dict(row.said) for row in rows}

    def tell(self, deal_id: int, said: Mapping[str, str]) -> None:
        """Keep what a deal was told; what is not named stays, and empty text is forgotten."""
        row = self._of_deal(deal_id)
        row.said = {kind: text for kind, text in {**row.said, **said}.items() if text}

    def forget(self, kind: str) -> None:
        """Forget what every deal was told by a field: the one that said it is gone."""
        for row in self._session.scalars(select(DealTold).where(DealTold.tenant == self._tenant)):
            if kind in row.said:
                row.said = {other: text for other, text in row.said.items() if other != kind}

    def park(self, deal_id: int, code: str, at: datetime) -> DealTold:
        """Keep that Pipedrive takes nothing on a deal, and since when this was last found."""
        row = self._of_deal(deal_id)
        row.parked, row.parked_at = code, at
        return row

    def unpark(self, deal_id: int) -> bool:
        """Keep that a deal may be written again; whether it was parked."""
        row = self.parked(deal_id)
        if row is None:
            return False
        row.parked, row.parked_at = "", None
        return True

    def unpark_all(self, code: str) -> int:
        """Keep that the deals parked for a reason may be written again; how many they were."""
        rows = self._session.scalars(select(DealTold).where(DealTold.tenant == self._tenant, DealTold.parked == code))
        found = list(rows)
        for row in found:
            row.parked, row.parked_at = "", None
        return len(found)

    def parked(self, deal_id: int) -> DealTold | None:
        """Return why nothing is written to a deal, and since when; None when it may be written."""
        row = by_key(self._session, DealTold, self._tenant, deal_id)
        return row if row is not None and row.parked else None

    def parked_of(self, deal_ids: Iterable[int]) -> set[int]:
        """Return which of several deals are parked."""
        return set(
            self._session.scalars(
                select(DealTold.deal_id).where(
                    DealTold.tenant == self._tenant, DealTold.deal_id.in_(list(deal_ids)), DealTold.parked != ""
                )
            )
        )

    def move(self, deal_id: int, to: int) -> None:
        """Forget a deal that was merged into another: its fields are gone, and the other's may be anybody's."""
        gone = delete(DealTold).where(DealTold.tenant == self._tenant, DealTold.deal_id.in_((deal_id, to)))
        self._session.execute(gone)

    def _of_deal(self, deal_id: int) -> DealTold:
        row = by_key(self._session, DealTold, self._tenant, deal_id)
        if row is None:
            row = DealTold(tenant=self._tenant, deal_id=deal_id, said={}, parked="", parked_at=None, problem="")
            self._session.add(row)
        return row
