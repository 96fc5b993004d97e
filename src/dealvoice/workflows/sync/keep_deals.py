"""
Walks over many deals and tells each what is true now: after a field was added, after amounts were hidden, at midnight.

One operation for all of them, never one each. What a deal was told is compared in the store first, so a deal that says
what it should costs no call, and a walk begun again goes on where it stopped.

Days overdue change at every midnight on every deal that is late. They are written once a day, when the company's day
begins, only while that field is on, and in the call that would tell the deal anything else too. A write costs five of the
tokens that all apps of a company share, and the smallest plan has 30,000 a day, so a day takes at most ``MOST_A_DAY``
deals: those whose days are furthest behind come first, and a company with more of them sees each a day or so late.

Source: Pipedrive, rate limits: daily budget, PATCH of a deal 5 tokens.
"""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import UNSURE
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import TELL_DEALS, must, new_operation, set_state
from dealvoice.workflows.setup.hand_over import ensure_steward
from dealvoice.workflows.sync.write_back import keep
from dealvoice.workflows.sync.write_fields import texts_of

MOST_A_DAY = 1500
"""Deals that the calendar alone may have written in a day: a quarter of the smallest daily budget."""
_AT_ONCE = 100
"""Deals told in one run of the step; a pause follows, so that people's calls come between."""
_LOOKED_AT = 500
_PAUSE = timedelta(seconds=2)


def keep_all(
    app: App, store: Store, connection: Connection, *, notes: bool = False, late_only: bool = False
) -> Operation:
    """
    Write down that deals must be looked through; to be started after the commit.

    Args:
        app: The product.
        store: Where it is written.
        connection: The company.
        notes: Look through their notes too.
        late_only: It is for the day's turn alone: only so many deals a day.
    """
    operation = new_operation(app, TELL_DEALS, connection, installation_id=connection.steward_id, user_name="")
    operation.body = {"notes": notes, "late_only": late_only}
    return store.operations.add(operation)


def run_keep(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Tell the deals that do not say what they should, those furthest behind first."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
    if operation.is_final:
        return None
    notes = bool(operation.body.get("notes"))
    behind = _behind(app, tenant, operation, notes=notes)
    if operation.body.get("late_only"):
        behind = behind[: max(0, MOST_A_DAY - operation.attempts)]
    now = behind[:_AT_ONCE]
    waiting: list[timedelta] = []
    for deal in now:
        outcome = keep(app, tenant, deal.deal_id, notes=notes)
        if outcome.after is not None:
            waiting.append(outcome.after)
            break  # Pipedrive wants a pause, or does not answer: the others would fare no better
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        operation.attempts += len(now)
        if waiting or len(behind) > len(now):
            return again(max(waiting, default=_PAUSE))
        operation.done_at = app.now()
        set_state(operation, State.DONE)
    return DONE


class _Behind(NamedTuple):
    deal_id: int
    by: Decimal
    """How many days the field of days is behind; the most there is for a deal that must be told something else."""


def _behind(app: App, tenant: str, operation: Operation, *, notes: bool) -> list[_Behind]:
    """Return the deals that do not say what they should; parked ones are left alone until they come back."""
    with app.database.read(tenant) as store:
        deal_ids = sorted(store.invoices.deals_with_any())
    found: list[_Behind] = []
    for start in range(0, len(deal_ids), _LOOKED_AT):
        some = deal_ids[start : start + _LOOKED_AT]
        with app.database.write(tenant) as store:
            connection = store.connections.get(operation.connection_id)
            if connection is None or connection.state == "ended" or ensure_steward(store, connection) is None:
                return []
            wanted, told = texts_of(app, store, connection, some), store.deal_fields.told_all(some)
            parked = store.deal_fields.parked_of(some)
            stale = store.invoices.stale_notes(some) if notes else set()
        for deal_id in some:
            said = told.get(deal_id, {})
            different = {kind: text for kind, text in wanted.get(deal_id, {}).items() if text != said.get(kind, "")}
            if deal_id not in parked and (different or deal_id in stale):
                found.append(_Behind(deal_id, _days_behind(different, said)))
    return sorted(found, key=lambda one: (-one.by, one.deal_id))


def _days_behind(different: dict[str, str], said: dict[str, str]) -> Decimal:
    days = FieldKind.DAYS.value
    held = said.get(days, "")
    if set(different) != {days} or held in {"", UNSURE} or not different[days]:
        return Decimal("Infinity")
    return abs(Decimal(different[days]) - Decimal(held))
