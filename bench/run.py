"""
Figures of the product (``product.py``, into ``docs/figures.md``), and of the sandbox that it is measured against.

    python bench/run.py                 aims: 500 reads a second, load of 100,000 invoices in 60 s, reset in 1 s
    python bench/run.py --small         a twentieth of all sizes

Printed, never asserted: a figure depends on the machine. Loopback only, free ports, bounded in count and in time.
"""

import argparse
import http.client
import json
import resource
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import product

from dealvoice_sandbox import serving_all

READ_SECONDS = 3.0
LOAD_SECONDS = 300.0
BATCH = 30
REALM = "9341452000000001"


class Client:
    """One kept connection, as a client would hold it."""

    def __init__(self, url: str, token: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> bytes:
        """Make one call and return its body."""
        raw = json.dumps(body) if body is not None else None
        self._http.request(method, path, raw, {**self._headers, "Content-Type": "application/json"})
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:200]!r}")
        return content

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def reads_a_second(client: Client, path: str) -> float:
    """Read one path again and again for a while."""
    for _ in range(20):
        client.call("GET", path)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < READ_SECONDS:
        client.call("GET", path)
        count += 1
    return count / (time.perf_counter() - started)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def load(client: Client, count: int) -> int:
    """Create invoices by batches until there are so many, or the time is up; return how many."""
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    invoice = {"CustomerRef": {"value": "1"}, "Line": [line]}
    made, started = 0, time.perf_counter()
    while made < count and time.perf_counter() - started < LOAD_SECONDS:
        size = min(BATCH, count - made)
        items = [{"bId": str(n), "operation": "create", "Invoice": invoice} for n in range(size)]
        client.call("POST", f"/v3/company/{REALM}/batch", {"BatchItemRequest": items})
        made += size
    return made


def told(what: str, figure: str, aim: str = "") -> None:
    """Print one figure."""
    print(f"{what:<58}{figure:>16}   {aim}", flush=True)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="figures of the sandbox")
    asked.add_argument("--invoices", type=int, default=100_000, help="how many to load")
    asked.add_argument("--small", action="store_true", help="a twentieth of all sizes")
    wanted = asked.parse_args()
    count = max(1, min(wanted.invoices // (20 if wanted.small else 1), 1_000_000))
    product.measure(small=wanted.small, command="make bench" if not wanted.small else "python bench/run.py --small")
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url="http://localhost:9")
    sandbox.quickbooks.portal.webhook_url = ""
    crm = Client(sandbox.pipedrive_url, sandbox.pipedrive.tokens({})["access_token"])
    books = Client(sandbox.quickbooks_url, sandbox.quickbooks.tokens({})["access_token"])
    company = f"/v3/company/{REALM}"
    try:
        told("read an invoice", f"{reads_a_second(books, f'{company}/invoice/130'):,.0f} /s", "aim 500 /s")
        told("read a deal", f"{reads_a_second(crm, '/api/v2/deals/12'):,.0f} /s", "aim 500 /s")
        started = time.perf_counter()
        made = load(books, count)
        told(
            f"load {made:,} invoices by batches of {BATCH}",
            f"{time.perf_counter() - started:.1f} s",
            "aim 60 s for 100,000",
        )
        told("read an invoice among them", f"{reads_a_second(books, f'{company}/invoice/130'):,.0f} /s", "aim 500 /s")
        for what, statement in (
            ("query a page of 1,000", "select * from Invoice startposition 1 maxresults 1000"),
            ("query one customer's since a time",
             "select * from Invoice where CustomerRef = '2' and MetaData.CreateTime >= '2026-01-01T00:00:00Z'"),
            ("count them", "select count(*) from Invoice"),
        ):  # fmt: skip
            path = f"{company}/query?query={quote(statement)}"
            told(what, f"{timed(lambda path=path: books.call('GET', path)) * 1000:,.0f} ms")
        changes = f"{company}/cdc?entities=Invoice&changedSince=2026-01-01"
        told("change feed of all of them", f"{timed(lambda: books.call('GET', changes)) * 1000:,.0f} ms")
        one = {"CustomerRef": {"value": "1"}, "Line": [{"Amount": 10, "DetailType": "SalesItemLineDetail",
               "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}]}  # fmt: skip
        told("create one more", f"{timed(lambda: books.call('POST', f'{company}/invoice', one)) * 1000:,.0f} ms")
        told("reset", f"{timed(lambda: books.call('POST', '/_sandbox/reset', {'seed': 'us'})):.2f} s", "aim 1 s")
        told("memory at most", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    finally:
        crm.close()
        books.close()
        sandbox.stop()


if __name__ == "__main__":
    main()
