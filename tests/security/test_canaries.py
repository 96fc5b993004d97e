"""
Canaries: secrets and people's data, planted and looked for after a day of work in which much went wrong.

A secret is never in a log, a page of an error, a figure, the engine's file, or readable in the database; a person's data are
in the database alone. When the last user has left and a month is over, no file holds any of it, and nobody is called.
"""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from dealvoice.connections.who import Who
from dealvoice.engine.durable import DurableEngine
from dealvoice.observability import configure, metrics
from dealvoice.settings import DEMO_FRAME_SECRET, DEMO_KEY, DEMO_SECRET, DEMO_VERIFIER
from dealvoice.workflows.setup import install, retention, tickets
from dealvoice.workflows.sync import calendar, catch_up, pipedrive_hooks, pipedrive_track, receive, sweep, track
from dealvoice.workflows.sync.pipedrive_hooks import secret
from playground.clocks import Clock
from playground.house import AVIARY, House, a_house
from playground.person import COMPANY, Person, frame_token
from playground.receiving import wait_until

MAIL = "canary.person@aviary-canary.example"
PEOPLE = {
    MAIL, "Canaria Persona", "Canary Aviaries Inc", "7 Canary Lane", "Canary fountain deal", "Canary memo of thanks",
    "Canary row of text", "PL-CANARY-5252",
}  # fmt: skip
"""A person's data, planted in Pipedrive and typed into the form."""
SCHEDULES = (
    sweep.start_unfinished, track.track_all, pipedrive_hooks.care_for_all, pipedrive_track.track_all, catch_up.catch_up_due,
    receive.forget_old, calendar.turn_page,
)  # fmt: skip


class Wire(httpx2.BaseTransport):
    """The network; a call may fail as libraries do, with the values of the call in the text of the error."""

    def __init__(self) -> None:
        self._inner = httpx2.HTTPTransport(trust_env=False)
        self.breaks = ""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.breaks and self.breaks in str(request.url):
            raise RuntimeError(f"cannot send {request.url} {dict(request.headers)} for {MAIL}")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@dataclass
