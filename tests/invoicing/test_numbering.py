"""The next number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealvoice.invoicing.numbering import next_number

SOME_DAY = date(2026, 6, 15)


def free(number: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("last", "last_on", "issued_on", "expected"),
    [
        ("0099", SOME_DAY, SOME_DAY, "0100"),
        ("0999", SOME_DAY, SOME_DAY, "1000"),
        ("9999", SOME_DAY, SOME_DAY, "10000"),
        ("GRAL-2021", date(2021, 5, 2), date(2021, 6, 1), "GRAL-2022"),
        ("INV/2026/11/007", date(2026, 11, 3), date(2026, 11, 23), "INV/2026/11/008"),
        ("INV/2026/11/007", date(2026, 11, 3), date(2026, 12, 1), "INV/2026/12/001"),
        ("INV/2026/11/007", date(2026, 11, 3), date(2027, 1, 4), "INV/2027/01/001"),
        ("007/11/2026", date(2026, 11, 3), date(2026, 11, 23), "008/11/2026"),
        ("007/11/2026", date(2026, 11, 3), date(2026, 12, 1), "001/12/2026"),
        ("FV 12/2026", date(2026, 12, 5), date(2026, 12, 20), "FV 13/2026"),
        ("FV 12/2026", date(2026, 12, 5), date(2027, 1, 2), "FV 1/2027"),
        ("2026-12", date(2026, 12, 5), date(2026, 12, 20), "2026-13"),
        ("1005A", SOME_DAY, SOME_DAY, "1006A"),
        ("2026-001-R", date(2026, 3, 1), SOME_DAY, "2026-002-R"),
        ("1037", SOME_DAY, SOME_DAY, "1038"),
        ("INV/2026/PROJECT/9999", SOME_DAY, SOME_DAY, None),
        ("9" * 21, SOME_DAY, SOME_DAY, None),
        ("DRAFT", SOME_DAY, SOME_DAY, None),
        ("11/11/2026", date(2026, 11, 3), date(2026, 11, 4), "12/11/2026"),
        ("INV/2026/11/11", date(2026, 11, 3), date(2026, 11, 4), "INV/2026/11/12"),
    ],
)
def test_next_number_follows_the_last(last, last_on, issued_on, expected):
    assert next_number([(last, last_on)], issued_on, free) == expected


@pytest.mark.parametrize("history", [[], [("", SOME_DAY)], [("  ", SOME_DAY)]])
def test_next_number_begins_where_quickbooks_does(history):
    assert next_number(history, SOME_DAY, free) == "1001"


def test_next_number_passes_over_taken_ones():
    assert next_number([("1037", SOME_DAY)], SOME_DAY, {"1038", "1039"}.__contains__) == "1040"


def test_next_number_gives_up_after_a_thousand_taken():
    tries = []

    assert next_number([("1", SOME_DAY)], SOME_DAY, lambda number: not tries.append(number)) is None
    assert len(tries) == 1000


def test_next_number_starts_from_the_newest_by_date_then_by_order():
    history = [("B-9", date(2026, 1, 1)), ("A-7", date(2026, 5, 1)), ("A-6", date(2026, 5, 1))]

    assert next_number(history, SOME_DAY, free) == "A-8"


def test_next_number_runs_on_over_the_year_where_the_company_never_restarted():
    history = [("2026/120", date(2026, 3, 1)), ("2025/119", date(2025, 12, 1)), ("2025/118", date(2025, 11, 1))]

    assert next_number(history, date(2027, 1, 4), free) == "2027/121"


def test_next_number_restarts_where_the_company_restarted_before():
    history = [("2026/2", date(2026, 2, 1)), ("2026/1", date(2026, 1, 1)), ("2025/80", date(2025, 11, 1))]

    assert next_number(history, date(2027, 1, 4), free) == "2027/1"


def test_next_number_of_an_earlier_period_follows_that_periods_last():
    history = [("12/001", date(2026, 12, 1)), ("2026/12/001", date(2026, 12, 2)), ("2026/11/034", date(2026, 11, 20))]

    assert next_number(history, date(2026, 11, 30), free) == "2026/11/035"


def test_next_number_restarts_with_the_padding_it_once_had():
    history = [("2026/1002", date(2026, 9, 1)), ("2026/0999", date(2026, 8, 1))]

    assert next_number(history, date(2027, 1, 4), free) == "2027/0001"


@given(
    history=st.lists(st.tuples(st.text(alphabet="0123456789AB/- ", max_size=21), st.dates()), max_size=8),
    issued_on=st.dates(),
)
def test_next_number_is_never_taken_and_never_too_long(history, issued_on):
    used = {number.strip() for number, _ in history}

    proposal = next_number(history, issued_on, used.__contains__)

    assert proposal is None or (proposal not in used and 0 < len(proposal) <= 21)
