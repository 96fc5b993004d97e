"""What must hold at the end of every simulated history, read from the vendors' own rows and the product's store."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.marker import has_marker, marker
from dealvoice.invoicing.money import from_minor
from dealvoice.storage.deal_fields import DealFieldRow
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.operations import FINAL, Operation, State
from dealvoice.workflows.operations import CREATE, SEND
from playground.happenings import Birth
from playground.histories import History
from playground.simulated import Company

_CENT = Decimal("0.01")


def broken(history: History) -> list[str]:
    """Return what does not hold, in words; and count the history's outcome into its figures."""
    operations = _all(history, Operation)
    found = [
        *_once(history, operations),
        *_ended(history, operations),
        *_totals(history, operations),
    ]
    for company in history.world.companies:
        found += _mailed(history, company, operations)
        found += _mirrored(history, company)
        found += _told(history, company, operations)
        cursors = history.cursors[company.realm]
        found += [f"the cursor went back to {after}" for before, after in pairwise(cursors) if after < before]
    figures = history.figures
    states = Counter(one.state for one in operations)
    figures.operations = len(operations)
    figures.attention, figures.refused = states[State.NEEDS_ATTENTION], states[State.REFUSED]
    return found


def _all(history: History, kind: Any) -> list[Any]:
    with history.world.app.database.engine.connect() as connection:
        from sqlalchemy.orm import Session

        with Session(connection) as session:
            rows = list(session.scalars(select(kind)))
            session.expunge_all()
    return rows


def _births_of(history: History, operation: Operation) -> list[Birth]:
    ours = marker(operation.deal_id, operation.id)
    return [one for one in history.births.values() if has_marker(one.note, ours)]


def _once(history: History, operations: list[Operation]) -> Iterator[str]:
    """Whatever became of them later, QuickBooks made at most one invoice an operation, and none that was refused."""
    for one in operations:
        if one.kind != CREATE:
            continue
        born = _births_of(history, one)
        history.figures.invoices += len(born)
        history.figures.duplicates += max(0, len(born) - 1)
        if len(born) > 1:
            yield f"{len(born)} invoices of operation {one.id}: {[birth.id for birth in born]}"
        realms = {company.users[0].tenant_id: company.realm for company in history.world.companies}
        if any(birth.realm != realms[one.tenant] for birth in born):
            yield f"operation {one.id} made its invoice in the books of another company"
        if one.state in (State.DONE, State.DIFFERS) and not born:
            yield f"operation {one.id} is {one.state}, and its invoice was never made"
        if one.state == State.REFUSED and born:
            yield f"operation {one.id} was refused ({one.fault}), and its invoice {born[0].id} was made"
    known = {one.id for one in operations}
    yield from (f"operation {one} was accepted and is lost" for one in history.accepted if one not in known)
    forms = Counter(one.form_id for one in operations if one.form_id)
    yield from (f"form {form} made {times} operations" for form, times in forms.items() if times > 1)


def _ended(history: History, operations: list[Operation]) -> Iterator[str]:
    for one in operations:
        if State(one.state) not in FINAL:
            yield f"operation {one.id} ({one.kind}) is still {one.state}, {one.fault}"
    for failure in history.world.engine.failures:
        yield f"step {failure.task}.{failure.step} failed: {failure.error!r}"


def _totals(history: History, operations: list[Operation]) -> Iterator[str]:
    """Equal to the cent, or recorded as variance."""
    for one in operations:
        born = _births_of(history, one) if one.kind == CREATE else []
        if one.their_total is None or not born:
            continue
        made = from_minor(one.their_total, one.currency).amount
        expected = from_minor(one.total, one.currency).amount
        if made not in [birth.total for birth in born] and not _was_changed(history, born[0]):
            yield f"operation {one.id} recorded a total of {made}, not {born[0].total}"
        if made != expected and not one.variance:
            yield f"operation {one.id} promised {expected}, QuickBooks made {made}, and no variance is kept"


def _was_changed(history: History, birth: Birth) -> bool:
    """Tell whether somebody else may have changed an invoice before it was found by a look."""
    row = history.world.quickbooks.rows(birth.realm, "Invoice").get(birth.id)
    return row is None or row["SyncToken"] != "0"


def _mirrored(history: History, company: Company) -> Iterator[str]:
    theirs = history.world.quickbooks.rows(company.realm, "Invoice")
    tenant = company.users[0].tenant_id
    ours = {row.quickbooks_id: row for row in _all(history, InvoiceRow) if row.tenant == tenant}
    for one, row in theirs.items():
        if one not in ours:
            yield f"invoice {one} is not known"
        elif (mine := _ours(ours[one])) != (other := _theirs(history, company, row)):
            yield f"invoice {one}: we say {mine}, QuickBooks {other}"
    yield from (
        f"invoice {one} is gone, and we do not say so"
        for one, row in ours.items()
        if one not in theirs and not row.deleted
    )


