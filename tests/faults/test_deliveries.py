"""Webhooks lost, a hundred times over, backwards, six hours late, replayed, forged, altered, and for somebody else."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from a2wsgi import ASGIMiddleware

from dealvoice.workflows.sync import track
from playground.accountant import Accountant
from playground.house import REALM
from playground.sweeping import catch_up_all, take_in

Delivery = Any


def _late(books: Accountant, told: list[Delivery]) -> list[Delivery]:
    books.later(timedelta(hours=6))
    return told


WAYS: dict[str, Callable[[Accountant, list[Delivery]], list[Delivery]]] = {
    "a hundred times": lambda _, told: told[:1] * 100 + told[1:],
    "backwards": lambda _, told: told[::-1],
    "six hours late": _late,
    "lost": lambda _, told: [],
}


@pytest.fixture
def known(books: Accountant) -> list[str]:
    """Three invoices that we know of."""
    made = [books.invoice(amount) for amount in ("100", "200", "300")]
    catch_up_all(books.house.app)
    books.house.run()
    books.lose()
    return made


@pytest.fixture
def http(books: Accountant) -> Iterator[httpx2.Client]:
    assert books.house.built is not None
    transport = httpx2.WSGITransport(app=ASGIMiddleware(books.house.built.web))
    with httpx2.Client(transport=transport, base_url="http://localhost:8100", timeout=60) as client:
        yield client


def _change(books: Accountant, known: list[str]) -> list[Delivery]:
    """Pay one, change one, delete one, and return what QuickBooks tells of it."""
    paid, changed, gone = known
    books.pay(paid, "40")
    books.pay(paid, "60")
    books.edit(changed, DueDate="2031-01-01")
    books.delete(gone)
    return books.events()


def _standing(books: Accountant, known: list[str]) -> list[tuple[int, str, bool]]:
    rows = [books.stored(one) for one in known]
    return [(0 if row.deleted else row.balance, str(row.due_on), row.deleted) for row in rows]


TRUE = [(0, "2030-01-01", False), (20000, "2031-01-01", False), (0, "2030-01-01", True)]


@pytest.mark.parametrize("way", WAYS)
def test_however_events_come_the_mirror_is_true(books: Accountant, known: list[str], way: str) -> None:
    told = WAYS[way](books, _change(books, known))
    books.house.forget_journals()

    for one in told:
        assert take_in(books.house.app, one.body, one.headers["intuit-signature"])
    track.track_all(books.house.app)
    if not told:
        catch_up_all(books.house.app)
    books.house.run()

    assert _standing(books, known) == TRUE
    assert len(books.calls()) <= 5


def test_replayed_events_of_long_ago_change_nothing(books: Accountant, known: list[str]) -> None:
    old = _change(books, known)
    for one in old:
        assert take_in(books.house.app, one.body, one.headers["intuit-signature"])
    books.house.run()
    books.edit(known[1], DueDate="2031-02-02")
    books.deliver()
    books.house.forget_journals()

    for one in old:
        assert take_in(books.house.app, one.body, one.headers["intuit-signature"])
    books.house.run()

    assert books.calls() == []
    assert str(books.stored(known[1]).due_on) == "2031-02-02"


def _signed(books: Accountant, body: bytes, key: str = "") -> dict[str, str]:
    key = key or books.vendor.portal.verifier_tokens[0]
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return {"intuit-signature": base64.b64encode(digest).decode(), "content-type": "application/json"}


def _event(realm: str, number: str) -> bytes:
    event = {"specversion": "1.0", "id": f"{realm}-{number}", "type": "qbo.invoice.updated.v1"}
    return json.dumps([{**event, "intuitentityid": number, "intuitaccountid": realm}]).encode()


def test_forged_and_altered_deliveries_are_refused_and_another_realms_is_dropped(
    books: Accountant, known: list[str], http: httpx2.Client
) -> None:
    body, elsewhere = _event(REALM, known[0]), _event("1", known[0])
    books.house.forget_journals()

    forged = http.post("/webhooks/quickbooks", content=body, headers=_signed(books, body, "somebody's own"))
    altered = http.post("/webhooks/quickbooks", content=_event(REALM, known[1]), headers=_signed(books, body))
    dropped = http.post("/webhooks/quickbooks", content=elsewhere, headers=_signed(books, elsewhere))
    with books.house.app.database.everyone_read() as lobby:
        marked = lobby.inboxes.connections()
    taken = http.post("/webhooks/quickbooks", content=body, headers=_signed(books, body))
    books.house.run()

    assert [one.status_code for one in (forged, altered, dropped, taken)] == [401, 401, 200, 200]
    assert marked == []
    assert books.calls() == ["POST query"]


@pytest.mark.parametrize("body", [b"[{}]", b"[" * 2000, _event(REALM, "x" * 5000), _event(REALM, "1\0")])
def test_poison_delivery_is_answered_and_the_next_one_counts(
    books: Accountant, known: list[str], http: httpx2.Client, body: bytes
) -> None:
    told = _change(books, known)

    poisoned = http.post("/webhooks/quickbooks", content=body, headers=_signed(books, body))
    for one in told:
        answer = http.post("/webhooks/quickbooks", content=one.body, headers=one.headers)
        assert answer.status_code == 200
    books.house.run()

    assert poisoned.status_code in (200, 400)
    assert _standing(books, known) == TRUE
