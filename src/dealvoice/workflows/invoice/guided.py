"""
Void or delete an invoice that has payments: they are shown, taken off with the user's consent, then the rest follows.

What was consented to is frozen in the operation. The worker reads each payment again before it touches it: one that
changed meanwhile, or that nobody was asked about, ends the operation with nothing voided.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from dealvoice.connections.tokens import SignInEnded
from dealvoice.connections.who import Who
from dealvoice.engine.port import DONE, StepResult
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.money import Money, from_minor
from dealvoice.invoicing.release import Applied, Share, spread
from dealvoice.quickbooks import invoices, payments
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Refused, Reread
from dealvoice.quickbooks.links import payment_url
from dealvoice.storage.invoices import InvoiceRow
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy, NotPossible, SignedOut
from dealvoice.workflows.invoice import act, change
from dealvoice.workflows.invoice.rows import show_invoice
from dealvoice.workflows.invoice.views import GuidedPayment, GuidedView

_GONE = "payment.gone"
_LONGEST_REQUEST = 50


def guided(app: App, who: Who, invoice_id: str, action: Action, *, move: bool = False) -> GuidedView:
    """
    Return an invoice with its payments as QuickBooks has them now (two calls), and what would become of all.

    Args:
        app: The product.
        who: The user.
        invoice_id: The invoice.
        action: ``VOID`` or ``DELETE``.
        move: The money pays other invoices of the customer; else it becomes his credit.

    Raises:
        NotFound, NoAccess: As in ``act``.
        NotPossible: Its state does not allow it.
        SignedOut, Busy: QuickBooks wants a new sign-in, or did not answer.
    """
    row = act.require_invoice(app, who, invoice_id)
    with app.database.read(who.tenant_id) as store:
        connection = require_connection(store, who)
    act.require_possible(app, who, connection, row, action)
    client = app.quickbooks(who.tenant_id, connection.id, connection.realm_id)
    applied = _applied(client, row)
    paid = sum((one.on_invoice for one in applied), Money.zero(row.currency))
    with app.database.read(who.tenant_id) as store:
        others = _owed_elsewhere(store, row)
        owes = from_minor(store.invoices.owed_by(connection.id, row.customer_id, row.currency), row.currency)
        on_deal = _invoiced_on_deal(store, row)
        numbers = {other.quickbooks_id: other.number for other in _others(store, row)}
    movable = sum((one.on_invoice for one in applied if not one.is_credit), Money.zero(row.currency))
    shares = spread(movable, others)
    moved = sum((share.amount for share in shares), Money.zero(row.currency)) if move else Money.zero(row.currency)
    balance, total = from_minor(row.balance, row.currency), from_minor(row.total, row.currency)
    return GuidedView(
        invoice=show_invoice(app, row, connection, today=app.today(connection, who.time_zone)),
        action=action,
        payments=tuple(
            GuidedPayment(one, payment_url(app.quickbooks_app_url, connection.realm_id, one.payment_id))
            for one in applied
        ),
        paid=paid,
        move=move,
        shares=tuple((numbers.get(share.invoice_id, ""), share.amount) for share in shares),
        freed=movable - moved,
        owes_now=owes,
        owes_after=owes - balance - moved,
        on_deal_now=on_deal,
        on_deal_after=on_deal - total,
    )


def accept(
    app: App, who: Who, invoice_id: str, action: Action, *, consents: Mapping[str, str], move: bool = False
) -> str:
    """
    Write a consented void or deletion down and tell the engine; returns the operation. Safe to repeat.

    Args:
        consents: What the user agreed to take off, by payment: the amount as plain digits.

    Raises:
        NotPossible: The payments are not what he was shown, or one can be taken off in QuickBooks only.
        NotFound, NoAccess, SignedOut, Busy: As in ``guided``.
    """
    view = guided(app, who, invoice_id, action, move=move)
    shown = {one.applied.payment_id: format(one.applied.on_invoice.amount, "f") for one in view.payments}
    if any(one.applied.by_hand for one in view.payments):
        raise NotPossible("payment.by_hand", {"number": view.invoice.number})
    if shown != dict(consents):
        raise NotPossible("payment.changed", {"number": view.invoice.number})
    with app.database.read(who.tenant_id) as store:
        row = act.must(store, invoice_id)
        owed = _owed_elsewhere(store, row)
    body = {"payments": _plan([one.applied for one in view.payments], owed if move else [])}
    return act.accept(app, who, invoice_id, action, body=body)


def release_payments(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Take the consented payments off; each is read first, so that it is safe to repeat."""
    with app.database.read(tenant) as store:
        operation, row, connection = change.load(store, operation_id)
    plan = operation.body.get("payments")
    if not plan or row is None or connection is None or not operation.is_to_send:
        return None
    client = app.quickbooks(tenant, connection.id, connection.realm_id)
    try:
        for wanted in plan:
            _release(client, operation.request, row.quickbooks_id, wanted)
    except (QuickBooksError, SignInEnded) as error:
        return change.end_or_wait(app, tenant, operation_id, error)
    return DONE


