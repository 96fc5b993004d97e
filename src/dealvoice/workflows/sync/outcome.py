"""How a write on a deal ended."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """Clear, to be tried again after a while, or refused by Pipedrive for now."""

    after: timedelta | None = None
    """How long to wait before the next try; None when there is nothing left to do."""
    refusal: str = ""
    """User code of a refusal that no further try can change until somebody acts in Pipedrive; empty for none."""

    @property
    def is_clear(self) -> bool:
        """Whether the deal says what it should."""
        return self.after is None and not self.refusal


CLEAR = Outcome()


def wait(seconds: float) -> Outcome:
    """Return the outcome of a write that is to be tried again."""
    return Outcome(after=timedelta(seconds=seconds))


def refused(code: str) -> Outcome:
    """Return the outcome of a write that Pipedrive does not take."""
    return Outcome(refusal=code)
