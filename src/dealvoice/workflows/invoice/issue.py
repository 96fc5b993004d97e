"""Create invoice: one commit writes the intent down, then the engine is told. Nothing is sent from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dealvoice.connections.secrets import new_id
from dealvoice.connections.who import Who
from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.customer_checks import customer_details, customer_differences
from dealvoice.invoicing.draft import Draft, TaxMode, name_of_new
from dealvoice.invoicing.item_checks import account_of
from dealvoice.invoicing.lines import invoice_discount, invoice_lines
from dealvoice.invoicing.money import to_minor
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.preflight import Finding, Severity
from dealvoice.invoicing.rows import is_sold
from dealvoice.invoicing.tax import Totals
from dealvoice.storage.connections import Connection
from dealvoice.storage.forms import FormRow
from dealvoice.storage.links import CustomerLink
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import Busy
from dealvoice.workflows.invoice.books import load_books, looked_at, others_of
from dealvoice.workflows.invoice.deal_changes import look_at_deal
from dealvoice.workflows.invoice.item_links import item_link
from dealvoice.workflows.invoice.review import form_view, require_form
from dealvoice.workflows.invoice.views import FormView
from dealvoice.workflows.operations import CREATE, hash_of_body, new_operation
from dealvoice.workflows.translate.deals import read_offer, read_snapshot

_LONGEST_SKU = 100
_MOST_RACES = 100
"""How often a number that another commit has just reserved is replaced by the next one."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Written down: the invoice will be created exactly once."""

    operation_id: str


@dataclass(frozen=True, slots=True)
class Returned:
    """Nothing was written: the form with what must be mended or confirmed."""

    view: FormView


