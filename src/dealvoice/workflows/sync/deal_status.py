"""
The deal field "Invoice status": made once with an admin's consent, then written when what it says changes.

Pipedrive notes each change of a field in the deal's Changelog by itself; nothing else of ours could appear there, since
changelog and flow are read-only (API v1). The field is one of choices (``enum``), not text: filters, automations and
reports then offer the six flags, a company may word them anew, and the Changelog shows the words, while we write ids.
"""

from collections.abc import Sequence
from datetime import timedelta

from dealvoice.connections.secrets import new_id
from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.status import Flag, deal_flag, derive
from dealvoice.pipedrive import deals, errors, fields
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Field
from dealvoice.storage import statuses
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import MAKE_FIELD, STATUS, Fault, must, new_operation, set_state
from dealvoice.workflows.setup.hand_over import ensure_steward, retired
from dealvoice.workflows.sync.record import start_all

KIND = "enum"
_LEASE = timedelta(seconds=45)


def want(app: App, store: Store, connection: Connection, *, installation_id: str, by: str) -> Operation | None:
    """
    Write down that the company wants the field; the caller commits and starts what is returned.

    Returns:
        The operation that makes it; None when it is there, or under way.
    """
    field = store.statuses.field()
    if field is not None and field.state in (statuses.READY, statuses.MAKING):
        return None
    store.statuses.choose(statuses.MAKING)
    operation = new_operation(app, MAKE_FIELD, connection, installation_id=installation_id, user_name=by)
    return store.operations.add(operation)


