"""What whoever runs the server sees: readiness in detail and figures, for watchers alone, without a tenant's name in them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient

from dealvoice.engine.durable import DurableEngine
from dealvoice.engine.port import HANGS_AFTER, Beat
from dealvoice.settings import Settings
from dealvoice.web.watch.routes import watch_app
from playground.house import House
from playground.one_house import house
from playground.ordinary import FOUNTAIN, filled, invoiced
from playground.person import people
from playground.stage import _free_port

__all__ = ["house"]

TOKEN = "a-token-of-enough-letters"
LABELS = {
    "vendor", "entity", "operation", "status", "action", "kind", "state", "code", "outcome", "schedule", "task", "route",
    "le", "budget", "part",
}  # fmt: skip
"""All that a figure of ours may be split by; none of them grows with the number of companies."""

_CLOSED = {"code": "6210", "Message": "Account Period Closed", "Detail": "The account period has closed", "element": ""}
REFUSAL = {
    "method": "POST", "path": r"/invoice\?", "times": 1, "status": 400,
    "body": json.dumps({"Fault": {"Error": [_CLOSED], "type": "ValidationFault"}}),
}  # fmt: skip
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(house: House) -> Figures:
    with TestClient(watch_app(house.app), base_url="http://127.0.0.1") as web:
        text = web.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Figures, name: str, **labels: str) -> float:
    return sum(value for (known, with_), value in found.items() if known == name and set(labels.items()) <= with_)


def test_figures_move_with_what_is_done_and_never_name_a_tenant(house: House) -> None:
    before = figures(house)
    with people(house, 101) as (ola,):
        invoiced(ola)
        house.quickbooks("POST", "/_sandbox/faults", json=REFUSAL)
        ola.post("/modal/invoice", filled(ola, ola.deal(FOUNTAIN)).pairs())
        house.run()
        waiting = ola.deal(FOUNTAIN)
        ola.post("/modal/invoice", filled(ola, waiting).pairs())
    after = figures(house)

    def moved(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert moved("dealvoice_operations_total", kind="invoice.create", state="done") == 1
    assert moved("dealvoice_refusals_total", kind="invoice.create", code="date.books_closed") == 1
    assert moved("dealvoice_action_calls_total", vendor="quickbooks", action="invoice.create") >= 1
    assert moved("dealvoice_action_calls_total", vendor="pipedrive", action="/modal/invoice") >= 1
    assert moved("dealvoice_requests_total", route="/modal/invoice", status="200") >= 3
    assert moved("dealvoice_request_seconds_count", route="/modal/invoice") >= 3
    assert of(after, "dealvoice_operations_waiting", kind="invoice.create") == 1
    assert of(after, "dealvoice_connections", state="live") == 1
    assert of(after, "dealvoice_ready") == 4
    ours = {key for name, labels in after if name.startswith("dealvoice_") for key, _ in labels}
    assert ours <= LABELS
    values = {value for name, labels in after if name.startswith("dealvoice_") for _, value in labels}
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
    assert connection is not None
    secret = (house.who.tenant_id, connection.id, connection.realm_id, connection.company_name, "Ola", "12345")
    assert not [value for value in values if any(one in value for one in secret)]


def test_budgets_and_lag_are_those_of_the_store(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/webhooks", json={"hold": True})
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        store.inbox.mark(connection.id, "Invoice", ["1", "2"], house.app.now())
        connection.next_sweep_at = connection.connected_at
    house.built._budgets.flush()
    found = figures(house)

    used, left = (of(found, f"dealvoice_budget_{what}", budget="quickbooks.reads") for what in ("used", "left"))
    assert used > 0
    assert used + left == house.app.reads_allowed
    assert of(found, "dealvoice_inbox_waiting", vendor="quickbooks") >= 2
    assert of(found, "dealvoice_sweep_overdue_seconds") > 0


def test_detail_and_figures_are_for_watchers_alone(house: House) -> None:
    house.close()
    house.settings = house.settings.model_copy(update={"watch_token": SecretStr(TOKEN)})
    house.open()
    assert house.built is not None
    with TestClient(house.built.web) as web:
        told = [
            web.get(path, headers=headers)
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}"})
            for path in ("/readyz", "/metrics")
        ]

    assert [answer.status_code for answer in told] == [200, 404, 200, 404, 200, 200]
    assert told[0].json() == told[2].json() == {"ready": True}
    assert told[4].json()["connections"] == {"live": 1}
    with TestClient(watch_app(house.app), base_url="http://evil.example") as foreign:
        assert foreign.get("/metrics").status_code == 400


def test_without_a_token_nobody_has_one(house: House) -> None:
    assert house.built is not None
    with TestClient(house.built.web) as web:
        assert web.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    with pytest.raises(ValueError, match="at least 16 characters"):
        Settings(watch_token=SecretStr("short"))


def test_a_store_that_is_away_makes_it_unready_and_the_figures_say_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.app.database, "everyone_read", lambda: 1 / 0)

    with TestClient(watch_app(house.app), base_url="http://127.0.0.1") as web:
        ready, text = web.get("/readyz"), web.get("/metrics").text

    assert ready.status_code == 503
    assert ready.json()["parts"]["database"] is False
    assert re.search(r'dealvoice_ready\{part="database"\} 0.0', text)


def test_an_engine_that_was_closed_is_not_ready_and_a_schedule_that_hangs_is_told(tmp_path: Path) -> None:
    engine = DurableEngine(f"sqlite:///{tmp_path / 'engine.sqlite3'}", executor_id="watch-1")
    engine.every("often", HANGS_AFTER, lambda: None)
    assert not engine.pulse().launched
    engine.launch()
    try:
        assert engine.pulse().launched
        assert ("often", True) in [(beat.name, beat.is_well) for beat in engine.pulse().beats]
    finally:
        engine.close()

    assert not engine.pulse().launched
    assert not engine.pulse().beats[0].alive
    beat = Beat("often", alive=True, interval=HANGS_AFTER, idle=HANGS_AFTER)
    assert beat.is_well
    assert not Beat("often", alive=True, interval=HANGS_AFTER, idle=HANGS_AFTER * 2).is_well
    assert not Beat("often", alive=True, interval=HANGS_AFTER, idle=HANGS_AFTER, busy=HANGS_AFTER).is_well


@pytest.mark.slow
def test_the_second_port_is_served_beside_the_product_and_on_loopback_alone(house: House) -> None:
    house.close()
    port, watched = _free_port(), _free_port()
    environment = os.environ | {
        "DEALVOICE_DATA_DIR": str(house.folder), "DEALVOICE_PORT": str(port), "DEALVOICE_WATCH_PORT": str(watched),
        "DEALVOICE_LOG_FORMAT": "json",
    }  # fmt: skip
    served = subprocess.Popen([sys.executable, "-m", "dealvoice", "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        seen = _answer(f"http://127.0.0.1:{watched}/readyz", served)
        assert seen.status_code == 200, seen.text
        assert set(seen.json()["schedules"]) >= {"sweep", "track", "operations", "forget"}
        assert all(beat["well"] for beat in seen.json()["schedules"].values())
        assert httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).status_code == 404
    finally:
        served.send_signal(signal.SIGTERM)
        assert served.wait(30) == 0
        house.open()


def _answer(url: str, served: subprocess.Popen[bytes]) -> httpx2.Response:
    until = time.monotonic() + 60
    while time.monotonic() < until and served.poll() is None:
        try:
            answer = httpx2.get(url, timeout=5, trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            return answer
        time.sleep(0.1)
    raise TimeoutError(url)
