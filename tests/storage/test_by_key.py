"""A row by its key is what the database holds, whatever this unit of work did with it before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from dealvoice.storage.base import by_key
from dealvoice.storage.deal_fields import DealTold
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(engine)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


def test_row_is_found_by_all_parts_of_its_key_and_once(session: Session) -> None:
    session.add_all([DealTold(tenant="a", deal_id=1, said={}), DealTold(tenant="b", deal_id=1, said={})])

    found = by_key(session, DealTold, "a", 1)

    assert found is not None
    assert found.tenant == "a"
    assert by_key(session, DealTold, "a", 1) is found
    assert by_key(session, DealTold, "a", 2) is None


def test_row_that_was_deleted_is_gone(session: Session) -> None:
    row = DealTold(tenant="a", deal_id=1, said={})
    session.add(row)
    session.flush()
    session.delete(row)
    session.flush()

    assert by_key(session, DealTold, "a", 1) is None


def test_row_whose_change_was_undone_is_read_anew(session: Session) -> None:
    session.add(DealTold(tenant="a", deal_id=1, said={"days": "1"}))
    session.flush()
    undone = session.begin_nested()
    found = by_key(session, DealTold, "a", 1)
    assert found is not None
    found.parked = "archived"
    session.flush()
    undone.rollback()
    session.connection().execute(update(DealTold.__table__).values(parked="deleted"))

    found = by_key(session, DealTold, "a", 1)

    assert found is not None
    assert found.parked == "deleted"


def test_key_that_lacks_a_part_is_refused(session: Session) -> None:
    with pytest.raises(StatementError):
        by_key(session, DealTold, "a")
