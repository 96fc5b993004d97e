"""
Ask what changed since a time (change data capture): one call for all entities.

Source: change data capture page of the Accounting API: look-back 30 days, at most 1,000 objects an answer, no paging.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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
from dealvoice.quickbooks.unreadable import Unreadable, sort_out

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
    unreadable: list[Unreadable] = field(default_factory=list)

    def of(self, entity: str) -> list[Entity]:
        """Give the live objects of one entity, by the vendor's name."""
        found: list[Entity] = getattr(self, _LISTS[entity])
        return found


KINDS: dict[str, type[Entity]] = {
    "Invoice": Invoice,
    "Payment": Payment,
    "CreditMemo": NumberedTxn,
    "SalesReceipt": NumberedTxn,
    "Customer": Customer,
    "Vendor": NameRow,
    "Employee": NameRow,
    "Item": Item,
    "Account": Account,
    "Term": Term,
    "PaymentMethod": PaymentMethod,
    "Class": NamedList,
    "Department": NamedList,
    "CompanyCurrency": CompanyCurrency,
    "CompanyInfo": CompanyInfo,
    "Preferences": Preferences,
}
"""What can be asked for here, and as what it is read."""

_LISTS: dict[str, str] = {
    "Invoice": "invoices",
    "Payment": "payments",
    "CreditMemo": "credit_memos",
    "SalesReceipt": "sales_receipts",
    "Customer": "customers",
    "Vendor": "vendors",
    "Employee": "employees",
    "Item": "items",
    "Account": "accounts",
    "Term": "terms",
    "PaymentMethod": "payment_methods",
    "Class": "classes",
    "Department": "departments",
    "CompanyCurrency": "currencies",
    "CompanyInfo": "company_info",
    "Preferences": "preferences",
}

ENTITIES: frozenset[str] = frozenset(KINDS)
"""What can be asked for here."""

_Group = msgspec.defstruct(
    "_Group",
    [
        *(
            (name, list[msgspec.Raw], msgspec.field(default_factory=list, name=entity))
            for entity, name in _LISTS.items()
        ),
        ("total", int | None, msgspec.field(default=None, name="totalCount")),
    ],
    frozen=True,
    kw_only=True,
)
"""One entity's changes; exactly one of the lists is filled, its records unread: one may be malformed."""


class _Response(msgspec.Struct, frozen=True, kw_only=True):
    groups: list[_Group] = msgspec.field(default_factory=list, name="QueryResponse")  # type: ignore[valid-type]
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


def gathered(
    at: datetime,
    live: Mapping[str, Sequence[Entity]],
    *,
    deleted: Mapping[str, Sequence[str]] | None = None,
    unreadable: Sequence[Unreadable] = (),
) -> Changes:
    """Give what was read in another way, by the vendor's entity names, as if the feed had told it."""
    return Changes(
        at=at,
        deleted={entity: list(ids) for entity, ids in (deleted or {}).items()},
        unreadable=list(unreadable),
        **{_LISTS[entity]: list(rows) for entity, rows in live.items()},  # type: ignore[arg-type] # types are those of KINDS
    )


def _sorted(groups: Iterable[Any], *, at: datetime) -> Changes:
    live: dict[str, list[Entity]] = {}
    deleted: dict[str, list[str]] = {}
    unreadable: list[Unreadable] = []
    seen = 0
    short: set[str] = set()
    for group in groups:
        for entity, name in _LISTS.items():
            raw: list[msgspec.Raw] = getattr(group, name)
            if not raw:
                continue
            seen += len(raw)
            rows, bad = sort_out(entity, raw, KINDS[entity])
            unreadable += bad
            live.setdefault(name, []).extend(row for row in rows if not row.is_deleted)
            if gone := [row.id for row in rows if row.is_deleted]:
                deleted.setdefault(entity, []).extend(gone)
            if group.total is not None and group.total > len(raw):
                short.add(entity)
    return Changes(
        at=at,
        truncated=bool(short) or seen >= LIMIT,
        truncated_entities=frozenset(short),
        deleted=deleted,
        unreadable=unreadable,
        **live,  # type: ignore[arg-type] # names and row types are those of KINDS, entity by entity
    )
