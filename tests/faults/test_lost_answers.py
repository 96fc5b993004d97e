"""What the answer's loss may hide: an invoice that was deleted since, an answer that comes too late."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealvoice.storage.operations import State
from dealvoice.workflows.operations import CREATE
from playground.accountant import Accountant, at_vendors_clock
from playground.drafts import press
from playground.house import AVIARY, REALM
from playground.invariants import Watch, a_log
from playground.sweeping import catch_up_all
from playground.truth import check_creation


def test_replayed_answer_of_an_invoice_deleted_since_ends_deleted(books: Accountant) -> None:
    """The look finds nothing, the same requestid replays the first answer; the next sweep tells what became of it."""
    before = set(books.vendor.rows(REALM, "Invoice"))
    books.vendor.faults.add({"method": "POST", "path": "/invoice", "action": "drop_after", "times": 1})
    operation_id = press(books.house)
    books.house.run()
    (made,) = set(books.vendor.rows(REALM, "Invoice")) - before
    books.delete(made)
    books.lose()

    books.house.settle(6)
    catch_up_all(books.house.app)
    books.house.run()

    assert set(books.vendor.rows(REALM, "Invoice")) == before, "deleted by a person: it is not made anew"
    assert books.stored(made).deleted
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        operation = store.operations.get(operation_id)
    assert operation is not None
    assert operation.kind == CREATE
    assert State(operation.state) in (State.DONE, State.NEEDS_ATTENTION)


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Accountant]:
    """A house that waits a second at most for QuickBooks to begin an answer."""
    with a_log() as log, at_vendors_clock(tmp_path) as accountant:
        house = accountant.house
        quickbooks = house.settings.quickbooks.model_copy(update={"timeout_seconds": 1.0})
        house.settings = house.settings.model_copy(update={"quickbooks": quickbooks})
        house.reopen()
        yield accountant
        accountant.vendor.faults.clear()
        house.settle(6)
        Watch(house, log).check()


def test_answer_that_comes_after_our_patience_is_looked_for(hasty: Accountant) -> None:
    hasty.vendor.faults.add({"method": "POST", "path": "/invoice", "action": "delay", "delay_ms": 3500, "times": 1})

    operation_id = press(hasty.house)
    hasty.house.settle(6)

    check_creation(hasty.house, operation_id=operation_id, deal_id=AVIARY)
    looks = [row for row in hasty.vendor.journal.rows() if row["path"].endswith("/query")]
    assert looks, "it looked before it sent anything again"
