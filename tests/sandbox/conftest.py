"""What the Pipedrive and core tests stand on: one running sandbox, back at its seed before each test."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from dealvoice_sandbox import serving_all
from playground.receiving import Receiver, a_receiver, wait_until

APP_URL = "http://localhost:8100"


class Company:
    """The seed's Pipedrive company, spoken to over HTTP alone."""

    def __init__(self, sandbox: serving_all.Sandbox) -> None:
        self.sandbox = sandbox
        self.url = sandbox.pipedrive_url
        self.http = httpx2.Client(base_url=self.url, trust_env=False, timeout=10)
        self._tokens: dict[int, str] = {}

    def reset(self) -> None:
        self._tokens.clear()
        self.control("POST", "reset", seed="us")
        self.control("DELETE", "journal")
        scopes = ["base", "deals:full", "contacts:full", "products:full", "users:read", "webhooks:full"]
        scopes += ["deal-fields:full", "search:read", "recents:read"]
        redirects = [f"{APP_URL}/pipedrive/callback"]
        self.control("PUT", "app", strict_client=True, scopes=scopes, redirect_uris=redirects)
        self.http.cookies.clear()

    def control(self, method: str, name: str, /, **values: Any) -> Any:
        answer = self.http.request(method, f"/_sandbox/{name}", json=values or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, user_id: int = 101) -> str:
        if user_id not in self._tokens:
            self._tokens[user_id] = self.control("POST", "tokens", user_id=user_id)["access_token"]
        return self._tokens[user_id]

    def call(self, method: str, path: str, body: Any = None, *, user: int = 101, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token(user)}", **more.pop("headers", {})}
        return self.http.request(method, path, json=body, headers=headers, **more)

    def ok(self, method: str, path: str, body: Any = None, *, user: int = 101, **more: Any) -> Any:
        """Call, make sure that it worked, and return ``data``."""
        answer = self.call(method, path, body, user=user, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]


@pytest.fixture(scope="session")
def _running() -> Iterator[Company]:
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url=APP_URL)
    company = Company(sandbox)
    try:
        yield company
    finally:
        company.http.close()
        sandbox.stop()


@pytest.fixture
def company(_running: Company) -> Company:
    _running.reset()
    return _running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as one:
        yield one


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    return wait_until
