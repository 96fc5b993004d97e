"""Long lists of invoices: narrowed, sorted and added up by the database, page after page by key and never by offset."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.money import Money, from_minor, to_minor
from dealvoice.storage.invoices import DealInvoice, InvoiceRow

PAGE = 25
SORTS = ("number", "issued", "due", "flag", "total", "left", "made", "deal")
_NEVER_COUNTED = ("voided", "deleted")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices, in which order."""

    connection_id: str
    today: date
    """The company's own day, for what is overdue."""
    customers: tuple[str, ...] = ()
    """Only of these customers; none: only those linked to ``deal_id``."""
    deal_id: int = 0
    first: date | None = None
    last: date | None = None
    """Issued between these days, both included."""
    flag: str = ""
    find: str = ""
    """A part of the number."""
    amount: Decimal | None = None
    """Or a total or balance of this amount, when what was searched for reads as one."""
    sort: str = "issued"
    descending: bool = True
    after: str = ""
    """Where the last page ended, as ``ListPage.next`` gave it."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the invoices of one currency add up to; voided and deleted ones never count."""

    invoiced: Money
    paid: Money
    open: Money
    overdue: Money


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list, and what holds for all of it."""

    rows: list[InvoiceRow]
    next: str
    """For the page after this one; empty when this is the last."""
    counts: dict[str, int] = field(default_factory=dict)
    """Invoices by flag, whatever flag was asked for."""
    sums: dict[str, Sums] = field(default_factory=dict)
    """By currency, whatever flag was asked for."""


class BadPlace(ValueError):
    """``after`` is none of ours."""


@lru_cache(8)
def flag_of(today: date) -> ColumnElement[str]:
    """Return the flag of an invoice as the database reckons it: the same as ``invoicing.status.derive``."""
    empty = and_(InvoiceRow.total == 0, InvoiceRow.balance == 0)
    return case(
        (InvoiceRow.deleted, literal("deleted")),
        (and_(empty, InvoiceRow.voided), literal("voided")),
        (empty, literal("open")),
        (and_(InvoiceRow.total > 0, InvoiceRow.balance <= 0), literal("paid")),
        (and_(InvoiceRow.balance > 0, InvoiceRow.due_on < today), literal("overdue")),
        (and_(InvoiceRow.balance > 0, InvoiceRow.balance < InvoiceRow.total), literal("partially_paid")),
        else_=literal("open"),
    )


class InvoiceLists:
    """The long lists of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def page(self, wanted: Wanted) -> ListPage:
        """
        Return one page, with counts and sums of the whole list.

        Raises:
            BadPlace: ``after`` is none of ours, or of another order.
        """
        flag = flag_of(wanted.today)
        where = self._where(wanted)
        keys = _keys(wanted.sort, wanted.today)
        asked = select(InvoiceRow, *keys).where(*where)
        if wanted.flag:
            asked = asked.where(flag == wanted.flag)
        if wanted.after:
            asked = asked.where(_beyond([*keys, InvoiceRow.id], _place(wanted), descending=wanted.descending))
        order = [key.desc() if wanted.descending else key.asc() for key in (*keys, InvoiceRow.id)]
        found = self._session.execute(asked.order_by(*order).limit(PAGE + 1)).all()
        rows = [row[0] for row in found[:PAGE]]
        more = _written([*found[PAGE - 1][1:], rows[-1].id], wanted) if len(found) > PAGE else ""
        counts, sums = self._sums(where, flag)
        return ListPage(rows=rows, next=more, counts=counts, sums=sums)

    def _where(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [InvoiceRow.tenant == self._tenant]
        if wanted.customers:
            of_them = InvoiceRow.customer_id.in_(wanted.customers)
            where += [InvoiceRow.connection_id == wanted.connection_id, of_them]
        else:
            # A join, not IN: SQLite begins it at the deal's few links, and an IN at all of the tenant's invoices.
            where += [
                DealInvoice.tenant == self._tenant,
                DealInvoice.deal_id == wanted.deal_id,
                DealInvoice.invoice_id == InvoiceRow.id,
            ]
        if wanted.first is not None:
            where.append(InvoiceRow.issued_on >= wanted.first)
        if wanted.last is not None:
            where.append(InvoiceRow.issued_on <= wanted.last)
        if wanted.find:
            where.append(or_(*self._finds(wanted)))
        return where

    def _finds(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [
            func.lower(InvoiceRow.number).contains(wanted.find.strip().lower(), autoescape=True)
        ]
        if wanted.amount is not None:
            # Smallest units are whole ones or hundredths (see ``money.places``).
            for currency in ("USD", "JPY"):
                minor = to_minor(Money(wanted.amount, currency))
                kind = InvoiceRow.currency.in_(_WHOLE) if currency == "JPY" else InvoiceRow.currency.not_in(_WHOLE)
                found.append(and_(kind, or_(InvoiceRow.total == minor, InvoiceRow.balance == minor)))
        return found

    def _sums(
        self, where: list[ColumnElement[bool]], flag: ColumnElement[str]
    ) -> tuple[dict[str, int], dict[str, Sums]]:
        groups = self._session.execute(
            select(flag, InvoiceRow.currency, func.count(), func.sum(InvoiceRow.total), func.sum(InvoiceRow.balance))
            .where(*where)
            .group_by(flag, InvoiceRow.currency)
        ).all()
        counts: dict[str, int] = {}
        totals: dict[str, list[int]] = {}
        for name, currency, count, total, balance in groups:
            counts[name] = counts.get(name, 0) + int(count)
            if name in _NEVER_COUNTED:
                continue
            kept = totals.setdefault(currency, [0, 0, 0])
            kept[0] += int(total)
            kept[1 if name != "overdue" else 2] += int(balance)
        sums = {}
        for currency, (invoiced, not_due, overdue) in sorted(totals.items()):
            sums[currency] = Sums(
                invoiced=from_minor(invoiced, currency),
                paid=from_minor(invoiced - not_due - overdue, currency),
                open=from_minor(not_due, currency),
                overdue=from_minor(overdue, currency),
            )
        return counts, sums


_WHOLE = sorted(code for code, exponent in EXPONENTS.items() if exponent == 0)
"""Currencies whose smallest unit is a whole one."""
_FLAGS = ("overdue", "partially_paid", "open", "paid", "voided", "deleted")
_NEVER = date(1, 1, 1)


@lru_cache(64)
def _keys(sort: str, today: date) -> list[Any]:
    """Return what a list is sorted by; numbers by length first, so that 999 stands before 1000."""
    dead = or_(InvoiceRow.deleted, InvoiceRow.voided)
    first_deal = (
        select(func.min(DealInvoice.deal_id))
        .where(DealInvoice.tenant == InvoiceRow.tenant, DealInvoice.invoice_id == InvoiceRow.id)
        .correlate(InvoiceRow)
        .scalar_subquery()
    )
    issued = func.coalesce(InvoiceRow.issued_on, _NEVER)
    found: dict[str, list[Any]] = {
        "number": [func.length(InvoiceRow.number), InvoiceRow.number],
        "issued": [issued],
        "due": [func.coalesce(InvoiceRow.due_on, _NEVER)],
        "flag": [case({name: index for index, name in enumerate(_FLAGS)}, value=flag_of(today), else_=len(_FLAGS))],
        "total": [case((InvoiceRow.voided, InvoiceRow.last_total), else_=InvoiceRow.total)],
        "left": [case((dead, 0), else_=InvoiceRow.balance)],
        "made": [case((InvoiceRow.operation_id.is_(None), 1), else_=0)],
        "deal": [func.coalesce(first_deal, 0)],
    }
    return found[sort] if sort in ("issued", "number") else [*found[sort], issued]


def _beyond(keys: list[Any], place: list[Any], *, descending: bool) -> ColumnElement[bool]:
    """Return what comes after a place in the order of some keys."""
    key, at = keys[0], place[0]
    further: ColumnElement[bool] = key < at if descending else key > at
    if len(keys) == 1:
        return further
    return or_(further, and_(key == at, _beyond(keys[1:], place[1:], descending=descending)))


def _written(place: list[Any], wanted: Wanted) -> str:
    plain = [{"day": value.isoformat()} if isinstance(value, date) else value for value in place]
    kept = json.dumps([wanted.sort, wanted.descending, *plain])
    return base64.urlsafe_b64encode(kept.encode()).decode()


def _place(wanted: Wanted) -> list[Any]:
    try:
        sort, descending, *plain = json.loads(base64.urlsafe_b64decode(wanted.after.encode()))
    except (ValueError, binascii.Error) as error:
        raise BadPlace from error
    length = len(_keys(wanted.sort, wanted.today)) + 1
    if sort != wanted.sort or descending != wanted.descending or len(plain) != length:
        raise BadPlace
    return [_read(value) for value in plain]


def _read(value: Any) -> Any:
    try:
        return date.fromisoformat(value["day"]) if isinstance(value, dict) else value
    except (ValueError, KeyError, TypeError) as error:
        raise BadPlace from error
