"""
Sessions: how a frame or a browser proves, call by call, whose it is.

In a frame the signed token of Pipedrive is exchanged for a session kept in the page's memory and sent as a header.
At top level a cookie holds it, and every change needs its CSRF token. Only hashes are stored; any process can serve.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dealvoice.connections.secrets import hash_of, new_secret
from dealvoice.connections.who import Surface, Who
from dealvoice.observability import get_logger
from dealvoice.pipedrive import frames
from dealvoice.storage.installations import Installation
from dealvoice.storage.sessions import SessionRow
from dealvoice.storage.tenants import Tenant
from dealvoice.storage.unit_of_work import Database

FRAME_LIFE = timedelta(minutes=30)
BROWSER_LIFE = timedelta(hours=12)
LONGEST_LIFE = timedelta(days=7)
"""Use prolongs a session no further; the secret itself carries when it began, so nobody can move that."""
_SLIDE_AFTER = timedelta(minutes=5)
_log = get_logger(__name__)


class Refused(Exception):
    """The proof does not hold; ``code`` says why (``session.expired``, ``session.forged``, ``session.not_installed``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that just began."""

    session: str
    who: Who


@dataclass(frozen=True, slots=True)
class Browser:
    """The user behind a cookie, and the token that his forms must carry."""

    who: Who
    csrf: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of a user that is not over, as he is shown it."""

    name: str
    """See ``Sessions.name_of``."""
    surface: Surface
    here: bool
    """The one that asks."""
    used_at: datetime
    """When it was last used, give or take five minutes; UTC."""


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, database: Database, *, frame_secret: str, now: Callable[[], datetime]) -> None:
        self._database, self._frame_secret, self._now = database, frame_secret, now

    def enter_frame(self, frame_token: str) -> Entered:
        """
        Exchange Pipedrive's signed token for a session of 30 minutes.

        Raises:
            Refused: The token is forged or older than five minutes, or its user has not installed the app.
        """
        try:
            claims = frames.read_frame_token(frame_token, secret=self._frame_secret, now=self._now())
        except frames.ExpiredError as error:
            raise Refused("session.expired") from error
        except frames.FrameTokenError as error:
            raise Refused("session.forged") from error
        with self._database.everyone_write() as lobby:
            tenant = lobby.tenants.of_company(claims.company_id)
            installed = None if tenant is None else lobby.of(tenant.tenant).installations.of_user(claims.user_id)
            if tenant is None or installed is None or installed.state != "live":
                raise Refused("session.not_installed")
            secret = self._begin(lobby.sessions.add, installed, Surface.FRAME, FRAME_LIFE)
            return Entered(session=secret, who=who_is(tenant, installed, Surface.FRAME))

    def enter_browser(self, tenant: str, installation_id: str) -> Entered:
        """Begin a top-level session for an installation that has just proved itself by OAuth or a ticket."""
        with self._database.everyone_write() as lobby:
            home = lobby.tenants.get(tenant)
            installed = lobby.of(tenant).installations.get(installation_id)
            if home is None or installed is None or installed.state != "live":
                raise Refused("session.not_installed")
            secret = self._begin(lobby.sessions.add, installed, Surface.BROWSER, BROWSER_LIFE)
            return Entered(session=secret, who=who_is(home, installed, Surface.BROWSER))

    def caller(self, session: str) -> Who:
        """
        Return who is behind a frame's session; its life slides with use.

        Raises:
            Refused: No such session, or it is over.
        """
        return self._find(session, Surface.FRAME, FRAME_LIFE)

    def browser(self, cookie: str) -> Browser:
        """
        Return who is behind a cookie.

        Raises:
            Refused: No such session, or it is over.
        """
        return Browser(who=self._find(cookie, Surface.BROWSER, BROWSER_LIFE), csrf=csrf_of(cookie))

    def name_of(self, session: str) -> str:
        """Return what a session is called where its user sees it: it proves nothing."""
        return _name_of(hash_of(session))

    def open_of(self, who: Who, session: str) -> list[OpenSession]:
        """Return a user's own sessions, the asking one first."""
        here, life = hash_of(session), {Surface.FRAME: FRAME_LIFE, Surface.BROWSER: BROWSER_LIFE}
        with self._database.everyone_read() as lobby:
            rows = lobby.sessions.of(who.installation_id, self._now())
        found = [
            OpenSession(
                _name_of(row.hash), Surface(row.surface), row.hash == here, row.until - life[Surface(row.surface)]
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: not one.here)

    def end(self, who: Who, name: str) -> None:
        """End one of a user's own sessions by its name; safe to repeat."""
        with self._database.everyone_write() as lobby:
            for row in lobby.sessions.of(who.installation_id, self._now()):
                if _name_of(row.hash) == name:
                    lobby.sessions.end(row)
        _log.info("session_ended", tenant=who.tenant_id, installation=who.installation_id)

    def end_all(self, who: Who) -> None:
        """End all of a user's own sessions, the asking one too."""
        with self._database.everyone_write() as lobby:
            lobby.sessions.end_all(who.installation_id)
        _log.info("sessions_ended", tenant=who.tenant_id, installation=who.installation_id)

    def _begin(
        self, add: Callable[[SessionRow], None], installed: Installation, surface: Surface, life: timedelta
    ) -> str:
        _log.info("session_begun", tenant=installed.tenant, installation=installed.id, surface=surface.value)
        secret = f"{new_secret()}.{int(self._now().timestamp())}"
        add(
            SessionRow(
                hash=hash_of(secret),
                tenant=installed.tenant,
                installation_id=installed.id,
                surface=surface.value,
                until=self._now() + life,
            )
        )
        return secret

    def _find(self, secret: str, surface: Surface, life: timedelta) -> Who:
        now = self._now()
        with self._database.everyone_read() as lobby:
            found = lobby.sessions.behind(hash_of(secret))
        if found is None:
            raise Refused("session.expired")
        row, tenant, installed = found
        if row.surface != surface.value or min(row.until, _began(secret) + LONGEST_LIFE) <= now:
            raise Refused("session.expired")
        if installed.state != "live":
            raise Refused("session.not_installed")
        if row.until - now < life - _SLIDE_AFTER:
            with self._database.everyone_write() as lobby:
                again = lobby.sessions.get(row.hash)
                if again is not None:
                    again.until = now + life
        return who_is(tenant, installed, surface)


def _name_of(hash_: str) -> str:
    return hash_[:16]


def _began(secret: str) -> datetime:
    """Return when a session that we gave out began; one of an earlier release bears no time, and began long ago."""
    seconds = secret.rpartition(".")[2]
    return datetime.fromtimestamp(int(seconds) if seconds.isascii() and seconds.isdigit() else 0, tz=UTC)


def csrf_of(cookie: str) -> str:
    """Return the token that forms of this cookie's session must carry; it cannot be made without the cookie."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def who_is(tenant: Tenant, installed: Installation, surface: Surface) -> Who:
    """Return the caller as workflows know it."""
    return Who(
        tenant_id=tenant.tenant,
        installation_id=installed.id,
        company_id=tenant.company_id,
        user_id=installed.user_id,
        name=installed.name,
        language=installed.language,
        locale=installed.locale,
        time_zone=installed.time_zone,
        is_admin=installed.is_admin,
        surface=surface,
        single_keys=installed.single_keys,
    )
