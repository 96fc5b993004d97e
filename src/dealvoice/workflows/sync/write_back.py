"""
Tells the deal: one note per invoice, rewritten in place whenever anything it says changes, and the deal's fields.

The look before a second note is the invoice's own link in the notes of the deal.
"""

import hashlib
import html
import re
from datetime import timedelta

from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.status import derive
from dealvoice.pipedrive import errors, notes
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.installations import Installation
from dealvoice.storage.invoices import DealInvoice, InvoiceRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.operations import must, set_state
from dealvoice.workflows.setup.hand_over import ensure_steward
from dealvoice.workflows.sync.alone import alone
from dealvoice.workflows.sync.outcome import CLEAR, FAILURES, Outcome, outcome_of, wait
from dealvoice.workflows.sync.parking import park, resume, take_up
from dealvoice.workflows.sync.record import start_all
from dealvoice.workflows.sync.write_fields import is_full, write_fields

_LEASE = timedelta(seconds=45)


def run_note(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Run a write-back operation; what was written down for it meanwhile is told before it ends."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
    if operation.is_final or operation.invoice_id is None:
        return None
    waiting = tell(app, tenant, deal_id=operation.deal_id, invoice_id=operation.invoice_id)
    if waiting is not None:
        return again(waiting)
    with app.database.write(tenant) as store:
        following = store.operations.held(operation_id)
        if following is not None and following.version != operation.version:
            return again(timedelta(0))  # told of another change while this one was under way
        operation = must(store, operation_id)
        operation.noted_at = operation.done_at = app.now()
        set_state(operation, State.DONE)
    return DONE


def tell(app: App, tenant: str, *, deal_id: int, invoice_id: str) -> timedelta | None:
    """
    Bring everything that a deal says of an invoice up to date: its note, and the deal's fields. Safe to repeat.

    What Pipedrive refuses (deal archived, deleted, no right) parks the deal, which says so; see ``parking``.

    Returns:
        How long to wait before the next try; None when there is nothing left to do.
    """
    note = write_note(app, tenant, deal_id=deal_id, invoice_id=invoice_id)
    if note.after is not None:
        return note.after
    fields = write_fields(app, tenant, deal_id)
    return settle(app, tenant, deal_id, note if note.refusal and fields.after is None else fields).after


def tell_whole(app: App, tenant: str, deal_id: int) -> Outcome:
    """Bring the notes of all of a deal's invoices, and its fields, up to date. Safe to repeat; parks nothing."""
    with app.database.read(tenant) as store:
        invoice_ids = [row.id for row in store.invoices.of_deal(deal_id)]
    for invoice_id in invoice_ids:
        note = write_note(app, tenant, deal_id=deal_id, invoice_id=invoice_id)
        if not note.is_clear:
            break
    else:
        note = CLEAR
    outcome = write_fields(app, tenant, deal_id) if note.after is None else note
    return outcome if note.is_clear or outcome.after is not None else note


def keep(app: App, tenant: str, deal_id: int, *, notes: bool) -> Outcome:
    """Bring a deal's fields, and its notes if asked, up to date, and park it or take it up again by how that ended."""
    return settle(
        app, tenant, deal_id, tell_whole(app, tenant, deal_id) if notes else write_fields(app, tenant, deal_id)
    )


def settle(app: App, tenant: str, deal_id: int, outcome: Outcome) -> Outcome:
    """Park a deal that was refused, and take one up again that was written after all; returns the outcome."""
    if outcome.refusal:
        park(app, tenant, deal_id, outcome.refusal)
    elif outcome.is_clear:
        start_all(app, take_up(app, tenant, deal_id))
    return outcome


def write_note(app: App, tenant: str, *, deal_id: int, invoice_id: str) -> Outcome:
    """Bring one invoice's note on one deal up to date; safe to repeat and to run twice at once."""
    with alone(app, tenant, f"note:{deal_id}:{invoice_id}", life=_LEASE) as lease:
        return wait(app.retry_seconds) if lease is None else _write(app, tenant, deal_id, invoice_id)


def _write(app: App, tenant: str, deal_id: int, invoice_id: str) -> Outcome:
    with app.database.write(tenant) as store:
        row, link = store.invoices.get(invoice_id), store.invoices.deal_link(deal_id, invoice_id)
        steward, connection = _steward(store, row)
        if row is None or link is None or steward is None or connection is None:
            return CLEAR
        content = note_text(app, store, row, link, connection, steward)
        content_hash = hashlib.sha256(content.encode()).hexdigest()
        if link.note_hash == content_hash:
            return CLEAR
        tried, link.note_tried = link.note_tried, True
        link.note_hash = ""  # until the answer comes nobody knows what it says
        note_id = link.note_id
    client = app.pipedrive(tenant, steward.id, steward.api_domain)
    try:
        note_id = _put(client, row, deal_id, note_id, content, look=tried)
    except FAILURES as error:
        outcome = outcome_of(app, steward, error)
        if outcome.refusal:
            with app.database.write(tenant) as store:
                link = store.invoices.deal_link(deal_id, invoice_id)
                if link is not None:
                    link.note_hash = ""  # it does not say what it should
        return outcome
    with app.database.write(tenant) as store:
        link = store.invoices.deal_link(deal_id, invoice_id)
        if link is not None:
            link.note_id, link.note_hash = note_id, content_hash
    return CLEAR


def _put(client: Pipedrive, row: InvoiceRow, deal_id: int, note_id: int | None, content: str, *, look: bool) -> int:
    if note_id is not None and _update(client, note_id, content):
        return note_id
    # None yet, or somebody deleted it. An earlier try may have written another, whose answer did not come.
    found = _find(client, deal_id, row.quickbooks_id) if look else None
    if found is not None and _update(client, found, content):
        return found
    return notes.create(client, deal_id=deal_id, content=content).id


def _update(client: Pipedrive, note_id: int, content: str) -> bool:
    """Rewrite a note; False when it is there no more."""
    try:
        notes.update(client, note_id, content)
    except errors.NotFound:
        return False
    return True


def _find(client: Pipedrive, deal_id: int, quickbooks_id: str) -> int | None:
    ours = re.compile(rf"txnId(?:=|%3D){re.escape(quickbooks_id)}(?!\d)")
    found = [note.id for note in notes.of_deal(client, deal_id) if ours.search(note.content or "")]
    return min(found, default=None)


def _steward(store: Store, row: InvoiceRow | None) -> tuple[Installation | None, Connection | None]:
    connection = store.connections.get(row.connection_id) if row else None
    if connection is None or connection.state == "ended":
        return None, connection
    steward_id = ensure_steward(store, connection)
    return (store.installations.get(steward_id) if steward_id else None), connection


def note_text(
    app: App, store: Store, row: InvoiceRow, link: DealInvoice, connection: Connection, steward: Installation
) -> str:
    """Return what the note says: everything is escaped, and without numbers when the company wants it so."""
    speech = app.speech(steward.language, steward.locale, steward.time_zone)
    today = app.today(connection, steward.time_zone)
    status = derive(row.standing(), today)
    full = is_full(store)
    flag = speech.t(f"flag.{status.flag.value}")
    url = links.invoice_url(app.quickbooks_app_url, connection.realm_id, row.quickbooks_id)
    title = speech.t("note.title", number=row.number, flag=flag) if full else speech.t("note.title_plain", flag=flag)
    parts = [f"<p><b>{_safe(title)}</b></p>"]
    if full and row.issued_on is not None:
        total = from_minor(row.last_total if row.voided else row.total, row.currency)
        line = speech.t(
            "note.line",
            customer=row.customer_name,
            issued=speech.date(row.issued_on, today),
            due=speech.date(row.due_on, today) if row.due_on else "–",
            total=speech.money(total.amount, total.currency),
            left=speech.money(status.left.amount, status.left.currency),
        )
        parts.append(f"<p>{_safe(line)}</p>")
    by = speech.t("note.by", person=link.linked_by)
    opening = speech.t("action.open_quickbooks")
    parts.append(f'<p>{_safe(by)} · <a href="{_safe(url)}">{_safe(opening)}</a></p>')
    return "".join(parts)


def run_status(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Run an operation that tells one deal its fields, and what was taken off it, or all of its notes."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
    if operation.is_final:
        return None
    whole = bool((operation.body or {}).get("whole"))
    unlinked = _tell_unlinked(app, tenant, operation)
    if unlinked.after is not None:
        return again(unlinked.after)
    outcome = (tell_whole if whole else write_fields)(app, tenant, operation.deal_id)
    if outcome.after is not None:
        return again(outcome.after)
    refusal = unlinked.refusal or outcome.refusal
    if refusal:
        park(app, tenant, operation.deal_id, refusal, own=operation_id)
        return DONE
    following: list[Operation] = []
    with app.database.write(tenant) as store:
        operation, connection = must(store, operation_id), store.connections.current()
        if whole:
            store.deal_fields.unpark(operation.deal_id)
        elif connection is not None:
            following = resume(app, store, connection, operation.deal_id)
        operation.done_at = app.now()
        set_state(operation, State.DONE)
    start_all(app, following)
    return DONE


def _tell_unlinked(app: App, tenant: str, operation: Operation) -> Outcome:
    """Rewrite the note of an invoice that was taken off a deal; it keeps the link by which a later note finds it."""
    note_id = (operation.body or {}).get("note_id")
    if note_id is None or operation.invoice_id is None:
        return CLEAR
    with app.database.write(tenant) as store:
        row = store.invoices.get(operation.invoice_id)
        steward, connection = _steward(store, row)
        linked_again = store.invoices.deal_link(operation.deal_id, operation.invoice_id) is not None
        if row is None or steward is None or connection is None or linked_again:
            return CLEAR
        content = _unlinked_text(app, store, row, operation.user_name, connection, steward)
    try:
        notes.update(app.pipedrive(tenant, steward.id, steward.api_domain), note_id, content)
    except errors.NotFound:
        return CLEAR  # somebody deleted it: nothing says anything wrong
    except FAILURES as error:
        return outcome_of(app, steward, error)
    return CLEAR


def _unlinked_text(
    app: App, store: Store, row: InvoiceRow, by: str, connection: Connection, steward: Installation
) -> str:
    speech = app.speech(steward.language, steward.locale, steward.time_zone)
    title = speech.t("note.unlinked", number=row.number) if is_full(store) else speech.t("note.unlinked_plain")
    url = links.invoice_url(app.quickbooks_app_url, connection.realm_id, row.quickbooks_id)
    told, opening = speech.t("note.by", person=by), speech.t("action.open_quickbooks")
    return (
        f"<p><b>{_safe(title)}</b></p>"
        f'<p>{_safe(told)} · <a href="{_safe(url)}">{_safe(opening)}</a></p>'
    )  # fmt: skip


def _safe(text: str) -> str:
    return html.escape(text, quote=True)