def issue(
    app: App, who: Who, *, form_id: str, deal_id: int, draft: Draft, problems: Sequence[Finding]
) -> Accepted | Returned:
    """
    Accept a draft, or return it with its blockers.

    Safe to repeat: one form makes one operation, however often and from wherever it is sent. In the same commit it
    looks for other invoices of the deal that the user was not told of; then nothing is written and he is asked. The
    deal is read once more before (one round): a change since the form was filled is shown first.

    Raises:
        NoAccess: This user may not see the deal.
        NotFound: No such form of this user.
        SignedOut: QuickBooks is not connected any more.
        Busy: Others took one free number after the other; nothing was written.
    """
    require_deal(app, who, deal_id)
    look_at_deal(app, who, form_id=form_id, deal_id=deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        form = require_form(store, who, form_id, deal_id)
        earlier = store.operations.of_form(form_id)
        if earlier is not None:
            return Accepted(earlier.id)
        told = set(form.context["shown"])
        if any(known not in told for known, _ in others_of(store, deal_id)):
            draft = replace(draft, second_confirmed=False)
        operation_id = new_id()
        for _ in range(_MOST_RACES):
            view = form_view(app, store, connection, form, draft, problems=problems, who=who)
            # A rate that the user has not seen is shown before it is booked.
            if view.rate_renewed or any(finding.severity is Severity.BLOCKER for finding in view.findings):
                return Returned(view)
            number = view.draft.number.strip()
            if not number or store.numbers.reserve(connection.id, number, operation_id):
                break
        else:
            raise Busy("number.raced")
        words = app.speech(who.language, who.locale, who.time_zone).t("line.discount")
        operation = _operation(app, who, store, connection, form, view, words)
        operation.id = operation_id
        if view.number_renewed:
            operation.body = {**operation.body, "number_was": draft.number.strip()}
        store.operations.add(operation)
        _remember_links(app, who, store, connection, form, draft)
        chosen = next((line.account_id for line in draft.lines if line.new_item and not line.item_id), None)
        connection.item_account = chosen or connection.item_account
        store.audit.add(at=app.now(), who=who.name, what="invoice.create", about=operation.id)
    app.engine.start(operation.id, operation.kind)
    return Accepted(operation.id)


def _operation(
    app: App,
    who: Who,
    store: Store,
    connection: Connection,
    form: FormRow,
    view: FormView,
    discount_words: str,
) -> Operation:
    draft, totals = view.draft, view.totals
    books = load_books(store, connection, draft, form)
    body = _body(draft, books, totals, discount_words)
    operation = new_operation(app, CREATE, connection, installation_id=who.installation_id, user_name=who.name)
    operation.deal_id, operation.form_id = draft.deal_id, form.id
    operation.body, operation.body_hash = body, hash_of_body(body)
    operation.number = draft.number.strip()
    operation.customer_id = draft.customer_id
    operation.customer_name = books.customer.name if books.customer else body["new_name"]
    operation.currency = draft.currency
    operation.total, operation.tax = to_minor(totals.total), to_minor(totals.tax)
    body["contact"] = form.context["contact"]
    body["items"] = items_to_make(draft, books, form.context["codes"])
    body["rows"] = _rows_of_deal(draft, form)
    body["deal_then"] = _deal_then(draft, form)
    return operation


def _body(draft: Draft, books: Books, totals: Totals, discount_words: str) -> dict[str, Any]:
    """Freeze what will be sent: plain values in our own words."""
    lines = invoice_lines(draft, books, discount_words=discount_words)
    taxed = any(line.taxed for line in lines)
    percent, amount = invoice_discount(draft, books)
    return {
        "customer_id": draft.customer_id,
        "create_customer": draft.create_customer,
        "new_name": name_of_new(draft),
        "country": books.company.country,
        "customer_update": _customer_update(draft, books),
        "to": draft.to.strip(),
        "address": draft.address,
        "email": draft.email.strip(),
        "tax_id": draft.tax_id.strip(),
        "currency": draft.currency,
        "number": draft.number.strip(),
        "number_typed": bool(draft.number.strip()) and not draft.number_is_proposed,
        "number_pattern": draft.details.number_pattern,
        "issued_on": draft.issued_on.isoformat() if draft.issued_on else "",
        "due_on": draft.due_on.isoformat() if draft.due_on else "",
        "tax_mode": draft.tax_mode.value,
        "tax_code": draft.tax_code if taxed else None,
        "regime": books.company.tax_regime.value,
        "multicurrency": books.company.multicurrency,
        "exchange_rate": format(draft.rate.value, "f") if draft.rate and draft.rate.value is not None else None,
        "discount_percent": format(percent, "f"),
        "discount_amount": format(amount, "f"),
        "send_email": draft.send_email,
        "net": format((totals.total - totals.tax).amount, "f"),
        "tax": format(totals.tax.amount, "f"),
        "rates": len(totals.taxes),
        "tax_by_quickbooks": totals.tax_by_quickbooks,
        "details": _details(draft, books),
        "lines": [
            {
                "item_id": line.item_id,
                "new_item": line.new_item,
                "text": line.text,
                "quantity": None if line.quantity is None else format(line.quantity, "f"),
                "unit_price": None if line.unit_price is None else format(line.unit_price, "f"),
                "amount": format(line.amount.amount, "f"),
                "taxed": line.taxed,
                "tax_code": line.tax_code,
                "with_tax": None if line.with_tax is None else format(line.with_tax.amount, "f"),
                "service_on": line.service_on.isoformat() if line.service_on else None,
                "class_id": line.class_id,
                "is_discount": line.is_discount,
            }
            for line in lines
        ],
    }


def items_to_make(draft: Draft, books: Books, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """
    Freeze the products that are made or woken before the invoice, each once: plain values in our own words.

    Args:
        draft: The invoice.
        books: The company and its items.
        codes: Pipedrive's product codes, by product.
    """
    found: dict[str, dict[str, Any]] = {}
    home = draft.currency == books.company.home_currency
    american = books.company.tax_regime is not TaxRegime.NON_US
    for line in draft.lines:
        item = books.items.get(line.item_id or "")
        key = line.item_id if item is not None else same_name(line.new_item)
        if not key or not is_sold(line) or (item is not None and (item.active or not line.activate)):
            continue
        want = found.setdefault(
            key,
            {
                "key": key,
                "id": line.item_id or "",
                "name": item.name if item is not None else " ".join(line.new_item.split()),
                "sku": codes.get(str(line.product_id), "")[:_LONGEST_SKU] if line.product_id else "",
                "description": line.text.strip(),
                "price": format(line.unit_price, "f") if home and line.unit_price is not None else None,
                "taxed": line.taxed if american else None,
                "tax_code": None if american else line.tax_code,
                "with_tax": not american and draft.tax_mode is TaxMode.INCLUSIVE,
                "account_id": account_of(line, books),
                "products": [],
            },
        )
        if line.product_id:
            want["products"].append([line.product_id, line.variation_id or 0])
    return list(found.values())


def _rows_of_deal(draft: Draft, form: FormRow) -> list[list[str]]:
    """Return which of the deal's rows the invoice bills, each with its quantity: they are not filled in again."""
    keys = {row.line.key for row in read_offer(form.context.get("offer")).rows}
    return [[line.key, format(line.quantity, "f")] for line in draft.lines if line.key in keys and line.quantity]


def _deal_then(draft: Draft, form: FormRow) -> dict[str, Any] | None:
    """Freeze what the deal is worth as it is invoiced, to tell later that it was changed; None for an older form."""
    kept = form.context.get("deal")
    if not kept:
        return None
    seen = read_snapshot(kept)
    return {
        "value": None if seen.value is None else format(seen.value, "f"),
        "currency": seen.currency,
        "products": len(seen.rows),
        "with_tax": draft.tax_mode is TaxMode.INCLUSIVE,
    }


def _customer_update(draft: Draft, books: Books) -> dict[str, Any] | None:
    """
    Freeze what is to be written to the customer, and as what it was seen; None when there is nothing to write or to tell.

    A detail whose tick stood beside another value than QuickBooks has by now is not written, and that is told.
    """
    customer, differences = books.customer, customer_differences(draft, books)
    if customer is None:
        return None
    write = {one.detail.value: one.ours for one in differences if one.write}
    before = {one.detail.value: one.theirs for one in differences if one.write}
    left = {}
    for one in differences:
        tick = draft.update_ticks.get(one.detail)
        if one.differs and not one.write and tick is not None and tick.on and tick.against != one.mark:
            left[one.detail.value] = "changed"
    if not write and not left:
        return None
    return {"sync_token": customer.sync_token, "write": write, "before": before, "left": left}


def _details(draft: Draft, books: Books) -> dict[str, Any]:
    details = draft.details
    enabled = {known.id for known in books.company.rules.custom_fields}
    return {
        "term_id": details.term_id,
        "memo": details.memo.strip(),
        "note": details.note.strip(),
        "class_id": details.class_id,
        "location_id": details.location_id,
        "custom_fields": [
            [field_id, text.strip()] for field_id, text in details.custom_fields if field_id in enabled and text.strip()
        ],
        "copies": details.copies.strip(),
        "online_card": details.online_card,
        "online_bank": details.online_bank,
    }


def _remember_links(app: App, who: Who, store: Store, connection: Connection, form: FormRow, draft: Draft) -> None:
    contact = form.context["contact"]
    if contact and draft.customer_id:
        store.links.link_customer(
            CustomerLink(
                tenant=who.tenant_id,
                connection_id=connection.id,
                contact_kind=contact[0],
                contact_id=contact[1],
                currency=draft.currency,
                customer_id=draft.customer_id,
                linked_by=who.name,
                linked_at=app.now(),
                looked=_looked(store, connection, form, draft),
            )
        )
    items = store.items.get(connection.id, {line.item_id for line in draft.lines if line.item_id})
    for line in draft.lines:
        item = items.get(line.item_id or "")
        if line.product_id and item is not None:
            store.links.link_item(item_link(app, connection, line.product_id, line.variation_id, item, by=who.name))
            store.flush()


def _looked(store: Store, connection: Connection, form: FormRow, draft: Draft) -> dict[str, str] | None:
    """Return the customer's details as the user knows them: as shown just now, or else as he knew them before."""
    customer = store.customers.get(connection.id, draft.customer_id) if draft.customer_id else None
    if customer is None:
        return None
    details = customer_details(customer) if draft.update_customer else looked_at(store, connection, form, customer)
    return None if details is None else {detail.value: value for detail, value in details.items()}
