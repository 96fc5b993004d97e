"""The mark in the private note."""

import re

import pytest

from dealvoice.invoicing.marker import has_marker, marker, note_with_marker

OURS = marker(117, "op-1")


def test_marker_names_the_deal_and_a_short_reference():
    assert re.fullmatch(r"Pipedrive deal 117 · ref [0-9A-HJKMNP-TV-Z]{6}", OURS)


def test_marker_of_one_operation_is_always_the_same_and_of_another_differs():
    assert marker(117, "op-1") == OURS
    assert marker(117, "op-2") != OURS
    assert len({marker(117, f"op-{n}") for n in range(500)}) == 500


@pytest.mark.parametrize(
    ("note", "expected"),
    [("", OURS), ("Thank you", f"Thank you\n{OURS}"), ("two\nlines\n", f"two\nlines\n{OURS}"), (OURS, OURS)],
)
def test_note_ends_with_the_marker_once(note, expected):
    once = note_with_marker(note, OURS)

    assert once == expected
    assert note_with_marker(once, OURS) == expected


@pytest.mark.parametrize(
    "note", [OURS, f"x\r\n{OURS}\r\n", f"x {OURS}", OURS.replace(" ", "\u00a0"), f"{OURS}\nVoided"]
)
def test_marker_is_found_however_blanks_came_back(note):
    assert has_marker(note, OURS)


@pytest.mark.parametrize("note", ["", "Pipedrive deal 117", marker(117, "op-2"), marker(17, "op-1")])
def test_other_notes_are_not_ours(note):
    assert not has_marker(note, OURS)
