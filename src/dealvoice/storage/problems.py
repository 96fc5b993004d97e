"""Problems to fix: operations that ended badly or wait, and what people have said of them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, Text, and_, case, delete, exists, not_, or_, select, type_coerce
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from dealvoice.storage.base import Base, Moment
from dealvoice.storage.operations import FINAL, Operation, State

_BAD = (State.REFUSED.value, State.NEEDS_ATTENTION.value)
_GOOD = (State.ANSWERED.value, State.DONE.value, State.DIFFERS.value)
_YOUNG = timedelta(minutes=1)
"""An operation that is not final after so long is told, whatever it waits for."""


class ProblemMark(Base):
    """A problem that a person has set aside, with the reason. Deleted when it is brought back, and with the tenant."""

    __tablename__ = "problem_marks"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    """What it is about: a source's name and an id of it, such as ``operation:<id>``."""
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime] = mapped_column(Moment)


class Problems:
    """The problems of one tenant; every list is newest first."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def bad(self, *, by: str | None, limit: int) -> list[Operation]:
        """
        Return what was refused or is unclear, and was not mended by a later operation of the same intent.

        Args:
            by: Only of this installation; None for all.
            limit: At most so many.
        """
        return self._operations(Operation.state.in_(_BAD), not_(_mended()), by=by, limit=limit)

    def on_deal(self, deal_id: int, *, by: str | None) -> int:
        """Count what was refused on a deal, is not mended, and not set aside."""
        bad = self._operations(Operation.state == State.REFUSED.value, Operation.deal_id == deal_id, by=by, limit=100)
        left = {f"operation:{one.id}" for one in bad if not self.is_mended(one)}
        return len(left - set(self.marks(left))) if left else 0

    def follow_ups(self, *, by: str | None, limit: int) -> list[Operation]:
        """Return creations whose invoice exists, but whose e-mail or update of the customer failed."""
        mail = and_(Operation.mail_tried > 0, Operation.mailed_at.is_(None))
        customer = type_coerce(Operation.customer_write, Text).contains('"fault":{', autoescape=True)
        return self._operations(
            Operation.kind == "invoice.create", Operation.state.in_(_GOOD[1:]), or_(mail, customer), by=by, limit=limit
        )

    def waiting(self, now: datetime, *, by: str | None, limit: int) -> list[Operation]:
        """Return what goes on by itself after something went wrong, or takes unusually long."""
        return self._operations(
            Operation.state.not_in([state.value for state in FINAL]),
            or_(Operation.waits > 0, Operation.looks > 0, Operation.created_at < now - _YOUNG),
            by=by,
            limit=limit,
        )

    def mended(self, since: datetime, *, by: str | None, limit: int) -> list[Operation]:
        """Return what went wrong and is well since: by itself, by a press, or by a later operation."""
        again = and_(Operation.state.in_(_GOOD[1:]), or_(Operation.runs > 0, Operation.looks > 0))
        return self._operations(
            Operation.created_at >= since, or_(again, and_(Operation.state.in_(_BAD), _mended())), by=by, limit=limit
        )

    def is_mended(self, operation: Operation) -> bool:
        """Tell whether a later operation has done what this one could not."""
        return bool(self._session.scalar(select(exists().where(Operation.id == operation.id, _mended()))))

    def marks(self, keys: Collection[str] | None = None) -> dict[str, ProblemMark]:
        """Return what was set aside, by key; all of it, or of some keys."""
        where = [ProblemMark.tenant == self._tenant]
        if keys is not None:
            where.append(ProblemMark.key.in_(keys))
        return {mark.key: mark for mark in self._session.scalars(select(ProblemMark).where(*where))}

    def put_aside(self, mark: ProblemMark) -> None:
        """Set a problem aside, in place of an earlier reason."""
        self._session.merge(mark)

    def bring_back(self, key: str) -> None:
        """Take a problem up again."""
        self._session.execute(delete(ProblemMark).where(ProblemMark.tenant == self._tenant, ProblemMark.key == key))

    def _operations(self, *where: ColumnElement[bool], by: str | None, limit: int) -> list[Operation]:
        asked = select(Operation).where(Operation.tenant == self._tenant, *where)
        if by is not None:
            asked = asked.where(Operation.installation_id == by)
        return list(self._session.scalars(asked.order_by(Operation.created_at.desc(), Operation.id).limit(limit)))


def _mended() -> ColumnElement[bool]:
    """A later operation with the same intent went well: on the same deal, invoice, customer or connection."""
    later = aliased(Operation)
    whose = {
        "invoice.create": later.deal_id == Operation.deal_id,
        "customer.activate": later.customer_id == Operation.customer_id,
    }
    same = case(
        *((Operation.kind == kind, about) for kind, about in whose.items()),
        (
            Operation.invoice_id.is_not(None),
            and_(later.invoice_id == Operation.invoice_id, later.deal_id == Operation.deal_id),
        ),
        else_=later.deal_id == Operation.deal_id,
    )
    return exists().where(
        later.tenant == Operation.tenant,
        later.connection_id == Operation.connection_id,
        later.kind == Operation.kind,
        later.state.in_(_GOOD),
        later.created_at > Operation.created_at,
        same,
    )
