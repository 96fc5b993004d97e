"""Counts what a test run has stopped, killed and found doubled, over all of its processes."""

from collections import Counter
from collections.abc import Iterable, Mapping

from dealvoice.invoicing.marker import has_marker, marker
from dealvoice.workflows.operations import CREATE
from playground.invariants import History

counted: Counter[str] = Counter()
"""Of this process. What begins with ``longest`` is no sum."""
_LONGEST = "longest"


def count_stops(database: str, stops: int) -> None:
    """Count points at which a path was stopped by raising."""
    counted[f"{database} stops"] += stops


def count_kills(database: str, kills: int, history: History, *, longest: float = 0.0) -> None:
    """
    Count real kills.

    Args:
        database: By its name.
        kills: How many.
        history: What they left behind.
        longest: How long work was nobody's, in seconds, where others took it over.
    """
    creations = [one for one in history.operations if one.kind == CREATE]
    counted[f"{database} kills"] += kills
    counted[f"{database} creations"] += len(creations)
    counted[f"{database} doubles"] += sum(
        max(0, _invoices(history, marker(one.deal_id, one.id)) - 1) for one in creations
    )
    counted[_LONGEST] = max(counted[_LONGEST], round(longest * 1000))


def added(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Add up what several processes counted."""
    whole: Counter[str] = Counter()
    for part in parts:
        longest = max(whole[_LONGEST], part.get(_LONGEST, 0))
        whole.update(part)
        whole[_LONGEST] = longest
    return whole


def told(whole: Counter[str]) -> list[str]:
    """Put it into sentences."""
    said = [
        f"{database}: {whole[f'{database} stops']:,} stops by raising, {whole[f'{database} kills']:,} real kills;"
        f" {whole[f'{database} creations']:,} creations among the killed, {whole[f'{database} doubles']} duplicates"
        for database in ("SQLite", "PostgreSQL")
    ]
    if whole[_LONGEST]:
        said.append(f"work of a dead process was taken over after {whole[_LONGEST] / 1000:.1f} s at most")
    return said


def _invoices(history: History, ours: str) -> int:
    every = (one for rows in history.books.values() for one in rows.values())
    return sum(has_marker(one.get("PrivateNote", ""), ours) for one in every)
