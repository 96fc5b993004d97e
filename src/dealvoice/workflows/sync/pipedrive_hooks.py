"""
Makes Pipedrive's webhooks, looks after them once a day, and takes them away again.

One address with a random key for each installation that made them, Basic credentials of its own beside it, and a hook
for each kind of record. A hook hears only of what its user may see, so an administrator's token is preferred. Where
Pipedrive takes none (an address that it cannot reach, no right, forty already), everything works without: rights are
then asked for again after a quarter of an hour, and settings say so.

Source: webhooks v2 guide and webhooks for apps (40 a user, deleted after three days without a delivery, no update call).
"""

from datetime import timedelta

from dealvoice.connections.secrets import hash_of, new_id, new_secret
from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.observability import get_logger
from dealvoice.pipedrive import errors, webhooks
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.storage.connections import Connection
from dealvoice.storage.deals import DealState
from dealvoice.storage.hooks import ENDED, LIVE, MAKING, REFUSED, HookSet
from dealvoice.storage.installations import Installation
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import HOOKS, must, new_operation, set_state
from dealvoice.workflows.setup.hand_over import retired

OBJECTS = ("deal", "organization", "person", "product", "deal_product", "user")
"""What is subscribed to, the one that matters most first. Product rows of deals: since May 2026 (changelog)."""
CHECKED_EVERY = timedelta(hours=24)
BASIC_USER = "dealvoice"
_LONGEST_PAUSE = timedelta(minutes=10)
_HEADS_KEPT = timedelta(days=90)
_PARKED_AT_ONCE = 50
"""Archived deals that are asked after in a day, one budget token each: the event of a return may have been lost."""
_log = get_logger(__name__)


def address(app: App, key: str) -> str:
    """Return the address that Pipedrive posts to."""
    return f"{app.public_url}/webhooks/pipedrive/{key}"


def secret(app: App, row: HookSet) -> tuple[str, str]:
    """Return key and password of a set."""
    key, password = app.vault.open(row.sealed, tenant=row.tenant, column="sealed", row=row.id).split("\n")
    return key, password


def care_for_all(app: App) -> None:
    """Start what the webhooks of each company need: to be made, by another user too, looked at, or taken away. Cheap."""
    with app.database.everyone_read() as lobby:
        found, left = lobby.connections.live(), lobby.hooks.tenants_with_ended()
    # Where there is a connection, whoever makes new ones takes the old ones away after that (``run_make``).
    for tenant in left - {connection.tenant for connection in found}:
        delete_ended(app, tenant)
    for connection in found:
        with app.database.read(connection.tenant) as store:
            if not _needs(app, store, connection):
                continue
        with app.database.write(connection.tenant) as store:
            row = store.connections.get(connection.id)
            operation = want(app, store, row) if row is not None and row.state == "live" else None
        if operation is not None:
            app.engine.start(operation.id, operation.kind)


def want(app: App, store: Store, connection: Connection) -> Operation | None:
    """
    Write down that the webhooks must be made or looked at; the caller commits and starts what is returned.

    The set with its secrets is written before Pipedrive hears of it; one that another user made is ended.
    """
    if store.operations.under_way(HOOKS, connection.id):
        return None
    maker = subscriber(store, connection)
    if maker is None:
        return None
    row = store.hooks.current()
    if row is not None and row.installation_id != maker.id:
        row.state = ENDED
        row = None
    if row is None:
        key, set_id = new_secret(), new_id()
        sealed = app.vault.seal(f"{key}\n{new_secret()}", tenant=store.tenant, column="sealed", row=set_id)
        row = store.hooks.add(
            HookSet(
                id=set_id, tenant=store.tenant, installation_id=maker.id, key_hash=hash_of(key), sealed=sealed,
                state=MAKING, fault="", ids={}, sees_all=maker.is_admin, made_at=app.now(),
            )
        )  # fmt: skip
    operation = new_operation(app, HOOKS, connection, installation_id=maker.id, user_name="")
    operation.body = {"set": row.id}
    return store.operations.add(operation)


def subscriber(store: Store, connection: Connection) -> Installation | None:
    """Return whose token makes the hooks: the steward's, but an administrator's when he is none."""
    live = {one.id: one for one in store.installations.live()}
    steward = live.get(connection.steward_id) or live.get(connection.installation_id) or next(iter(live.values()), None)
    if steward is None or steward.is_admin:
        return steward
    row = store.hooks.current()
    holder = live.get(row.installation_id) if row is not None else None
    if holder is not None and holder.is_admin:
        return holder
    return next((one for one in live.values() if one.is_admin), steward)


def _needs(app: App, store: Store, connection: Connection) -> bool:
    row, maker = store.hooks.current(), subscriber(store, connection)
    if maker is None or (row is not None and row.state == MAKING and row.installation_id == maker.id):
        return False
    if row is None or row.installation_id != maker.id or row.checked_at is None:
        return True
    return app.now() - row.checked_at >= CHECKED_EVERY


