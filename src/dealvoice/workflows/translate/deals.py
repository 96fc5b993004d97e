"""Pipedrive's answers become the core's deal, with labels in place of option ids."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from dealvoice.invoicing.address import Address
from dealvoice.invoicing.deal import (
    Contact,
    Deal,
    DealDiscount,
    DealProduct,
    FieldKind,
    FieldRef,
    FieldValue,
    Installment,
    Owner,
)
from dealvoice.invoicing.deal_changes import Snapshot
from dealvoice.invoicing.deal_rows import DealOffer
from dealvoice.pipedrive import models as pd
from dealvoice.pipedrive.webhooks import DealTold
from dealvoice.reading import convert
from dealvoice.storage.deals import DealHead, DealSeen
from dealvoice.storage.fields import FieldRow

_KINDS = {
    "int": FieldKind.NUMBER,
    "double": FieldKind.NUMBER,
    "monetary": FieldKind.MONEY,
    "date": FieldKind.DATE,
    "daterange": FieldKind.DATE,
    "time": FieldKind.DATE,
    "timerange": FieldKind.DATE,
    "address": FieldKind.ADDRESS,
}
STANDARD = {
    Owner.ORGANIZATION: ("name", "address"),
    Owner.PERSON: ("name", "emails", "phones", "postal_address"),
    Owner.DEAL: ("title", "value"),
}
"""Fields that every account has and a mapping may pick."""
OFFERED = frozenset(
    {
        "varchar", "varchar_auto", "text", "phone", "int", "double", "monetary", "enum", "set", "address", "date",
        "daterange", "time", "timerange", "varchar_options", "status",
    }
)  # fmt: skip
"""Field types that a mapping may pick."""


def core_deal(
    deal: pd.Deal,
    *,
    products: Iterable[pd.DealProduct],
    discounts: Iterable[pd.Discount],
    catalogue: Iterable[pd.Product],
    person: pd.Person | None,
    organization: pd.Organization | None,
    fields: Iterable[FieldRow],
    installments: Iterable[pd.Installment] = (),
) -> Deal:
    """Return a deal as the core knows it."""
    codes = {product.id: product.code for product in catalogue}
    labels = {(row.owner, row.key): row for row in fields}
    values: dict[FieldRef, FieldValue] = {}
    _put(values, Owner.DEAL, "title", FieldValue(FieldKind.TEXT, text=deal.title or ""))
    if deal.value is not None:
        _put(values, Owner.DEAL, "value", FieldValue(FieldKind.MONEY, text=f"{_plain(deal.value)} {deal.currency}"))
    _custom(values, Owner.DEAL, deal.custom_fields, labels)
    if person is not None:
        emails = tuple(_ordered(person.emails))
        _put(values, Owner.PERSON, "name", FieldValue(FieldKind.TEXT, text=person.name or ""))
        _put(values, Owner.PERSON, "emails", FieldValue(FieldKind.EMAIL, text=", ".join(emails), emails=emails))
        _put(values, Owner.PERSON, "phones", FieldValue(FieldKind.TEXT, text=next(iter(_ordered(person.phones)), "")))
        _put(values, Owner.PERSON, "postal_address", _address(person.postal_address))
        _custom(values, Owner.PERSON, person.custom_fields, labels)
    if organization is not None:
        _put(values, Owner.ORGANIZATION, "name", FieldValue(FieldKind.TEXT, text=organization.name or ""))
        _put(values, Owner.ORGANIZATION, "address", _address(organization.address))
        _custom(values, Owner.ORGANIZATION, organization.custom_fields, labels)
    return Deal(
        id=deal.id,
        title=deal.title or "",
        value=deal.value,
        currency=deal.currency or "",
        organization=Contact(Owner.ORGANIZATION, organization.id, organization.name or "") if organization else None,
        person=Contact(Owner.PERSON, person.id, person.name or "") if person else None,
        products=tuple(_product(row, codes) for row in products),
        discounts=tuple(
            DealDiscount(
                description=discount.description or "",
                amount=discount.amount,
                is_percent=discount.type == "percentage",
            )
            for discount in discounts
        ),
        installments=tuple(
            Installment(one.id, one.description or "", one.amount, one.billing_date)
            for one in sorted(installments, key=lambda one: (one.billing_date, one.id))
        ),
        contact_ids=(deal.org_id, deal.person_id),
        archived=bool(deal.is_archived),
        values=values,
    )


def kept_snapshot(seen: Snapshot) -> dict[str, Any]:
    """Return a snapshot as a form's row keeps it."""
    kept: dict[str, Any] = msgspec.to_builtins(seen, str_keys=True)
    return kept


def read_snapshot(kept: object) -> Snapshot:
    """Return a snapshot that a form's row has kept."""
    return convert(kept, Snapshot, strict=False)


def kept_offer(offer: DealOffer) -> dict[str, Any]:
    """Return what a deal offers as a form's row keeps it."""
    kept: dict[str, Any] = msgspec.to_builtins(offer)
    return kept


def read_offer(kept: object) -> DealOffer:
    """Return what a deal offered when its form was filled."""
    return convert(kept, DealOffer, strict=False) if kept else DealOffer()


