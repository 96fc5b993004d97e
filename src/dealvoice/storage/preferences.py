"""The tenant's preferences: field mapping, due days, who sees invoices."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, String, false
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.deal import FieldRef, Owner
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.base import Base, Moment, by_key


class PreferenceRow(Base):
    """One row per tenant, written by Save. A mapped field is ``owner:key``; empty means not mapped."""

    __tablename__ = "preferences"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    to_field: Mapped[str] = mapped_column(String(80))
    address_field: Mapped[str] = mapped_column(String(80))
    email_field: Mapped[str] = mapped_column(String(80))
    tax_id_field: Mapped[str] = mapped_column(String(80))
    due_days: Mapped[int] = mapped_column(Integer)
    visibility: Mapped[str] = mapped_column(String(16))
    show_amounts: Mapped[bool] = mapped_column(Boolean)
    fold_discounts: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Line discounts go into the price, instead of a line of their own."""
    mail_after: Mapped[bool] = mapped_column(Boolean, default=False)
    """A new form asks QuickBooks to mail the invoice after creating it."""
    saved_by: Mapped[str] = mapped_column(String(255))
    saved_at: Mapped[datetime] = mapped_column(Moment)


class Preferences:
    """The preferences of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self) -> PreferenceRow | None:
        """Return them, or None while nobody has saved any."""
        return by_key(self._session, PreferenceRow, self._tenant)

    def mapping(self) -> Mapping:
        """Return the field mapping; the article's defaults while nobody has saved one."""
        row = self.get()
        if row is None:
            return Mapping.default()
        return Mapping(
            to=_ref(row.to_field),
            address=_ref(row.address_field),
            email=_ref(row.email_field),
            tax_id=_ref(row.tax_id_field),
            due_days=row.due_days,
        )

    def fold_discounts(self) -> bool:
        """Tell whether line discounts go into the price; shown while nobody has saved anything."""
        row = self.get()
        return row is not None and row.fold_discounts

    def save(
        self,
        mapping: Mapping,
        *,
        visibility: str,
        show_amounts: bool,
        fold_discounts: bool,
        mail_after: bool,
        by: str,
        now: datetime,
    ) -> None:
        """Save all of them."""
        row = self.get()
        if row is None:
            row = PreferenceRow(tenant=self._tenant)
            self._session.add(row)
        row.to_field, row.address_field = _text(mapping.to), _text(mapping.address)
        row.email_field, row.tax_id_field = _text(mapping.email), _text(mapping.tax_id)
        row.due_days, row.visibility, row.show_amounts = mapping.due_days, visibility, show_amounts
        row.fold_discounts = fold_discounts
        row.mail_after = mail_after
        row.saved_by, row.saved_at = by, now


def _text(ref: FieldRef | None) -> str:
    return "" if ref is None else f"{ref.owner.value}:{ref.key}"


def _ref(text: str) -> FieldRef | None:
    if not text:
        return None
    owner, _, key = text.partition(":")
    return FieldRef(Owner(owner), key)
