"""
Writes on a deal what its fields say: everything that changed in one call, and nothing that did not.

Pipedrive notes each change of a field in the deal's Changelog by itself; nothing else of ours could appear there, since
changelog and flow are read-only (API v1).
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from dealvoice.connections.tokens import SignInEnded
from dealvoice.invoicing.deal_fields import FieldKind, Told, Value, deal_values
from dealvoice.invoicing.money import Money, from_minor, round_money
from dealvoice.invoicing.status import Flag
from dealvoice.pipedrive import deals, errors, fields
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Deal, FieldValue
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.deal_fields import GONE, UNSURE, DealFieldRow
from dealvoice.storage.deals import Worth
from dealvoice.storage.installations import Installation
from dealvoice.storage.invoices import DealInvoice, InvoiceRow
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.setup.hand_over import ensure_steward
from dealvoice.workflows.sync.alone import alone
from dealvoice.workflows.sync.outcome import CLEAR, FAILURES, Outcome, outcome_of, wait
from dealvoice.workflows.translate.deals import deal_seen

_LEASE = timedelta(seconds=45)
_ROUNDS = 4
"""Writes that one telling may take: the answer may show another value of the deal, or a field that is gone."""


def write_fields(app: App, tenant: str, deal_id: int) -> Outcome:
    """Bring the fields of one deal up to date; one call when anything changed, none otherwise. Safe to repeat."""
    with app.database.read(tenant) as store:
        if not store.deal_fields.ready():
            return CLEAR
    with alone(app, tenant, f"fields:{deal_id}", life=_LEASE) as lease:
        for _ in range(_ROUNDS if lease is not None else 0):
            outcome = _write(app, tenant, deal_id)
            if outcome is not None:
                return outcome
        return wait(app.retry_seconds)


def texts_of(app: App, store: Store, connection: Connection, deal_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Return what the fields of deals should hold, as text by kind, of the kinds that are written."""
    steward_id = ensure_steward(store, connection)
    steward = store.installations.get(steward_id) if steward_id else None
    if steward is None:
        return {}
    kinds = store.deal_fields.ready()
    return {
        deal_id: {kind.value: as_text(value) for kind, value in said.items() if kind.value in kinds}
        for deal_id, said in _values(app, store, connection, steward, list(deal_ids)).items()
    }


def is_full(store: Store) -> bool:
    """Whether notes and fields carry numbers and amounts, which everyone on the deal can read."""
    saved = store.preferences.get()
    return saved is not None and (saved.show_amounts or saved.visibility == "everyone")


def as_text(value: Value) -> str:
    """Return a value as it is kept and compared; empty for nothing."""
    match value:
        case None:
            return ""
        case Money():
            return f"{round_money(value.amount, value.currency):f} {value.currency}"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _values(
    app: App, store: Store, connection: Connection, steward: Installation, deal_ids: list[int]
) -> dict[int, dict[FieldKind, Value]]:
    today, full = app.today(connection, steward.time_zone), is_full(store)
    rows, worth = store.invoices.of_deals(deal_ids), store.deals.worth(deal_ids)
    found = {}
    for deal_id in deal_ids:
        known = worth.get(deal_id)
        told = [_told(app, connection, row, link) for row, link in rows.get(deal_id, ())]
        currency = known.currency if known else ""
        found[deal_id] = deal_values(
            told, value=known.money if known else None, currency=currency, today=today, full=full
        )
    return found


def _told(app: App, connection: Connection, row: InvoiceRow, link: DealInvoice) -> Told:
    return Told(
        number=row.number,
        standing=row.standing(),
        tax=from_minor(row.tax, row.currency),
        issued_on=row.issued_on,
        link=links.invoice_url(app.quickbooks_app_url, connection.realm_id, row.quickbooks_id),
        tax_in_value=link.tax_in_value,
    )


