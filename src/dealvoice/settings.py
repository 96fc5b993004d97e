"""
Settings: everything that differs between the sandbox, a company's own server and a hosted service.

Read from the environment (``DEALVOICE_…``) and an optional file named by ``DEALVOICE_ENV_FILE``; only ``bootstrap`` and
``cli`` read them. The defaults talk to the sandbox on this machine; ``docs/settings.md`` lists each one.
"""

import base64
import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_ID = "dealvoice-demo"
DEMO_SECRET = "dealvoice-demo-secret"
DEMO_VERIFIER = "dealvoice-demo-verifier"
DEMO_FRAME_SECRET = "dealvoice-demo-jwt-secret-of-32-bytes-or-more"
_TOKEN_LENGTH = 16
DEMO_KEY = base64.b64encode(b"dealvoice-demo-key-32-bytes-long").decode()


_DOMAIN_ENDING = re.compile(r"(?:\.[a-z0-9-]+){2,}")


class QuickBooksSettings(BaseSettings):
    """QuickBooks Online: the app's keys and the vendor's addresses."""

    model_config = SettingsConfigDict(env_prefix="DEALVOICE_QUICKBOOKS_")

    client_id: str = DEMO_ID
    client_secret: SecretStr = SecretStr(DEMO_SECRET)
    verifier_tokens: str = DEMO_VERIFIER
    """Webhook verifier tokens, comma separated: two during a rotation."""
    authorize_url: str = "http://127.0.0.1:8101/connect/oauth2"
    token_url: str = "http://127.0.0.1:8101/oauth2/v1/tokens/bearer"
    revoke_url: str = "http://127.0.0.1:8101/v2/oauth2/tokens/revoke"
    api_url: str = "http://127.0.0.1:8101"
    app_url: str = "http://127.0.0.1:8101"
    """Where a person opens an invoice."""
    timeout_seconds: float = 30.0
    calls_per_second: int = Field(default=8, ge=1)
    """For each company; QuickBooks allows 10, the rest is for the customer's other apps."""
    calls_per_minute: int = Field(default=400, ge=1)
    """For each company; QuickBooks allows 500."""
    reads_per_month: int = Field(default=500_000, ge=1)
    """Metered reads that Intuit's partner tier includes for the app, over all companies; Builder: 500,000."""


class PipedriveSettings(BaseSettings):
    """Pipedrive: the app's keys and the vendor's addresses."""

    model_config = SettingsConfigDict(env_prefix="DEALVOICE_PIPEDRIVE_")

    client_id: str = DEMO_ID
    client_secret: SecretStr = SecretStr(DEMO_SECRET)
    frame_secret: SecretStr = SecretStr(DEMO_FRAME_SECRET)
    """Signs the frame tokens (Developer Hub: JWT secret)."""
    authorize_url: str = "http://127.0.0.1:8102/oauth/authorize"
    token_url: str = "http://127.0.0.1:8102/oauth/token"
    revoke_url: str = "http://127.0.0.1:8102/oauth/revoke"
    api_domain_suffix: str = "127.0.0.1"
    """Tokens are sent only to addresses whose host is this or ends with it (``.pipedrive.com``)."""
    frame_ancestors: str = "http://127.0.0.1:8102"
    """Who may show our frames, blank separated (``https://*.pipedrive.com``)."""
    timeout_seconds: float = 15.0
    tokens_per_day: int = Field(default=30_000, ge=1)
    """API tokens that a company has at least; Pipedrive gives 30,000 for a seat of its smallest plan."""


