"""Writes operations down and tells how a failed try goes on: the ground that every write path stands on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from dealvoice.connections.secrets import new_id
from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.quickbooks import errors as quickbooks_errors
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App

CREATE, VOID, DELETE, SEND, NOTE, IMPORT, ACTIVATE_CUSTOMER, STATUS, MAKE_FIELD, END = (
    "invoice.create",
    "invoice.void",
    "invoice.delete",
    "invoice.send",
    "deal.note",
    "books.import",
    "customer.activate",
    "deal.status",
    "field.make",
    "connection.end",
)
HOOKS = "hooks.make"
CARE_FOR_HOOKS = "hooks"
"""The schedule that looks whether Pipedrive's webhooks are as they should be."""
TELL_DEALS = "deals.tell"
MAX_LOOKS = 6
_LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, as data: kept in the row, put into words at the edge."""

    code: str
    params: Mapping[str, str]
    sentence: str = ""
    """QuickBooks' own words."""

    def kept(self) -> dict[str, Any]:
        """Return it as the row keeps it."""
        return {"code": self.code, "params": dict(self.params), "sentence": self.sentence}


def new_operation(app: App, kind: str, connection: Connection, *, installation_id: str, user_name: str) -> Operation:
    """Return an accepted operation; the caller fills in what it is about and commits it before anything is sent."""
    return Operation(
        id=new_id(),
        tenant=connection.tenant,
        connection_id=connection.id,
        installation_id=installation_id,
        user_name=user_name,
        kind=kind,
        deal_id=0,
        body={},
        state=State.ACCEPTED.value,
        attempts=0,
        looks=0,
        mail_tried=0,
        total=0,
        tax=0,
        number="",
        customer_name="",
        currency="",
        body_hash="",
        created_at=app.now(),
        version=0,
    )


def hash_of_body(body: object) -> str:
    """Return the hash of a frozen body: equal intents have equal hashes."""
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()


def set_state(operation: Operation, state: State) -> None:
    """Move an operation on; every change is seen by the polls."""
    operation.state = state.value
    operation.version += 1


def begin_call(app: App, tenant: str, operation_id: str) -> int:
    """
    Write down that a call is about to be made, in a commit of its own.

    Returns:
        How many calls were begun before: anything but 0 means look first.
    """
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        before = operation.attempts
        operation.attempts = before + 1
        set_state(operation, State.SENDING)
        return before


def must(store: Store, operation_id: str) -> Operation:
    """Return an operation that is known to exist."""
    operation = store.operations.get(operation_id)
    if operation is None:
        raise LookupError(f"operation {operation_id} is gone")
    return operation


def of_run(run_id: str) -> str:
    """Return the operation that a run of the engine carries out."""
    return run_id.partition(".")[0]


def put_off(app: App, tenant: str, operation_id: str, wait: timedelta) -> None:
    """Keep that an operation waits for its next try, and until when: what goes on by itself is told too."""
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if not operation.is_final and wait > timedelta(0):
            operation.waits += 1
            operation.next_try_at = app.now() + wait


def give_up(app: App, tenant: str, operation_id: str) -> None:
    """Leave an operation to a person that meets the same defect of ours again and again; safe to repeat."""
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if not operation.is_final:
            operation.done_at = app.now()
            _leave_to_a_person(operation)


def after_failure(
    app: App, tenant: str, operation_id: str, error: Exception, *, keep_state: bool = False
) -> StepResult | Fault:
    """
    Decide how a failed call goes on: again later (written down), or a fault that ends the operation.

    A call whose outcome is unknown is looked for before it is repeated; after a few looks a person decides.

    Args:
        app: The product.
        tenant: Whose operation it is.
        operation_id: The operation.
        error: What the call raised; anything that is no answer of a vendor is raised again.
        keep_state: The operation's main part is done already: only its follow-up failed.
    """
    match error:
        case SignInEnded():
            return _signed_out(app, tenant, operation_id, keep_state=keep_state)
        case quickbooks_errors.Unknown():
            return _doubt(app, tenant, operation_id, keep_state=keep_state)
        case quickbooks_errors.Wait():
            return _later(app, tenant, operation_id, timedelta(seconds=error.seconds))
        case quickbooks_errors.Retry():
            return _later(app, tenant, operation_id, None)
        case quickbooks_errors.QuickBooksError():
            tid = error.intuit_tid
            return Fault(error.code, {"sentence": error.detail, "tid": tid}, error.detail)
        case _:
            raise error


def _later(app: App, tenant: str, operation_id: str, pause: timedelta | None) -> StepResult:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        wait = pause or _pause(app, operation.attempts)
        if State(operation.state) is State.SENDING:
            set_state(operation, State.ACCEPTED)
        operation.next_try_at = app.now() + wait
        return again(wait)


def _doubt(app: App, tenant: str, operation_id: str, *, keep_state: bool) -> StepResult | Fault:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        operation.looks += 1
        if operation.looks > MAX_LOOKS and keep_state:
            return Fault("quickbooks.no_answer", {})
        if operation.looks > MAX_LOOKS:
            _leave_to_a_person(operation)
            return DONE
        wait = _pause(app, operation.looks)
        if not keep_state:
            set_state(operation, State.UNKNOWN)
        operation.next_try_at = app.now() + wait
        return again(wait)


def _signed_out(app: App, tenant: str, operation_id: str, *, keep_state: bool) -> StepResult | Fault:
    """Refuse what was surely not sent; of a call that was begun before nobody can find out now what became of it."""
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if keep_state or operation.attempts <= 1:
            return Fault("connection.expired", {})
        _leave_to_a_person(operation)
        return DONE


def _leave_to_a_person(operation: Operation) -> None:
    operation.fault = Fault("needs_attention", {}).kept()
    set_state(operation, State.NEEDS_ATTENTION)


def _pause(app: App, tries: int) -> timedelta:
    wait = timedelta(seconds=app.retry_seconds * 2.0 ** max(0, tries - 1))
    return min(wait, _LONGEST_PAUSE)
