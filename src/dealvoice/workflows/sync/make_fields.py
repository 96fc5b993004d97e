"""
Makes the fields that the company wants on its deals: each once, with an admin's consent, and never one of somebody else.

Why which type, so that filters, automations and reports of Pipedrive work with no code:

- status is one of choices (``enum``): filters and automations offer the six flags, a company may word them anew, and the
  Changelog shows the words, while we write ids.
- amounts are ``monetary``: they carry their currency, filters compare them as numbers, and reports add them up by currency.
- days overdue are a number (``double``, the one kind of number that an app may make): "is more than 30" works.
- the last payment is a ``date``: filters know "last month" of it.
- numbers and link are short text (``varchar``): found by search, filtered by "contains", and an address is shown as a link.

Source: Pipedrive, custom fields and Filters API (operators by type of field).
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.i18n import Speech
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.status import Flag
from dealvoice.pipedrive import errors, fields
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Field
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import MAKING, OFF, READY, REFUSED, DealFieldRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import MAKE_FIELD, Fault, must, new_operation, set_state
from dealvoice.workflows.sync.alone import alone
from dealvoice.workflows.sync.keep_deals import keep_all
from dealvoice.workflows.sync.record import start_all

TYPES = {
    FieldKind.STATUS: "enum",
    FieldKind.NUMBERS: "varchar",
    FieldKind.TOTAL: "monetary",
    FieldKind.PAID: "monetary",
    FieldKind.LEFT: "monetary",
    FieldKind.DAYS: "double",
    FieldKind.PAID_ON: "date",
    FieldKind.TO_INVOICE: "monetary",
    FieldKind.LINK: "varchar",
}
_LEASE = timedelta(minutes=3)


def want(
    app: App, store: Store, connection: Connection, kinds: Collection[FieldKind], *, installation_id: str, by: str
) -> Operation | None:
    """
    Write down which fields the company wants, and that the others stay as they are; the caller commits.

    Returns:
        The operation that makes what is missing, to be started after the commit; None when nothing is.
    """
    known = store.deal_fields.all()
    begun = False
    for kind in FieldKind:
        state = known[kind.value].state if kind.value in known else ""
        if kind not in kinds:
            store.deal_fields.choose(kind.value, OFF)
        elif state not in (READY, MAKING):
            store.deal_fields.choose(kind.value, MAKING)
            begun = True
    if not begun:
        return None
    return store.operations.add(
        new_operation(app, MAKE_FIELD, connection, installation_id=installation_id, user_name=by)
    )


def run_make(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Make what is wanted, or find what an earlier try made; then tell every deal that has invoices.

    The look: the deal fields by name and type, without those that were there before the first try. A refusal is kept for
    what is still to be made; what was made is used.
    """
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        maker = store.installations.get(operation.installation_id)
    if operation.is_final:
        return None
    if maker is None or maker.state != "live":
        return _end(app, tenant, operation_id, refused="pipedrive.uninstalled")
    try:
        with alone(app, tenant, "fields:make", life=_LEASE) as lease:
            if lease is None:
                return again(timedelta(seconds=app.retry_seconds))
            client = app.pipedrive(tenant, maker.id, maker.api_domain)
            _make_all(app, tenant, client, app.speech(maker.language, maker.locale, maker.time_zone))
    except errors.Wait as error:
        return again(timedelta(seconds=error.seconds))
    except (errors.Retry, errors.Unknown):
        return again(timedelta(seconds=app.retry_seconds))
    except SignInEnded:
        return _end(app, tenant, operation_id, refused="pipedrive.expired")
    except errors.PipedriveError as error:
        return _end(app, tenant, operation_id, refused=error.code)
    return _end(app, tenant, operation_id, refused="")


def _make_all(app: App, tenant: str, client: Pipedrive, speech: Speech) -> None:
    there: list[Field] | None = None
    for kind in FieldKind:
        with app.database.read(tenant) as store:
            kept = store.deal_fields.all().get(kind.value)
        if kept is None or kept.state != MAKING:
            continue
        there = fields.deal_fields(client) if there is None else there
        labels = {flag: speech.t(f"flag.{flag.value}") for flag in Flag} if kind is FieldKind.STATUS else {}
        made = _make(app, tenant, client, kind, there, labels, name=speech.t(f"field.{kind.value}"))
        there.append(made)
        with app.database.write(tenant) as store:
            row = store.deal_fields.choose(kind.value, READY)
            if row.code != made.field_code:
                store.deal_fields.forget(kind.value)
            by_label = {option.label: option.id for option in made.options or []}
            row.code = made.field_code
            row.options = {flag.value: by_label[label] for flag, label in labels.items() if label in by_label}


def _make(
    app: App,
    tenant: str,
    client: Pipedrive,
    kind: FieldKind,
    there: list[Field],
    labels: dict[Flag, str],
    *,
    name: str,
) -> Field:
    with app.database.write(tenant) as store:
        kept = store.deal_fields.choose(kind.value, MAKING)
        known = next((field for field in there if kept.code and field.field_code == kept.code), None)
        if known is None and kept.code:
            kept.code, kept.tried = "", False
        found = None
        if known is None and kept.tried:
            found = next((field for field in there if _is_ours(field, kept, kind)), None)
        if known is None and found is None and not kept.tried:
            names = {field.field_name for field in there}
            kept.name = name if name not in names else f"{name} (Dealvoice)"
            kept.before = [field.field_code for field in there if field.is_custom_field]
        kept.tried = True
        called, options = kept.name, dict(kept.options)
    if known is not None:
        return _completed(client, known, labels, options) if labels else known
    if found is not None:
        return found
    return fields.create_deal_field(client, name=called, field_type=TYPES[kind], options=list(labels.values()))


def _is_ours(field: Field, kept: DealFieldRow, kind: FieldKind) -> bool:
    before: Sequence[str] = kept.before
    return field.field_name == kept.name and field.field_type == TYPES[kind] and field.field_code not in before


def _completed(client: Pipedrive, field: Field, labels: dict[Flag, str], options: dict[str, int]) -> Field:
    """Return our field with the choices that somebody took away put back; those worded anew keep their words."""
    left = {option.id: option for option in field.options or []}
    held = {number for number in options.values() if number in left}
    # Those with our word that are no other choice of ours: an earlier try put them back, whose answer did not come.
    back = {option.label: option for number, option in left.items() if number not in held}
    found = {flag: left.get(options.get(flag.value, 0)) or back.get(labels[flag]) for flag in Flag}
    # Ours by its id, under our word: that is how the caller knows it.
    whole = [type(option)(id=option.id, label=labels[flag]) for flag, option in found.items() if option is not None]
    missing = [labels[flag] for flag, option in found.items() if option is None]
    if missing:
        whole += fields.add_deal_options(client, field.field_code, labels=missing)
    return Field(field_code=field.field_code, field_name=field.field_name, field_type=field.field_type, options=whole)


def _end(app: App, tenant: str, operation_id: str, *, refused: str) -> StepResult:
    telling: list[Operation] = []
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if refused:
            for kind, row in store.deal_fields.all().items():
                if row.state == MAKING:
                    store.deal_fields.choose(kind, REFUSED)
            operation.fault = Fault(refused, {}).kept()
        connection = store.connections.get(operation.connection_id)
        if connection is not None and store.deal_fields.ready():
            telling.append(keep_all(app, store, connection))
        operation.done_at = app.now()
        set_state(operation, State.REFUSED if refused else State.DONE)
    start_all(app, telling)
    return DONE
