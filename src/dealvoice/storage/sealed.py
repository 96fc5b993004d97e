"""Every sealed text of the database that is kept for longer than an hour, over all tenants, for the rotation of keys."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dealvoice.storage.connections import Connection
from dealvoice.storage.hooks import HookSet
from dealvoice.storage.installations import Installation

_COLUMNS: Final = (
    (Connection, "access"),
    (Connection, "refresh"),
    (Installation, "access"),
    (Installation, "refresh"),
    (HookSet, "sealed"),
)
"""Each text is bound to its tenant, the name of its column and the row's id."""


@dataclass(frozen=True, slots=True)
class SealedText:
    """One of them, with the place that it is bound to."""

    table: str
    tenant: str
    column: str
    row_id: str
    text: str


class AllSealed:
    """The sealed texts of all tenants."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def texts(self) -> list[SealedText]:
        """Return all that are not empty."""
        return [
            SealedText(row_class.__tablename__, tenant, column, row_id, text)
            for row_class, column in _COLUMNS
            for tenant, row_id, text in self._session.execute(
                select(row_class.tenant, row_class.id, getattr(row_class, column))
            )
            if text
        ]

    def exchange(self, old: SealedText, new: str) -> int:
        """Put a text in the place of another; returns 0 when that was changed meanwhile, else 1."""
        row_class = next(one for one, _ in _COLUMNS if one.__tablename__ == old.table)
        done = self._session.execute(
            update(row_class)
            .where(
                row_class.tenant == old.tenant, row_class.id == old.row_id, getattr(row_class, old.column) == old.text
            )
            .values({old.column: new})
        )
        return int(getattr(done, "rowcount", 0))
