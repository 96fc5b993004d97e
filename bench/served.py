"""
The product served for ``product.py``: a process of its own with a sandbox, a connected company and many other tenants.

Beside the product's routes it has ``/bench/each``: the same deliveries into the same store, one commit a request.
Prints one line of JSON when it is ready, and ends with its input.
"""

import json
import sqlite3
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from dealvoice.cli.running import settle
from dealvoice.engine.durable import DurableEngine
from dealvoice.settings import DEMO_FRAME_SECRET
from dealvoice.workflows.invoice import find
from dealvoice.workflows.sync import receive
from playground.house import AVIARY, REALM, a_house

_COPY = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO invoices ({names}) SELECT {values} FROM n, (SELECT * FROM invoices WHERE tenant = :home LIMIT 1) AS one
"""


def fill(path: Path, home: str, count: int, tenants: int) -> str:
    """
    Copy one invoice of a tenant until ``count`` are stored over so many tenants, the tenant itself among them.

    Returns:
        The customer that all of them have.
    """
    with sqlite3.connect(path, timeout=60) as store:
        names = [row[1] for row in store.execute("PRAGMA table_info(invoices)")]
        one = {
            "id": "'bench' || i",
            "tenant": f"CASE i % {tenants} WHEN 0 THEN :home ELSE 'tenant' || (i % {tenants}) END",
            "quickbooks_id": "CAST(1000000 + i AS TEXT)",
            "issued_on": "date('2025-01-01', '+' || (i * 7 % 690) || ' days')",
            "total": "100 + i % 90000",
        }
        values = ", ".join(one.get(name, f"one.{name}") for name in names)
        store.execute(_COPY.format(names=", ".join(names), values=values), {"count": count, "home": home})
        (customer,) = store.execute("SELECT customer_id FROM invoices WHERE id = 'bench1'").fetchone()
        return str(customer)


def main(count: int, tenants: int) -> None:
    """Serve until the input ends."""
    folder = Path(tempfile.mkdtemp(prefix="dealvoice-bench-"))
    with a_house(folder) as house:
        house.sandbox.quickbooks.portal.webhook_url = ""
        who = house.install()
        house.connect(who)
        customer = fill(folder / "dealvoice.sqlite3", who.tenant_id, count, tenants)
        find.link_customer(house.app, who, AVIARY, customer)
        house.close()
        built = house.open(engine=DurableEngine(house.settings.engine_url, executor_id="serve-1", background=True))

        async def each(request: Request) -> Response:
            events = receive.read(built.app, await request.body(), request.headers["intuit-signature"])
            await run_in_threadpool(receive.keep, built.app, events or [])
            return Response(status_code=401 if events is None else 200)

        built.web.router.routes.insert(0, Route("/bench/each", each, methods=["POST"]))
        now = datetime.now(UTC)
        claims = {"userId": 101, "companyId": who.company_id, "iat": now, "exp": now + timedelta(minutes=5)}
        token = jwt.encode(claims, DEMO_FRAME_SECRET, algorithm="HS256")
        with TestClient(built.web, base_url="http://localhost:8100") as web:
            # One for each page that is opened again and again: a single one is slowed down (``web/pace``).
            sessions = [web.post("/session", data={"token": token}).json()["session"] for _ in range(3)]
        server = uvicorn.Server(uvicorn.Config(built.web, port=0, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        settle()
        ready = {"port": port, "sessions": sessions, "realm": REALM, "books": house.sandbox.quickbooks_url,
                 "token": house.quickbooks("POST", "/_sandbox/tokens", json={})["access_token"],
                 "store": str(folder / "dealvoice.sqlite3"), "tenant": who.tenant_id}  # fmt: skip
        print("READY " + json.dumps(ready), flush=True)
        sys.stdin.read()
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
