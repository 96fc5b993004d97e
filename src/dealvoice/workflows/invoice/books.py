"""Gathers from the store everything about the company that one draft needs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from dealvoice.invoicing.books import Account, Books, Customer
from dealvoice.invoicing.draft import Draft
from dealvoice.invoicing.exchange import needs_rate
from dealvoice.invoicing.money import from_minor
from dealvoice.invoicing.names import same_name
from dealvoice.invoicing.preflight import OtherInvoice
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.invoice import series


def load_books(store: Store, connection: Connection, draft: Draft) -> Books:
    """Return the company as far as this draft needs it."""
    return gather(
        store,
        connection,
        customer_id=draft.customer_id,
        item_ids={line.item_id for line in draft.lines if line.item_id},
        products={line.product_id for line in draft.lines if line.product_id},
        new_items={same_name(line.new_item) for line in draft.lines if line.new_item and not line.item_id},
        number=draft.number,
        new_name=draft.to if draft.create_customer else "",
        issued_on=draft.issued_on,
        currency=draft.currency,
        pattern=draft.details.number_pattern,
    )


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
    """Return a customer with what he owes by our mirror of invoices: it is newer than his own record."""
    found = store.customers.get(connection.id, customer_id)
    if found is None:
        return None
    owed = store.invoices.owed_by(connection.id, customer_id, found.currency)
    return replace(found, balance=from_minor(owed, found.currency))


def others_of(store: Store, deal_id: int) -> list[tuple[str, OtherInvoice]]:
    """Return the live invoices of a deal and those on their way, each with an id to know it again."""
    found: list[tuple[str, OtherInvoice]] = []
    covered: set[str] = set()
    for row in store.invoices.of_deal(deal_id):
        covered.add(row.operation_id or "")
        if row.deleted or row.voided:
            continue
        link = store.invoices.deal_link(deal_id, row.id)
        made = row.created_at or (link.linked_at if link else None)
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


def numbers_of(others: Sequence[tuple[str, OtherInvoice]]) -> list[OtherInvoice]:
    """Return only the invoices."""
    return [other for _, other in others]
