"""What every workflow is given: the store, the clock, the engine, and ways to reach the vendors. No state but ``leases_left``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dealvoice.connections.once import Once
from dealvoice.connections.sessions import Sessions
from dealvoice.connections.spool import Pair
from dealvoice.connections.tokens import Tokens
from dealvoice.engine.port import Engine
from dealvoice.i18n import Speech
from dealvoice.invoicing.zones import zone_of_country
from dealvoice.pipedrive.client import Pipedrive
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.unit_of_work import Database

T = TypeVar("T")


class Grant(Protocol):
    """One vendor's OAuth, with the app's keys inside."""

    def authorize_url(self, state: str) -> str:
        """Return where to send the browser."""

    def exchange(self, code: str) -> Pair:
        """Turn a code into tokens."""

    def revoke(self, token: str) -> None:
        """Give the grant back."""


@dataclass(frozen=True, slots=True)
class App:
    """The product, put together by ``bootstrap``."""

    database: Database
    process: str
    """Name of this process, by which the others know what it holds."""
    engine: Engine
    sessions: Sessions
    once: Once
    vault: KeyRing
    now: Callable[[], datetime]
    """The clock, UTC."""
    sleep: Callable[[float], None]
    """Waits for so many seconds."""
    quickbooks: Callable[[str, str, str], QuickBooks]
    """Client for (tenant, connection id, realm id)."""
    pipedrive: Callable[[str, str, str], Pipedrive]
    """Client for (tenant, installation id, api domain)."""
    pipedrive_with: Callable[[str, str], Pipedrive]
    """Client for (api domain, access token): for the moment between consent and installation."""
    quickbooks_with: Callable[[str, str], QuickBooks]
    """Client for (realm id, access token): for the moment between consent and connection."""
    quickbooks_grant: Grant
    pipedrive_grant: Grant
    quickbooks_tokens: Tokens
    pipedrive_tokens: Tokens
    verifier_tokens: tuple[str, ...]
    pipedrive_basic: tuple[str, str]
    """Client id and secret that Pipedrive's own calls carry."""
    public_url: str
    quickbooks_app_url: str
    pipedrive_frame_ancestors: tuple[str, ...]
    together: Callable[[Sequence[Callable[[], object]]], list[object]]
    """Runs calls side by side and returns their results in order; the first failure is raised."""
    contact: str
    """Mail or web address of whoever runs the product; may be empty."""
    retry_seconds: float
    """First pause before a failed call is tried again."""
    sweep_between: tuple[timedelta, timedelta]
    """Shortest and longest pause between two sweeps of a company."""
    reads_allowed: int
    """QuickBooks' metered reads that the app may make in a month, over all companies."""
    tokens_allowed: int
    """Pipedrive's tokens that a company has at least for a day, shared with its other apps."""
    watch_token: str
    """Opens detail of readiness and the figures on the product's own address; empty: nobody has one."""
    leases_left: dict[tuple[str, str], str] = field(default_factory=dict)
    """Who still holds a lease of (tenant, name) in the database although the work is over: it could not be given back."""

    def today(self, connection: Connection | None, fallback_zone: str = "") -> date:
        """Return the date in the company's time zone, else in the given one, else in UTC."""
        return self.now().astimezone(zone_of(connection, fallback_zone)).date()

    def speech(self, language: str, locale: str, time_zone: str) -> Speech:
        """Return the words and figures of a user."""
        return Speech.of(language, locale, time_zone)


def zone_of(connection: Connection | None, fallback: str = "") -> ZoneInfo:
    """
    Return the zone that a company's days are judged in.

    QuickBooks' own word first, then the company's country where that has one zone or a usual one, then the zone of
    whoever connected it, then ``fallback``, then UTC.
    """
    return zone_and_source(connection, fallback)[0]


def zone_and_source(connection: Connection | None, fallback: str = "") -> tuple[ZoneInfo, str]:
    """Return the zone and whose word it is: ``company``, ``country``, ``person`` or ``none``."""
    told = (connection.time_zone, zone_of_country(connection.country), connection.installer_zone) if connection else ()
    for name, source in (*zip(told, ("company", "country", "person"), strict=False), (fallback, "person")):
        if not name:
            continue
        try:
            return ZoneInfo(name), source
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC"), "none"
