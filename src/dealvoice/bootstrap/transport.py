"""
The way out: one HTTP client for both vendors.

It refuses to call while a transaction is open, and once the other processes may have taken this one for dead.
"""

import httpx2

from dealvoice.storage.fence import Process
from dealvoice.storage.unit_of_work import in_transaction


class OutsideTransactions(httpx2.BaseTransport):
    """Holds the first law: no network inside a transaction; and lets nobody send whose work may be another's."""

    def __init__(self, inner: httpx2.BaseTransport, process: Process) -> None:
        self._inner, self._process = inner, process

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, or refuse it as a defect of ours."""
        if in_transaction():
            raise RuntimeError(f"a call to {request.url.host} inside a transaction")
        self._process.require_trust()
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()


def open_http(process: Process, inner: httpx2.BaseTransport | None = None) -> httpx2.Client:
    """Return the client of a process; ``inner`` stands in for the network in tests."""
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32)
    return httpx2.Client(
        transport=OutsideTransactions(inner or httpx2.HTTPTransport(limits=limits, trust_env=False), process),
        trust_env=False,
        follow_redirects=False,
    )
