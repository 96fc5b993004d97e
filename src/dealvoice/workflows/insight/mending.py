"""
Mends problems: tries again, looks again, accepts, sets aside with a reason.

A second try is the same operation: its row is committed as accepted before the engine is told, whatever was begun before
is looked for in QuickBooks first, and the request bears the same id wherever its outcome may be unknown. So the laws hold
for a press as they do for the machine.
"""

from collections.abc import Sequence
from datetime import date

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.quickbooks.errors import QuickBooksError, Refused
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.problems import ProblemMark
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows import operations
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, NotFound, NotPossible, SignedOut
from dealvoice.workflows.insight.problems import Actor, Scene, all_problems, of_operation
from dealvoice.workflows.insight.views import Problem, Remedy, Tab
from dealvoice.workflows.invoice import act, series
from dealvoice.workflows.invoice.create import look_again as look_for_invoice
from dealvoice.workflows.operations import set_state

_SETTLED = "inbox.settled"
_LONGEST_REASON = 500


def mend(app: App, actor: Actor, key: str, remedy: Remedy, *, start: bool = True) -> bool:
    """
    Do what a remedy says about a problem; safe to repeat: what is settled is refused.

    Args:
        app: The product.
        actor: Who pressed.
        key: The problem.
        remedy: One that it offers.
        start: Tell the engine at once; else the sweeper of the running process does.

    Returns:
        Whether it helped: a look may find nothing.

    Raises:
        NotFound: There is no such problem, or none of this user's.
        NotPossible: It is settled already, or does not offer this.
        SignedOut, Busy: QuickBooks was asked, and wants a new sign-in or did not answer.
    """
    operation_id = _operation_of(key)
    if remedy is Remedy.LOOK_AGAIN:
        return _look(app, actor, operation_id, start=start)
    with app.database.write(actor.tenant) as store:
        operation = _offered(app, store, actor, operation_id, remedy)
        if remedy is Remedy.ACCEPT:
            operation.fault = None
            set_state(operation, State.DIFFERS)
            store.audit.add(at=app.now(), who=actor.name, what="invoice.accept_amount", about=operation.id)
            return True
        if operation.kind == operations.CREATE:
            _prepare_creation(app, store, actor, operation, remedy)
        _accept_again(app, store, actor, operation, remedy)
    if start:
        app.engine.start(operation.run_id, operation.kind)
    return True


def mend_all(app: App, actor: Actor, keys: Sequence[str] | None = None, *, start: bool = True) -> tuple[int, int]:
    """
    Try several problems again, or all: those that need no decision.

    Returns:
        How many were tried, and how many are left because a person must decide or QuickBooks did not answer.
    """
    wanted = [one for one in all_problems(app, actor) if one.tab is Tab.NEEDS and (keys is None or one.key in keys)]
    tried = 0
    for problem in wanted:
        remedy = problem.repeats
        if remedy is None:
            continue
        try:
            tried += mend(app, actor, problem.key, remedy, start=start)
        except (NotPossible, NotFound, Busy, SignedOut):
            continue  # it stays on the list, with its reason
    return tried, len(wanted) - tried


def send_mail(app: App, who: Who, actor: Actor, key: str) -> None:
    """
    Have QuickBooks mail the invoice whose first e-mail failed.

    Raises:
        NotFound, NotPossible, NoAccess, SignedOut: As in ``invoice.act``.
    """
    problem = _problem(app, actor, key)
    invoice_id = next((value for remedy, value in problem.remedies if remedy is Remedy.SEND_MAIL), "")
    if not invoice_id:
        raise NotPossible(_SETTLED)
    act.send(app, who, invoice_id)


def set_aside(app: App, actor: Actor, keys: Sequence[str], reason: str) -> int:
    """
    Set problems aside with a reason: they need nobody any more, and stay on the list of what was set aside.

    Returns:
        How many were.

    Raises:
        NotPossible: Without a reason.
    """
    words = " ".join(reason.split())[:_LONGEST_REASON]
    if not words:
        raise NotPossible("inbox.reason_missing")
    known = {one.key for one in all_problems(app, actor) if one.tab is Tab.NEEDS}
    wanted = [key for key in dict.fromkeys(keys) if key in known]
    with app.database.write(actor.tenant) as store:
        for key in wanted:
            store.problems.put_aside(
                ProblemMark(tenant=actor.tenant, key=key, reason=words, by=actor.name, at=app.now())
            )
            store.audit.add(at=app.now(), who=actor.name, what="problem.set_aside", about=key)
    return len(wanted)


