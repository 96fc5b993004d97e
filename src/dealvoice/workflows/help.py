"""The help page: whom to ask, and whether it helped."""

from dataclasses import dataclass

from dealvoice.connections.who import Who
from dealvoice.workflows.app import App


@dataclass(frozen=True, slots=True)
class HelpView:
    """What the help page shows of its own state."""

    contact: str
    """A mail or web address of whoever runs the product; empty when he named none."""
    helped: bool | None
    """What this reader said; None while he said nothing."""


def help_view(app: App, voter: str) -> HelpView:
    """Return the page's state for a reader; an empty ``voter`` has not said anything."""
    with app.database.everyone_read() as lobby:
        helped = lobby.votes.of(voter) if voter else None
    return HelpView(contact=app.contact, helped=helped)


def vote(app: App, voter: str, who: Who | None, *, helped: bool, language: str) -> HelpView:
    """Count a reader's vote once; a later one takes its place. Safe to repeat."""
    with app.database.everyone_write() as lobby:
        tenant = who.tenant_id if who is not None else ""
        lobby.votes.put(voter, tenant=tenant, helped=helped, language=language, now=app.now())
    return help_view(app, voter)


def votes(app: App) -> tuple[int, int]:
    """Return how many readers said that the help helped, and how many that it did not."""
    with app.database.everyone_read() as lobby:
        return lobby.votes.counts()
