"""Which Pipedrive fields fill the customer's details of a new invoice, and how their values become text."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dealvoice.invoicing.address import text_of, to_bill_address
from dealvoice.invoicing.deal import Deal, FieldKind, FieldRef, FieldValue, Owner
from dealvoice.invoicing.emails import valid_emails
from dealvoice.invoicing.finding import Finding, Severity


class Target(StrEnum):
    """A detail of the customer on the invoice."""

    TO = "to"
    """Addressee."""
    ADDRESS = "address"
    """Postal address."""
    EMAIL = "email"
    """Where QuickBooks mails the invoice."""
    TAX_ID = "tax_id"
    """The customer's tax ID."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """
    The company's choice of fields, and the days to pay; None is not mapped.

    Raises:
        ValueError: Days below zero.
    """

    to: FieldRef | None
    address: FieldRef | None
    email: FieldRef | None
    tax_id: FieldRef | None
    due_days: int
    """Days from the issue date to the due date; 0 is due on receipt."""

    def __post_init__(self) -> None:
        if self.due_days < 0:
            raise ValueError("an invoice is not due before it is issued")

    @classmethod
    def default(cls) -> "Mapping":
        """Return what a fresh installation uses."""
        return cls(
            to=FieldRef(Owner.ORGANIZATION, "name"),
            address=FieldRef(Owner.ORGANIZATION, "address"),
            email=FieldRef(Owner.PERSON, "emails"),
            tax_id=None,
            due_days=7,
        )

    def of(self, target: Target) -> FieldRef | None:
        """Return the field that fills a detail."""
        match target:
            case Target.TO:
                return self.to
            case Target.ADDRESS:
                return self.address
            case Target.EMAIL:
                return self.email
            case Target.TAX_ID:
                return self.tax_id


@dataclass(frozen=True, slots=True)
class Filled:
    """The customer's details of one deal."""

    to: str
    """One line."""
    address: str
    """Lines of text."""
    email: str
    """One address, or several with commas between."""
    tax_id: str
    findings: tuple[Finding, ...]
    """What the user should know about the mapping."""


def fill(mapping: Mapping, deal: Deal, *, known: Collection[FieldRef] | None = None) -> Filled:
    """
    Fill the customer's details from a deal.

    A field without a value, or of an object that the deal has not, gives an empty text; nothing is put in its place.
    The one exception is To: where the mapping names a field of the organization and the deal has only a person, it is
    the person's name. Further lines of a To of several lines go on top of the address.

    Args:
        mapping: The company's choice.
        deal: The deal with its field values.
        known: All fields that exist; tells a field that was removed from one that is empty. None: not known.
    """
    name, *further = _clean_lines(_as_text(_value(mapping.to, deal))) or [""]
    address = [*further, *_as_address(_value(mapping.address, deal))]
    if not name and _wants_organization(mapping.to) and deal.organization is None and deal.person is not None:
        name = " ".join(deal.person.name.split())
    tax_id = _clean_lines(_as_text(_value(mapping.tax_id, deal)))
    return Filled(
        to=name,
        address="\n".join(address),
        email=_as_email(_value(mapping.email, deal)),
        tax_id=tax_id[0] if tax_id else "",
        findings=tuple(_findings(mapping, deal, known)),
    )


def due_date(issued_on: date, days: int) -> date:
    """Return the last day for payment: issued on 13 March with 7 days, due on 20 March."""
    return issued_on + timedelta(days=days)


def _value(ref: FieldRef | None, deal: Deal) -> FieldValue | None:
    return None if ref is None else deal.values.get(ref)


def _wants_organization(ref: FieldRef | None) -> bool:
    return ref is not None and ref.owner is Owner.ORGANIZATION


def _clean_lines(text: str) -> list[str]:
    return [line for line in (" ".join(raw.split()) for raw in text.splitlines()) if line]


def _as_text(value: FieldValue | None) -> str:
    if value is None:
        return ""
    if value.kind is FieldKind.EMAIL:
        return value.emails[0] if value.emails else ""
    if value.kind is FieldKind.ADDRESS and not value.text and value.address is not None:
        return value.address.text
    return value.text


def _as_address(value: FieldValue | None) -> list[str]:
    if value is None:
        return []
    if value.kind is FieldKind.ADDRESS:
        return text_of(to_bill_address(value.address or value.text)).splitlines()
    return _clean_lines(_as_text(value))


def _as_email(value: FieldValue | None) -> str:
    if value is None:
        return ""
    match value.kind:
        case FieldKind.EMAIL:
            return value.emails[0].strip() if value.emails else ""
        case FieldKind.TEXT:
            return ", ".join(valid_emails(value.text))
        case _:
            return ""


def _findings(mapping: Mapping, deal: Deal, known: Collection[FieldRef] | None) -> list[Finding]:
    found = []
    for target in Target:
        ref = mapping.of(target)
        if ref is not None and known is not None and ref not in known:
            params = {"field": ref.key}
            found.append(Finding("mapping.field_gone", Severity.WARNING, target.value, params, remedy="open_settings"))
    value = _value(mapping.tax_id, deal)
    if value is not None and value.kind is FieldKind.NUMBER and value.text:
        found.append(Finding("mapping.number_as_tax_id", Severity.WARNING, Target.TAX_ID.value, {"value": value.text}))
    return found
