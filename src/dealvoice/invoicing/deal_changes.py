"""What became different on a deal since a form was filled from it: a person takes it over, or keeps the form as it is."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

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


def snapshot(deal: Deal) -> dict[str, Any]:
    """
    Return what a form is filled from, as plain values to keep and compare: contact, currency, value and rows.

    Title, stage, owner and custom fields are no part of it: they change nothing of the invoice's amounts.
    """
    return {
        "contact": list(deal.contact_ids),
        "currency": deal.currency,
        "value": None if deal.value is None else format(deal.value, "f"),
        "rows": {str(row.row_id): _kept(row) for row in deal.products},
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[DealChange]:
    """Return what changed between two snapshots, the rows last and in the newer one's order; empty when they are alike."""
    found = []
    if before["contact"] != after["contact"]:
        found.append(DealChange(DealPart.CONTACT))
    if before["currency"] != after["currency"]:
        found.append(DealChange(DealPart.CURRENCY, was=before["currency"], now=after["currency"]))
    if _number(before["value"]) != _number(after["value"]):
        found.append(
            DealChange(
                DealPart.VALUE,
                was=f"{before['value'] or 0} {before['currency']}",
                now=f"{after['value'] or 0} {after['currency']}",
            )
        )
    rows, later = before["rows"], after["rows"]
    found += [
        DealChange(DealPart.REMOVED, name=row["name"], before=_figures(row))
        for key, row in rows.items()
        if key not in later
    ]
    for key, row in later.items():
        known = rows.get(key)
        if known is None:
            found.append(DealChange(DealPart.ADDED, name=row["name"], after=_figures(row)))
        elif (known["name"], _figures(known)) != (row["name"], _figures(row)):
            found.append(DealChange(DealPart.CHANGED, name=row["name"], before=_figures(known), after=_figures(row)))
    return found


def _kept(row: DealProduct) -> dict[str, Any]:
    return {
        "name": row.name,
        "quantity": format(row.quantity, "f"),
        "unit_price": format(row.unit_price, "f"),
        "discount": format(row.discount, "f"),
        "by_percent": row.discount_is_percent,
        "tax": format(row.tax_percent, "f"),
        "enabled": row.enabled,
    }


def _figures(row: dict[str, Any]) -> RowFigures:
    return RowFigures(
        quantity=Decimal(row["quantity"]),
        unit_price=Decimal(row["unit_price"]),
        discount=Decimal(row["discount"]),
        discount_is_percent=bool(row["by_percent"]),
        tax_percent=Decimal(row["tax"]),
        enabled=bool(row["enabled"]),
    )


def _number(text: str | None) -> Decimal:
    return Decimal(text or 0)
