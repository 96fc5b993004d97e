"""
Runs an accepted creation: customer, invoice, note, e-mail; each step looks before it acts a second time.

The operation's id is the ``requestid`` of every attempt. A call is begun only after a commit that says so; an answer
is recorded in one commit; a lost answer is looked for by the marker in the note before anything is sent again.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dealvoice.connections.secrets import new_id
from dealvoice.connections.tokens import SignInEnded
from dealvoice.engine.port import DONE, StepResult, again
from dealvoice.invoicing.customer_diff import Detail, is_same
from dealvoice.invoicing.marker import has_marker, marker
from dealvoice.invoicing.money import Money, from_minor, to_minor
from dealvoice.invoicing.variance import Reason, Variance, find_variance
from dealvoice.quickbooks import customers, invoices
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError, Refused, Rejected, Reread, Unknown
from dealvoice.storage.invoices import DealInvoice
from dealvoice.storage.links import CustomerLink
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.app import App
from dealvoice.workflows.invoice import series
from dealvoice.workflows.invoice.refusal import name_refusal, named
from dealvoice.workflows.operations import Fault, after_failure, begin_call, must, set_state
from dealvoice.workflows.sync.catch_up import catch_up
from dealvoice.workflows.sync.record import record_invoices
from dealvoice.workflows.sync.write_back import tell
from dealvoice.workflows.translate.books import customer_row, kept_details, new_invoice_row, write_invoice
from dealvoice.workflows.translate.sending import customer_to_send, invoice_to_send, new_name

_BEFORE = timedelta(minutes=10)
_TAKEN = "number.duplicate"
_MOST_NUMBERS = 3
"""Numbers tried one after another when QuickBooks says that a proposal is used."""


def check_number(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Ask QuickBooks whether a number that somebody typed is free; a question only, safe to repeat.

    QuickBooks takes a number twice where it numbers by itself, without a word (facts: "DocNumber"). A proposal of ours
    is not asked for: nobody but us gives numbers there, and a clash is refused (6140) and renumbered.
    """
    operation, client = begin(app, tenant, operation_id)
    if client is None or operation.attempts or not operation.body.get("number_typed"):
        return None
    try:
        found = invoices.with_number(client, operation.number)
    except (QuickBooksError, SignInEnded) as error:
        return end_or_wait(app, tenant, operation_id, error)
    if not found:
        return None
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
        if connection is None:
            raise LookupError("the connection is gone")
        record_invoices(app, store, connection, found)
        fault = named(store, connection, operation, Fault("number.duplicate", {}))
        _refuse(app, store, operation, fault)
    return DONE


