"""
The QuickBooks emulator alone, spoken to in process and over its wire only.

``a_books`` opens one; ``Books`` is a client of our own that knows nothing of the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
from a2wsgi import ASGIMiddleware

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.quickbooks.app import create_app
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

REALM = "9341452000000001"
BASE = "http://127.0.0.1"


class Books:
    """A client of the emulator."""

    def __init__(self, emulator: QuickBooksEmulator) -> None:
        self.emulator = emulator
        transport = httpx2.WSGITransport(app=ASGIMiddleware(create_app(emulator)))
        self.http = httpx2.Client(base_url=BASE, transport=transport, trust_env=False)
        self.headers = {"Accept": "application/json"}
        self.token: dict[str, Any] = {}
        self.sign_in()

    def sign_in(self, **wanted: str) -> dict[str, Any]:
        """Take tokens without a browser."""
        self.token = self.control("POST", "tokens", **wanted)
        self.headers["Authorization"] = f"Bearer {self.token['access_token']}"
        return self.token

    def control(self, method: str, name: str, /, **values: Any) -> Any:
        answer = self.http.request(method, f"/_sandbox/{name}", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **switches: Any) -> None:
        self.control("POST", "switches", **switches)

    def wait(self, **span: float) -> None:
        """Let the vendor's clock go on."""
        self.emulator.clock.advance(timedelta(**span))

    def call(self, method: str, path: str, *, realm: str = REALM, **more: Any) -> httpx2.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.http.request(method, f"/v3/company/{realm}/{path}", headers=headers, **more)

    def ask(self, statement: str) -> httpx2.Response:
        return self.call("GET", "query", params={"query": statement})

    def query(self, statement: str) -> dict[str, Any]:
        answer = self.ask(statement)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["QueryResponse"]
        return found

    def close(self) -> None:
        self.http.close()
        self.emulator.deliveries.stop()


@contextmanager
def a_books(seed: str = "us", **record: Any) -> Iterator[Books]:
    """Open the emulator with a company; ``record`` changes the portal's record."""
    portal = Portal.for_app("http://localhost:9", redirect_path="/quickbooks/callback")
    portal.webhook_url = ""
    portal.take_over(record)
    emulator = QuickBooksEmulator(Clock(), portal, seed=seed, folder=None)
    emulator.url = BASE
    books = Books(emulator)
    try:
        yield books
    finally:
        books.close()
