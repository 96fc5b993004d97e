"""Remembered links: which QuickBooks customer a contact is, which QuickBooks item a product is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, String, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.books import LinkedItem
from dealvoice.storage.base import Base, Exact, Json, Moment


class CustomerLink(Base):
    """A contact's customer, for one currency. Written when a user links or creates; never guessed."""

    __tablename__ = "customer_links"
    __table_args__ = (UniqueConstraint("tenant", "connection_id", "contact_kind", "contact_id", "currency"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    contact_kind: Mapped[str] = mapped_column(String(16))
    contact_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    customer_id: Mapped[str] = mapped_column(String(32))
    linked_by: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(Moment)
    looked: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    """The customer's details as the user saw them then, by name; null when nobody looked."""


class ItemLink(Base):
    """A product's item. Variation 0 stands for the product itself."""

    __tablename__ = "item_links"
    __table_args__ = (UniqueConstraint("tenant", "connection_id", "product_id", "variation_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(32))
    product_id: Mapped[int] = mapped_column(BigInteger)
    variation_id: Mapped[int] = mapped_column(BigInteger)
    item_id: Mapped[str] = mapped_column(String(32))
    item_name: Mapped[str] = mapped_column(String(512), default="", server_default="")
    """Name and price of the item when it was linked, or when a change of them was last accepted."""
    item_price: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    linked_by: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(Moment)


_CUSTOMER = (
    select(CustomerLink.customer_id)
    .where(
        CustomerLink.tenant == bindparam("tenant"),
        CustomerLink.connection_id == bindparam("connection"),
        CustomerLink.contact_kind == bindparam("kind"),
        CustomerLink.contact_id == bindparam("contact"),
    )
    .order_by((CustomerLink.currency == bindparam("currency")).desc(), CustomerLink.linked_at.desc())
    .limit(1)
)
_ITEMS = select(ItemLink).where(
    ItemLink.tenant == bindparam("tenant"),
    ItemLink.connection_id == bindparam("connection"),
    ItemLink.product_id.in_(bindparam("products", expanding=True)),
)


class Links:
    """The remembered links of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def customer(self, connection_id: str, kind: str, contact_id: int, currency: str) -> str | None:
        """Return the customer of a contact in a currency."""
        row = self._customer(connection_id, kind, contact_id, currency)
        return None if row is None else row.customer_id

    def customer_of(self, connection_id: str, kind: str, contact_id: int | None, currency: str) -> str | None:
        """Return the customer of a contact in a currency, else in whatever currency was linked last."""
        if contact_id is None:
            return None
        return self._session.scalar(
            _CUSTOMER,
            {
                "tenant": self._tenant, "connection": connection_id, "kind": kind, "contact": contact_id,
                "currency": currency,
            },
        )  # fmt: skip

    def customers(self, connection_id: str, kind: str, contact_id: int) -> set[str]:
        """Return the customers of a contact in every currency."""
        return set(
            self._session.scalars(
                select(CustomerLink.customer_id).where(
                    CustomerLink.tenant == self._tenant,
                    CustomerLink.connection_id == connection_id,
                    CustomerLink.contact_kind == kind,
                    CustomerLink.contact_id == contact_id,
                )
            )
        )

    def link_customer(self, row: CustomerLink) -> None:
        """Link a contact, in place of an earlier link."""
        known = self._customer(row.connection_id, row.contact_kind, row.contact_id, row.currency)
        if known is None:
            self._session.add(row)
            return
        known.customer_id, known.linked_by, known.linked_at = row.customer_id, row.linked_by, row.linked_at
        known.looked = row.looked

    def look(self, connection_id: str, kind: str, contact_id: int, customer_id: str, details: dict[str, str]) -> None:
        """Keep a customer's details as what the user now knows of him, in every currency."""
        self._session.execute(
            update(CustomerLink)
            .where(
                CustomerLink.tenant == self._tenant,
                CustomerLink.connection_id == connection_id,
                CustomerLink.contact_kind == kind,
                CustomerLink.contact_id == contact_id,
                CustomerLink.customer_id == customer_id,
            )
            .values(looked=details)
        )

    def looked(self, connection_id: str, kind: str, contact_id: int, customer_id: str) -> dict[str, str] | None:
        """Return a customer's details as they were when the contact was last invoiced; None when it never was."""
        row = self._session.scalar(
            select(CustomerLink)
            .where(
                CustomerLink.tenant == self._tenant,
                CustomerLink.connection_id == connection_id,
                CustomerLink.contact_kind == kind,
                CustomerLink.contact_id == contact_id,
                CustomerLink.customer_id == customer_id,
            )
            .order_by(CustomerLink.linked_at.desc())
            .limit(1)
        )
        return None if row is None or row.looked is None else dict(row.looked)

    def unlink_customer(self, connection_id: str, kind: str, contact_id: int) -> None:
        """Forget a contact's customer in every currency."""
        self._session.execute(
            delete(CustomerLink).where(
                CustomerLink.tenant == self._tenant,
                CustomerLink.connection_id == connection_id,
                CustomerLink.contact_kind == kind,
                CustomerLink.contact_id == contact_id,
            )
        )

    def is_linked(self, kind: str, record_id: int) -> bool:
        """Tell whether an organization, a person or a product has a link, in any connection."""
        if kind == "product":
            found = select(ItemLink.id).where(ItemLink.tenant == self._tenant, ItemLink.product_id == record_id)
        else:
            found = select(CustomerLink.id).where(
                CustomerLink.tenant == self._tenant,
                CustomerLink.contact_kind == kind,
                CustomerLink.contact_id == record_id,
            )
        return self._session.scalar(found.limit(1)) is not None

    def move_contact(self, kind: str, old: int, new: int) -> int:
        """Move a contact's links to the one it was merged into, which keeps its own; returns how many were moved."""
        rows = self._session.scalars(
            select(CustomerLink).where(
                CustomerLink.tenant == self._tenant, CustomerLink.contact_kind == kind, CustomerLink.contact_id == old
            )
        ).all()
        moved = 0
        for row in rows:
            if self._customer(row.connection_id, kind, new, row.currency) is None:
                row.contact_id = new
                moved += 1
            else:
                self._session.delete(row)
        self._session.flush()
        return moved

    def move_product(self, old: int, new: int) -> int:
        """Move a product's links to the one it was merged into, which keeps its own; returns how many were moved."""
        mine = ItemLink.tenant == self._tenant
        moved = 0
        for row in self._session.scalars(select(ItemLink).where(mine, ItemLink.product_id == old)).all():
            taken = self._session.scalar(
                select(ItemLink.id).where(
                    mine,
                    ItemLink.connection_id == row.connection_id,
                    ItemLink.product_id == new,
                    ItemLink.variation_id == row.variation_id,
                )
            )
            if taken is None:
                row.product_id = new
                moved += 1
            else:
                self._session.delete(row)
        self._session.flush()
        return moved

    def items(self, connection_id: str, product_ids: set[int]) -> dict[tuple[int, int | None], str]:
        """Return the items of products, by product and variation."""
        return {key: known.item_id for key, known in self.linked(connection_id, product_ids).items()}

    def linked(self, connection_id: str, product_ids: set[int]) -> dict[tuple[int, int | None], LinkedItem]:
        """Return the items of products as they were when they were linked, by product and variation."""
        rows = self._session.scalars(
            _ITEMS, {"tenant": self._tenant, "connection": connection_id, "products": list(product_ids)}
        )
        return {
            (row.product_id, row.variation_id or None): LinkedItem(row.item_id, row.item_name, row.item_price)
            for row in rows
        }

    def link_item(self, row: ItemLink, *, renew: bool = False) -> None:
        """
        Link a product, in place of an earlier link.

        Args:
            row: The link with the item's name and price now.
            renew: Keep these of an item that was linked before, too: a person has seen them.
        """
        known = self._session.scalar(
            select(ItemLink).where(
                ItemLink.tenant == self._tenant,
                ItemLink.connection_id == row.connection_id,
                ItemLink.product_id == row.product_id,
                ItemLink.variation_id == row.variation_id,
            )
        )
        if known is None:
            self._session.add(row)
            return
        if renew or known.item_id != row.item_id or not known.item_name:
            known.item_name, known.item_price = row.item_name, row.item_price
        known.item_id, known.linked_by, known.linked_at = row.item_id, row.linked_by, row.linked_at

    def _customer(self, connection_id: str, kind: str, contact_id: int, currency: str) -> CustomerLink | None:
        return self._session.scalar(
            select(CustomerLink).where(
                CustomerLink.tenant == self._tenant,
                CustomerLink.connection_id == connection_id,
                CustomerLink.contact_kind == kind,
                CustomerLink.contact_id == contact_id,
                CustomerLink.currency == currency,
            )
        )
