"""What became different on a deal since a form was filled from it: a person takes it over, or keeps the form as it is."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dealvoice.invoicing.deal import Deal, DealProduct


class DealPart(StrEnum):
    """Which part of a deal changed."""

    CONTACT = "contact"
    CURRENCY = "currency"
    VALUE = "value"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RowFigures:
    """A product row in figures."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    discount_is_percent: bool
    tax_percent: Decimal
    enabled: bool


@dataclass(frozen=True, slots=True)
class DealChange:
    """One difference; amounts are in the deal's currency."""

    part: DealPart
    name: str = ""
    """The product's name, of a row."""
    before: RowFigures | None = None
    after: RowFigures | None = None
    was: str = ""
    """Currency or value before, as data; of those parts only."""
    now: str = ""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A product row as a form was filled from it."""

    name: str
    figures: RowFigures


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a form is filled from: contact, currency, value and rows; all else of a deal changes nothing of an invoice."""

    contact: tuple[int | None, int | None]
    """Organization and person."""
    currency: str
    value: Decimal | None
    rows: dict[int, SeenRow]
    """By the row's id on the deal."""


def snapshot(deal: Deal) -> Snapshot:
    """Return what a form is filled from, to keep and compare."""
    return Snapshot(
        contact=deal.contact_ids,
        currency=deal.currency,
        value=deal.value,
        rows={row.row_id: SeenRow(row.name, _figures(row)) for row in deal.products},
    )


def differences(before: Snapshot, after: Snapshot) -> list[DealChange]:
    """Return what changed between two snapshots, the rows last and in the newer one's order; empty when they are alike."""
    found = []
    if before.contact != after.contact:
        found.append(DealChange(DealPart.CONTACT))
    if before.currency != after.currency:
        found.append(DealChange(DealPart.CURRENCY, was=before.currency, now=after.currency))
    if (before.value or 0) != (after.value or 0):
        found.append(DealChange(DealPart.VALUE, was=_value(before), now=_value(after)))
    found += [
        DealChange(DealPart.REMOVED, name=row.name, before=row.figures)
        for row_id, row in before.rows.items()
        if row_id not in after.rows
    ]
    for row_id, row in after.rows.items():
        known = before.rows.get(row_id)
        if known is None:
            found.append(DealChange(DealPart.ADDED, name=row.name, after=row.figures))
        elif known != row:
            found.append(DealChange(DealPart.CHANGED, name=row.name, before=known.figures, after=row.figures))
    return found


def _value(seen: Snapshot) -> str:
    return f"{seen.value or Decimal(0):f} {seen.currency}"


def _figures(row: DealProduct) -> RowFigures:
    return RowFigures(
        quantity=row.quantity,
        unit_price=row.unit_price,
        discount=row.discount,
        discount_is_percent=row.discount_is_percent,
        tax_percent=row.tax_percent,
        enabled=row.enabled,
    )
