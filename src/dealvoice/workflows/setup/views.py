"""What the set-up pages show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dealvoice.invoicing.books import Company
from dealvoice.invoicing.deal import FieldRef
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.details import Choice, Term
from dealvoice.invoicing.mapping import Mapping as FieldMapping
from dealvoice.invoicing.mapping import Target
from dealvoice.invoicing.templates import Template


class Visibility(StrEnum):
    """Who sees invoices."""

    INSTALLER = "installer"
    """Only the person who connected QuickBooks: preselected."""
    EVERYONE = "everyone"
    """Everyone who installed the app and may see the deal."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A list of which QuickBooks counts another number than we do."""

    entity: str
    """QuickBooks' word."""
    theirs: int
    ours: int


@dataclass(frozen=True, slots=True)
class ImportState:
    """How far the import is."""

    running: bool = False
    read: int = 0
    """Invoices stored so far."""
    total: int = 0
    """Invoices that QuickBooks counted when it began; 0 while it reads other lists."""
    left: timedelta | None = None
    """At the pace so far; None before there is one."""
    proved_at: datetime | None = None
    """When both sides were last counted."""
    differing: tuple[Differing, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepState:
    """How what we hold compared with QuickBooks, by the sweeps."""

    next_at: datetime | None = None
    """When the next one is due at the latest."""
    differed_at: datetime | None = None
    """When one last found a difference, which it mended; None when none did within thirty days."""
    differed: int = 0
    """How many invoices differed then."""
    lost: int = 0
    """Of these, how many no event had told of."""
    set_aside: int = 0
    """Records that cannot be read and are kept out until they can."""
    zone: str = ""
    """The time zone that the company's days are judged in."""
    zone_from: str = "none"
    """Whose word it is: ``company``, ``country``, ``person``, or ``none`` for UTC."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a company has used of what a vendor allows."""

    used: int = 0
    allowed: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """The health of the QuickBooks connection."""

    company: str
    country: str
    currency: str
    multicurrency: bool
    connected_by: str
    connected_at: datetime
    good_until: datetime | None
    """When the sign-in ends if nothing renews it."""
    state: str
    """``live`` or ``needs_reconnect``."""
    last_heard: datetime | None
    customers: int
    items: int
    imported: bool
    """The first import of reference data is complete."""
    next_number: str
    importing: ImportState = ImportState()  # frozen
    sweeps: SweepState = SweepState()  # frozen
    ends_at: datetime | None = None
    """When the sign-in ends whatever is done, told thirty days before: a person must consent anew."""
    reads: Budget = Budget()  # frozen
    """QuickBooks' metered reads of this month; allowed to the app, over all of its companies."""
    tokens: Budget = Budget()  # frozen
    """Pipedrive's tokens of today; allowed to the company with one seat of the smallest plan, over all of its apps."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another user who installed the app."""

    installation_id: str
    name: str
    asked: bool
    """He asks for the connection."""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """A Pipedrive field that may be chosen."""

    ref: FieldRef
    name: str


@dataclass(frozen=True, slots=True)
class TemplateLists:
    """The templates, and what of the company they may hold."""

    templates: tuple[Template, ...]
    company: Company | None
    """None while QuickBooks is not connected."""
    terms: tuple[Term, ...] = ()
    classes: tuple[Choice, ...] = ()
    locations: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class HooksCard:
    """How Pipedrive tells us of changes."""

    state: str = ""
    """``making``, ``live`` or ``refused``; empty while nobody has asked it to."""
    fault: str = ""
    """Our code of a refusal."""
    lost_at: datetime | None = None
    """When it was last found to have stopped, and was asked again."""
    parked: int = 0
    """Deals with invoices that are archived or deleted: nothing is written there."""


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings page."""

    pipedrive_company: str
    user_name: str
    connection: ConnectionCard | None
    mapping: FieldMapping
    fields: tuple[FieldOption, ...]
    """Standard and custom fields of organization, person and deal; empty when Pipedrive did not answer."""
    examples: dict[Target, str]
    """What each mapped field holds in a recent deal."""
    visibility: Visibility
    show_amounts: bool
    people: int
    """Users who installed the app."""
    saved_by: str
    saved_at: datetime | None
    may_edit: bool
    fold_discounts: bool = False
    """Line discounts go into the price, instead of a line of their own."""
    is_admin: bool = True
    """May add fields in Pipedrive."""
    deal_fields: Mapping[FieldKind, str] = field(default_factory=dict)
    """``off``, ``making``, ``ready``, ``refused`` or ``gone``, of every field on deals that somebody was asked about."""
    colleagues: tuple[Colleague, ...] = ()
    """Who could hold the connection instead; empty for whoever may not hand it over."""
    lists: TemplateLists = TemplateLists(templates=(), company=None)  # frozen
    mail_after: bool = False
    """A new form asks for the e-mail to the customer."""
    problems: int = 0
    """Problems to fix that need this user."""
    hooks: HooksCard = HooksCard()  # frozen


@dataclass(frozen=True, slots=True)
class ConnectView:
    """The page between the two sign-ins, and after them."""

    pipedrive_user: str
    pipedrive_company: str
    connection: ConnectionCard | None
    visibility: Visibility
    held_by: str
    """Another user who holds the connection; empty when none."""
    may_take: bool = False
    """This user may take the connection over."""
    asked: bool = False
    """This user has asked for it."""
