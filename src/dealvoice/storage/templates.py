"""Templates: named sets of what a new invoice is filled with."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.invoicing.templates import Template
from dealvoice.storage.base import Base, Json, Moment, by_key


class TemplateRow(Base):
    """A template, written and deleted by people who may change the settings. ``fills`` holds plain texts by field."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("tenant", "folded_name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(80))
    folded_name: Mapped[str] = mapped_column(String(160))
    is_default: Mapped[bool] = mapped_column(Boolean)
    fills: Mapped[Any] = mapped_column(Json)
    saved_by: Mapped[str] = mapped_column(String(255))
    saved_at: Mapped[datetime] = mapped_column(Moment)

    def template(self) -> Template:
        """Return it as the core knows it."""
        return Template(id=self.id, name=self.name, is_default=self.is_default, fills=dict(self.fills))


class Templates:
    """The templates of one tenant."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def all(self) -> list[Template]:
        """Return them, the default first, then by name."""
        rows = self._session.scalars(
            select(TemplateRow)
            .where(TemplateRow.tenant == self._tenant)
            .order_by(TemplateRow.is_default.desc(), TemplateRow.folded_name)
        )
        return [row.template() for row in rows]

    def get(self, template_id: str) -> TemplateRow | None:
        """Return one."""
        row = by_key(self._session, TemplateRow, template_id)
        return row if row is not None and row.tenant == self._tenant else None

    def named(self, name: str) -> TemplateRow | None:
        """Return the one that has a name, compared without case."""
        return self._session.scalar(
            select(TemplateRow).where(TemplateRow.tenant == self._tenant, TemplateRow.folded_name == name.casefold())
        )

    def save(self, template: Template, *, by: str, now: datetime) -> None:
        """Insert or replace one; at most one is the default."""
        if template.is_default:
            self._session.execute(
                update(TemplateRow).where(TemplateRow.tenant == self._tenant).values(is_default=False)
            )
        row = self.get(template.id)
        if row is None:
            row = TemplateRow(id=template.id, tenant=self._tenant)
            self._session.add(row)
        row.name, row.folded_name = template.name, template.name.casefold()
        row.is_default, row.fills = template.is_default, dict(template.fills)
        row.saved_by, row.saved_at = by, now
        self._session.flush()

    def delete(self, row: TemplateRow) -> None:
        """Delete one; invoices keep what they were filled with."""
        self._session.delete(row)
        self._session.flush()
