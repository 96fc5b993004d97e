"""An accountant at his desk: the pages of the QuickBooks side in a browser without scripts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.serving_all import Sandbox

REALM = "9341452000000001"
OTHER = "9341452000000002"


class Desk:
    """An accountant at his desk: a browser without scripts."""

    def __init__(self, emulator: QuickBooksEmulator, url: str) -> None:
        self.emulator = emulator
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=10, headers={"origin": url})

    def open(self, path: str, status: int = 200) -> str:
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def does(self, path: str, **form: Any) -> httpx2.Response:
        return self.http.post(path, data=form)

    def done(self, path: str, **form: Any) -> str:
        """Do something that works, and return where the browser goes."""
        answer = self.does(path, **form)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def refused(self, path: str, **form: Any) -> str:
        """Do something that does not work, and return what is said."""
        answer = self.does(path, **form)
        assert answer.status_code == 400, answer.status_code
        found = re.search(r'role="alert">(.+?)</p>', answer.text, re.DOTALL)
        assert found
        return found.group(1)

    def row(self, entity: str, **wanted: Any) -> dict[str, Any]:
        """Return the newest object with these values."""
        rows = [
            row
            for row in self.emulator.rows(REALM, entity).values()
            if all(row.get(name) == value for name, value in wanted.items())
        ]
        return rows[-1]

    def an_invoice(self, **more: Any) -> dict[str, Any]:
        """Write an invoice of 30.00 for Amy and return it."""
        lines = {"item-new1": "11", "qty-new1": "2", "price-new1": "15", "tax-new1": "NON"}
        gone_to = self.done("/app/invoice", do="create", customer="1", **{**lines, **more})
        return self.emulator.rows(REALM, "Invoice")[gone_to.rpartition("=")[2]]


@contextmanager
def a_desk(sandbox: Sandbox) -> Iterator[Desk]:
    """Yield a desk over the seed."""
    sandbox.quickbooks.reset("us")
    sandbox.quickbooks.switches.reset()
    desk = Desk(sandbox.quickbooks, sandbox.quickbooks_url)
    try:
        yield desk
    finally:
        desk.http.close()
