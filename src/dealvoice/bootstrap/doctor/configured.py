"""What can be said from the settings alone: what is missing, doubtful, or misspelt."""

import os
import shutil
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from dealvoice.bootstrap.doctor.lines import Line, doubt, good, wrong
from dealvoice.settings import (
    DEMO_FRAME_SECRET,
    DEMO_ID,
    DEMO_KEY,
    DEMO_SECRET,
    DEMO_VERIFIER,
    PipedriveSettings,
    QuickBooksSettings,
    Settings,
)

_PART = "settings"
_NO_SETTING = {"DEALVOICE_ENV_FILE"}
_SANDBOX_API, _SANDBOX_APP = "sandbox-quickbooks.api.intuit.com", "app.sandbox.qbo.intuit.com"
_LONGEST_SWEEP = 720
_MEGA = 1024 * 1024


def names() -> set[str]:
    """Return the name of every setting, as the environment holds it."""
    groups = (("DEALVOICE_", Settings), ("DEALVOICE_QUICKBOOKS_", QuickBooksSettings), ("DEALVOICE_PIPEDRIVE_", PipedriveSettings))  # fmt: skip
    return {f"{prefix}{name}".upper() for prefix, model in groups for name in model.model_fields} | _NO_SETTING


def configured(settings: Settings, environment: Mapping[str, str]) -> Iterator[Line]:
    """Say of each setting that is missing or doubtful what to do about it."""
    found = [*_spelling(environment), *_addresses(settings), *_secrets(settings), *_choices(settings)]
    yield good(_PART, f"{settings.public_url}; data in {settings.data_dir}; {len(found) or 'none'} to look at")
    yield from found
    yield from _disk(settings)


def _spelling(environment: Mapping[str, str]) -> Iterator[Line]:
    known = names()
    for name in sorted(environment):
        if name.startswith("DEALVOICE_") and name not in known and not name.startswith("DEALVOICE_NO_"):
            yield doubt(_PART, f"{name} is read by nothing", "see docs/settings.md for the names, or take it out")


def _addresses(settings: Settings) -> Iterator[Line]:
    public = urlsplit(settings.public_url)
    if public.scheme != "https":
        yield doubt(
            _PART, "DEALVOICE_PUBLIC_URL is not https: vendors cannot call it, and Pipedrive frames it nowhere else",
            "put a TLS address there, unless this is a trial on one machine",
        )  # fmt: skip
    if public.path.strip("/") or public.query:
        yield wrong(_PART, "DEALVOICE_PUBLIC_URL has a path", "the product answers at the root of its own host name")
    api, app = (urlsplit(url).hostname for url in (settings.quickbooks.api_url, settings.quickbooks.app_url))
    if (api == _SANDBOX_API) != (app == _SANDBOX_APP):
        yield wrong(
            _PART, "DEALVOICE_QUICKBOOKS_API_URL and …_APP_URL are of different worlds, sandbox and production",
            "links to invoices would lead elsewhere: take both of one (docs/connect.md)",
        )  # fmt: skip
    vendor = settings.pipedrive
    if "." in vendor.api_domain_suffix.strip(".") and not vendor.api_domain_suffix.startswith((".", "127.")):
        yield doubt(
            _PART, f"DEALVOICE_PIPEDRIVE_API_DOMAIN_SUFFIX is {vendor.api_domain_suffix}, without a dot in front",
            "any host that merely ends so would get tokens: write .pipedrive.com",
        )  # fmt: skip
    if not vendor.frame_ancestors.strip():
        yield wrong(_PART, "DEALVOICE_PIPEDRIVE_FRAME_ANCESTORS is empty", "Pipedrive may not show a single screen")


def _secrets(settings: Settings) -> Iterator[Line]:
    demo = {
        "DEALVOICE_QUICKBOOKS_CLIENT_ID": settings.quickbooks.client_id == DEMO_ID,
        "DEALVOICE_QUICKBOOKS_CLIENT_SECRET": settings.quickbooks.client_secret.get_secret_value() == DEMO_SECRET,
        "DEALVOICE_QUICKBOOKS_VERIFIER_TOKENS": settings.quickbooks.verifier_tokens == DEMO_VERIFIER,
        "DEALVOICE_PIPEDRIVE_CLIENT_ID": settings.pipedrive.client_id == DEMO_ID,
        "DEALVOICE_PIPEDRIVE_CLIENT_SECRET": settings.pipedrive.client_secret.get_secret_value() == DEMO_SECRET,
        "DEALVOICE_PIPEDRIVE_FRAME_SECRET": settings.pipedrive.frame_secret.get_secret_value() == DEMO_FRAME_SECRET,
        "DEALVOICE_KEYS": DEMO_KEY in settings.keys.get_secret_value(),
    }
    if still := [name for name, is_demo in demo.items() if is_demo]:
        yield doubt(_PART, f"demo values: {', '.join(still)}", "fine beside the sandbox; else see docs/connect.md")
    if not settings.quickbooks.verifier_tokens.strip(","):
        yield wrong(_PART, "DEALVOICE_QUICKBOOKS_VERIFIER_TOKENS is empty", "every webhook would be taken for forged")


def _choices(settings: Settings) -> Iterator[Line]:
    if not settings.contact:
        yield doubt(_PART, "DEALVOICE_CONTACT is empty: the help page names nobody to ask", "put a mail or web address there")  # fmt: skip
    if settings.sweep_seconds_most > _LONGEST_SWEEP:
        yield doubt(
            _PART, f"DEALVOICE_SWEEP_SECONDS_MOST is {settings.sweep_seconds_most:g}",
            f"above {_LONGEST_SWEEP} a lost event may cost more than 15 minutes",
        )  # fmt: skip
    if len(settings.key_ring) > 1:
        yield doubt(
            "keys", f"{len(settings.key_ring)} keys: {', '.join(settings.key_ring)}; the first one seals",
            "once nothing names the others (below), take them out of DEALVOICE_KEYS",
        )  # fmt: skip
    if not settings.watch_port and not settings.watch_token.get_secret_value():
        yield doubt(_PART, "nobody can read the figures", "set DEALVOICE_WATCH_PORT, or DEALVOICE_WATCH_TOKEN")


def _disk(settings: Settings) -> Iterator[Line]:
    folder = settings.data_dir
    if not folder.is_dir():
        if not settings.database_url:
            yield doubt("disk", f"{folder} is not there yet", "serve makes it when it starts")
        return
    free = shutil.disk_usage(folder).free // _MEGA
    if not os.access(folder, os.W_OK):
        yield wrong("disk", f"{folder} cannot be written to", "give it to the user that runs the product")
    elif free < 100:
        yield wrong("disk", f"{free} MB are free in {folder}", "make room: nothing can be saved on a full disk")
    elif free < 1024:
        yield doubt("disk", f"{free} MB are free in {folder}", "make room soon")
    else:
        yield good("disk", f"{free:,} MB are free in {folder}")
