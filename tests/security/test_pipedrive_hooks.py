"""Pipedrive's webhooks carry no signature: only the right key with the right password is heard, and nobody else's news."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from dealvoice.storage.deals import DealSeen
from dealvoice.storage.hooks import LIVE
from playground.furnished import a_connected_house
from playground.house import AVIARY, House
from playground.listening import an_event, keys

FAR = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_connected_house(tmp_path_factory.mktemp("house")) as opened:
        opened.engine.run_schedule("hooks")
        opened.run()
        yield opened


@pytest.fixture
def house(opened: House) -> House:
    """Give the house as it was: the webhooks are live, and the deal is known by its old title."""
    with opened.app.database.write(opened.who.tenant_id) as store:
        (row,) = [one for one in (store.hooks.current(), *store.hooks.ended()) if one is not None]
        row.state = LIVE
        store.deals.forget(deal_id=AVIARY)
        store.deals.purge(FAR + timedelta(days=1), keep=())
        store.deals.put(
            DealSeen(
                tenant=opened.who.tenant_id, user_id=101, deal_id=AVIARY, allowed=True, title="Before",
                checked_at=opened.app.now(), told_at=opened.app.now(),
            )
        )  # fmt: skip
    return opened


def _renamed(**more: Any) -> bytes:
    data = {"id": AVIARY, "title": "Forged", "value": 1, "currency": "USD", "is_archived": False}
    return json.dumps(an_event("deal", AVIARY, FAR, data=data, **more)).encode()


def _title(house: House) -> str:
    with house.app.database.read(house.who.tenant_id) as store:
        seen = store.deals.get(101, AVIARY)
    return seen.title if seen is not None else ""


@pytest.mark.parametrize(
    ("key", "user", "password"),
    [
        ("wrong", "dealvoice", "right"),
        ("right", "dealvoice", "wrong"),
        ("right", "somebody", "right"),
        ("right", "", ""),
        ("right", "dealvoice", ""),
        ("x" * 5000, "dealvoice", "right"),
    ],
)
def test_delivery_without_key_and_password_is_answered_as_a_missing_page(
    house: House, http: httpx2.Client, key: str, user: str, password: str
) -> None:
    ours, secret = keys(house)
    there = ours if key == "right" else key
    auth = (user, secret if password == "right" else password) if user else None
    answer = http.post(f"/webhooks/pipedrive/{there}", content=_renamed(), auth=auth)
    missing = http.post("/webhooks/pipedrive/nothing-here", content=_renamed())

    assert (answer.status_code, answer.content, dict(answer.headers)) == (404, missing.content, dict(missing.headers))
    assert _title(house) == "Before"


def test_delivery_is_heard_once_and_a_replay_changes_nothing(house: House, http: httpx2.Client) -> None:
    key, password = keys(house)
    event = _renamed()
    first = http.post(f"/webhooks/pipedrive/{key}", content=event, auth=("dealvoice", password))
    assert (first.status_code, _title(house)) == (200, "Forged")
    with house.app.database.write(house.who.tenant_id) as store:
        seen = store.deals.get(101, AVIARY)
        assert seen is not None
        seen.title = "After"
    again = http.post(f"/webhooks/pipedrive/{key}", content=event, auth=("dealvoice", password))

    assert (again.status_code, _title(house)) == (200, "After")


def test_news_of_another_company_at_our_key_is_dropped(house: House, http: httpx2.Client) -> None:
    key, password = keys(house)
    answer = http.post(f"/webhooks/pipedrive/{key}", content=_renamed(company=99), auth=("dealvoice", password))

    assert (answer.status_code, _title(house)) == (200, "Before")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"meta": 1}', b'{"meta": {"id": "1"}}', b"[" * 100_000,
        json.dumps({"event": "updated.deal", "v": 1, "current": {"id": AVIARY}}).encode(),
        json.dumps(an_event("deal", AVIARY, FAR, meta={"entity_id": "../12"})).encode(),
        json.dumps(an_event("deal", AVIARY, FAR, meta={"entity_id": "9" * 400})).encode(),
        json.dumps(an_event("deal", AVIARY, FAR, meta={"company_id": "x"})).encode(),
        json.dumps(an_event("deal", AVIARY, FAR, meta={"permitted_user_ids": ["x"]})).encode(),
        json.dumps(an_event("deal", AVIARY, FAR, meta={"timestamp": "1" * 30})).encode(),
        json.dumps(an_event("deal_product", 5, FAR, data={"id": 5, "deal_id": [1]})).encode(),
        json.dumps(an_event("galaxy", 5, FAR)).encode(),
    ],
)  # fmt: skip
def test_garbage_with_the_right_password_is_taken_calmly(house: House, http: httpx2.Client, body: bytes) -> None:
    key, password = keys(house)
    answer = http.post(f"/webhooks/pipedrive/{key}", content=body, auth=("dealvoice", password))

    assert (answer.status_code, _title(house)) == (200, "Before")


def test_odd_values_of_a_known_deal_are_taken_calmly(house: House, http: httpx2.Client) -> None:
    key, password = keys(house)
    odd = {"id": AVIARY, "title": 5, "value": "no number", "currency": ["USD"], "org_id": {"value": 1}}
    event = json.dumps(an_event("deal", AVIARY, FAR, data=odd)).encode()
    answer = http.post(f"/webhooks/pipedrive/{key}", content=event, auth=("dealvoice", password))

    assert (answer.status_code, _title(house)) == (200, "Before")


def test_oversized_delivery_is_refused_unread(http: httpx2.Client, house: House) -> None:
    key, password = keys(house)
    answer = http.post(f"/webhooks/pipedrive/{key}", content=b"x" * 1_100_000, auth=("dealvoice", password))

    assert answer.status_code == 413


def test_ended_webhooks_are_heard_no_more(house: House, http: httpx2.Client) -> None:
    key, password = keys(house)
    with house.app.database.write(house.who.tenant_id) as store:
        row = store.hooks.current()
        assert row is not None
        row.state = "ended"
    answer = http.post(f"/webhooks/pipedrive/{key}", content=_renamed(), auth=("dealvoice", password))

    assert (answer.status_code, http.get(f"/webhooks/pipedrive/{key}").status_code) == (404, 404)
