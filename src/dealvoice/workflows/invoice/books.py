"""Gathers from the store everything about the company that one draft needs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from dealvoice.invoicing.books import Account, Books, Customer, NearMatch
from dealvoice.invoicing.customer_checks import customer_details
from dealvoice.invoicing.customer_diff import Detail, Details
from dealvoice.invoicing.draft import Draft, name_of_new
from dealvoice.invoicing.exchange import needs_rate
from dealvoice.invoicing.matching import Wanted, nearest
from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.preflight import OtherInvoice
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.forms import FormRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.invoice import series

_MOST_NAMES = 100
"""Names tried until one is free."""


def load_books(store: Store, connection: Connection, draft: Draft, form: FormRow) -> Books:
    """Return the company as far as this draft needs it, and what its form knows of the customer."""
    name = name_of_new(draft) if draft.create_customer and not draft.customer_id else ""
    found = gather(
        store,
        connection,
        customer_id=draft.customer_id,
        item_ids={line.item_id for line in draft.lines if line.item_id},
        products={line.product_id for line in draft.lines if line.product_id},
        new_items={same_name(line.new_item) for line in draft.lines if line.new_item and not line.item_id},
        number=draft.number,
        new_name=name,
        issued_on=draft.issued_on,
        currency=draft.currency,
        pattern=draft.details.number_pattern,
    )
    return replace(
        found,
        near=_near(store, connection, draft, found, name) if name else None,
        free_name=_free_name(store, connection, draft, found),
        survivor=store.customers.survivor(connection.id, draft.customer_id) if draft.customer_id else None,
        parent_name=_parent_name(store, connection, found.customer),
        looked=looked_at(store, connection, form, found.customer),
        deals=form.context.get("filled", {}),
    )


def looked_at(store: Store, connection: Connection, form: FormRow, customer: Customer | None) -> Details | None:
    """
    Return a customer's details as they were when the user last looked; once a form and customer, from then on the same.

    That is when the contact was last invoiced, or the moment at which this form came to know the customer.
    """
    if customer is None:
        return None
    kept = form.context.get("looked")
    if kept and kept["customer"] == customer.id:
        return {Detail(name): value for name, value in kept["details"].items()}
    contact = form.context["contact"]
    known = store.links.looked(connection.id, contact[0], contact[1], customer.id) if contact else None
    details = customer_details(customer) if known is None else {Detail(name): text for name, text in known.items()}
    kept_details = {detail.value: text for detail, text in details.items()}
    form.context = {**form.context, "looked": {"customer": customer.id, "details": kept_details}}
    return details


def _near(store: Store, connection: Connection, draft: Draft, books: Books, name: str) -> NearMatch | None:
    wanted = Wanted(
        name=name,
        email=draft.email,
        tax_id=draft.tax_id,
        address=draft.address,
        currency=draft.currency if connection.multicurrency else "",
    )
    known = set(draft.other_than)
    if books.name_taken_by is not None:
        known.add(f"{books.name_taken_by.value}:{books.name_taken_id}")
    return nearest(wanted, store.customers.all(connection.id), store.customers.other_names(connection.id), known=known)


def _free_name(store: Store, connection: Connection, draft: Draft, books: Books) -> str:
    """Return a name for a new customer that nobody has, where one is needed; empty where none is."""
    mismatch = books.customer is not None and books.customer.currency != draft.currency
    name = " ".join(draft.to.split())
    if not name or not (mismatch or books.name_taken_by is not None):
        return ""
    first = [name] if mismatch else []
    foreign = draft.currency if draft.currency != connection.home_currency else "C"
    marks = [foreign, "C", *(str(number) for number in range(2, _MOST_NAMES))]
    tried = [*first, *(f"{name} ({mark})" for mark in marks if mark)]
    return next((one for one in tried if store.customers.name_taken(connection.id, one) is None), "")


def _parent_name(store: Store, connection: Connection, customer: Customer | None) -> str:
    if customer is None or customer.parent_id is None:
        return ""
    parent = store.customers.get(connection.id, customer.parent_id)
    return parent.name if parent else customer.parent_id


def gather(
    store: Store,
    connection: Connection,
    *,
    customer_id: str | None,
    item_ids: set[str],
    products: set[int] | None = None,
    new_items: set[str] | None = None,
    number: str = "",
    new_name: str = "",
    issued_on: date | None = None,
    currency: str = "",
    pattern: str = "",
) -> Books:
    """Return the company with one customer and some items."""
    history = series.history(store, connection.id)
    taken = store.customers.name_taken(connection.id, new_name) if new_name.strip() else None
    usable = connection.discount_account is None or store.accounts.is_usable(connection.id, connection.discount_account)
    company = connection.company(
        default_due_days=store.items.due_days(connection.id, connection.default_term), discount_account=usable
    )
    accounts = store.accounts.income(connection.id) if new_items else []
    foreign = issued_on is not None and needs_rate(currency, company)
    return Books(
        company=company,
        tax_codes=tuple(store.items.tax_codes(connection.id)),
        customer=_customer(store, connection, customer_id) if customer_id else None,
        items=store.items.get(connection.id, item_ids),
        number_taken_by=series.taken_by(store, connection.id, number),
        name_taken_by=taken[0] if taken else None,
        name_taken_id=taken[1] if taken else "",
        last_number=history[0][0] if history else None,
        linked=store.links.linked(connection.id, products) if products else {},
        income_accounts=tuple(accounts),
        usual_account=_usual(store, connection, accounts),
        names_taken=store.items.of_names(connection.id, new_items) if new_items else {},
        fold_discounts=store.preferences.fold_discounts(),
        terms=tuple(store.items.terms(connection.id)),
        classes=tuple(store.choices.all(connection.id, ChoiceKind.CLASS)),
        locations=tuple(store.choices.all(connection.id, ChoiceKind.LOCATION)),
        next_number=series.next_free(store, connection.id, issued_on, pattern=pattern) if issued_on else "",
        rate=store.rates.get(connection.id, currency, issued_on) if foreign and issued_on else None,
    )


def _usual(store: Store, connection: Connection, accounts: Sequence[Account]) -> Account | None:
    """Return the account to propose: chosen last, else of most products, else the only one there is."""
    by_id = {account.id: account for account in accounts}
    for wanted in (connection.item_account, store.items.most_used_account(connection.id) if accounts else None):
        if wanted in by_id:
            return by_id[wanted]
    return accounts[0] if len(accounts) == 1 else None


def _customer(store: Store, connection: Connection, customer_id: str) -> Customer | None:
    found = store.customers.get(connection.id, customer_id)
    if found is None:
        return None
    return with_debt(store, connection, found)


def with_debt(store: Store, connection: Connection, customer: Customer) -> Customer:
    """Return a customer with what he owes by our mirror of invoices: it is newer than his own record."""
    owed = store.invoices.owed_by(connection.id, customer.id, customer.currency)
    return replace(customer, balance=from_minor(owed, customer.currency))


def others_of(store: Store, deal_id: int) -> list[tuple[str, OtherInvoice]]:
    """Return the live invoices of a deal and those on their way, each with an id to know it again."""
    found: list[tuple[str, OtherInvoice]] = []
    covered: set[str] = set()
    for row in store.invoices.of_deal(deal_id):
        covered.add(row.operation_id or "")
        if row.deleted or row.voided:
            continue
        made = row.created_at or _linked_at(store, deal_id, row.id)
        if made is not None:
            total = from_minor(row.total, row.currency)
            other = OtherInvoice(number=row.number, total=total, created_at=made, by=row.made_by, in_progress=False)
            found.append((row.id, other))
    found += [
        (operation.id, _under_way(operation))
        for operation in store.operations.creations_of(deal_id)
        if operation.id not in covered and not _ended(operation)
    ]
    return found


def _linked_at(store: Store, deal_id: int, invoice_id: str) -> datetime | None:
    link = store.invoices.deal_link(deal_id, invoice_id)
    return link.linked_at if link else None


def _under_way(operation: Operation) -> OtherInvoice:
    created_at: datetime = operation.created_at
    return OtherInvoice(
        number=operation.number,
        total=from_minor(operation.total, operation.currency),
        created_at=created_at,
        by=operation.user_name,
        in_progress=True,
    )


def _ended(operation: Operation) -> bool:
    return State(operation.state) in (State.REFUSED, State.DONE, State.DIFFERS, State.ANSWERED)
