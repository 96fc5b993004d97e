"""
Tells of operations that reached a state: one line and one count each, once it is committed.

Here and not in the workflows, so that no way to a state is forgotten and nothing is told that was rolled back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from dealvoice.observability import OPERATIONS, REFUSALS, get_logger
from dealvoice.storage.operations import FINAL, Operation, State

_log = get_logger(__name__)
_KEY = "reached"
_BAD = (State.REFUSED, State.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class _Reached:
    tenant: str
    operation_id: str
    kind: str
    deal_id: int
    state: State
    code: str


class WatchedSession(Session):
    """A session that notes which operations changed their state."""


@event.listens_for(WatchedSession, "before_flush")
def _note(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty):
        if isinstance(row, Operation) and inspect(row).attrs.state.history.has_changes():
            code = str((row.fault or {}).get("code", ""))
            reached = _Reached(row.tenant, row.id, row.kind, row.deal_id, State(row.state), code)
            session.info.setdefault(_KEY, {})[row.id] = reached


def tell(session: Session) -> None:
    """Log and count what was noted; after the commit."""
    for one in session.info.pop(_KEY, {}).values():
        OPERATIONS.labels(one.kind, one.state.value).inc()
        if one.state in _BAD:
            REFUSALS.labels(one.kind, one.code or "unknown").inc()
        if one.state is State.ACCEPTED or one.state in FINAL:
            _log.log(
                30 if one.state in _BAD else 20, "operation.reached", tenant=one.tenant, operation=one.operation_id,
                kind=one.kind, deal=one.deal_id, state=one.state.value, fault_code=one.code,
            )  # fmt: skip
