"""What the screens over more than one deal show: plain values, no text."""

from dataclasses import dataclass
from datetime import date, datetime

from dealvoice.invoicing.ageing import Ageing
from dealvoice.invoicing.money import Money
from dealvoice.workflows.invoice.views import InvoiceRow, PanelState


@dataclass(frozen=True, slots=True)
class ContactRef:
    """An organization or person of Pipedrive."""

    kind: str
    """``organization`` or ``person``."""
    id: int

    def __str__(self) -> str:
        """Return it as pages pass it on."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class ReceivablesView:
    """What a contact owes: the panel on an organization or person."""

    state: PanelState
    contact: ContactRef
    contact_name: str
    through: str
    """The organization whose customers these are, where a person has none of his own; else empty."""
    customer_name: str
    """The linked QuickBooks customer that was linked last; empty when none is linked."""
    customer_url: str
    customers: int
    """Linked customers, with their sub-customers and jobs."""
    jobs: bool
    """Some of them are sub-customers or jobs."""
    ages: tuple[Ageing, ...]
    """One per currency in which something is owed."""
    habit: int | None
    """Days after the due date on average, below zero before it; None while nothing was paid."""
    rows: tuple[InvoiceRow, ...]
    """Invoices on which something is owed, the latest first; at most ``MOST_ROWS``."""
    owing: int
    """How many there are."""
    invoices: int
    """All of them, paid and ended ones too."""
    paid_this_year: tuple[Money, ...]
    """One per currency."""
    imported: bool
    as_of: datetime | None
    """The last moment at which this was known to match QuickBooks, UTC."""
    version: str
    """Changes whenever anything shown changes: sent back in ``since=``."""
    today: date
    """In the company's time zone."""
