"""How records of QuickBooks are kept that need nothing but to be stored: one function a kind, in the order of need."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dealvoice.invoicing.books import NumberKind, TakenKind
from dealvoice.quickbooks import models as qb
from dealvoice.storage.choices import ChoiceKind
from dealvoice.storage.connections import Connection
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.translate.books import account_row, choice_row, customer_row, item_row, number_row, term_row

Keep = Callable[[Store, Connection, Sequence[Any]], object]
"""Stores records of one kind in an open transaction; safe to repeat, and an older one never replaces a newer."""

NUMBERED = {"CreditMemo": NumberKind.CREDIT_MEMO, "SalesReceipt": NumberKind.SALES_RECEIPT}
"""Documents of which only the number is kept: they share the invoices' series."""


def _customers(store: Store, row: Connection, some: Sequence[qb.Customer]) -> None:
    store.customers.put([customer_row(row.id, one, home_currency=row.home_currency) for one in some])


def _choices(kind: ChoiceKind, store: Store, row: Connection, some: Sequence[qb.NamedList]) -> None:
    store.choices.put([choice_row(row.id, kind, one) for one in some])


def _names(kind: TakenKind, store: Store, row: Connection, some: Sequence[qb.NameRow]) -> None:
    store.customers.put_names(row.id, kind, [(one.id, one.display_name or "") for one in some])


def _numbers(kind: NumberKind, store: Store, row: Connection, some: Sequence[qb.NumberedTxn]) -> None:
    store.numbers.put([number_row(row.id, kind, one) for one in some])


KEEP: Mapping[str, Keep] = {
    "Customer": _customers,
    "Item": lambda store, row, some: store.items.put([item_row(row.id, one) for one in some]),
    "Account": lambda store, row, some: store.accounts.put([account_row(row.id, one) for one in some]),
    "Term": lambda store, row, some: store.items.put([term_row(row.id, one) for one in some]),
    "Class": partial(_choices, ChoiceKind.CLASS),
    "Department": partial(_choices, ChoiceKind.LOCATION),
    "Vendor": partial(_names, TakenKind.VENDOR),
    "Employee": partial(_names, TakenKind.EMPLOYEE),
    **{entity: partial(_numbers, kind) for entity, kind in NUMBERED.items()},
}
"""By QuickBooks' name of the kind."""
