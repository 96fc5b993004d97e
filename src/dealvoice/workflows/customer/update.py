"""
Brings a linked customer up to date after his invoice, when the user asked for it: at most the details he ticked.

The invoice is done by then and never waits for this: what goes wrong here is told with the invoice, and never undoes it.
What is written was frozen when Create was pressed, together with the values and the version that the user saw. A stale
version, or a second try, is answered by reading the customer: what somebody changed meanwhile is left alone and told,
what is already as wanted is not written again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.customer_diff import Detail, is_same, plan
from dealvoice.quickbooks import customers
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Reread, Retry, Unknown, Wait
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice.create import close, waits_for_customer
from dealvoice.workflows.operations import Fault, must
from dealvoice.workflows.translate.books import customer_details, customer_row, kept_details
from dealvoice.workflows.translate.sending import customer_update_to_send

_MOST_TRIES = 6
_MOST_TURNS = 3
"""Writes within one try, when somebody changes the customer between our read and our write."""
_LONGEST_PAUSE = timedelta(minutes=10)
_STALE = "customer.changed_meanwhile"


@dataclass(slots=True)
class _Outcome:
    """What became of an update."""

    seen: qb.Customer | None = None
    """The customer as QuickBooks has him now, when it said so."""
    written: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def update_customer(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Write the ticked details to the customer, once; then close the creation. Safe to repeat."""
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
        if State(operation.state) is not State.ANSWERED or not waits_for_customer(operation) or connection is None:
            return None
        tried = int((operation.customer_write or {}).get("tried", 0))
        # Written down before the call: a second try looks first.
        operation.customer_write = {**(operation.customer_write or {}), "tried": tried + 1}
    asked = operation.body["customer_update"]
    outcome = _Outcome(left=dict(asked["left"]))
    if not asked["write"]:
        return _settle(app, tenant, operation_id, outcome)
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        _write(client, operation, outcome, tried=tried)
    except (Unknown, Wait, Retry) as error:
        if tried + 1 < _MOST_TRIES:
            return _later(app, tenant, operation_id, error, tried + 1)
        return _settle(app, tenant, operation_id, outcome, Fault("quickbooks.no_answer", {}))
    except SignInEnded:
        return _settle(app, tenant, operation_id, outcome, Fault("connection.expired", {}))
    except QuickBooksError as error:
        params = {"sentence": error.detail, "tid": error.intuit_tid, "name": operation.customer_name}
        return _settle(app, tenant, operation_id, outcome, Fault(error.code, params, error.detail))
    return _settle(app, tenant, operation_id, outcome)


def _write(client: QuickBooks, operation: Operation, outcome: _Outcome, *, tried: int) -> None:
    asked, country = operation.body["customer_update"], operation.body.get("country", "")
    customer_id = operation.customer_id or ""
    write, token = _named(asked["write"]), str(asked["sync_token"])
    for turn in range(_MOST_TURNS):
        if tried or turn:
            seen = customers.read(client, customer_id)
            decided = plan(customer_details(seen), before=_named(asked["before"]), wanted=_named(asked["write"]))
            outcome.seen, outcome.written = seen, [detail.value for detail in decided.there]
            outcome.left = dict(asked["left"]) | dict.fromkeys((one.value for one in decided.changed), "changed")
            write, token = decided.write, seen.sync_token
        if not write:
            return
        wanted = customer_update_to_send(write, customer_id=customer_id, sync_token=token, country=country)
        try:
            made = customers.update(client, wanted, request_id=f"{operation.id}u{tried}{turn}")
        except Reread as error:
            if error.code != _STALE:
                raise
            continue
        outcome.seen = made
        for detail, value in write.items():
            if detail is Detail.TAX_ID and not is_same(detail, customer_details(made)[detail], value):
                outcome.left[detail.value] = "no_place"
            else:
                outcome.written.append(detail.value)
        return
    outcome.left |= dict.fromkeys((detail.value for detail in write), "changed")


def _settle(app: App, tenant: str, operation_id: str, outcome: _Outcome, fault: Fault | None = None) -> StepResult:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        operation.customer_write = {
            **(operation.customer_write or {}),
            "settled": app.now().isoformat(),
            "written": sorted(outcome.written),
            "left": outcome.left,
            "fault": fault.kept() if fault else None,
        }
        operation.next_try_at = None
        operation.version += 1
        if outcome.seen is not None:
            _keep(store, operation, outcome.seen)
        store.audit.add(at=app.now(), who=operation.user_name, what="customer.update", about=operation.id)
        close(app, operation)
    return DONE


def _keep(store: Store, operation: Operation, seen: qb.Customer) -> None:
    """Take the customer over into the mirror, as what the user last looked at too: he ticked each difference."""
    connection = store.connections.get(operation.connection_id)
    home = connection.home_currency if connection else operation.currency
    store.customers.put([customer_row(operation.connection_id, seen, home_currency=home)])
    contact = operation.body.get("contact")
    if contact:
        store.links.look(operation.connection_id, contact[0], contact[1], seen.id, kept_details(seen))


def _later(app: App, tenant: str, operation_id: str, error: Exception, tries: int) -> StepResult:
    pause = timedelta(seconds=error.seconds if isinstance(error, Wait) else app.retry_seconds * 2.0 ** (tries - 1))
    wait = min(pause, _LONGEST_PAUSE)
    with app.database.write(tenant) as store:
        must(store, operation_id).next_try_at = app.now() + wait
    return again(wait)


def _named(values: Mapping[str, Any]) -> dict[Detail, str]:
    return {Detail(name): str(value) for name, value in values.items()}