def bring_back(app: App, actor: Actor, key: str) -> None:
    """
    Take a problem up again that was set aside.

    Raises:
        NotFound: There is none.
    """
    if _problem(app, actor, key).tab is not Tab.ASIDE:
        raise NotFound
    with app.database.write(actor.tenant) as store:
        store.problems.bring_back(key)
        store.audit.add(at=app.now(), who=actor.name, what="problem.bring_back", about=key)


def _look(app: App, actor: Actor, operation_id: str, *, start: bool) -> bool:
    with app.database.read(actor.tenant) as store:
        _offered(app, store, actor, operation_id, Remedy.LOOK_AGAIN)
    try:
        found = look_for_invoice(app, actor.tenant, operation_id)
    except (SignInEnded, Refused) as error:
        raise SignedOut from error
    except QuickBooksError as error:
        raise Busy(error.code) from error
    with app.database.write(actor.tenant) as store:
        operation = operations.must(store, operation_id)
        store.audit.add(at=app.now(), who=actor.name, what="problem.look_again", about=operation_id)
        if found:
            operation.runs += 1  # its first run ended unclear: note, e-mail and the rest follow in another
    if found and start:
        app.engine.start(operation.run_id, operation.kind)
    return found


def _offered(app: App, store: Store, actor: Actor, operation_id: str, remedy: Remedy) -> Operation:
    operation = store.operations.get(operation_id)
    if operation is None or actor.installation_id not in (None, operation.installation_id):
        raise NotFound
    problem = of_operation(Scene(app, store, actor, store.connections.current()), operation)
    if not problem.offers(remedy) or store.problems.is_mended(operation):
        raise NotPossible(_SETTLED)
    return operation


def _accept_again(app: App, store: Store, actor: Actor, operation: Operation, remedy: Remedy) -> None:
    """Write the second try down. Calls begun before are counted on, so that it begins with a look."""
    if State(operation.state) is State.REFUSED:
        operation.refusals += 1
    operation.fault, operation.done_at, operation.next_try_at = None, None, None
    operation.looks = operation.waits = 0
    operation.runs += 1
    set_state(operation, State.ACCEPTED)
    row = store.invoices.get(operation.invoice_id) if operation.invoice_id else None
    if row is not None:
        row.fault = None
        row.version += 1
    store.problems.bring_back(f"operation:{operation.id}")
    store.audit.add(at=app.now(), who=actor.name, what=f"problem.{remedy.value}", about=operation.id)


def _prepare_creation(app: App, store: Store, actor: Actor, operation: Operation, remedy: Remedy) -> None:
    """Give a creation that QuickBooks refused what the remedy says, and a number again: its own was given back."""
    body = dict(operation.body)
    if remedy is Remedy.USE_DATE:
        connection = store.connections.get(operation.connection_id)
        today = app.today(connection, actor.time_zone)
        if body["due_on"]:
            due = today + (date.fromisoformat(body["due_on"]) - date.fromisoformat(body["issued_on"]))
            body["due_on"] = due.isoformat()
        body["issued_on"] = today.isoformat()
    if remedy is Remedy.USE_NUMBER:
        body |= {"number": "", "number_typed": False, "number_was": body.get("number_was") or operation.number}
    if operation.number and State(operation.state) is State.REFUSED:
        body["number"] = _reserved(store, operation, body)
        operation.number = body["number"]
    operation.body = body


def _reserved(store: Store, operation: Operation, body: dict[str, object]) -> str:
    own = str(body["number"])
    if own and store.numbers.reserve(operation.connection_id, own, operation.id):
        return own
    if body["number_typed"]:
        raise NotPossible("number.duplicate", {"number": own, "kind": "invoice", "name": "", "next": ""})
    issued_on = date.fromisoformat(str(body["issued_on"]))
    number = series.next_free(store, operation.connection_id, issued_on, pattern=str(body.get("number_pattern") or ""))
    if not number or not store.numbers.reserve(operation.connection_id, number, operation.id):
        raise NotPossible("number.raced")
    return number


def _problem(app: App, actor: Actor, key: str) -> Problem:
    found = next((one for one in all_problems(app, actor) if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _operation_of(key: str) -> str:
    source, _, operation_id = key.partition(":")
    if source != "operation" or ":" in operation_id:
        raise NotFound
    return operation_id
