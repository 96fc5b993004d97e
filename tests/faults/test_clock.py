"""Clocks that jump, days that are not 24 hours long, and a day that there is not every year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.sync import calendar
from dealvoice.workflows.sync.catch_up import catch_up_due
from dealvoice.workflows.sync.sweep import start_unfinished
from playground.accountant import Accountant, at_vendors_clock
from playground.drafts import press
from playground.house import AVIARY
from playground.invariants import Watch, a_log
from playground.sweeping import catch_up_all
from playground.truth import check_creation

JUMP = timedelta(hours=6)


@dataclass
class Wound:
    """The product's clock: the vendors', wound forward or back."""

    accountant: Accountant
    ahead: timedelta = timedelta(0)
    stands: datetime | None = None
    """Where it was set to and stands still."""

    def __call__(self) -> datetime:
        vendors: datetime = self.accountant.vendor.clock.now()
        return self.stands or vendors + self.ahead


@pytest.fixture
def wound(tmp_path: Path) -> Iterator[Wound]:
    with a_log() as log, at_vendors_clock(tmp_path) as accountant:
        clock = Wound(accountant)
        accountant.house.reopen(clock=clock)
        yield clock
        clock.ahead, clock.stands = timedelta(0), None
        accountant.lose()
        accountant.house.settle(6)
        Watch(accountant.house, log).check()


@pytest.mark.parametrize("jump", [-JUMP, JUMP])
@pytest.mark.parametrize("comes_back", [True, False])
def test_clock_that_jumps_while_an_answer_is_missing_makes_one_invoice(
    wound: Wound, jump: timedelta, comes_back: bool
) -> None:
    house = wound.accountant.house
    if comes_back:
        wound.ahead = jump
    wound.accountant.vendor.faults.add({"method": "POST", "path": "/invoice", "action": "drop_after", "times": 1})
    operation_id = press(house)
    house.run()
    wound.ahead = timedelta(0) if comes_back else jump
    house.reopen()  # without the engine's memory: the sweeper alone knows when it goes on

    for _ in range(6):
        start_unfinished(house.app)
        house.settle(1)
        wound.accountant.later(timedelta(minutes=2))

    check_creation(house, operation_id=operation_id, deal_id=AVIARY)


def test_sweep_planned_by_a_clock_that_ran_ahead_does_not_wait_for_it(wound: Wound) -> None:
    books = wound.accountant
    wound.ahead = JUMP
    catch_up_due(books.house.app)
    wound.ahead = timedelta(0)
    invoice = books.invoice()
    books.lose()
    books.later(timedelta(minutes=15))

    catch_up_due(books.house.app)

    assert books.stored(invoice).total == 10_000


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/Warsaw", date(2027, 3, 28)),  # a day of 23 hours
        ("Europe/Warsaw", date(2027, 10, 31)),  # and one of 25
        ("America/New_York", date(2027, 3, 14)),
        ("America/New_York", date(2027, 11, 7)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),  # of 24 and a half
        ("Pacific/Auckland", date(2028, 2, 28)),
        ("Pacific/Auckland", date(2028, 2, 29)),
        ("America/Los_Angeles", date(2028, 2, 29)),
    ],
)
def test_invoice_is_overdue_from_the_midnight_after_its_day(wound: Wound, zone: str, due: date) -> None:
    books = wound.accountant
    invoice = books.invoice(due=due.isoformat())
    catch_up_all(books.house.app)
    books.link(invoice, AVIARY)
    with books.house.app.database.write(books.house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        connection.time_zone = zone
    midnight = datetime.combine(due + timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)

    told = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        wound.stands = moment
        calendar.turn_page(books.house.app)
        (row,) = (row for row in panel(books.house.app, books.house.who, AVIARY).rows if row.total.amount == 100)
        told.append((str(row.status.flag), row.status.overdue_days))

    assert told == [("open", 0), ("overdue", 1)]
