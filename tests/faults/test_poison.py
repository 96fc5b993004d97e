"""What can never work is parked, and everything else goes on."""

from typing import Any

from dealvoice import worker
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.insight.problems import Tab, actor_of, problems
from dealvoice.workflows.invoice import act
from playground.accountant import Accountant
from playground.drafts import press
from playground.house import AVIARY
from playground.sweeping import catch_up_all


def _operation(books: Accountant, operation_id: str) -> Operation:
    with books.house.app.database.read(books.house.who.tenant_id) as store:
        row = store.operations.get(operation_id)
    assert row is not None
    return row


def _poison(books: Accountant, operation_id: str, body: Any) -> Any:
    """Have an operation's body be what no release of ours could have written; returns what it was."""
    with books.house.app.database.write(books.house.who.tenant_id) as store:
        row = store.operations.get(operation_id)
        assert row is not None
        was, row.body = row.body, body
    return was


def test_poison_operation_is_parked_and_the_others_go_on(books: Accountant) -> None:
    house, made = books.house, books.invoice("100")
    catch_up_all(house.app)
    books.link(made, AVIARY)
    poison, before = press(books.house), len(house.engine.failures)
    was = _poison(books, poison, {"poison": True})
    good = act.void(house.app, house.who, books.stored(made).id)
    house.settle(worker.MOST_FAILURES + 2)

    parked, failures = _operation(books, poison), len(house.engine.failures) - before
    needs = problems(house.app, actor_of(house.app, house.who), Tab.NEEDS)
    house.settle(3)

    assert State(parked.state) is State.NEEDS_ATTENTION
    assert parked.fault["code"] == "needs_attention"
    assert f"operation:{poison}" in {one.key for one in needs.problems}
    assert len(house.engine.failures) - before == failures == worker.MOST_FAILURES - 1, "it is not tried for ever"
    assert State(_operation(books, good).state) is State.DONE
    _poison(books, poison, was)
