"""What readers said of the help page: did it help."""

from datetime import datetime

from sqlalchemy import Boolean, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dealvoice.storage.base import Base, Moment, by_key


class VoteRow(Base):
    """One vote a reader, who may change his mind. Kept without a name; may be deleted at any time."""

    __tablename__ = "help_votes"

    voter: Mapped[str] = mapped_column(String(64), primary_key=True)
    """An installation, or the random word of a browser that nobody has signed in with."""
    tenant: Mapped[str] = mapped_column(String(32))
    """Empty for such a browser."""
    helped: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(16))
    voted_at: Mapped[datetime] = mapped_column(Moment)


class Votes:
    """The votes of everybody."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, voter: str) -> bool | None:
        """Return what a reader said; None while he said nothing."""
        row = by_key(self._session, VoteRow, voter)
        return None if row is None else row.helped

    def put(self, voter: str, *, tenant: str, helped: bool, language: str, now: datetime) -> None:
        """Keep a vote in place of the reader's earlier one."""
        self._session.merge(VoteRow(voter=voter, tenant=tenant, helped=helped, language=language, voted_at=now))

    def counts(self) -> tuple[int, int]:
        """Return how many said that it helped, and how many that it did not."""
        rows = self._session.execute(select(VoteRow.helped, func.count()).group_by(VoteRow.helped))
        found = {bool(helped): int(count) for helped, count in rows}
        return found.get(True, 0), found.get(False, 0)
