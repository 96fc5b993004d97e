"""Deliveries of webhooks: tries, pauses and scripted mishaps, against a real receiver."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic

import pytest

from dealvoice_sandbox.core.delivery import Deliveries, Delivery


@pytest.fixture
def deliveries() -> Iterator[Deliveries]:
    made = Deliveries(lambda: datetime.now(UTC))
    yield made
    made.stop()


def message(url: str, text: str = "x", **more) -> Delivery:
    return Delivery(
        url=url, body=text.encode(), headers={"content-type": "text/plain"}, about=text,
        **{"retry_after": (), **more},
    )  # fmt: skip


def bodies(receiver) -> list[str]:
    return [one["body"].decode() for one in receiver.seen]


def settle(deliveries) -> dict:
    until = monotonic() + 60
    while True:
        shown = deliveries.shown()
        if not shown["waiting"] and all(one["state"] != "waiting" for one in shown["deliveries"]):
            return shown
        assert monotonic() < until, shown


def test_delivery_when_it_fails_then_is_tried_on_the_timetable_and_not_more(deliveries, receiver):
    receiver.statuses = [500, 503, 500]
    started = monotonic()
    deliveries.send(message(receiver.url, retry_after=(0.05, 0.1)))

    shown = settle(deliveries)

    assert monotonic() - started >= 0.15
    assert len(receiver.seen) == 3
    assert (shown["deliveries"][0]["state"], shown["deliveries"][0]["attempts"]) == ("failed", 3)


def test_delivery_when_scale_is_small_then_pauses_shrink(deliveries, receiver):
    receiver.statuses = [500]
    deliveries.control({"retry_scale": 0.001})
    deliveries.send(message(receiver.url, retry_after=(100.0,)))
    assert settle(deliveries)["deliveries"][0]["state"] == "delivered"


@pytest.mark.parametrize(("retry_on", "tries"), [(None, 2), (frozenset({500}), 1)])
def test_delivery_when_status_is_one_to_retry_then_tried_again(deliveries, receiver, retry_on, tries):
    receiver.statuses = [400]
    deliveries.send(message(receiver.url, retry_after=(0.01,), retry_on=retry_on))
    settle(deliveries)
    assert len(receiver.seen) == tries


def test_delivery_when_in_order_then_the_next_waits_else_overtakes(deliveries, receiver):
    for in_order, expected in ((True, ["a", "a", "b"]), (False, ["a", "b", "a"])):
        receiver.seen.clear()
        receiver.statuses = [500]
        deliveries.control({"hold": True})
        deliveries.send(message(receiver.url, "a", retry_after=(0.2,), in_order=in_order))
        deliveries.send(message(receiver.url, "b", in_order=in_order))
        deliveries.control({"release": True})
        settle(deliveries)
        assert bodies(receiver) == expected


def test_delivery_when_nobody_listens_or_address_is_nonsense_then_fails_and_the_next_is_delivered(deliveries, receiver):
    for url in ("http://127.0.0.1:1/", "http://[::1", "nonsense"):
        deliveries.send(message(url))
    deliveries.send(message(receiver.url, "fine"))
    assert [one["state"] for one in settle(deliveries)["deliveries"]] == ["delivered", "failed", "failed", "failed"]


def test_delivery_when_it_has_basic_auth_and_a_method_then_sent_so(deliveries, receiver):
    deliveries.send(message(receiver.url, auth=("me", "se:cret"), method="DELETE"))
    settle(deliveries)
    assert receiver.seen[0]["method"] == "DELETE"
    assert receiver.seen[0]["headers"]["authorization"] == "Basic bWU6c2U6Y3JldA=="


def test_hold_when_set_then_nothing_goes_until_release(deliveries, receiver):
    deliveries.control({"hold": True})
    deliveries.send(message(receiver.url))
    assert deliveries.shown()["waiting"] == 1
    deliveries.control({"release": True})
    settle(deliveries)
    assert len(receiver.seen) == 1


def test_drop_and_duplicate_when_set_then_happen_to_the_next(deliveries, receiver):
    deliveries.control({"drop": 1})
    deliveries.send(message(receiver.url, "lost"))
    deliveries.control({"duplicate": 1})
    deliveries.send(message(receiver.url, "twice"))
    deliveries.send(message(receiver.url, "once"))
    shown = settle(deliveries)
    assert bodies(receiver) == ["twice", "twice", "once"]
    assert [one["state"] for one in shown["deliveries"]] == ["delivered"] * 3 + ["lost"]
    assert all(one["attempts"] == 1 for one in shown["deliveries"][:3])


def test_reorder_when_set_then_the_newest_goes_first(deliveries, receiver):
    deliveries.control({"reorder": True, "hold": True})
    for text in "abc":
        deliveries.send(message(receiver.url, text))
    deliveries.control({"release": True})
    settle(deliveries)
    assert bodies(receiver) == ["c", "b", "a"]


def test_replay_when_asked_then_the_last_ones_are_sent_again(deliveries, receiver):
    for text in "abc":
        deliveries.send(message(receiver.url, text))
    settle(deliveries)
    deliveries.control({"replay": 2})
    settle(deliveries)
    assert bodies(receiver) == ["a", "b", "c", "b", "c"]


def test_clear_when_a_retry_is_pending_then_it_never_comes(deliveries, receiver):
    receiver.statuses = [500]
    deliveries.send(message(receiver.url, retry_after=(0.1,)))
    receiver.wait(1)
    deliveries.clear()
    deliveries.send(message(receiver.url, "later", retry_after=()))
    settle(deliveries)
    assert bodies(receiver) == ["x", "later"]


def test_log_when_many_are_sent_then_numbers_rise(deliveries, receiver):
    for _ in range(5):
        deliveries.send(message(receiver.url))
    numbers = [one["number"] for one in reversed(settle(deliveries)["deliveries"])]
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


def test_release_when_a_number_is_given_then_so_many_go_and_the_rest_stay(deliveries, receiver):
    deliveries.control({"hold": True})
    for text in "abc":
        deliveries.send(message(receiver.url, text))
    deliveries.control({"release": 2})
    receiver.wait(2)
    assert deliveries.shown()["waiting"] == 1
    assert deliveries.shown()["held"]
    deliveries.control({"release": True})
    settle(deliveries)
    assert bodies(receiver) == ["a", "b", "c"]


def test_replay_when_numbers_are_given_then_these_are_sent_again(deliveries, receiver):
    for text in "abc":
        deliveries.send(message(receiver.url, text))
    numbers = [one["number"] for one in reversed(settle(deliveries)["deliveries"])]
    deliveries.control({"replay": [numbers[0], numbers[2]]})
    settle(deliveries)
    assert bodies(receiver) == ["a", "b", "c", "a", "c"]


def test_delivery_when_it_is_tried_for_ever_then_the_last_pause_comes_again(deliveries, receiver):
    receiver.statuses = [500] * 4
    deliveries.send(message(receiver.url, retry_after=(0.01, 0.02), retry_for_ever=True))
    assert settle(deliveries)["deliveries"][0]["attempts"] == 5


def test_add_when_delivery_still_waits_then_in_time_else_too_late(deliveries, receiver):
    texts = ["a"]

    def prepare(one: Delivery) -> None:
        one.body = "".join(texts).encode()

    first = message(receiver.url, wait=0.1, prepare=prepare)
    deliveries.send(first)
    assert deliveries.add_to(first, lambda: texts.append("b"))
    settle(deliveries)
    assert not deliveries.add_to(first, lambda: texts.append("c"))
    assert bodies(receiver) == ["ab"]