class Settings(BaseSettings):
    """The product's settings."""

    model_config = SettingsConfigDict(
        env_prefix="DEALVOICE_", env_file=os.environ.get("DEALVOICE_ENV_FILE"), extra="ignore"
    )

    public_url: str = "http://localhost:8100"
    host: str = "127.0.0.1"
    port: int = 8100
    data_dir: Path = Path(".demo")
    database_url: str = ""
    """Empty: SQLite in ``data_dir``."""
    keys: SecretStr = SecretStr(f"demo:{DEMO_KEY}")
    """Encryption keys, ``id:base64`` comma separated; the first one seals (``dealvoice keys`` makes one)."""
    sweep_seconds: float = Field(default=300.0, gt=0)
    """Shortest pause between two looks at QuickBooks for changes whose event was lost."""
    sweep_seconds_most: float = Field(default=720.0, gt=0)
    """Longest one: the pause grows while no event is lost. Above 720 the mirror may be wrong for over 15 minutes."""
    retry_seconds: float = 2.0
    """First pause before a failed call is tried again; doubled each time, at most ten minutes."""
    throttle_seconds: float = 60.0
    """How long a company's calls wait after QuickBooks answered 429."""
    contact: str = ""
    """Whom users ask: a mail or web address, shown on the help page."""
    watch_port: int = Field(default=0, ge=0, le=65535)
    """A second port, on this machine alone, for readiness in detail and the figures; 0: none."""
    watch_token: SecretStr = SecretStr("")
    """Opens the same on the product's own address, as ``Authorization: Bearer``; empty: not there."""
    log_format: str = "console"
    """``console`` or ``json``."""
    quickbooks: QuickBooksSettings = Field(default_factory=QuickBooksSettings)
    pipedrive: PipedriveSettings = Field(default_factory=PipedriveSettings)

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the business database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dealvoice.sqlite3'}"

    @property
    def shown_store(self) -> str:
        """The same without the user's password, for people to read."""
        if not self.database_url:
            return str(self.data_dir / "dealvoice.sqlite3")
        parts = urlsplit(self.database_url)
        return f"{parts.hostname}:{parts.port or 5432}{parts.path}"

    @property
    def engine_url(self) -> str:
        """SQLAlchemy address of the engine's tables: on SQLite a file of their own, on PostgreSQL the same database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'engine.sqlite3'}"

    @property
    def key_ring(self) -> dict[str, bytes]:
        """Encryption keys by id, the sealing one first."""
        ring: dict[str, bytes] = {}
        for part in self.keys.get_secret_value().split(","):
            name, _, value = part.strip().partition(":")
            ring[name] = base64.b64decode(value)
        return ring

    @property
    def sweep_between(self) -> tuple[timedelta, timedelta]:
        """Shortest and longest pause between two sweeps of a company."""
        return timedelta(seconds=self.sweep_seconds), timedelta(
            seconds=max(self.sweep_seconds, self.sweep_seconds_most)
        )

    @model_validator(mode="after")
    def _check_watch_token(self) -> Self:
        """Refuse a watcher's token that could be guessed."""
        if 0 < len(self.watch_token.get_secret_value()) < _TOKEN_LENGTH:
            raise ValueError(f"DEALVOICE_WATCH_TOKEN needs at least {_TOKEN_LENGTH} characters")
        return self

    @model_validator(mode="after")
    def _check_off_loopback(self) -> Self:
        """Refuse demo keys, plain http and too wide an ending of domains as soon as any address leaves this machine."""
        addresses = (
            self.public_url,
            self.quickbooks.authorize_url,
            self.quickbooks.token_url,
            self.quickbooks.revoke_url,
            self.quickbooks.api_url,
            self.quickbooks.app_url,
            self.pipedrive.authorize_url,
            self.pipedrive.token_url,
            self.pipedrive.revoke_url,
            *self.pipedrive.frame_ancestors.split(),
        )
        away = [address for address in addresses if not _is_loopback(address)]
        if not away:
            return self
        # Intuit's development keys accept http only on localhost, so the public address may stay there.
        plain = [address for address in away if urlsplit(address).scheme != "https"]
        if plain:
            raise ValueError(f"{plain[0]} must be https: it is not on this machine")
        suffix = self.pipedrive.api_domain_suffix
        if not _is_loopback(f"//{suffix}") and not _DOMAIN_ENDING.fullmatch(suffix):
            raise ValueError(
                f"DEALVOICE_PIPEDRIVE_API_DOMAIN_SUFFIX must be a domain's ending such as .pipedrive.com, not {suffix}"
            )
        demo = {
            "DEALVOICE_QUICKBOOKS_CLIENT_SECRET": self.quickbooks.client_secret.get_secret_value() == DEMO_SECRET,
            "DEALVOICE_QUICKBOOKS_VERIFIER_TOKENS": self.quickbooks.verifier_tokens == DEMO_VERIFIER,
            "DEALVOICE_PIPEDRIVE_CLIENT_SECRET": self.pipedrive.client_secret.get_secret_value() == DEMO_SECRET,
            "DEALVOICE_PIPEDRIVE_FRAME_SECRET": self.pipedrive.frame_secret.get_secret_value() == DEMO_FRAME_SECRET,
            "DEALVOICE_KEYS": DEMO_KEY in self.keys.get_secret_value(),
        }
        still = [name for name, is_demo in demo.items() if is_demo]
        if still:
            raise ValueError(f"{still[0]} still has its demo value, but {away[0]} is not on this machine")
        return self


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
