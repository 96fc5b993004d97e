"""What the screens over more than one deal show: plain values, no text."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dealvoice.invoicing.ageing import Ageing
from dealvoice.invoicing.finding import Finding
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


class Tab(StrEnum):
    """Where a problem stands."""

    NEEDS = "needs"
    """A person must do something."""
    RETRYING = "retrying"
    """It goes on by itself."""
    FIXED = "fixed"
    """It is well since."""
    ASIDE = "aside"
    """A person has set it aside, with a reason."""


class Remedy(StrEnum):
    """A way out of a problem, in the order in which they are offered."""

    USE_DATE = "use_date"
    """Create the refused invoice with another date: its value."""
    USE_NUMBER = "use_number"
    """Create the refused invoice with another number: its value."""
    ACCEPT = "accept"
    """QuickBooks' figure counts."""
    LOOK_AGAIN = "look_again"
    """Look in QuickBooks; nothing is sent."""
    TRY_AGAIN = "try_again"
    """Do the same once more, after a look."""
    SEND_MAIL = "send_mail"
    """Have QuickBooks mail the invoice: its value."""
    CREATE = "create"
    """It is not there: create it. The person has looked himself."""
    OPEN_DEAL = "open_deal"
    OPEN_SETTINGS = "open_settings"
    RECONNECT = "reconnect"


REPEATED = (Remedy.TRY_AGAIN, Remedy.LOOK_AGAIN)
"""What a press for several problems does: nothing of it needs a decision."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not work, waits, or is unclear."""

    key: str
    """What it is about: the source's name and an id of it, such as ``operation:<id>``."""
    tab: Tab
    situation: str
    """What happened, as a text key without its first part: ``refused.invoice_create``."""
    at: datetime
    by: str
    """Who wanted it; empty for us."""
    number: str = ""
    customer: str = ""
    deal_id: int = 0
    deal_title: str = ""
    """Empty for one that this user is not known to see."""
    deal_url: str = ""
    fault: Finding | None = None
    sentence: str = ""
    """QuickBooks' own words."""
    looks: int = 0
    tries: int = 0
    next_try: datetime | None = None
    ends_at: datetime | None = None
    """When a sign-in ends for good."""
    url: str = ""
    """The invoice in QuickBooks, when there is one."""
    remedies: tuple[tuple[Remedy, str], ...] = ()
    """Each with what it would use."""
    reason: str = ""
    """Why it was set aside, by whom and when."""
    aside_by: str = ""
    aside_at: datetime | None = None

    def offers(self, remedy: Remedy) -> bool:
        """Tell whether a remedy is among them."""
        return any(one is remedy for one, _ in self.remedies)

    @property
    def repeats(self) -> Remedy | None:
        """What a press for several problems does about this one."""
        return next((remedy for remedy, _ in self.remedies if remedy in REPEATED), None)


@dataclass(frozen=True, slots=True)
class ProblemsView:
    """The problems to fix."""

    tab: Tab
    problems: tuple[Problem, ...]
    """Of this tab, newest first, at most ``MOST``."""
    counts: dict[Tab, int]
    """Of every tab; a count of ``MOST`` means as many or more."""
    find: str
    everything: bool
    """All of the company's; else only what this user began himself."""
    checked_at: datetime
