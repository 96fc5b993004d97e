"""
Where strangers' clients are sent: the emulators, or a vendor's own sandbox when credentials are given.

Without credentials in the environment every test runs against the emulators. With them (see ``docs/sandbox.md``) the
same tests run against the vendor, and those that need the sandbox's control calls or a person at a consent page skip.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from dealvoice_sandbox import serving_all

APP_URL = "http://localhost:8100"
SEED_REALM = "9341452000000001"
SECRET = "dealvoice-demo-secret"
_HERE = "needs the emulator: a vendor's own sandbox has no control calls"


@dataclass
class Vendor:
    """One vendor: where it is, and the keys of the app there."""

    url: str
    client_id: str = "dealvoice-demo"
    client_secret: str = SECRET
    redirect_uri: str = ""
    live: bool = False
    """Whether it is the vendor's own sandbox."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What the environment says of the vendor's own sandbox: tokens, company."""

    def control(self, method: str, name: str, /, **values: Any) -> Any:
        """Make a control call; a test that does so skips at the vendor's own sandbox."""
        if self.live:
            pytest.skip(_HERE)
        answer = httpx2.request(method, f"{self.url}/_sandbox/{name}", json=values or None, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self, seed: str = "us") -> None:
        """Go back to a seed; the vendor's own sandbox stays as it is."""
        if not self.live:
            self.control("POST", "reset", seed=seed)
            self.control("DELETE", "journal")


def quickbooks_at(sandbox: serving_all.Sandbox) -> Vendor:
    """Return QuickBooks: the emulator, or what ``DEALVOICE_CONTRACT_QUICKBOOKS_…`` names."""
    given = _given("QUICKBOOKS", ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "REALM_ID"))
    if given:
        return Vendor("", given["CLIENT_ID"], given["CLIENT_SECRET"], live=True, given=given)
    return Vendor(sandbox.quickbooks_url, redirect_uri=f"{APP_URL}/quickbooks/callback")


def pipedrive_at(sandbox: serving_all.Sandbox) -> Vendor:
    """Return Pipedrive: the emulator, or what ``DEALVOICE_CONTRACT_PIPEDRIVE_…`` names."""
    given = _given("PIPEDRIVE", ("API_DOMAIN", "API_TOKEN"))
    if given:
        return Vendor(given["API_DOMAIN"], live=True, given=given)
    return Vendor(sandbox.pipedrive_url, redirect_uri=f"{APP_URL}/pipedrive/callback")


def _given(vendor: str, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: os.environ.get(f"DEALVOICE_CONTRACT_{vendor}_{name}", "") for name in names}
    return found if all(found.values()) else {}


class _Form(HTMLParser):
    """The first form of a page: where it goes and what it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.values, self.buttons = "", {}, {}  # type: str, dict[str, str], dict[str, str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = told.get("action", "")
        if tag == "select" and told.get("name"):
            self._select = told["name"]
        if tag == "option" and (self._select not in self.values or "selected" in told):
            self.values[self._select] = told.get("value", "")
        if tag == "input" and told.get("name"):
            kind = told.get("type", "text")
            if kind not in ("radio", "checkbox") or "checked" in told:
                self.values[told["name"]] = told.get("value", "")
        if tag == "button" and told.get("name"):
            self.buttons.setdefault(told["name"], told.get("value", ""))

    _select = ""


def consent(vendor: Vendor, address: str, **choices: str) -> str:
    """
    Do what a person does at a consent page: open it, press the first button; return where that leads.

    Args:
        vendor: Whose page it is.
        address: Made by the stranger's client.
        choices: Form values that the person changes.
    """
    if vendor.live:
        pytest.skip("needs a person at the vendor's consent page")
    with httpx2.Client(trust_env=False, follow_redirects=False) as browser:
        page = browser.get(address)
        assert page.status_code == 200, page.text
        form = _Form()
        form.feed(page.text)
        target = httpx2.URL(address).join(form.action or address)
        sent = {**form.values, **form.buttons, **choices}
        answer = browser.post(target, data=sent)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["location"]


def query_of(address: str) -> dict[str, str]:
    """Return an address's query, one value a name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