def _write(app: App, tenant: str, deal_id: int) -> Outcome | None:
    """Write once; None when another look is needed at once."""
    with app.database.write(tenant) as store:
        kept, connection = store.deal_fields.ready(), store.connections.current()
        steward_id = ensure_steward(store, connection) if connection is not None else None
        steward = store.installations.get(steward_id) if steward_id else None
        if not kept or connection is None or steward is None:
            return CLEAR
        said = _values(app, store, connection, steward, [deal_id])[deal_id]
        told = store.deal_fields.told(deal_id)
        unknown = deal_id not in store.deals.worth([deal_id])
        changed = {kind: said[FieldKind(kind)] for kind in kept if as_text(said[FieldKind(kind)]) != told.get(kind, "")}
        if changed:
            # Until the answer comes nobody knows what they hold: the next look must not take an older value for theirs.
            store.deal_fields.tell(deal_id, dict.fromkeys(changed, UNSURE))
    if not changed:
        return CLEAR
    client = app.pipedrive(tenant, steward.id, steward.api_domain)
    values = {kept[kind].code: _wire(value, kept[kind]) for kind, value in changed.items()}
    try:
        deal = deals.set_fields(client, deal_id, values=values)
        gone = _gone(client, kept) if _lacks(deal, values, kept, changed) else set()
    except FAILURES as error:
        outcome = outcome_of(app, steward, error)
        return _after_refusal(app, tenant, client, kept, error, outcome) if outcome.refusal else outcome
    with app.database.write(tenant) as store:
        for kind in gone:
            store.deal_fields.choose(kind, GONE)
        store.deal_fields.tell(deal_id, {kind: as_text(value) for kind, value in changed.items() if kind not in gone})
        worth = Worth(deal.value, deal.currency or "")
        moved = store.deals.retell(deal_id, worth, archived=bool(deal.is_archived), at=deal.update_time)
        if unknown:
            store.deals.put(deal_seen(tenant, steward.user_id, deal, now=app.now()))
    return None if moved or unknown else CLEAR


def _wire(value: Value, field: DealFieldRow) -> FieldValue:
    match value:
        case None:
            return None
        case Flag():
            return int(field.options[value.value])
        case Money():
            return {"value": round_money(value.amount, value.currency), "currency": value.currency}
        case Decimal():
            return int(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _lacks(
    deal: Deal, values: Mapping[str, FieldValue], kept: Mapping[str, DealFieldRow], changed: Mapping[str, Value]
) -> bool:
    """Tell whether an answer leaves it open that a field, or a choice of the status, is still there."""
    if any(code not in deal.custom_fields for code in values):
        return True
    status = kept.get(FieldKind.STATUS.value)
    return (
        FieldKind.STATUS.value in changed
        and status is not None
        and (deal.custom_fields.get(status.code) != values[status.code])
    )


def _after_refusal(
    app: App,
    tenant: str,
    client: Pipedrive,
    kept: Mapping[str, DealFieldRow],
    error: errors.PipedriveError | SignInEnded,
    outcome: Outcome,
) -> Outcome | None:
    """Look whether a field or a choice is gone: then the others are written. Anything else parks the deal."""
    if isinstance(error, errors.Rejected | errors.Refused) and not isinstance(error, errors.Forbidden):
        try:
            gone = _gone(client, kept)
        except errors.PipedriveError:
            return wait(app.retry_seconds)
        if gone:
            with app.database.write(tenant) as store:
                for kind in gone:
                    store.deal_fields.choose(kind, GONE)
            return None
    return outcome


def _gone(client: Pipedrive, kept: Mapping[str, DealFieldRow]) -> set[str]:
    """Return the kinds whose field, or one of whose choices, somebody deleted."""
    there = {one.field_code: {option.id for option in one.options or []} for one in fields.deal_fields(client)}
    return {
        kind for kind, row in kept.items() if row.code not in there or not set(row.options.values()) <= there[row.code]
    }
