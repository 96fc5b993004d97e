"""
Operations: every intent to change something outside, written down before it is sent.

The row is the truth about it: the engine may forget everything, the sweeper starts whatever is not final again.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, and_, bindparam, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, Moment, by_key


class State(StrEnum):
    """How far an operation is."""

    ACCEPTED = "accepted"
    """Written down; nothing sent yet, or the last try surely changed nothing."""
    SENDING = "sending"
    """A call was begun."""
    UNKNOWN = "unknown"
    """A call got no answer: look before the next one."""
    ANSWERED = "answered"
    """QuickBooks has done it; what follows from it (note, e-mail) is not finished."""
    DONE = "done"
    """All of it is finished."""
    DIFFERS = "differs"
    """All of it is finished, and QuickBooks arrived at another amount than the form promised: see ``variance``."""
    REFUSED = "refused"
    """QuickBooks refused, or it is not possible: nothing was changed."""
    NEEDS_ATTENTION = "needs_attention"
    """We could not find out by ourselves, or must not pass over it: a person decides."""


FINAL = (State.DONE, State.DIFFERS, State.REFUSED, State.NEEDS_ATTENTION)
TO_SEND = (State.ACCEPTED, State.SENDING, State.UNKNOWN)


_FARTHEST = timedelta(hours=2)
"""No pause is that long: what is to be done later still was written down by a clock that ran ahead, and is due."""


class Operation(Base):
    """
    One intent of one user, or of us. Its id is the ``requestid`` of every call it makes.

    ``body`` is frozen when the row is written; ``fault`` holds code, parameters and QuickBooks' own sentence.
    ``form_id`` makes a form's Create happen once; kept as long as the company's data.
    """

    __tablename__ = "operations"
    __table_args__ = (
        UniqueConstraint("tenant", "form_id"),
        Index(None, "state", "next_try_at"),
        Index(None, "tenant", "state", "created_at"),
        Index(None, "tenant", "deal_id", "created_at"),
        Index(None, "tenant", "invoice_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    installation_id: Mapped[str] = mapped_column(String(32))
    user_name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(32))
    """``noun.verb``, the name of its task."""
    deal_id: Mapped[int] = mapped_column(BigInteger)
    form_id: Mapped[str | None] = mapped_column(String(32), default=None)
    invoice_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """The invoice it is about, or the one it made."""
    body: Mapped[Any] = mapped_column(Json)
    body_hash: Mapped[str] = mapped_column(String(64), default="")
    number: Mapped[str] = mapped_column(String(64), default="")
    customer_id: Mapped[str | None] = mapped_column(String(32), default=None)
    customer_name: Mapped[str] = mapped_column(String(512), default="")
    currency: Mapped[str] = mapped_column(String(3), default="")
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    """What we expect, in smallest units."""
    tax: Mapped[int] = mapped_column(BigInteger, default=0)
    their_total: Mapped[int | None] = mapped_column(BigInteger, default=None)
    variance: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """Their net and tax less ours as text, and the reason; null when they are equal."""
    made_items: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """QuickBooks' ids of the products made or woken so far, by their key in ``body``."""
    customer_write: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """How the update of the customer went; null when none was begun (see ``workflows/customer/update``)."""
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Calls begun: more than none means look first."""
    looks: Mapped[int] = mapped_column(Integer, default=0)
    fault: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    noted_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    mailed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    mail_tried: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Raised by every change: what a poll compares."""
    runs: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often a person had it tried again after it had ended: each time is another run of the engine."""
    refusals: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Refused attempts among them: each following one is another request to the vendor."""
    waits: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often it was put off because something went wrong; 0 again after a press."""

    @property
    def run_id(self) -> str:
        """Name of its present run in the engine; a run that ended is never begun again."""
        return f"{self.id}.{self.runs}" if self.runs else self.id

    @property
    def request(self) -> str:
        """
        The stem of its ``requestid``: the same for every attempt whose outcome may be unknown.

        Another one follows a refusal: QuickBooks may have kept the refusal as the answer to the first (facts: "requestid").
        """
        return f"{self.id}r{self.refusals}" if self.refusals else self.id

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return State(self.state) in FINAL

    @property
    def is_to_send(self) -> bool:
        """Whether its call is still to be made, or to be looked after."""
        return State(self.state) in TO_SEND


_CREATIONS = (
    select(Operation)
    .where(
        Operation.tenant == bindparam("tenant"),
        Operation.deal_id == bindparam("deal"),
        Operation.kind == "invoice.create",
        Operation.state != State.REFUSED,
    )
    .order_by(Operation.created_at.desc())
)


class Operations:
    """The operations of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, operation_id: str) -> Operation | None:
        """Return one."""
        row = by_key(self._session, Operation, operation_id)
        return row if row is not None and row.tenant == self._tenant else None

    def of_form(self, form_id: str) -> Operation | None:
        """Return the one that a form's Create wrote."""
        return self._session.scalar(
            select(Operation).where(Operation.tenant == self._tenant, Operation.form_id == form_id)
        )

    def add(self, row: Operation) -> Operation:
        """Write one down."""
        self._session.add(row)
        return row

    def creations_of(self, deal_id: int) -> list[Operation]:
        """Return a deal's creations that were not refused, newest first."""
        return list(self._session.scalars(_CREATIONS, {"tenant": self._tenant, "deal": deal_id}))

    def refused_of(self, deal_id: int, *, since: datetime) -> list[Operation]:
        """Return a deal's creations refused since a moment."""
        return list(
            self._session.scalars(
                select(Operation)
                .where(
                    Operation.tenant == self._tenant,
                    Operation.deal_id == deal_id,
                    Operation.kind == "invoice.create",
                    Operation.state == State.REFUSED,
                    Operation.created_at >= since,
                )
                .order_by(Operation.created_at.desc())
            )
        )

    def held(self, operation_id: str) -> Operation | None:
        """Return one as it is now, kept from others until this transaction ends."""
        return self._session.scalar(
            select(Operation)
            .where(Operation.tenant == self._tenant, Operation.id == operation_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def waiting_note(self, kind: str, deal_id: int, invoice_id: str | None) -> Operation | None:
        """Return an unfinished operation of a kind about a deal and an invoice, kept from others until this ends."""
        return self._session.scalar(
            select(Operation)
            .where(
                Operation.tenant == self._tenant,
                Operation.deal_id == deal_id,
                Operation.kind == kind,
                Operation.invoice_id == invoice_id,
                Operation.state.not_in([state.value for state in FINAL]),
            )
            .order_by(Operation.created_at)
            .limit(1)
            .with_for_update()
        )

    def working_on(self, invoice_ids: list[str]) -> dict[str, Operation]:
        """Return the unfinished user's operation of each invoice."""
        if not invoice_ids:
            return {}
        rows = self._session.scalars(
            select(Operation).where(
                Operation.tenant == self._tenant,
                Operation.invoice_id.in_(invoice_ids),
                Operation.kind.in_(("invoice.void", "invoice.delete", "invoice.send")),
                Operation.state.not_in([state.value for state in FINAL]),
            )
        )
        return {row.invoice_id: row for row in rows if row.invoice_id is not None}

    def latest_of_customer(self, kind: str, connection_id: str, customer_id: str) -> Operation | None:
        """Return the newest operation of a kind on a customer."""
        return self._session.scalar(
            select(Operation)
            .where(
                Operation.tenant == self._tenant,
                Operation.connection_id == connection_id,
                Operation.kind == kind,
                Operation.customer_id == customer_id,
            )
            .order_by(Operation.created_at.desc())
            .limit(1)
        )

    def sending(self, connection_id: str, *, invoice_id: str, customer_id: str) -> bool:
        """Tell whether a call about an invoice is out: on that invoice, or to make one for that customer."""
        found = self._session.scalar(
            select(Operation.id)
            .where(
                Operation.tenant == self._tenant,
                Operation.connection_id == connection_id,
                Operation.state.in_((State.SENDING.value, State.UNKNOWN.value)),
                or_(
                    Operation.invoice_id == invoice_id,
                    and_(Operation.invoice_id.is_(None), Operation.customer_id == customer_id),
                ),
            )
            .limit(1)
        )
        return found is not None

    def unfinished(self) -> Operation | None:
        """Return one that is not final."""
        return self._session.scalar(
            select(Operation)
            .where(Operation.tenant == self._tenant, Operation.state.not_in([state.value for state in FINAL]))
            .order_by(Operation.created_at)
            .limit(1)
        )

    def under_way(self, kind: str, connection_id: str) -> bool:
        """Tell whether a connection has an unfinished operation of a kind."""
        found = self._session.scalar(
            select(Operation.id).where(
                Operation.tenant == self._tenant,
                Operation.connection_id == connection_id,
                Operation.kind == kind,
                Operation.state.not_in([state.value for state in FINAL]),
            )
        )
        return found is not None


class AllOperations:
    """Operations over all tenants, for the sweeper and the worker."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, operation_id: str) -> Operation | None:
        """Return one of any tenant."""
        return by_key(self._session, Operation, operation_id)

    def due(self, now: datetime, *, limit: int = 200) -> list[Operation]:
        """Return what is not final and due for another start; a time that lies too far ahead was a wrong clock's."""
        at = Operation.next_try_at
        return list(
            self._session.scalars(
                select(Operation)
                .where(
                    Operation.state.not_in([state.value for state in FINAL]),
                    or_(at.is_(None), at <= now, at > now + _FARTHEST),
                )
                .order_by(Operation.created_at)
                .limit(limit)
            )
        )

    def distrust(self) -> int:
        """
        Let every operation that is not final look before it acts; for a store that may be older than the world.

        Returns:
            How many may have been sent since without our knowing.
        """
        unsure = update(Operation).where(Operation.state.not_in([state.value for state in FINAL]))
        self._session.execute(unsure.where(Operation.state == State.ACCEPTED.value).values(state=State.UNKNOWN.value))
        return int(getattr(self._session.execute(unsure.values(attempts=Operation.attempts + 1)), "rowcount", 0))
