"""
Thousands of simulated days of the whole product: nothing is made twice, nothing is lost, and all of it agrees in the end.

``DEALVOICE_SOAK=1`` lives through 10,000 histories; a failing one prints its story, and the command that repeats it.
"""

import os
import subprocess
import sys

import pytest

from playground import simulating
from playground.mishaps import Rates
from playground.simulating import check, lived

STORM = Rates(mishap=0.6, stop=0.002, turn=0.03, only=("late",))
"""Writes get no answer, and are done by QuickBooks when nobody waits for them any more."""
TWICE = 7
"""A seed of a history with stops, mishaps and two invoices."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seeds", simulating.chunks(), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_what_must_hold_holds_after_every_history(seeds: range) -> None:
    for seed in seeds:
        check(lived(seed))


@pytest.mark.timeout(900)
def test_same_seed_is_the_same_run_here_and_in_another_process() -> None:
    """Down to every byte sent and answered, whatever order the other process keeps its sets in."""
    once, again = lived(TWICE).hash(), lived(TWICE).hash()
    told = subprocess.run(
        [sys.executable, "-c", f"from playground.simulating import lived; print(lived({TWICE}).hash())"],
        capture_output=True, text=True, timeout=600, check=True,
        env={**os.environ, "PYTHONHASHSEED": "42", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert {once, again, told.stdout.strip()} == {once}


@pytest.mark.timeout(900)
def test_duplicates_are_seen_where_their_guards_are_taken_away() -> None:
    """The same seeds with and without request ids, and with looks that see nothing: the checks bite."""
    seeds = range(60 if os.environ.get("DEALVOICE_SOAK") == "1" else 8)
    made = {}
    for name, without in {
        "guarded": {},
        "without request ids": {"without_request_ids": True},
        "both": {"without_request_ids": True, "blind": True},
    }.items():
        rates = STORM.but(**without)
        made[name] = sum(simulating.duplicates(lived(seed, rates=rates, only="create")) for seed in seeds)

    print(f"duplicates of {len(seeds)} histories: {made}")
    assert made["guarded"] == 0
    assert made["without request ids"] > 0
    assert made["both"] >= made["without request ids"]


def test_replay_is_told_with_a_failing_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "broken", lambda _history: ["something is wrong"])

    with pytest.raises(AssertionError, match=r"something is wrong[\s\S]*a user[\s\S]*DEALVOICE_SEEDS=1 python"):
        check(lived(1))