def ensure_customer(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Create the customer that a new one was asked for; a look by its unique name comes before a second try."""
    operation, client = begin(app, tenant, operation_id)
    if client is None or operation.customer_id or not operation.body["create_customer"]:
        return None
    try:
        before = begin_call(app, tenant, operation_id)
        made = customers.by_name(client, new_name(operation.body)) if before else None
        made = made or customers.create(client, customer_to_send(operation.body), request_id=f"{operation.request}c")
    except (QuickBooksError, SignInEnded) as error:
        return end_or_wait(app, tenant, operation_id, error)
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        _link_customer(app, store, operation, made)
        # The customer is done. After a second try for it nobody is sure that the invoice was not tried: look first.
        operation.attempts = before
        set_state(operation, State.ACCEPTED)
    return DONE


def send_invoice(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Create the invoice in QuickBooks exactly once."""
    operation, client = begin(app, tenant, operation_id)
    if client is None:
        return None
    try:
        before = begin_call(app, tenant, operation_id)
        made = _look(client, operation) if before else None
        if made is None:
            wanted = invoice_to_send(
                operation.body,
                customer_id=operation.customer_id or "",
                customer_name=operation.customer_name,
                marker=marker(operation.deal_id, operation.id),
                made=operation.made_items,
                print_tax_id=not operation.body["create_customer"] or _tax_id_left(operation),
            )
            made = invoices.create(client, wanted, request_id=_request_id(operation))
    except Reread as error:
        if error.code != _TAKEN or operation.body["number_typed"] or not _renumber(app, tenant, operation_id):
            return end_or_wait(app, tenant, operation_id, error)
        return again(timedelta(0))
    except (QuickBooksError, SignInEnded) as error:
        return end_or_wait(app, tenant, operation_id, error)
    with app.database.write(tenant) as store:
        _record(app, store, must(store, operation_id), made)
    return DONE


def tell_deal(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """Write note and fields on the deal; goes on later when Pipedrive does not answer."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        deal_id = store.deals.survivor(operation.deal_id)
    if State(operation.state) is not State.ANSWERED or operation.noted_at is not None or not operation.invoice_id:
        return None
    waiting = tell(app, tenant, deal_id=deal_id, invoice_id=operation.invoice_id)
    if waiting is not None:
        return again(waiting)
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        operation.noted_at = app.now()
        operation.version += 1
    return DONE


def finish(app: App, tenant: str, operation_id: str) -> StepResult | None:
    """
    Close the operation once all that follows from it is done.

    When QuickBooks arrived at another amount than the form promised, the end says so; beyond rounding a person looks.
    An update of the customer that is still to come closes the operation itself: it is the step after this one.
    """
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if not waits_for_customer(operation):
            close(app, operation)
    return DONE


def close(app: App, operation: Operation) -> None:
    """Close a creation that QuickBooks has answered; any other stays as it is."""
    if State(operation.state) is not State.ANSWERED:
        return
    operation.done_at = app.now()
    kept = kept_variance(operation)
    if kept is not None and kept.serious:
        operation.fault = operation.fault or _variance_fault(operation, kept).kept()
        set_state(operation, State.NEEDS_ATTENTION)
    else:
        set_state(operation, State.DONE if kept is None else State.DIFFERS)


def waits_for_customer(operation: Operation) -> bool:
    """Tell whether the customer is still to be brought up to date, or the outcome of that to be written down."""
    asked = operation.body.get("customer_update")
    return bool(asked) and not (operation.customer_write or {}).get("settled")


def _tax_id_left(operation: Operation) -> bool:
    """Tell whether QuickBooks made the new customer without the tax ID that was sent."""
    return bool((operation.customer_write or {}).get("tax_id_left"))


def kept_variance(operation: Operation) -> Variance | None:
    """Return how far QuickBooks' figures are from the form's; None when they are equal, or not known yet."""
    kept = operation.variance
    if not kept:
        return None
    net, tax = (Money(Decimal(kept[name]), operation.currency) for name in ("net", "tax"))
    return Variance(net, tax, Reason(kept["reason"]))


def _variance_fault(operation: Operation, kept: Variance) -> Fault:
    net = Money(Decimal(operation.body["net"]), operation.currency)
    tax = from_minor(operation.tax, operation.currency)
    if kept.reason is Reason.NET:
        return Fault("total.variance", {"theirs": str(net + kept.net), "ours": str(net)})
    return Fault("tax.variance", {"theirs": str(tax + kept.tax), "ours": str(tax)})


def _variance(operation: Operation, made: qb.Invoice) -> dict[str, str] | None:
    """Compare what was made with what the form promised, as the row keeps it."""
    detail = made.txn_tax_detail
    found = find_variance(
        net=Money(Decimal(operation.body["net"]), operation.currency),
        tax=from_minor(operation.tax, operation.currency),
        their_total=Money(made.total_amt or Decimal(0), operation.currency),
        their_tax=Money((detail.total_tax if detail else None) or Decimal(0), operation.currency),
        rates=int(operation.body.get("rates", 1)),
        tax_by_quickbooks=bool(operation.body["tax_by_quickbooks"]),
    )
    if found is None:
        return None
    return {
        "net": format(found.net.amount, "f"),
        "tax": format(found.tax.amount, "f"),
        "reason": found.reason.value,
    }


def begin(app: App, tenant: str, operation_id: str) -> tuple[Operation, QuickBooks | None]:
    """Return the operation, and a client when something is still to be sent."""
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if not operation.is_to_send or connection is None:
        return operation, None
    return operation, app.quickbooks(tenant, connection.id, connection.realm_id)


def _look(client: QuickBooks, operation: Operation) -> qb.Invoice | None:
    """Find the invoice that an earlier attempt may have made: by customer and time, compared by our marker."""
    ours = marker(operation.deal_id, operation.id)
    since = operation.created_at - _BEFORE
    try:
        found = invoices.of_customer_since(client, operation.customer_id or "", since)
    except (Refused, Rejected) as error:
        # The look was refused, and nothing was said of what is looked for.
        raise Unknown(error.code, status=error.status, vendor_code=error.vendor_code, detail=error.detail) from error
    return next((seen for seen in found if has_marker(seen.private_note or "", ours)), None)


def end_or_wait(
    app: App, tenant: str, operation_id: str, error: Exception, *, about: dict[str, str] | None = None
) -> StepResult:
    """Decide how a failed call goes on; a refusal ends the operation, and names what it was about."""
    decision = after_failure(app, tenant, operation_id, error)
    if not isinstance(decision, Fault):
        return decision
    decision = name_refusal(app, tenant, operation_id, replace(decision, params={**decision.params, **(about or {})}))
    return refuse(app, tenant, operation_id, decision)


def refuse(app: App, tenant: str, operation_id: str, decision: Fault) -> StepResult:
    """End an operation that is not possible; nothing was changed by the call that it is about."""
    with app.database.write(tenant) as store:
        _refuse(app, store, must(store, operation_id), decision)
    return DONE


def _refuse(app: App, store: Store, operation: Operation, fault: Fault) -> None:
    """End an operation of which nothing is in QuickBooks; its number is free again."""
    operation.fault = Fault(fault.code, _params(operation, fault), fault.sentence).kept()
    operation.done_at = app.now()
    set_state(operation, State.REFUSED)
    store.numbers.release(operation.id)


def _request_id(operation: Operation) -> str:
    """Return the id of the call: of its own for each number tried, since another number is another request."""
    tried = operation.body.get("renumbered", 0)
    return f"{operation.request}n{tried}" if tried else operation.request


def _renumber(app: App, tenant: str, operation_id: str) -> bool:
    """
    Take the next free number instead of a proposal that somebody has used in QuickBooks meanwhile.

    Returns:
        Whether there is one to try: not after ``_MOST_NUMBERS``, or when no number follows.
    """
    with app.database.read(tenant) as store:
        connection_id = must(store, operation_id).connection_id
    try:
        catch_up(app, tenant, connection_id)
    except (QuickBooksError, SignInEnded):
        return False
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        tried = operation.body.get("renumbered", 0)
        issued_on = date.fromisoformat(operation.body["issued_on"])
        pattern = operation.body.get("number_pattern", "")
        number = series.next_free(store, connection_id, issued_on, pattern=pattern)
        if tried >= _MOST_NUMBERS or not number or not store.numbers.reserve(connection_id, number, operation_id):
            return False
        was = operation.body.get("number_was") or operation.number
        operation.body = {**operation.body, "number": number, "number_was": was, "renumbered": tried + 1}
        operation.number = number
        set_state(operation, State.ACCEPTED)
    return True


def _params(operation: Operation, fault: Fault) -> dict[str, str]:
    return {
        "number": operation.number,
        "name": operation.body.get("to", ""),
        "kind": "invoice",
        "customer": operation.customer_name,
        "currency": operation.currency,
        **fault.params,
    }


def _record(app: App, store: Store, operation: Operation, made: qb.Invoice) -> None:
    connection = store.connections.get(operation.connection_id)
    if connection is None:
        raise LookupError("the connection is gone")
    row = store.invoices.of_quickbooks(connection.id, made.id)
    if row is None:
        row = store.invoices.add(new_invoice_row(new_id(), store.tenant, connection, made.id))
    write_invoice(row, made, now=app.now())
    row.customer_name = row.customer_name or operation.customer_name
    row.operation_id, row.made_by = operation.id, operation.user_name
    store.flush()
    store.numbers.release(operation.id)
    store.invoices.link(
        DealInvoice(
            tenant=store.tenant,
            # The deal may have been merged into another one since.
            deal_id=store.deals.survivor(operation.deal_id),
            invoice_id=row.id,
            linked_by=operation.user_name,
            linked_at=app.now(),
            made_here=True,
            then=operation.body.get("deal_then"),
            note_hash="",
            note_tried=False,
        )
    )
    operation.invoice_id, operation.number = row.id, row.number
    operation.their_total = to_minor(Money(made.total_amt or Decimal(0), operation.currency))
    operation.variance = _variance(operation, made)
    operation.answered_at, operation.next_try_at = app.now(), None
    set_state(operation, State.ANSWERED)
    connection.heard_at = app.now()


def _link_customer(app: App, store: Store, operation: Operation, made: qb.Customer) -> None:
    connection = store.connections.get(operation.connection_id)
    home = connection.home_currency if connection else operation.currency
    row = customer_row(operation.connection_id, made, home_currency=home)
    store.customers.put([row])
    if operation.body["tax_id"] and not is_same(Detail.TAX_ID, row.tax_id, operation.body["tax_id"]):
        operation.customer_write = {"tax_id_left": True}
    operation.customer_id, operation.customer_name = made.id, made.display_name or operation.customer_name
    contact = operation.body.get("contact")
    if contact:
        store.links.link_customer(
            CustomerLink(
                tenant=store.tenant,
                connection_id=operation.connection_id,
                contact_kind=contact[0],
                contact_id=contact[1],
                currency=operation.currency,
                customer_id=made.id,
                linked_by=operation.user_name,
                linked_at=app.now(),
                looked=kept_details(made),
            )
        )


def look_again(app: App, tenant: str, operation_id: str) -> bool:
    """
    Look once more in QuickBooks for an invoice of which nobody knows whether it exists; sends nothing.

    Returns:
        Whether it is there: then it is recorded, and what follows from it may go on.

    Raises:
        QuickBooksError, SignInEnded: QuickBooks did not answer the question.
    """
    with app.database.read(tenant) as store:
        operation = must(store, operation_id)
        connection = store.connections.get(operation.connection_id)
    if State(operation.state) is not State.NEEDS_ATTENTION or connection is None or operation.answered_at is not None:
        return operation.answered_at is not None
    found = _look(app.quickbooks(tenant, connection.id, connection.realm_id), operation)
    with app.database.write(tenant) as store:
        operation = must(store, operation_id)
        if State(operation.state) is not State.NEEDS_ATTENTION:
            return operation.answered_at is not None
        if found is None:
            operation.looks += 1
            operation.version += 1
            return False
        operation.fault = None
        _record(app, store, operation, found)
    return True
