"""What the doctor says: one line a fact, with what to do where something is wrong or doubtful."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    GOOD = "good"
    DOUBT = "doubt"
    """It works, but somebody should look."""
    WRONG = "wrong"
    """It does not work, or will not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact."""

    part: str
    """``settings``, ``keys``, ``database`` ..."""
    level: Level
    says: str
    do: str = ""
    """What to do; empty where nothing is to be done."""


def good(part: str, says: str) -> Line:
    """Say that something is as it should be."""
    return Line(part, Level.GOOD, says)


def doubt(part: str, says: str, do: str) -> Line:
    """Say what somebody should look at."""
    return Line(part, Level.DOUBT, says, do)


def wrong(part: str, says: str, do: str) -> Line:
    """Say what does not work."""
    return Line(part, Level.WRONG, says, do)