def field_rows(tenant: str, owner: Owner, seen: Iterable[pd.Field], *, now: object) -> list[FieldRow]:
    """Return the definitions of one object's fields as the store keeps them."""
    rows = []
    for field in seen:
        options = {str(option.id): option.label or "" for option in field.options or []}
        rows.append(
            FieldRow(
                tenant=tenant,
                owner=owner.value,
                key=field.field_code,
                name=field.field_name or field.field_code,
                kind=field.field_type or "",
                custom=bool(field.is_custom_field),
                options=options,
                seen_at=now,
            )
        )
    return rows


def _product(row: pd.DealProduct, codes: dict[int, str | None]) -> DealProduct:
    frequency = row.billing_frequency or "one-time"
    return DealProduct(
        row_id=row.id,
        product_id=row.product_id or 0,
        variation_id=row.product_variation_id,
        name=row.name or "",
        code=codes.get(row.product_id or 0),
        comments=row.comments or "",
        quantity=row.quantity,
        unit_price=row.item_price,
        tax_percent=row.tax or Decimal(0),
        tax_method=row.tax_method or "exclusive",
        discount=row.discount or Decimal(0),
        discount_is_percent=(row.discount_type or "percentage") == "percentage",
        row_sum=row.sum,
        enabled=row.is_enabled is not False,
        recurring=None if frequency == "one-time" else frequency,
        cycles=None if frequency == "one-time" else row.billing_frequency_cycles,
    )


def _custom(
    values: dict[FieldRef, FieldValue],
    owner: Owner,
    custom: dict[str, pd.FieldValue],
    labels: dict[tuple[str, str], FieldRow],
) -> None:
    for key, raw in custom.items():
        row = labels.get((owner.value, key))
        if raw is None or row is None:
            continue
        _put(values, owner, key, _value(raw, row))


def _value(raw: pd.FieldValue, row: FieldRow) -> FieldValue:
    kind = _KINDS.get(row.kind, FieldKind.TEXT)
    if isinstance(raw, dict):
        if kind is FieldKind.ADDRESS:
            return _address(pd.Address(**{name: raw.get(name) for name in pd.Address.__struct_fields__}))  # type: ignore[arg-type] # untyped wire value
        if kind is FieldKind.MONEY:
            return FieldValue(kind, text=f"{_text(raw.get('value'))} {_text(raw.get('currency'))}".strip())
        parts = [_text(raw.get("value")), _text(raw.get("until"))]
        return FieldValue(kind, text=" – ".join(part for part in parts if part))
    if kind is FieldKind.ADDRESS:
        return _address(_text(raw))
    if isinstance(raw, list):
        return FieldValue(kind, text=", ".join(_label(one, row) for one in raw))
    return FieldValue(kind, text=_label(raw, row))


def _label(raw: pd.FieldValue, row: FieldRow) -> str:
    if row.options:
        return str(row.options.get(str(raw), ""))
    return _text(raw)


def _address(seen: pd.Address | str | None) -> FieldValue:
    if seen is None:
        return FieldValue(FieldKind.ADDRESS)
    if isinstance(seen, str):
        return FieldValue(FieldKind.ADDRESS, text=seen, address=Address(text=seen))
    text = seen.formatted_address or seen.value or ""
    address = Address(
        text=text,
        street=seen.route or "",
        house=seen.street_number or "",
        flat=seen.subpremise or "",
        district=seen.sublocality or "",
        city=seen.locality or "",
        county=seen.admin_area_level_2 or "",
        state=seen.admin_area_level_1 or "",
        postal_code=seen.postal_code or "",
        country=seen.country or "",
    )
    return FieldValue(FieldKind.ADDRESS, text=text, address=address)


def contact_of(org_id: int | None, person_id: int | None) -> tuple[str, int | None]:
    """Return kind and id of a deal's contact: the organization if it has one, else the person."""
    if org_id is not None:
        return "organization", org_id
    return ("person", person_id) if person_id is not None else ("", None)


def write_head(row: DealSeen | DealHead, told: pd.Deal | DealTold) -> None:
    """Take over what a read, or an event, says of a deal's head."""
    row.title, row.value, row.currency = (told.title or "")[:1024], told.value, told.currency or ""
    row.contact_kind, row.contact_id = contact_of(told.org_id, told.person_id)


def deal_seen(tenant: str, user_id: int, deal: pd.Deal, *, now: datetime) -> DealSeen:
    """Return the memory of a deal that this user was just found to see."""
    row = DealSeen(
        tenant=tenant, user_id=user_id, deal_id=deal.id, allowed=True, products=deal.products_count,
        archived=bool(deal.is_archived), checked_at=now, told_at=deal.update_time,
    )  # fmt: skip
    write_head(row, deal)
    return row


def _ordered(values: list[pd.Labelled] | None) -> list[str]:
    rows = sorted((row for row in values or [] if row.value), key=lambda row: not row.primary)
    return [row.value for row in rows if row.value]


def _put(values: dict[FieldRef, FieldValue], owner: Owner, key: str, value: FieldValue) -> None:
    values[FieldRef(owner, key)] = value


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(raw: object) -> str:
    if raw is None:
        return ""
    return _plain(raw) if isinstance(raw, Decimal) else str(raw)
