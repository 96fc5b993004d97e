"""
Ask what changed since a time (change data capture): one call for all entities.

Source: change data capture page of the Accounting API: look-back 30 days, at most 1,000 objects an answer, no paging.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.faults import Envelope, FaultPart, VendorFault
from dealvoice.quickbooks.models import (
    Account,
    CompanyCurrency,
    CompanyInfo,
    Customer,
    Entity,
    Invoice,
    Item,
    NamedList,
    NameRow,
    NumberedTxn,
    Payment,
    PaymentMethod,
    Preferences,
    Term,
)

LIMIT = 1000
"""Most objects of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """
    What changed, live objects by entity and deleted ids by the vendor's entity name.

    Inactive names come as live objects. When ``truncated``, ask again for fewer entities or read the entity whole: there is no
    next page.
    """

    # Server time of the answer: the next ``since``, less an overlap.
    at: datetime
    truncated: bool = False
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    credit_memos: list[NumberedTxn] = field(default_factory=list)
    sales_receipts: list[NumberedTxn] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    vendors: list[NameRow] = field(default_factory=list)
    employees: list[NameRow] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    payment_methods: list[PaymentMethod] = field(default_factory=list)
    classes: list[NamedList] = field(default_factory=list)
    departments: list[NamedList] = field(default_factory=list)
    currencies: list[CompanyCurrency] = field(default_factory=list)
    company_info: list[CompanyInfo] = field(default_factory=list)
    preferences: list[Preferences] = field(default_factory=list)
    deleted: dict[str, list[str]] = field(default_factory=dict)
    # Names of the entities whose group says it holds more than it lists.
    truncated_entities: frozenset[str] = frozenset()


class _Group(msgspec.Struct, frozen=True, kw_only=True):
    """One entity's changes; exactly one of the lists is filled."""

    invoices: list[Invoice] = msgspec.field(default_factory=list, name="Invoice")
    payments: list[Payment] = msgspec.field(default_factory=list, name="Payment")
    credit_memos: list[NumberedTxn] = msgspec.field(default_factory=list, name="CreditMemo")
    sales_receipts: list[NumberedTxn] = msgspec.field(default_factory=list, name="SalesReceipt")
    customers: list[Customer] = msgspec.field(default_factory=list, name="Customer")
    vendors: list[NameRow] = msgspec.field(default_factory=list, name="Vendor")
    employees: list[NameRow] = msgspec.field(default_factory=list, name="Employee")
    items: list[Item] = msgspec.field(default_factory=list, name="Item")
    accounts: list[Account] = msgspec.field(default_factory=list, name="Account")
    terms: list[Term] = msgspec.field(default_factory=list, name="Term")
    payment_methods: list[PaymentMethod] = msgspec.field(default_factory=list, name="PaymentMethod")
    classes: list[NamedList] = msgspec.field(default_factory=list, name="Class")
    departments: list[NamedList] = msgspec.field(default_factory=list, name="Department")
    currencies: list[CompanyCurrency] = msgspec.field(default_factory=list, name="CompanyCurrency")
    company_info: list[CompanyInfo] = msgspec.field(default_factory=list, name="CompanyInfo")
    preferences: list[Preferences] = msgspec.field(default_factory=list, name="Preferences")
    total: int | None = msgspec.field(default=None, name="totalCount")


_LISTS: dict[str, str] = {
    field_.encode_name: field_.name for field_ in msgspec.structs.fields(_Group) if field_.name != "total"
}

ENTITIES: frozenset[str] = frozenset(_LISTS)
"""What can be asked for here."""


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    groups: list[_Group] = msgspec.field(default_factory=list, name="QueryResponse")
    fault: FaultPart | None = msgspec.field(default=None, name="Fault")


class _Answer(Envelope, frozen=True, kw_only=True):
    responses: list[_Response] | None = msgspec.field(default=None, name="CDCResponse")
    time: datetime | None = None

    def complete(self) -> bool:
        return self.responses is not None and self.time is not None

    def faults(self) -> tuple[VendorFault, ...]:
        found = Envelope.faults(self)
        if found:
            return found
        return tuple(f for response in self.responses or () if response.fault for f in response.fault.faults())


def changes(client: QuickBooks, entities: Sequence[str], since: datetime) -> Changes:
    """
    Give what changed in ``entities`` (vendor names, see ``ENTITIES``) after ``since``.

    An answer without time or groups raises ``Retry``: nothing may be concluded from it.
    """
    unknown = [name for name in entities if name not in ENTITIES]
    if unknown or not entities:
        raise ValueError(f"not an entity of change data capture here: {unknown}")
    if since.tzinfo is None:
        raise ValueError("a time needs its zone")
    answer = client.get(
        "cdc",
        _Answer,
        entity="cdc",
        operation="changes",
        params={
            "entities": ",".join(entities),
            "changedSince": since.astimezone(UTC).replace(microsecond=0).isoformat(),
        },
    )
    if answer.time is None or answer.responses is None:
        raise AssertionError("the client lets no incomplete answer through")
    return _sorted([group for response in answer.responses for group in response.groups], at=answer.time)


def _sorted(groups: Iterable[_Group], *, at: datetime) -> Changes:
    live: dict[str, list[Entity]] = {}
    deleted: dict[str, list[str]] = {}
    seen = 0
    short: set[str] = set()
    for group in groups:
        for entity, name in _LISTS.items():
            rows: list[Entity] = getattr(group, name)
            if not rows:
                continue
            seen += len(rows)
            live.setdefault(name, []).extend(row for row in rows if not row.is_deleted)
            if gone := [row.id for row in rows if row.is_deleted]:
                deleted.setdefault(entity, []).extend(gone)
            if group.total is not None and group.total > len(rows):
                short.add(entity)
    return Changes(
        at=at,
        truncated=bool(short) or seen >= LIMIT,
        truncated_entities=frozenset(short),
        deleted=deleted,
        **live,  # type: ignore[arg-type] # names and row types are those of _Group, field by field
    )
