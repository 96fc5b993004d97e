"""Who is calling: the verified user behind a session, as every workflow gets it."""

from dataclasses import dataclass
from enum import StrEnum


class Surface(StrEnum):
    """Where a session lives."""

    FRAME = "frame"
    """Inside Pipedrive: a header, never a cookie."""
    BROWSER = "browser"
    """A top-level page: a host-only cookie with a CSRF token."""


@dataclass(frozen=True, slots=True)
class Who:
    """A user of a tenant, verified by a signed frame token or by Pipedrive's OAuth."""

    tenant_id: str
    installation_id: str
    company_id: int
    """Pipedrive's company."""
    user_id: int
    """Pipedrive's user."""
    name: str
    language: str
    """``en`` or ``pl``."""
    locale: str
    """Numbers and dates, like ``en_US``."""
    time_zone: str
    is_admin: bool
    surface: Surface
    single_keys: bool = True
    """Whether keys without Ctrl or Alt work for him."""