def _applied(client: QuickBooks, row: InvoiceRow) -> list[Applied]:
    try:
        seen = invoices.read(client, row.quickbooks_id)
        found = payments.of_invoices(client, [seen])
    except Reread as error:
        raise NotPossible(error.code, {"number": row.number}) from error
    except (SignInEnded, Refused) as error:
        raise SignedOut from error
    except QuickBooksError as error:
        raise Busy(error.code) from error
    return [_applied_by(payment, row) for payment in found if _on_invoice(payment, row.quickbooks_id)]


def _applied_by(payment: qb.Payment, row: InvoiceRow) -> Applied:
    method = payment.payment_method_ref
    return Applied(
        payment_id=payment.id,
        number=payment.payment_ref_num or "",
        paid_on=payment.txn_date,
        method=(method.name or "") if method else "",
        amount=Money(payment.total_amt or Decimal(0), row.currency),
        on_invoice=Money(_on_invoice(payment, row.quickbooks_id), row.currency),
        with_credit=any(link.txn_type == "CreditMemo" for line in payment.line for link in line.linked_txn),
    )


def _on_invoice(payment: qb.Payment, quickbooks_id: str) -> Decimal:
    return sum((line.amount or Decimal(0) for line in payment.line if _links(line, quickbooks_id)), Decimal(0))


def _links(line: qb.Line, quickbooks_id: str) -> bool:
    return any(link.txn_type == "Invoice" and link.txn_id == quickbooks_id for link in line.linked_txn)


def _others(store: Store, row: InvoiceRow) -> list[InvoiceRow]:
    found = store.invoices.owed_of(row.connection_id, row.customer_id, row.currency)
    return [other for other in found if other.id != row.id]


def _owed_elsewhere(store: Store, row: InvoiceRow) -> list[Share]:
    """Return what the customer owes on his other invoices, the one due first on top."""
    return [Share(other.quickbooks_id, from_minor(other.balance, row.currency)) for other in _others(store, row)]


def _invoiced_on_deal(store: Store, row: InvoiceRow) -> Money:
    deals = store.invoices.deals_of(row.id)
    rows = store.invoices.of_deal(deals[0].deal_id) if deals else []
    live = [one for one in rows if not one.deleted and one.currency == row.currency]
    return from_minor(sum(one.total for one in live), row.currency)


def _plan(applied: Sequence[Applied], owed: list[Share]) -> list[dict[str, Any]]:
    """Freeze what is done with each payment: what is taken off, and where it goes."""
    plan: list[dict[str, Any]] = []
    for one in applied:
        shares = [] if one.is_credit else spread(one.on_invoice, owed)
        owed = [replaced for replaced in (_less(share, shares) for share in owed) if not replaced.amount.is_zero]
        plan.append(
            {
                "id": one.payment_id,
                "amount": format(one.on_invoice.amount, "f"),
                "to": [[share.invoice_id, format(share.amount.amount, "f")] for share in shares],
            }
        )
    return plan


def _less(share: Share, taken: Sequence[Share]) -> Share:
    used = sum((one.amount for one in taken if one.invoice_id == share.invoice_id), Money.zero(share.amount.currency))
    return Share(share.invoice_id, share.amount - used)


def _release(client: QuickBooks, operation_id: str, quickbooks_id: str, wanted: Mapping[str, Any]) -> None:
    try:
        payment = payments.read(client, wanted["id"])
    except Reread as error:
        if error.code == _GONE:
            return  # an earlier try deleted it, or somebody else: it is off
        raise
    on_invoice = _on_invoice(payment, quickbooks_id)
    if on_invoice == 0:
        return
    if on_invoice != Decimal(wanted["amount"]):
        raise Refused("payment.changed")
    # One intent for each version of the payment: a refused attempt must not be mistaken for this one.
    request_id = f"{operation_id}p{payment.id}v{payment.sync_token}"[:_LONGEST_REQUEST]
    if not payment.total_amt:
        payments.delete(client, payment.id, payment.sync_token, request_id=request_id)
        return
    kept = [line for line in payment.line if not _links(line, quickbooks_id)]
    moved = [
        qb.Line(amount=Decimal(amount), linked_txn=[qb.LinkedTxn(txn_id=other, txn_type="Invoice")])
        for other, amount in wanted["to"]
    ]
    payments.update(client, msgspec.structs.replace(payment, line=_joined([*kept, *moved])), request_id=request_id)


def _joined(lines: Sequence[qb.Line]) -> list[qb.Line]:
    """Add up lines that link the same transaction: QuickBooks keeps one line a transaction."""
    found: dict[tuple[tuple[str, str], ...], qb.Line] = {}
    for line in lines:
        key = tuple((link.txn_type, link.txn_id) for link in line.linked_txn)
        known = found.get(key)
        amount = (line.amount or Decimal(0)) + ((known.amount or Decimal(0)) if known else Decimal(0))
        found[key] = msgspec.structs.replace(known or line, amount=amount)
    return list(found.values())
