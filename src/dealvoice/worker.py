"""
The worker: what runs in the background, and when. A table of tasks and a table of schedules, no logic.

A task's steps are named for good: the engine remembers them, so a released task is never reordered.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

from dealvoice.connections.budgets import in_background
from dealvoice.engine.port import DONE, Outcome, Step, StepResult, Task
from dealvoice.observability import acting, get_logger, log_context
from dealvoice.storage.unit_of_work import DatabaseAway
from dealvoice.workflows import operations
from dealvoice.workflows.app import App
from dealvoice.workflows.customer import activate, update
from dealvoice.workflows.invoice import change, create, guided, new_items
from dealvoice.workflows.setup import leave, retention
from dealvoice.workflows.sync import (
    calendar,
    catch_up,
    first_import,
    keep_deals,
    make_fields,
    pipedrive_hooks,
    pipedrive_receive,
    pipedrive_track,
    receive,
    sweep,
    track,
    write_back,
)

TenantStep = Callable[[App, str, str], StepResult | None]

TASKS: dict[str, tuple[tuple[str, TenantStep], ...]] = {
    operations.CREATE: (
        ("number", create.check_number),
        ("customer", new_items.ensure_parties),
        ("invoice", create.send_invoice),
        ("note", create.tell_deal),
        ("mail", change.mail_created),
        ("finish", create.finish),
        # Behind the end, so that runs of an earlier release go on as they were written down.
        ("update_customer", update.update_customer),
    ),
    operations.VOID: (("payments", guided.release_payments), ("void", change.run_void)),
    operations.DELETE: (("payments", guided.release_payments), ("delete", change.run_delete)),
    operations.SEND: (("send", change.run_send),),
    operations.NOTE: (("note", write_back.run_note),),
    operations.STATUS: (("status", write_back.run_status),),
    operations.MAKE_FIELD: (("make", make_fields.run_make),),
    operations.TELL_DEALS: (("tell", keep_deals.run_keep),),
    operations.END: (("end", leave.run_end),),
    operations.IMPORT: (("import", first_import.import_books),),
    operations.ACTIVATE_CUSTOMER: (("activate", activate.run_activate),),
    operations.HOOKS: (("make", pipedrive_hooks.run_make),),
}

WAITED_FOR = frozenset(
    {operations.CREATE, operations.VOID, operations.DELETE, operations.SEND, operations.ACTIVATE_CUSTOMER}
)
"""Tasks that a person watches; the calls of all others, and of the timetable, leave room for them at the vendors' limits."""

MOST_FAILURES = 5
"""Defects that a step may meet in this process, one after the other, before its operation is parked for a person."""
_log = get_logger(__name__)


def set_up(app: App) -> None:
    """Tell the engine every task and schedule; before it is launched."""
    app.engine.register([_task(app, name, steps) for name, steps in TASKS.items()])
    _every(app, "operations", timedelta(seconds=5), sweep.start_unfinished)
    _every(app, receive.TRACK, timedelta(seconds=20), track.track_all, shared=True)
    _every(app, operations.CARE_FOR_HOOKS, timedelta(minutes=1), pipedrive_hooks.care_for_all)
    _every(app, pipedrive_receive.TRACK, timedelta(seconds=20), pipedrive_track.track_all)
    _every(app, receive.SWEEP, timedelta(seconds=20), catch_up.catch_up_due, shared=True)
    _every(app, "forget", timedelta(hours=1), receive.forget_old)
    _every(app, "retention", timedelta(hours=1), retention.remove_gone)
    _every(app, "calendar", timedelta(minutes=1), calendar.turn_page)


def _every(app: App, name: str, interval: timedelta, work: Callable[[App], object], *, shared: bool = False) -> None:
    def run() -> None:
        with acting(name), in_background():
            work(app)

    app.engine.every(name, interval, run, shared=shared)


def _task(app: App, name: str, steps: tuple[tuple[str, TenantStep], ...]) -> Task:
    return Task(name=name, steps=tuple((step, _bound(app, name, step, work)) for step, work in steps))


def _bound(app: App, task: str, name: str, work: TenantStep) -> Step:
    failures = Counter[str]()

    def run(run_id: str, attempt: int) -> StepResult | None:
        operation_id = operations.of_run(run_id)
        with app.database.everyone_read() as lobby:
            operation = lobby.operations.get(operation_id)
        if operation is None:
            return None
        with log_context(tenant=operation.tenant, operation=operation_id), acting(task):
            _log.info("step.run", task=task, step=name, attempt=attempt)
            try:
                with nullcontext() if task in WAITED_FOR else in_background():
                    result = work(app, operation.tenant, operation_id)
            except DatabaseAway:
                raise
            except Exception:
                failures[run_id] += 1
                if failures[run_id] < MOST_FAILURES:
                    raise  # the engine tells it, and the sweeper begins anew
                _log.exception("operation.parked", task=task, step=name)
                operations.give_up(app, operation.tenant, operation_id)
                result = DONE
            failures.pop(run_id, None)
            if result is not None and result.outcome is Outcome.AGAIN:
                operations.put_off(app, operation.tenant, operation_id, result.after)
            return result

    return run