def run_make(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Make what is missing of the hooks, after a look at what there is; then delete those of an earlier maker."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        row = store.hooks.get(operation.body["set"])
        maker = store.installations.get(operation.installation_id)
    if operation.is_final:
        return None
    fault, refused = "", False
    if row is not None and maker is not None and row.state != ENDED:
        try:
            fault = _make(app, row, app.pipedrive(tenant, maker.id, maker.api_domain))
        except errors.Wait as error:
            return _later(app, tenant, operation_id, timedelta(seconds=error.seconds))
        except (errors.Retry, errors.Unknown):
            return _later(app, tenant, operation_id, None)
        except SignInEnded:
            fault, refused = "pipedrive.expired", True
        except errors.PipedriveError as error:
            retired(app, tenant, row.installation_id, error)
            fault, refused = error.code, True
    delete_ended(app, tenant)
    with app.database.write(tenant) as store:
        _record(app, store, operation_id, fault, refused=refused)
    return DONE


def _later(app: App, tenant: str, operation_id: str, pause: timedelta | None) -> StepResult:
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        wait = pause or min(timedelta(seconds=app.retry_seconds * 2.0**operation.attempts), _LONGEST_PAUSE)
        operation.attempts = min(operation.attempts + 1, 20)
        operation.next_try_at = app.now() + wait
    return again(wait)


def _make(app: App, row: HookSet, client: Pipedrive) -> str:
    """
    Bring a set's hooks to what they should be.

    Returns:
        The code of a refusal that left some of them out; empty when all are there.
    """
    key, password = secret(app, row)
    url = address(app, key)
    there = [hook for hook in webhooks.hooks(client) if hook.subscription_url == url]
    ids = {hook.event_object or "": hook.id for hook in there if hook.delivers}
    lost = bool(row.ids) and any(ids.get(name) != known for name, known in row.ids.items())
    failing = any(hook.last_http_status is not None and not 200 <= hook.last_http_status < 300 for hook in there)
    for hook in there:
        if not hook.delivers:
            _delete(client, hook.id)
    if lost or failing:
        _log.warning("hooks.missed", lost=lost, failing=failing)
    fault = ""
    for name in OBJECTS:
        if name in ids:
            continue
        try:
            made = webhooks.create(
                client, url=url, event_object=name, name=f"Dealvoice: {name}", user=BASIC_USER, password=password
            )
        except (errors.Refused, errors.Rejected) as error:
            if name == OBJECTS[0]:
                raise
            # The deal's own hook is what counts; an account may not know a kind of record yet.
            fault = error.code
            continue
        ids[name] = made.id
    with app.database.write(row.tenant) as store:
        kept = store.hooks.get(row.id)
        if kept is not None:
            kept.ids = ids
            now = app.now()
            if lost:
                kept.lost_at = now
            if lost or failing or kept.live_since is None:
                # What was remembered before may lack what nobody told.
                kept.live_since = now
    return fault


def _record(app: App, store: Store, operation_id: str, fault: str, *, refused: bool) -> None:
    operation = must(store, operation_id)
    operation.done_at = app.now()
    set_state(operation, State.DONE)
    row = store.hooks.get(operation.body["set"])
    if row is not None and row.state != ENDED:
        row.state, row.fault, row.checked_at = (REFUSED if refused else LIVE), fault, app.now()
        if refused:
            row.ids, row.live_since = {}, None
            _log.warning("hooks.refused", code=fault)
    linked = store.invoices.deals_with_any()
    store.deals.purge(app.now() - _HEADS_KEPT, keep=linked)
    archived = [deal for deal, state in store.deals.parked(linked).items() if state is DealState.ARCHIVED]
    for deal_id in sorted(archived, reverse=True)[:_PARKED_AT_ONCE]:
        store.hooks.mark("deal", deal_id, app.now())


def delete_ended(app: App, tenant: str) -> None:
    """
    Delete the hooks of ended sets, as far as somebody may; Pipedrive drops by itself what nobody answers.

    A set that Pipedrive did not answer for is kept for the next time: its hooks would count among the forty of their user.
    """
    with app.database.read(tenant) as store:
        found = [(row, store.installations.get(row.installation_id)) for row in store.hooks.ended()]
    for row, maker in found:
        if maker is not None and maker.state == "live":
            client = app.pipedrive(tenant, maker.id, maker.api_domain)
            try:
                for hook_id in row.ids.values():
                    _delete(client, hook_id)
            except (SignInEnded, errors.PipedriveError) as error:
                _log.warning("hooks.left", reason=type(error).__name__)
                if isinstance(error, errors.Wait | errors.Retry):
                    continue
        with app.database.write(tenant) as store:
            store.hooks.remove(row.id)


def end(app: App, tenant: str) -> None:
    """End a tenant's hooks: nothing that comes through them counts any more, and Pipedrive is told. Safe to repeat."""
    with app.database.write(tenant) as store:
        row = store.hooks.current()
        if row is not None:
            row.state = ENDED
    delete_ended(app, tenant)


def _delete(client: Pipedrive, hook_id: int) -> None:
    try:
        webhooks.delete(client, hook_id)
    except errors.NotFound:
        return
