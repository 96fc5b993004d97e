"""
The problems to fix: every operation that was refused, is unclear or waits, and what other sources have to tell.

Nothing is silent: whatever does not end well is an operation's state, or a source's own row, and is listed here. A new
kind of trouble is told by adding its source to ``SOURCES``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dealvoice.connections.who import Who
from dealvoice.invoicing.finding import Finding
from dealvoice.quickbooks import links
from dealvoice.storage import deal_fields
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.problems import ProblemMark
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows import operations
from dealvoice.workflows.access import require_visible
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NoAccess
from dealvoice.workflows.insight.views import Problem, ProblemsView, Remedy, Tab
from dealvoice.workflows.invoice.create import kept_variance
from dealvoice.workflows.invoice.rows import fault_of
from dealvoice.workflows.setup.ending import WARN_BEFORE, ends_soon
from dealvoice.workflows.setup.hand_over import may_manage

MOST = 200
"""Problems of one tab that are shown at once."""
_FIXED_SHOWN = timedelta(days=30)
_OPERATION = "operation:"
_IN_SETTINGS = (operations.MAKE_FIELD,)
"""What is begun anew in the settings, with an admin's consent."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who looks after problems."""

    tenant: str
    name: str
    installation_id: str | None
    """Only what this installation began; None for everything."""
    user_id: int | None
    """Pipedrive's user, whose right to see a deal decides whether it is named; None for an operator of the product."""
    time_zone: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What a source needs to tell its problems."""

    app: App
    store: Store
    actor: Actor
    connection: Connection | None


Source = Callable[[Scene], Iterable[Problem]]


def actor_of(app: App, who: Who) -> Actor:
    """Return a user as one who looks after problems: its holder and administrators see all, others what they began."""
    with app.database.read(who.tenant_id) as store:
        try:
            connection = require_visible(store, who)
            everything = may_manage(who, connection)
        except NoAccess:
            everything = False
    return Actor(
        tenant=who.tenant_id, name=who.name, installation_id=None if everything else who.installation_id,
        user_id=who.user_id, time_zone=who.time_zone, is_admin=who.is_admin,
    )  # fmt: skip


def problems(app: App, actor: Actor, tab: Tab = Tab.NEEDS, find: str = "") -> ProblemsView:
    """
    Return the problems of a tab, and how many there are in each; reads the store only.

    Args:
        app: The product.
        actor: Who looks.
        tab: Which.
        find: Only those whose customer, deal or number holds this.
    """
    found = all_problems(app, actor)
    wanted = find.strip().casefold()
    counts = {one: sum(problem.tab is one for problem in found) for one in Tab}
    shown = [problem for problem in found if problem.tab is tab and (not wanted or wanted in _words(problem))]
    return ProblemsView(
        tab=tab, problems=tuple(shown), counts=counts, find=find.strip(), everything=actor.installation_id is None,
        checked_at=app.now(),
    )  # fmt: skip


def all_problems(app: App, actor: Actor) -> list[Problem]:
    """Return every problem, newest first."""
    with app.database.read(actor.tenant) as store:
        scene = Scene(app, store, actor, store.connections.current())
        found = [problem for source in SOURCES for problem in source(scene)]
        marks = store.problems.marks()
    found = [_aside(problem, marks[problem.key]) if problem.key in marks else problem for problem in found]
    return sorted(found, key=lambda problem: problem.at, reverse=True)


def count_needs(app: App, who: Who) -> int:
    """Count what needs this user; reads the store only."""
    return sum(problem.tab is Tab.NEEDS for problem in all_problems(app, actor_of(app, who)))


def of_operation(scene: Scene, operation: Operation) -> Problem:
    """Return an operation as a problem."""
    app, connection = scene.app, scene.connection
    row = scene.store.invoices.get(operation.invoice_id) if operation.invoice_id else None
    realm = connection.realm_id if connection is not None and row is not None else ""
    problem = Problem(
        key=f"{_OPERATION}{operation.id}",
        tab=Tab.RETRYING,
        situation=f"retrying.{_kind(operation)}",
        at=operation.done_at or operation.created_at,
        by=operation.user_name,
        number=operation.number or (row.number if row else ""),
        customer=operation.customer_name or (row.customer_name if row else ""),
        fault=_fault(scene, operation, operation.fault),
        sentence=str((operation.fault or {}).get("sentence", "")),
        looks=operation.looks,
        tries=operation.waits + 1,
        next_try=operation.next_try_at,
        url=links.invoice_url(app.quickbooks_app_url, realm, row.quickbooks_id) if row and realm else "",
    )
    problem = _on_deal(scene, problem, operation.deal_id)
    if operation.state not in (State.REFUSED.value, State.NEEDS_ATTENTION.value):
        return problem
    unclear = operation.state == State.NEEDS_ATTENTION.value
    variance = kept_variance(operation) is not None
    situation = "differs" if variance else f"{'unsure' if unclear else 'refused'}.{_kind(operation)}"
    return replace(
        problem, tab=Tab.NEEDS, situation=situation, next_try=None, remedies=remedies_of(scene, operation, problem)
    )


def remedies_of(scene: Scene, operation: Operation, problem: Problem) -> tuple[tuple[Remedy, str], ...]:
    """Return the ways out of an operation that was refused or is unclear, the best first."""
    found: list[tuple[Remedy, str]] = []
    if kept_variance(operation) is not None:
        found.append((Remedy.ACCEPT, ""))
    elif operation.state == State.NEEDS_ATTENTION.value and operation.kind == operations.CREATE:
        if sends_invoice(operation):
            found += [(Remedy.LOOK_AGAIN, ""), (Remedy.CREATE, "")]
        else:
            found.append((Remedy.TRY_AGAIN, ""))  # names are unique there: a look tells what became of it
    else:
        code = str((operation.fault or {}).get("code", ""))
        today = scene.app.today(scene.connection, scene.actor.time_zone)
        if code == "date.books_closed" and _may_be_dated(operation, scene.connection, today):
            found.append((Remedy.USE_DATE, today.isoformat()))
        following = str((operation.fault or {}).get("params", {}).get("next", ""))
        if code == "number.duplicate" and following:
            found.append((Remedy.USE_NUMBER, following))
        if code in _SIGN_IN and scene.connection is not None and scene.connection.state != "live":
            found.append((Remedy.RECONNECT, ""))
        if operation.kind in _IN_SETTINGS:
            found.append((Remedy.OPEN_SETTINGS, ""))
        else:
            found.append((Remedy.TRY_AGAIN, ""))
    if problem.deal_url:
        found.append((Remedy.OPEN_DEAL, problem.deal_url))
    return tuple(found)


_SIGN_IN = ("connection.expired", "connection.refused", "connection.user_lost_access")


def sends_invoice(operation: Operation) -> bool:
    """Tell whether what an unclear creation sent last was the invoice itself, not its customer or a product."""
    made = operation.made_items or {}
    return bool(operation.customer_id) and all(want["key"] in made for want in operation.body.get("items", ()))


def _may_be_dated(operation: Operation, connection: Connection | None, today: date) -> bool:
    """Another day is no other price only in the company's own currency, and only when the books are open on it."""
    if connection is None or operation.kind != operations.CREATE or operation.currency != connection.home_currency:
        return False
    return connection.books_closed_on is None or today > connection.books_closed_on


