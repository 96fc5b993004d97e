"""The first import: nothing is lost whatever happens meanwhile, it goes on where it stopped, and it proves its counts."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dealvoice.storage.invoices import Made
from dealvoice.workflows.operations import IMPORT
from dealvoice.workflows.sync.catch_up import import_again
from playground.house import REALM, House, a_house
from playground.looking import connection_of

ONE_SECOND = "2026-01-05T10:00:00-08:00"


class Stopped(BaseException):
    """A stop of the process, as far as a test can play it."""


class Meddling(httpx2.BaseTransport):
    """Does something at QuickBooks, or to us, right before one statement is sent."""

    def __init__(self) -> None:
        self._inner = httpx2.HTTPTransport(trust_env=False)
        self.sent: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        said = request.content.decode()
        self.sent.append(said)
        for words in [words for words in self.before if words in said]:
            self.before.pop(words)()
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def meddling() -> Meddling:
    return Meddling()


@pytest.fixture
def house(tmp_path: Path, meddling: Meddling) -> Iterator[House]:
    with a_house(tmp_path, transport=meddling) as opened:
        opened.who = opened.install()
        yield opened


def add_invoices(house: House, count: int, *, made: str = ONE_SECOND, first: int = 100_001) -> None:
    """Put invoices into QuickBooks' books, all made in one second, as an importer of another app would."""
    emulator = house.sandbox.quickbooks
    with emulator.store.lock:
        rows = emulator.rows(REALM, "Invoice")
        pattern = rows["130"]
        for number in range(first, first + count):
            row: dict[str, Any] = copy.deepcopy(pattern)
            row["Id"], row["DocNumber"], row["LinkedTxn"] = str(number), f"N{number}", []
            row["MetaData"] = {"CreateTime": made, "LastUpdatedTime": made}
            rows[row["Id"]] = row
        emulator.store.save()


def theirs(house: House) -> dict[str, str]:
    return {key: row["SyncToken"] for key, row in house.sandbox.quickbooks.rows(REALM, "Invoice").items()}


def ours(house: House) -> dict[str, str]:
    with house.app.database.read(house.who.tenant_id) as store:
        ids = store.invoices.ids_made(connection_of(house.app, house.who).id, Made())
        known = store.invoices.of_quickbooks_all(connection_of(house.app, house.who).id, ids)
    return {row.quickbooks_id: row.sync_token for row in known.values()}


def _proofs(house: House) -> dict[str, tuple[int, int]]:
    with house.app.database.read(house.who.tenant_id) as store:
        return {
            one.entity: (one.theirs, one.ours) for one in store.imports.proofs(connection_of(house.app, house.who).id)
        }


def _edit(house: House, invoice_id: str) -> None:
    house.post_books(
        "invoice",
        {"Id": invoice_id, "SyncToken": theirs(house)[invoice_id], "sparse": True, "DueDate": "2026-12-24"},
    )


def _delete(house: House, invoice_id: str) -> None:
    house.post_books("invoice", {"Id": invoice_id, "SyncToken": theirs(house)[invoice_id]}, operation="delete")


def test_five_thousand_of_one_second_with_edits_and_deletes_meanwhile_lose_none(
    house: House, meddling: Meddling
) -> None:
    add_invoices(house, 5000)
    house.quickbooks("POST", "/_sandbox/switches", json={"shuffled_ties": True})

    def meddle() -> None:
        for number in range(100_001, 100_011):
            _edit(house, str(number))
        for number in range(100_500, 100_530):
            _delete(house, str(number))
        add_invoices(house, 3, made="2026-11-26T05:00:00-08:00", first=200_001)

    meddling.before["FROM Invoice ORDERBY MetaData.CreateTime STARTPOSITION 3001"] = meddle
    house.connect(house.who, save=False)

    assert meddling.before == {}
    assert ours(house) == theirs(house)
    assert _proofs(house)["Invoice"] == (31 + 5000 - 30 + 3,) * 2


def test_stop_in_the_middle_of_a_list_goes_on_with_the_page_where_it_stopped(house: House, meddling: Meddling) -> None:
    add_invoices(house, 2500, made="2026-01-05T10:00:00-08:00")

    def stop() -> None:
        raise Stopped

    meddling.before["FROM Payment"] = stop
    with pytest.raises(Stopped):
        house.connect(house.who, save=False)
    house.close()
    house.forget_journals()
    house.open()
    house.engine.start(_import_of(house), IMPORT)
    house.run()

    assert ours(house) == theirs(house)
    assert connection_of(house.app, house.who).imported_at is not None
    calls = [row for row in house.journal("quickbooks") if row["path"].endswith("/query")]
    assert len(calls) < 20  # customers, items and invoices are not read again


def test_invoice_deleted_behind_the_feed_is_found_by_the_counts(house: House) -> None:
    add_invoices(house, 2500, made="2026-01-05T10:00:00-08:00")
    house.connect(house.who, save=False)
    rows = house.sandbox.quickbooks.rows(REALM, "Invoice")
    with house.sandbox.quickbooks.store.lock:
        for gone in ("100777", "130"):
            del rows[gone]
        house.sandbox.quickbooks.store.save()
    house.forget_journals()

    import_again(house.app, house.who.tenant_id, connection_of(house.app, house.who).id)
    house.engine.start(_import_of(house), IMPORT)
    house.run()

    assert ours(house) == theirs(house)
    assert "130" not in ours(house)
    assert _proofs(house)["Invoice"] == (2529, 2529)


def test_calls_for_the_invoices_are_one_a_page_and_two_counts(house: House, meddling: Meddling) -> None:
    add_invoices(house, 1969)
    house.connect(house.who, save=False)

    assert len(theirs(house)) == 2000
    assert len([said for said in meddling.sent if "FROM Invoice" in said]) == 2 + 2


def _import_of(house: House) -> str:
    with house.app.database.everyone_read() as lobby:
        return next(one.id for one in lobby.operations.due(house.app.now()) if one.kind == IMPORT)
