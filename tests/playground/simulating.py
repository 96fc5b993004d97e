"""Runs simulated histories in numbers: which seeds, what is said of one that fails, and the figures of all."""

import os
from dataclasses import fields
from typing import Any

from playground.histories import Figures, History
from playground.mishaps import Rates
from playground.simulated import a_world
from playground.simulated_truth import broken

SEEDS = 10_000 if os.environ.get("DEALVOICE_SOAK") == "1" else 100
EACH = 10
"""Histories of one test: so many that two cores share them well, and so few that no test takes long."""
total = Figures()
"""Of this process; ``tests/simulation/conftest`` adds those of all up."""


def chunks() -> list[range]:
    """Return the seeds by tests; ``DEALVOICE_SEEDS=74`` or ``70-79`` chooses some."""
    chosen = os.environ.get("DEALVOICE_SEEDS", "")
    first, _, last = chosen.partition("-")
    wanted = range(int(first), int(last or first) + 1) if chosen else range(SEEDS)
    return [wanted[start : start + EACH] for start in range(0, len(wanted), EACH)]


def lived(seed: int, *, rates: Rates | None = None, only: str = "") -> History:
    """Live through one history; see there."""
    history = History(a_world(), seed, rates=rates, only=only)
    try:
        return history.run()
    except Exception as error:
        error.add_note(story(history))
        raise


def check(history: History) -> None:
    """Check one history, and count it."""
    found = broken(history)
    total.add(history.figures)
    assert found == [], "\n".join([*found, story(history)])


def duplicates(history: History) -> int:
    """Return how many invoices too many a history has made."""
    broken(history)
    return history.figures.duplicates


def story(history: History) -> str:
    """Tell a history and how to see it again."""
    again = f"DEALVOICE_SEEDS={history.seed} python -m pytest -n 0 tests/simulation/test_histories.py -k hold"
    return "\n".join([f"seed {history.seed}, {history.rates}", *history.lines, f"once more: {again}"])


def added(parts: list[dict[str, Any]]) -> Figures:
    """Add up the figures of several processes."""
    figures = Figures()
    for part in parts:
        figures.add(Figures(**part))
    return figures


def as_plain(figures: Figures) -> dict[str, Any]:
    """Return figures as one process may tell them another."""
    values = {one.name: getattr(figures, one.name) for one in fields(figures)}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