def _operations(scene: Scene) -> Iterable[Problem]:
    """Tell every operation that did not end well, goes on by itself, or is well again."""
    by, app, store = scene.actor.installation_id, scene.app, scene.store
    yield from (of_operation(scene, one) for one in store.problems.bad(by=by, limit=MOST))
    yield from (of_operation(scene, one) for one in store.problems.waiting(app.now(), by=by, limit=MOST))
    for one in store.problems.mended(app.now() - _FIXED_SHOWN, by=by, limit=MOST):
        situation = f"fixed.{_kind(one)}"
        yield replace(of_operation(scene, one), tab=Tab.FIXED, situation=situation, remedies=(), next_try=None)


def _follow_ups(scene: Scene) -> Iterable[Problem]:
    """Tell what failed after an invoice was created: its e-mail, the update of its customer."""
    for operation in scene.store.problems.follow_ups(by=scene.actor.installation_id, limit=MOST):
        row = scene.store.invoices.get(operation.invoice_id) if operation.invoice_id else None
        plain = replace(of_operation(scene, operation), tab=Tab.NEEDS, next_try=None)
        way = ((Remedy.OPEN_DEAL, plain.deal_url),) if plain.deal_url else ()
        mail_failed = operation.mail_tried and operation.mailed_at is None
        if mail_failed and row is not None and row.fault and row.sent_at is None:
            yield replace(
                plain, key=f"{plain.key}:mail", situation="refused.mail_after", fault=_fault(scene, operation, row.fault),
                sentence=str(row.fault.get("sentence", "")), remedies=((Remedy.SEND_MAIL, row.id), *way),
            )  # fmt: skip
        kept = operation.customer_write or {}
        if kept.get("fault"):
            yield replace(
                plain, key=f"{plain.key}:customer", situation="refused.customer_after", fault=_fault(scene, operation, kept["fault"]),
                sentence=str(kept["fault"].get("sentence", "")), remedies=way,
            )  # fmt: skip


