"""What a user last chose on a screen, so that it is chosen again the next time."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Json, by_key


class ChoiceRow(Base):
    """One choice of one user. May be deleted at any time: the screen then starts with its default."""

    __tablename__ = "user_choices"

    tenant: Mapped[str] = mapped_column(String(32), primary_key=True)
    installation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class UserChoices:
    """The choices of one tenant's users."""

    def __init__(self, session: Session, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def get(self, installation_id: str, name: str) -> dict[str, Any]:
        """Return a choice; empty while there is none."""
        row = by_key(self._session, ChoiceRow, self._tenant, installation_id, name)
        return dict(row.value) if row is not None else {}

    def put(self, installation_id: str, name: str, value: dict[str, Any]) -> None:
        """Keep a choice in place of the earlier one."""
        self._session.merge(ChoiceRow(tenant=self._tenant, installation_id=installation_id, name=name, value=value))