def run_make(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Make the field, or find the one that an earlier try made; then write it on every deal that has invoices.

    The look: the deal fields by name and type, without those that were there before the first try.
    """
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        field = store.statuses.field()
        maker = store.installations.get(operation.installation_id)
    if operation.is_final:
        return None
    if field is None or field.state != statuses.MAKING:
        return _end(app, tenant, operation_id, None)
    if maker is None or maker.state != "live":
        return _refuse(app, tenant, operation_id, "pipedrive.uninstalled")
    speech = app.speech(maker.language, maker.locale, maker.time_zone)
    labels = {flag: speech.t(f"flag.{flag.value}") for flag in Flag}
    client = app.pipedrive(tenant, maker.id, maker.api_domain)
    try:
        made = _make(app, tenant, client, labels, name=speech.t("field.status"))
    except errors.Wait as error:
        return again(timedelta(seconds=error.seconds))
    except (errors.Retry, errors.Unknown):
        return again(timedelta(seconds=app.retry_seconds))
    except SignInEnded:
        return _refuse(app, tenant, operation_id, "pipedrive.expired")
    except errors.PipedriveError as error:
        return _refuse(app, tenant, operation_id, error.code)
    with app.database.write(tenant) as store:
        kept = store.statuses.choose(statuses.READY)
        if kept.code != made.field_code:
            store.statuses.forget()
        by_label = {option.label: option.id for option in made.options or []}
        kept.code = made.field_code
        kept.options = {flag.value: by_label[label] for flag, label in labels.items() if label in by_label}
    return _end(app, tenant, operation_id, made.field_code)


def _make(app: App, tenant: str, client: Pipedrive, labels: dict[Flag, str], *, name: str) -> Field:
    there = fields.deal_fields(client)
    with app.database.write(tenant) as store:
        kept = store.statuses.choose(statuses.MAKING)
        known = next((field for field in there if kept.code and field.field_code == kept.code), None)
        if known is None and kept.code:
            kept.code, kept.tried = "", False
        found = None
        if known is None and kept.tried:
            found = next((field for field in there if _is_new(field, kept.name, kept.before)), None)
        if known is None and found is None and not kept.tried:
            names = {field.field_name for field in there}
            kept.name = name if name not in names else f"{name} (Dealvoice)"
            kept.before = [field.field_code for field in there if field.is_custom_field]
        kept.tried = True
        called, options = kept.name, dict(kept.options)
    if known is not None:
        return _completed(client, known, labels, options)
    if found is not None:
        return found
    return fields.create_deal_field(client, name=called, field_type=KIND, options=list(labels.values()))


def _is_new(field: Field, name: str, before: Sequence[str]) -> bool:
    return field.field_name == name and field.field_type == KIND and field.field_code not in before


def _completed(client: Pipedrive, field: Field, labels: dict[Flag, str], options: dict[str, int]) -> Field:
    """Return our field with the choices that somebody took away put back; those worded anew keep their words."""
    left = {option.id: option for option in field.options or []}
    whole = [
        # Ours by its id, under our word: that is how the caller knows it.
        type(option)(id=option.id, label=labels[flag])
        for flag in Flag
        if (option := left.get(options.get(flag.value, 0))) is not None
    ]
    missing = [labels[flag] for flag in Flag if options.get(flag.value, 0) not in left]
    if missing:
        whole += fields.add_deal_options(client, field.field_code, labels=missing)
    return Field(field_code=field.field_code, field_name=field.field_name, field_type=field.field_type, options=whole)


def _refuse(app: App, tenant: str, operation_id: str, code: str) -> StepResult:
    with app.database.write(tenant) as store:
        store.statuses.choose(statuses.REFUSED)
        operation = must(store, operation_id)
        operation.fault = Fault(code, {}).kept()
        set_state(operation, State.REFUSED)
    return DONE


def _end(app: App, tenant: str, operation_id: str, code: str | None) -> StepResult:
    written: list[Operation] = []
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
        if code is not None and connection is not None:
            written = [status_operation(app, store, connection, deal) for deal in store.invoices.deals_with_any()]
        operation.done_at = app.now()
        set_state(operation, State.DONE)
    start_all(app, written)
    return DONE


def status_operation(app: App, store: Store, connection: Connection, deal_id: int) -> Operation:
    """Write down that a deal must be told its status anew; to be started after the commit."""
    operation = new_operation(app, STATUS, connection, installation_id=connection.steward_id, user_name="")
    operation.deal_id = deal_id
    return store.operations.add(operation)


def write_status(app: App, tenant: str, deal_id: int) -> timedelta | None:
    """
    Bring the field on one deal up to date; one call when the flag changed, none otherwise. Safe to repeat.

    Returns:
        How long to wait before the next try; None when there is nothing left to do.
    """
    with app.database.read(tenant) as store:
        field = store.statuses.field()
    if field is None or field.state != statuses.READY:
        return None
    holder, name = new_id(), f"status:{deal_id}"
    with app.database.write(tenant) as store:
        if not store.leases.take(name, holder=holder, until=app.now() + _LEASE, now=app.now()):
            return timedelta(seconds=app.retry_seconds)
    try:
        return _write(app, tenant, deal_id)
    finally:
        with app.database.write(tenant) as store:
            store.leases.give_back(name, holder=holder)


def _write(app: App, tenant: str, deal_id: int) -> timedelta | None:
    with app.database.write(tenant) as store:
        field, connection = store.statuses.field(), store.connections.current()
        steward_id = ensure_steward(store, connection) if connection is not None else None
        steward = store.installations.get(steward_id) if steward_id else None
        if field is None or connection is None or steward is None:
            return None
        today = app.today(connection, steward.time_zone)
        flag = deal_flag(derive(row.standing(), today).flag for row in store.invoices.of_deal(deal_id))
        if store.statuses.told(deal_id) == (flag or ""):
            return None
    client = app.pipedrive(tenant, steward.id, steward.api_domain)
    value = field.options[flag.value] if flag else None
    try:
        deal = deals.set_fields(client, deal_id, values={field.code: value})
        there = deal.custom_fields.get(field.code) == value or _is_there(client, field)
    except errors.Wait as error:
        return timedelta(seconds=error.seconds)
    except (errors.Retry, errors.Unknown):
        return timedelta(seconds=app.retry_seconds)
    except SignInEnded:
        return timedelta(seconds=app.retry_seconds)  # this steward is gone: the next try has another, or none
    except errors.PipedriveError as error:
        if retired(app, tenant, steward.id, error):
            return timedelta(seconds=app.retry_seconds)
        return _after_refusal(app, tenant, client, field, error)
    with app.database.write(tenant) as store:
        if there:
            store.statuses.tell(deal_id, flag.value if flag else "")
        else:
            store.statuses.choose(statuses.GONE)
    return None


def _after_refusal(
    app: App, tenant: str, client: Pipedrive, field: statuses.StatusField, error: errors.PipedriveError
) -> timedelta | None:
    """Look whether the field or a choice of it is gone; whatever else was refused (deal gone, archived) stays as it is."""
    if not isinstance(error, errors.Rejected | errors.Refused) or isinstance(error, errors.Forbidden):
        return None
    try:
        there = _is_there(client, field)
    except errors.PipedriveError:
        return timedelta(seconds=app.retry_seconds)
    if not there:
        with app.database.write(tenant) as store:
            store.statuses.choose(statuses.GONE)
    return None


def _is_there(client: Pipedrive, field: statuses.StatusField) -> bool:
    ours = next((one for one in fields.deal_fields(client) if one.field_code == field.code), None)
    left = {option.id for option in (ours.options or [])} if ours is not None else set()
    return ours is not None and set(field.options.values()) <= left
