"""What a sweep found: which invoices the mirror had wrong, and why nobody had told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from dealvoice.storage.connections import Connection
from dealvoice.storage.sweeps import DETAILS, SweepRow
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import zone_and_source
from dealvoice.workflows.setup.views import SweepState
from dealvoice.workflows.sync.mirror import Applied, Difference

ON_ITS_WAY = timedelta(minutes=2)
"""An event of a change as young as this may still come."""


class Why(StrEnum):
    """Why the mirror differed."""

    LOST = "lost"
    """No event had told of it."""
    WAITING = "waiting"
    """An event had told of it; the record was not read yet."""
    FRESH = "fresh"
    """It changed so shortly before that its event may still come."""
    OURS = "ours"
    """A call of ours did it, whose answer we had not got yet."""


@dataclass(slots=True)
class Found:
    """Differences of one sweep, counted by reason."""

    counts: dict[Why, int] = field(default_factory=lambda: dict.fromkeys(Why, 0))
    details: list[dict[str, Any]] = field(default_factory=list)
    set_aside: int = 0

    @property
    def differed(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def lost(self) -> int:
        """Those of which no event had told."""
        return self.counts[Why.LOST]

    def join(self, other: "Found") -> None:
        """Add what another part found."""
        self.counts = {why: self.counts[why] + other.counts[why] for why in Why}
        self.details = [*self.details, *other.details][:DETAILS]
        self.set_aside += other.set_aside

    def add(self, store: Store, row: Connection, applied: Applied, at: datetime) -> None:
        """Add what one part changed; ``at`` is QuickBooks' time of the answer. Reads the marks, so before they go."""
        self.set_aside += applied.set_aside
        if not applied.differences:
            return
        waiting = store.inbox.waiting(row.id)
        for one in applied.differences:
            why = _why(store, row, one, at, is_waiting=(one.entity, one.id) in waiting)
            self.counts[why] += 1
            if len(self.details) < DETAILS:
                self.details.append(
                    {"entity": one.entity, "id": one.id, "number": one.number, "what": one.what, "why": why.value}
                )

    def row(
        self, connection: Connection, *, kind: str, began_at: datetime, ended_at: datetime, fault: str = ""
    ) -> SweepRow:
        """Return it as it is kept."""
        return SweepRow(
            connection_id=connection.id, kind=kind, began_at=began_at, ended_at=ended_at, since=connection.cursor,
            differed=self.differed, lost=self.counts[Why.LOST], waiting=self.counts[Why.WAITING],
            fresh=self.counts[Why.FRESH], ours=self.counts[Why.OURS], set_aside=self.set_aside,
            details=self.details, fault=fault,
        )  # fmt: skip


def sweep_state(store: Store, connection: Connection) -> SweepState:
    """Return what sweeps found of late, for the settings and the command line."""
    last = store.sweeps.last_differed(connection.id)
    zone, source = zone_and_source(connection)
    return SweepState(
        next_at=connection.next_sweep_at,
        differed_at=last.ended_at if last is not None else None,
        differed=last.differed if last is not None else 0,
        lost=last.lost if last is not None else 0,
        set_aside=store.set_aside.count(connection.id),
        zone=zone.key,
        zone_from=source,
    )


def _why(store: Store, row: Connection, one: Difference, at: datetime, *, is_waiting: bool) -> Why:
    if is_waiting:
        return Why.WAITING
    known = store.invoices.of_quickbooks(row.id, one.id)
    if known is not None and store.operations.sending(row.id, invoice_id=known.id, customer_id=known.customer_id):
        return Why.OURS
    if one.at is not None and at - one.at < ON_ITS_WAY:
        return Why.FRESH
    return Why.LOST