class Day:
    """A product with a real engine, what it wrote, and every answer that a browser got of it."""

    house: House
    wire: Wire
    log: io.StringIO
    clock: Clock
    who: Who
    secrets: set[str] = field(default_factory=set)
    pages: list[tuple[int, str]] = field(default_factory=list)

    def grants(self) -> set[str]:
        """Return every token and code that the vendors ever gave out."""
        trees = [self.house.sandbox.pipedrive.store.tree, self.house.sandbox.quickbooks.store.tree]
        found = json.dumps([tree.get(part) for tree in trees for part in ("grants", "codes", "access")], default=str)
        return {word for word in re.findall(r'"([^"\s]{24,})"', found) if re.search(r"\d", word)}

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of the product, as it is on the disk."""
        for path in sorted(self.house.folder.rglob("*")):
            if path.is_file():
                yield path.name, path.read_bytes()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    log, clock, wire = io.StringIO(), Clock(), Wire()
    before = logging.getLogger("dealvoice").level
    configure("json", stream=log)
    try:
        with a_house(tmp_path, clock=clock, transport=wire) as house:
            house.close()
            house.open(
                clock=clock, transport=wire, engine=DurableEngine(house.settings.engine_url, executor_id="canary")
            )
            _plant(house)
            yield Day(house, wire, log, clock, house.install())
    finally:
        configure("console")
        logging.getLogger("dealvoice").setLevel(before)


def _plant(house: House) -> None:
    crm = house.sandbox.pipedrive
    organization, person = crm.table("organizations")["31"], crm.table("persons")["21"]
    organization["name"], crm.table("deals")[str(AVIARY)]["title"] = "Canary Aviaries Inc", "Canary fountain deal"
    if isinstance(organization.get("address"), dict):
        organization["address"]["value"] = "7 Canary Lane"
    else:
        organization["address"] = "7 Canary Lane"
    person["name"] = "Canaria Persona"
    for mail in person["emails"]:
        mail["value"] = MAIL
    customer = house.sandbox.quickbooks.rows("9341452000000001", "Customer")["1"]
    customer["DisplayName"], customer["PrimaryEmailAddr"] = "Canary Aviaries Inc", {"Address": MAIL}


def _final(day: Day, operation_id: str) -> bool:
    with day.house.app.database.read(day.who.tenant_id) as store:
        operation = store.operations.get(operation_id)
    return operation is not None and operation.is_final


def _create(day: Day, ola: Person) -> str:
    form = ola.form()
    fields = {
        "form_id": form.fields["form_id"], "deal": str(AVIARY), "customer_id": "1", "to": "Canaria Persona", "email": MAIL,
        "address": "7 Canary Lane", "tax_id": "PL-CANARY-5252", "currency": "USD", "issued_on": "11/23/2026", "tax_mode": "none",
        "memo": "Canary memo of thanks", "row": "n1", "line.n1.text": "Canary row of text", "line.n1.item_id": "7",
        "line.n1.quantity": "1", "line.n1.unit_price": "12.34", "second": "1",
    }  # fmt: skip
    answer = ola.web.post("/modal/invoice", data=fields, headers=ola.headers)
    day.pages.append((answer.status_code, answer.text))
    operation = re.search(r'data-operation="(\w+)"', answer.text)
    assert operation is not None, answer.text[:2000]
    wait_until(lambda: _final(day, operation[1]))
    return operation[1]


def _work(day: Day) -> None:
    """Live through a day: connect, create, be refused, lose the vendors, be attacked."""
    house = day.house
    assert house.built is not None
    web = TestClient(
        house.built.web, base_url="http://localhost:8100", follow_redirects=False, raise_server_exceptions=False
    )
    ola = Person(house, web)
    house.connect(day.who)
    wait_until(lambda: _imported(day))
    pipedrive_hooks.care_for_all(house.app)
    wait_until(lambda: _hooked(day))
    with house.app.database.read(day.who.tenant_id) as store:
        row = store.hooks.current()
        assert row is not None
        key, password = secret(house.app, row)
    ticket = tickets.ticket(house.app, day.who, to="/settings")
    web.get(ticket.partition(":8100")[2])
    day.secrets |= {key, password, ticket.rpartition("/")[2], web.cookies["dealvoice"]}

    _create(day, ola)
    ola.act(ola.panel().all("inv")[0].get("id").removeprefix("invoice-"), "send")
    faults = (
        {"method": "POST", "path": r"/invoice\?", "status": 400, "body": json.dumps({"Fault": {"Error": [
            {"Message": "Duplicate", "Detail": f"Canaria Persona {MAIL} is not taken", "code": "6000", "element": ""}],
            "type": "ValidationFault"}})},
        {"method": "POST", "path": r"/invoice\?", "action": "garble"},
        {"method": "POST", "path": r"/invoice\?", "action": "drop_after"},
        {"method": "POST", "path": r"/invoice\?", "status": 500, "body": f"<html>{MAIL}</html>", "content_type": "text/html"},
    )  # fmt: skip
    for fault in faults:
        house.quickbooks("POST", "/_sandbox/faults", json={"action": "status", "times": 1} | fault)
        _create(day, ola)
        house.quickbooks("DELETE", "/_sandbox/faults")
    for broken, path, asked in (
        ("/api/", "/panel", {"deal": 13}),
        ("/invoice/", "/invoices/x/pdf", {}),
        ("/cdc", "/panel/refresh", {}),
        ("/api/", "/modal/invoice", {}),
    ):
        day.wire.breaks = broken
        if path == "/panel/refresh":
            day.pages.append((0, ola.post(path, {"deal": str(AVIARY)})))
        else:
            day.pages.append((0, ola.open(path, int(asked.get("deal", AVIARY)))))
        day.pages[-1] = (ola.last_status, day.pages[-1][1])
        for work in SCHEDULES:
            _quietly(lambda work=work: work(house.app))
    day.wire.breaks = ""
    attacks = (
        ("GET", f"/tickets/{day.secrets.copy().pop()}", {}),
        ("GET", f"/panel?token={frame_token(102)}&id=1&selectedIds=12", {}),
        ("POST", "/session", {"token": frame_token(life=timedelta(seconds=-60))}),
        ("POST", f"/webhooks/pipedrive/{key}", {"x": MAIL}),
        ("GET", f"/pipedrive/callback?code={'c' * 40}1&state=s", {}),
        ("GET", f"/quickbooks/callback?code={'c' * 40}1&state=s&realmId=1", {}),
    )
    for method, address, body in attacks:
        answer = web.request(method, address, data=body or None)
        day.pages.append((answer.status_code, answer.text))
    day.secrets |= day.grants() | {DEMO_SECRET, DEMO_VERIFIER, DEMO_FRAME_SECRET, DEMO_KEY, "c" * 40 + "1"}


def _quietly(work: Any) -> None:
    try:
        work()
    except RuntimeError as error:
        logging.getLogger("dealvoice.test").warning("broken", exc_info=error)


def _imported(day: Day) -> bool:
    with day.house.app.database.read(day.who.tenant_id) as store:
        connection = store.connections.current()
        return connection is not None and connection.imported_at is not None


def _hooked(day: Day) -> bool:
    with day.house.app.database.read(day.who.tenant_id) as store:
        row = store.hooks.current()
        return row is not None and row.state == "live"


def _found(canaries: set[str], text: str | bytes) -> list[str]:
    if isinstance(text, str):
        return sorted(one for one in canaries if one in text or json.dumps(one)[1:-1] in text)
    return sorted(one for one in canaries if one.encode() in text)


def test_canaries_are_where_they_belong_and_nowhere_in_the_end(day: Day) -> None:
    _work(day)
    assert len(day.secrets) >= 12
    told = day.log.getvalue()
    assert "request_failed" in told
    assert "cannot send" in told
    assert all(json.loads(line) for line in told.splitlines())

    assert _found(day.secrets | PEOPLE, told) == []
    assert _found(day.secrets | PEOPLE, metrics().decode()) == []
    assert {status for status, _ in day.pages} >= {200, 401, 409, 500}
    for status, page in day.pages:
        assert _found(day.secrets, page) == []
        if status >= 500:
            assert _found(PEOPLE, page) == []
    kept = dict(day.files())
    assert {"dealvoice.sqlite3", "engine.sqlite3"} <= set(kept)
    for name, content in kept.items():
        assert _found(day.secrets - {DEMO_KEY}, content) == [], name
        if name.startswith("engine"):
            assert _found(PEOPLE, content) == [], name
    assert _found(PEOPLE, kept["dealvoice.sqlite3"] + kept.get("dealvoice.sqlite3-wal", b"")) == sorted(PEOPLE)

    _leave(day)
    assert _found(day.secrets | PEOPLE, day.log.getvalue()) == []
    for name, content in day.files():
        assert _found(day.secrets | PEOPLE, content) == [], name


def _leave(day: Day) -> None:
    """Let a colleague leave, then the last one, and a month pass; nobody is called once the grant is given back."""
    house = day.house
    jan = house.install(102)
    install.uninstall(house.app, company_id=COMPANY, user_id=102)
    with house.app.database.read(day.who.tenant_id) as store:
        gone, own = store.installations.get(jan.installation_id), store.installations.get(day.who.installation_id)
        assert gone is not None
        assert own is not None
        connection = store.connections.current()
        assert (gone.access, gone.refresh, own.state, connection is not None) == ("", "", "live", True)
        assert own.refresh != ""

    install.uninstall(house.app, company_id=COMPANY, user_id=101)
    wait_until(lambda: _ended(day))
    house.forget_journals()
    for ahead in (timedelta(minutes=20), timedelta(days=2), timedelta(days=27, hours=22)):
        day.clock.ahead += ahead
        for work in (*SCHEDULES, retention.forget):
            work(house.app)
    with house.app.database.everyone_read() as lobby:
        assert lobby.tenants.of_company(COMPANY) is not None  # a day less than the month
    day.clock.ahead += timedelta(days=1)
    retention.forget(house.app)
    with house.app.database.everyone_read() as lobby:
        assert lobby.tenants.of_company(COMPANY) is None
    assert house.journal("quickbooks") + house.journal("pipedrive") == []


def _ended(day: Day) -> bool:
    with day.house.app.database.read(day.who.tenant_id) as store:
        row, open_ = store.connections.latest(), store.operations.unfinished()
    return row is not None and row.state == "ended" and not row.refresh and open_ is None


def test_company_that_comes_back_within_the_month_finds_everything(day: Day) -> None:
    house = day.house
    house.connect(day.who)
    wait_until(lambda: _imported(day))
    install.uninstall(house.app, company_id=COMPANY, user_id=101)
    wait_until(lambda: _ended(day))
    day.clock.ahead += timedelta(days=29)
    retention.forget(house.app)
    house.install()
    day.clock.ahead += timedelta(days=29)
    retention.forget(house.app)

    with house.app.database.read(day.who.tenant_id) as store:
        latest = store.connections.latest()
        assert latest is not None
        assert store.invoices.count(latest.id) > 0


def test_company_whose_uninstall_was_lost_is_ended_before_it_is_removed(day: Day) -> None:
    """Its refresh tokens are dead, so that nobody could work for it; the grant at QuickBooks still lives."""
    house = day.house
    house.connect(day.who)
    wait_until(lambda: _imported(day))
    with house.app.database.write(day.who.tenant_id) as store:
        row = store.installations.get(day.who.installation_id)
        assert row is not None
        row.state, row.ended_at = "ended", house.app.now()
    day.clock.ahead += timedelta(days=31)
    house.forget_journals()

    retention.forget(house.app)
    wait_until(lambda: _ended(day))
    revoked = [row for row in house.quickbooks("GET", "/_sandbox/journal") if "revoke" in row["path"]]
    retention.forget(house.app)

    assert [row["status"] for row in revoked] == [200]
    with house.app.database.everyone_read() as lobby:
        assert lobby.tenants.of_company(COMPANY) is None


def test_forms_and_sessions_that_are_over_are_forgotten(day: Day) -> None:
    house = day.house
    session = house.app.sessions.enter_frame(frame_token()).session
    house.connect(day.who)
    assert house.built is not None
    with TestClient(house.built.web, base_url="http://localhost:8100") as web:
        form = Person(house, web).form()
    day.clock.ahead += timedelta(days=8)
    receive.forget_old(house.app)

    dump = "".join(house.app.database.engine.raw_connection().driver_connection.iterdump())
    assert 'INSERT INTO "sessions"' not in dump
    assert form.fields["form_id"] not in dump
    assert session not in dump
