"""A house whose product answers at a real address, so that the vendors' webhooks arrive by themselves."""

import base64
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync import pipedrive_receive
from dealvoice.workflows.sync.pipedrive_hooks import secret
from dealvoice_sandbox import serving_all
from playground.clocks import Clock
from playground.house import House, settings_for
from playground.receiving import wait_until

OLA, JAN, MAYA = 101, 102, 103


@contextmanager
def a_listening_house(folder: Path, *, seed: str = "us", **opening: Any) -> Iterator[House]:
    """Open a house beside the two companies of a seed, with its web server running; nothing is installed yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, seed=seed, app_url=url)
    house = House(sandbox=sandbox, folder=folder, settings=settings_for(sandbox, folder, public_url=url))
    server = None
    try:
        built = house.open(**opening)
        server = uvicorn.Server(uvicorn.Config(built.web, host="127.0.0.1", port=port, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield house
    finally:
        if server is not None:
            server.should_exit = True
            thread.join(timeout=10)
        house.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house at the tests' clock, connected by Ola, whose invoices everyone may see."""
    clock = Clock()
    with a_listening_house(tmp_path, clock=clock) as opened:
        opened.clock = clock
        opened.who = opened.install(OLA)
        opened.connect(opened.who)
        configure.save(
            opened.app, opened.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True
        )
        yield opened


@pytest.fixture
def heard(house: House) -> House:
    """A house that is told what changes in Pipedrive."""
    subscribe(house)
    return house


def subscribe(house: House) -> None:
    """Have the webhooks made, and forget what that cost."""
    house.engine.run_schedule("hooks")
    house.run()
    house.forget_journals()


def calls(house: House) -> list[str]:
    """Return the calls that Pipedrive has received, as method and path."""
    return [f"{row['method']} {row['path'].split('?')[0]}" for row in house.journal("pipedrive")]


def as_person(house: House, method: str, path: str, user: int = OLA, body: Any = None) -> Any:
    """Do in Pipedrive what a user does there; returns the answer's data."""
    token = house.pipedrive("POST", "/_sandbox/tokens", json={"user_id": user})["access_token"]
    answer = house.vendor.request(
        method, f"{house.sandbox.pipedrive_url}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code < 300, answer.text
    return answer.json().get("data")


def arrived(house: House) -> None:
    """Wait until every delivery of Pipedrive has come to its end, then do what it woke."""
    deliveries = house.sandbox.pipedrive.deliveries
    wait_until(lambda: all(one.state != "waiting" for one in deliveries.log))
    house.run()


def deliver(house: House, body: dict[str, Any]) -> int:
    """Post a delivery as Pipedrive would, with the right key and password; returns the status."""
    key, password = keys(house)
    answer = house.vendor.post(
        f"{house.app.public_url}/webhooks/pipedrive/{key}", content=json.dumps(body), auth=("dealvoice", password)
    )
    return answer.status_code


def take(house: House, body: dict[str, Any]) -> None:
    """Have a delivery taken in as the web server would."""
    key, password = keys(house)
    basic = base64.b64encode(f"dealvoice:{password}".encode()).decode()
    assert pipedrive_receive.pipedrive(house.app, key, f"Basic {basic}", json.dumps(body).encode())


def keys(house: House) -> tuple[str, str]:
    """Return key and password of the webhooks of whoever installed the app first."""
    with house.app.database.read(house.who.tenant_id) as store:
        row = store.hooks.current()
    assert row is not None
    return secret(house.app, row)


def an_event(
    entity: str, record: int, at: datetime, *, action: str = "change", company: int = 12345, **more: Any
) -> dict[str, Any]:  # fmt: skip
    """Return a delivery's body as the guide prints it; ``meta`` of ``more`` is put over the usual one."""
    meta = {
        "action": action, "entity": entity, "company_id": str(company), "correlation_id": str(uuid.uuid4()),
        "entity_id": str(record), "id": str(uuid.uuid4()), "is_bulk_edit": False, "version": "2.0", "attempt": 1,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "type": "application",
        "user_id": "101", "webhook_id": "1", "webhook_owner_id": "101", "change_source": "app", "host": "x",
        "permitted_user_ids": ["101", "102", "103"],
    }  # fmt: skip
    return {
        "meta": meta | more.pop("meta", {}),
        "data": more.pop("data", None if action == "delete" else {"id": record}),
        "previous": more.pop("previous", None if action == "create" else {}),
    }
