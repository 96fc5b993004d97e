"""How a write on a deal ended."""

from dataclasses import dataclass
from datetime import timedelta

from dealvoice.connections.tokens import SignInEnded
from dealvoice.pipedrive import errors
from dealvoice.storage.installations import Installation
from dealvoice.workflows.app import App
from dealvoice.workflows.setup.hand_over import retired

FAILURES = (errors.PipedriveError, SignInEnded)
"""What a call to Pipedrive may end in; see ``outcome_of``."""


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


def outcome_of(app: App, steward: Installation, error: errors.PipedriveError | SignInEnded) -> Outcome:
    """
    Return how a write on a deal ended that failed.

    A steward who may not any more is retired: the next try has another, or none. What is not found is the deal.
    """
    match error:
        case errors.Wait():
            return wait(error.seconds)
        case errors.Retry() | errors.Unknown() | SignInEnded():
            return wait(app.retry_seconds)
        case _ if retired(app, steward.tenant, steward.id, error):
            return wait(app.retry_seconds)
        case _:
            return Outcome(refusal="deal.gone" if isinstance(error, errors.NotFound) else error.code)
