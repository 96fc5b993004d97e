"""429 for one company or for all, with and without Retry-After: whoever is not meant goes on, and nobody's work is lost."""

import threading
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta

import pytest

from dealvoice.connections.spool import Pair
from dealvoice.quickbooks.errors import Wait
from dealvoice.storage.connections import Connection
from dealvoice.workflows.sync.catch_up import catch_up
from playground.accountant import Accountant
from playground.house import REALM
from playground.receiving import wait_until

OTHERS = [f"93414520000{number}" for number in range(20001, 20004)]
STORM = {"status": 429, "body": "{}"}
HEADERS = {"with Retry-After": {"retry_after": 1}, "without": {}}


@pytest.fixture
def realms(books: Accountant) -> Iterator[dict[str, tuple[str, str]]]:
    """Our company and three of other tenants: tenant and connection by realm."""
    app, now = books.house.app, books.house.app.now()
    found = {}
    for realm in OTHERS:
        tenant = f"tenant{realm}"
        books.vendor.store.tree["companies"][realm] = deepcopy(books.vendor.company(REALM))
        grant = books.house.quickbooks("POST", "/_sandbox/tokens", json={"realmId": realm})
        pair = Pair(grant["access_token"], grant["refresh_token"], timedelta(hours=1), timedelta(days=100))
        with app.database.write(tenant) as store:
            row = Connection(
                id=f"c{realm}", tenant=tenant, realm_id=realm, installation_id="i", steward_id="i", state="live",
                connected_at=now, imported_at=now, cursor=now, home_currency="USD", token_version=0,
            )  # fmt: skip
            app.quickbooks_tokens.store(row, pair)
            store.connections.add(row)
        found[realm] = (tenant, row.id)
    with app.database.read(books.house.who.tenant_id) as store:
        own = store.connections.current()
    assert own is not None
    yield {REALM: (own.tenant, own.id), **found}
    for tenant, _ in found.values():
        with app.database.write(tenant) as store:
            store.remove_everything()
    for realm in OTHERS:
        del books.vendor.store.tree["companies"][realm]
    books.house.forget_journals()


def _sweep(books: Accountant, home: tuple[str, str]) -> int | None:
    return catch_up(books.house.app, *home)


@pytest.mark.parametrize("header", HEADERS)
def test_storm_on_one_company_leaves_the_others_alone(
    books: Accountant, realms: dict[str, tuple[str, str]], header: str
) -> None:
    stormy = OTHERS[0]
    books.vendor.faults.add({**STORM, **HEADERS[header], "times": 0, "path": f"/company/{stormy}/"})
    books.house.forget_journals()

    told = _wait_of(books, realms[stormy])
    waiting = threading.Thread(target=_until_through, args=(books, realms[stormy]), daemon=True)
    waiting.start()
    for realm in realms.keys() - {stormy}:
        assert _sweep(books, realms[realm]) is not None
    still = waiting.is_alive()
    books.vendor.faults.clear()
    waiting.join(60)

    assert still, "the others were through before the storm had ended"
    assert not waiting.is_alive()
    assert told >= HEADERS[header].get("retry_after", 0)
    statuses: dict[str, list[int]] = {realm: [] for realm in realms}
    for row in books.vendor.journal.rows():
        if row["realm"] in statuses:
            statuses[row["realm"]].append(row["status"])
    assert statuses.pop(stormy)[-1] == 200
    assert {status for seen in statuses.values() for status in seen} == {200}


def _wait_of(books: Accountant, home: tuple[str, str]) -> float:
    """Sweep in the storm; returns how long QuickBooks, or we, want to wait."""
    with pytest.raises(Wait) as said:
        _sweep(books, home)
    return said.value.seconds


def _until_through(books: Accountant, home: tuple[str, str]) -> None:
    """Sweep again and again, as the timetable would."""
    while True:
        try:
            _sweep(books, home)
        except Wait:
            continue
        return


@pytest.mark.parametrize("header", HEADERS)
def test_storm_on_all_companies_delays_and_loses_nothing(
    books: Accountant, realms: dict[str, tuple[str, str]], header: str
) -> None:
    books.vendor.faults.add({**STORM, **HEADERS[header], "times": 2 * len(realms), "path": "/company/"})
    made = books.invoice("100")
    books.house.forget_journals()
    done = set()

    def go_on(realm: str) -> None:
        _until_through(books, realms[realm])
        done.add(realm)

    threads = [threading.Thread(target=go_on, args=(realm,), daemon=True) for realm in realms]
    for one in threads:
        one.start()
    wait_until(lambda: done == set(realms), seconds=90)

    assert books.stored(made).total == 10000
    rows = books.vendor.journal.rows()
    assert sum(row["status"] == 429 for row in rows) == 2 * len(realms)
    assert {row["realm"] for row in rows if row["status"] == 200} >= set(realms)