def _ours(row: InvoiceRow) -> tuple[object, ...]:
    total, balance = (from_minor(amount, row.currency).amount for amount in (row.total, row.balance))
    paid = row.paid_on if balance != total else None
    return (row.deleted, row.voided, total, balance, row.due_on, row.number, row.customer_id, paid)


def _theirs(history: History, company: Company, row: dict[str, Any]) -> tuple[object, ...]:
    from datetime import date

    total, balance = Decimal(str(row["TotalAmt"])).quantize(_CENT), Decimal(str(row["Balance"])).quantize(_CENT)
    days = [
        date.fromisoformat(payment["TxnDate"])
        for payment in history.world.quickbooks.rows(company.realm, "Payment").values()
        for line in payment["Line"]
        if any(link["TxnId"] == row["Id"] and link["TxnType"] == "Invoice" for link in line["LinkedTxn"])
    ]
    paid = max(days, default=None) if balance != total else None
    due = date.fromisoformat(row["DueDate"]) if row.get("DueDate") else None
    return (False, total == 0, total, balance, due, row.get("DocNumber", ""), row["CustomerRef"]["value"], paid)


def _mailed(history: History, company: Company, operations: list[Operation]) -> Iterator[str]:
    """At most one e-mail an order."""
    ordered: Counter[str] = Counter()
    ids = {row.id: row.quickbooks_id for row in _all(history, InvoiceRow)}
    for one in (one for one in operations if one.tenant == company.users[0].tenant_id):
        if one.kind == SEND or (one.kind == CREATE and one.body.get("send_email")):
            ordered[ids.get(one.invoice_id or "", "")] += 1
    sent = Counter(str(mail["invoice"]) for mail in history.world.quickbooks.company(company.realm)["outbox"])
    for one, times in sent.items():
        if times > ordered[one]:
            yield f"{times} e-mails of invoice {one}, and {ordered[one]} were ordered"


def _told(history: History, company: Company, operations: list[Operation]) -> Iterator[str]:
    """At most one note an invoice and deal, and the deal's fields say what QuickBooks says."""
    crm, tenant = company.crm, company.users[0].tenant_id
    codes = {row.kind: row.code for row in _all(history, DealFieldRow) if row.tenant == tenant}
    ended = {one.invoice_id for one in operations if one.kind == CREATE and one.state in (State.DONE, State.DIFFERS)}
    with history.world.app.database.read(tenant) as store:
        linked = store.invoices.of_deals(company.deals)
    for deal in company.deals:
        texts = [note["content"] for note in crm.notes_of(deal)]
        left = paid = Decimal(0)
        live = 0
        for row, _ in linked.get(deal, ()):
            mine = [
                text for text in texts if f"txnId={row.quickbooks_id}&" in text or f'txnId={row.quickbooks_id}"' in text
            ]
            if len(mine) > 1:
                yield f"{len(mine)} notes of invoice {row.quickbooks_id} on deal {deal}"
            if not mine and row.id in ended and not history.erased_notes:
                yield f"no note of invoice {row.quickbooks_id} on deal {deal}"
            theirs = history.world.quickbooks.rows(company.realm, "Invoice").get(row.quickbooks_id)
            if theirs is None or not Decimal(str(theirs["TotalAmt"])):
                continue
            balance = Decimal(str(theirs["Balance"])).quantize(_CENT)
            live += 1
            left += balance
            paid += Decimal(str(theirs["TotalAmt"])).quantize(_CENT) - balance
            english = f"{balance:,.2f}"
            polish = english.translate({ord(","): "\N{NO-BREAK SPACE}", ord("."): ","})  # a colleague took over
            if mine and english not in mine[0] and polish not in mine[0]:
                yield f"the note of invoice {row.quickbooks_id} does not say that {balance} is left: {mine[0]}"
        if live:
            values = crm.deal(deal)["custom_fields"]
            said = {kind: _amount(values.get(codes[kind.value])) for kind in (FieldKind.LEFT, FieldKind.PAID)}
            if said != {FieldKind.LEFT: left, FieldKind.PAID: paid}:
                yield f"deal {deal} says {said}, and {left} is left, {paid} paid"


def _amount(value: Any) -> Decimal | None:
    held = value["value"] if isinstance(value, dict) else value
    return None if held is None else Decimal(str(held)).quantize(_CENT)