def _connection(scene: Scene) -> Iterable[Problem]:
    """Tell a connection that wants a new sign-in: everything waits for it."""
    connection = scene.connection
    if connection is not None and connection.state == "needs_reconnect" and scene.actor.installation_id is None:
        yield Problem(
            key=f"connection:{connection.id}:{connection.token_version}", tab=Tab.NEEDS, situation="reconnect",
            at=connection.heard_at or connection.connected_at, by="", customer=connection.company_name,
            remedies=((Remedy.RECONNECT, ""),),
        )  # fmt: skip


def _ending(scene: Scene) -> Iterable[Problem]:
    """Tell a sign-in that ends for good soon, while there is time."""
    connection = scene.connection
    ends_at = ends_soon(connection, scene.app.now()) if connection is not None else None
    if connection is not None and ends_at is not None and scene.actor.installation_id is None:
        yield Problem(
            key=f"ending:{connection.id}:{ends_at:%Y%m%d}", tab=Tab.NEEDS, situation="ending",
            at=ends_at - WARN_BEFORE, by="", customer=connection.company_name, ends_at=ends_at,
            remedies=((Remedy.RECONNECT, ""),),
        )  # fmt: skip


def _deal_fields(scene: Scene) -> Iterable[Problem]:
    """Tell fields of ours on deals that somebody deleted in Pipedrive."""
    for row in scene.store.deal_fields.all().values():
        if row.state == deal_fields.GONE and scene.actor.installation_id is None:
            yield Problem(
                key=f"field:{row.code}", tab=Tab.NEEDS, situation="field_gone", at=scene.app.now(), by="",
                customer=row.name, remedies=((Remedy.OPEN_SETTINGS, ""),),
            )  # fmt: skip


def _set_aside(scene: Scene) -> Iterable[Problem]:
    """Tell records of QuickBooks that cannot be read; they go by themselves once they can."""
    connection = scene.connection
    if connection is None or scene.actor.installation_id is not None:
        return
    for row in scene.store.set_aside.all(connection.id)[:MOST]:
        yield Problem(
            key=f"record:{row.entity}:{row.quickbooks_id}", tab=Tab.NEEDS, situation="record_aside", at=row.first_at,
            by="", number=row.quickbooks_id, customer=row.entity, sentence=row.reason,
        )  # fmt: skip


SOURCES: list[Source] = [_operations, _follow_ups, _connection, _ending, _deal_fields, _set_aside]


def _on_deal(scene: Scene, problem: Problem, deal_id: int) -> Problem:
    """Name the deal, by its title only for a user who is known to see it."""
    if not deal_id:
        return problem
    seen = scene.store.deals.any_of(deal_id)
    if scene.actor.user_id is not None and not scene.actor.is_admin:
        seen = scene.store.deals.get(scene.actor.user_id, deal_id)
    home = next(iter(scene.store.installations.live()), None)
    return replace(
        problem,
        deal_id=deal_id,
        deal_title=seen.title if seen is not None and seen.allowed else "",
        deal_url=f"{home.api_domain.rstrip('/')}/deal/{deal_id}" if home is not None else "",
    )


def _aside(problem: Problem, mark: ProblemMark) -> Problem:
    if problem.tab is not Tab.NEEDS:
        return problem
    return replace(
        problem, tab=Tab.ASIDE, remedies=(), reason=mark.reason, aside_by=mark.by, aside_at=mark.at
    )  # fmt: skip


def _fault(scene: Scene, operation: Operation, kept: object) -> Finding | None:
    """Return a stored fault with what every text of a fault may name, as far as the vendor's answer did not say it."""
    fault = fault_of(kept)
    if fault is None:
        return None
    connection = scene.connection
    holder = scene.store.installations.get(connection.installation_id) if connection is not None else None
    known = {
        "number": operation.number,
        "name": operation.customer_name,
        "customer": operation.customer_name,
        "currency": operation.currency,
        "user": holder.name if holder is not None else operation.user_name,
        "company": connection.company_name if connection is not None else "",
        "kind": "invoice",
        "tid": "",
        "sentence": "",
    }
    return replace(fault, params=known | fault.params)


def _kind(operation: Operation) -> str:
    return operation.kind.replace(".", "_")


def _words(problem: Problem) -> str:
    return " ".join((problem.number, problem.customer, problem.deal_title, str(problem.deal_id))).casefold()
