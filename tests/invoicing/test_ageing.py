"""Ageing by the day, in whichever zone the company lives; and how a customer usually pays."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.ageing import Age, Owed, Settled, age_of, ageing, habit
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.status import Flag, Standing, derive

DUE = date(2026, 3, 1)
TABLE = [  # the company's day, how old what was due on 1 March is then
    (date(2026, 2, 28), Age.NOT_DUE),
    (date(2026, 3, 1), Age.NOT_DUE),
    (date(2026, 3, 2), Age.DAYS_30),
    (date(2026, 3, 31), Age.DAYS_30),
    (date(2026, 4, 1), Age.DAYS_60),
    (date(2026, 4, 30), Age.DAYS_60),
    (date(2026, 5, 1), Age.DAYS_90),
    (date(2026, 5, 30), Age.DAYS_90),
    (date(2026, 5, 31), Age.OLDER),
    (date(2028, 2, 29), Age.OLDER),
]
ZONES = ("America/Los_Angeles", "Europe/Warsaw", "Pacific/Auckland")
"""Each changes its clocks within the table."""


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("day", "age"), TABLE)
def test_ageing_equals_the_table_from_the_first_to_the_last_second_of_the_companys_day(
    zone: str, day: date, age: Age
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    after = day + timedelta(days=1)
    last = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)
    for moment in (midnight.astimezone(UTC), last):
        today = moment.astimezone(ZoneInfo(zone)).date()

        (found,) = ageing([Owed(DUE, usd("81"))], today)

        assert {one: part for one, part in found.parts.items() if not part.is_zero} == {age: usd("81")}
        assert found.past_due == (usd("0") if age is Age.NOT_DUE else usd("81"))


def test_one_second_apart_the_zones_disagree_as_their_calendars_do() -> None:
    moment = datetime(2026, 3, 2, 7, 59, 59, tzinfo=UTC)  # 23:59:59 of 1 March in Los Angeles

    ages = [age_of(DUE, moment.astimezone(ZoneInfo(zone)).date()) for zone in ZONES]

    assert ages == [Age.NOT_DUE, Age.DAYS_30, Age.DAYS_30]
    assert age_of(DUE, (moment + timedelta(seconds=1)).astimezone(ZoneInfo(ZONES[0])).date()) is Age.DAYS_30


def test_currencies_stand_apart_and_what_has_no_due_date_is_never_late() -> None:
    owed = [
        Owed(None, usd("10")), Owed(date(2020, 1, 1), usd("5.25")), Owed(DUE, Money(Decimal(100), "JPY")),
        Owed(DUE, usd("0")),
    ]  # fmt: skip

    yen, dollars = ageing(owed, DUE)

    assert (yen.currency, yen.owed.amount, yen.past_due.is_zero) == ("JPY", 100, True)
    assert (dollars.parts[Age.NOT_DUE], dollars.parts[Age.OLDER], dollars.owed) == (
        usd("10"),
        usd("5.25"),
        usd("15.25"),
    )
    assert ageing([], DUE) == []


CENTS = st.integers(1, 10**9).map(lambda cents: Money(Decimal(cents).scaleb(-2), "USD"))


@given(st.lists(st.tuples(st.none() | st.dates(date(2024, 1, 1), date(2028, 1, 1)), CENTS)), st.dates(DUE, DUE))
def test_parts_add_up_and_agree_with_the_flags(debts: list[tuple[date | None, Money]], today: date) -> None:
    found = ageing([Owed(due_on, left) for due_on, left in debts], today)

    whole = sum((left for _, left in debts), usd("0"))
    late = sum(
        (
            left for due_on, left in debts
            if derive(Standing(total=left, balance=left, due_on=due_on), today).flag is Flag.OVERDUE
        ),
        usd("0"),
    )  # fmt: skip
    assert sum((part for one in found for part in one.parts.values()), usd("0")) == whole
    assert sum((one.owed for one in found), usd("0")) == whole
    assert sum((one.past_due for one in found), usd("0")) == late


@pytest.mark.parametrize(
    ("days", "expected"),
    [([], None), ([0], 0), ([1, 2], 2), ([-1, -2], -2), ([10, -30, -7], -9), ([1, 0, 0], 0), ([40, 41], 41)],
)
def test_habit_is_the_average_rounded_away_from_zero(days: list[int], expected: int | None) -> None:
    assert expected == habit([Settled(DUE, DUE + timedelta(days=late)) for late in days])
