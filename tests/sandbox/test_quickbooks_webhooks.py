"""Webhooks of the QuickBooks emulator: what is told, in which words, when, and what becomes of refusals."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from playground.books import REALM, Books, a_books
from playground.receiving import wait_until

OTHER = "9341452000000002"


@pytest.fixture
def books(receiver) -> Iterator[Books]:
    with a_books(webhook_url=receiver.url, verifier_tokens=["v-1"]) as opened:
        opened.switch(webhook_window_seconds=0)
        yield opened


def customer(books: Books, name: str) -> dict[str, Any]:
    made: dict[str, Any] = books.call("POST", "customer", json={"DisplayName": name}).json()["Customer"]
    return made


def invoice(books: Books) -> dict[str, Any]:
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    body = {"CustomerRef": {"value": "1"}, "Line": [line]}
    made: dict[str, Any] = books.call("POST", "invoice", json=body).json()["Invoice"]
    return made


def told(receiver, count: int = 1) -> list[dict[str, Any]]:
    """Return the events of the first messages, flat."""
    return [event for message in receiver.wait(count) for event in json.loads(message["body"])]


def types(receiver) -> list[str]:
    return [event["type"] for message in receiver.seen for event in json.loads(message["body"])]


def settle(books: Books) -> list[dict[str, Any]]:
    """Wait until nothing is on its way but what waits for its retry; return the log, newest first."""
    wait_until(lambda: not books.control("GET", "webhooks")["waiting"])
    wait_until(lambda: all(one["state"] != "waiting" for one in books.control("GET", "webhooks")["deliveries"]))
    found: list[dict[str, Any]] = books.control("GET", "webhooks")["deliveries"]
    return found


def test_event_when_something_changes_then_a_cloud_event_in_the_vendors_shape(books, receiver):
    made = customer(books, "New Ltd")

    (event,) = told(receiver)

    assert event["type"] == "qbo.customer.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"], event["data"]) == (made["Id"], REALM, {})
    assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json")
    assert event["source"].startswith("intuit.")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", event["time"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event["id"])
    headers = receiver.seen[0]["headers"]
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"].startswith("intuit_notification_server")
    assert {"intuit-t-id", "intuit-created-time", "intuit-notification-schema-version"} <= set(headers)


@pytest.mark.parametrize(
    ("path", "params", "kind"),
    [
        ("invoice", {}, "updated"),
        ("invoice", {"operation": "void"}, "void"),
        ("invoice", {"operation": "delete"}, "deleted"),
        ("invoice/{Id}/send", {"sendTo": "a@example.com"}, "emailed"),
    ],
)
def test_event_when_an_invoice_changes_then_its_own_operation(books, receiver, path, params, kind):
    made = invoice(books)
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    more = {"content": b""} if "send" in path else {"json": body}
    assert books.call("POST", path.format(**made), params=params, **more).status_code == 200
    receiver.wait(2)
    assert f"qbo.invoice.{kind}.v1" in types(receiver)


def test_event_when_a_payment_is_applied_then_payment_and_invoice_are_told(books, receiver):
    made = invoice(books)
    lines = [{"Amount": 10, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]
    books.call("POST", "payment", json={"TotalAmt": 10, "CustomerRef": {"value": "1"}, "Line": lines})
    wait_until(lambda: {"qbo.payment.created.v1", "qbo.invoice.updated.v1"} <= set(types(receiver)))


def test_event_when_a_tax_code_or_nothing_changes_then_none(books, receiver):
    books.emulator.tell(REALM, "TaxCode", "2", "updated")
    books.emulator.tell(REALM, "Term", "2", "deleted")
    books.call("GET", "customer/1")
    customer(books, "Told Ltd")
    receiver.wait(1)
    assert types(receiver) == ["qbo.customer.created.v1"]


def test_merge_when_told_then_names_what_disappeared(books, receiver):
    for legacy in (False, True):
        books.switch(legacy_webhooks=legacy)
        books.control("POST", "events", entity="Customer", id="5", operation="merged", deletedid="7")
    first, second = (json.loads(one["body"]) for one in receiver.wait(2))
    assert (first[0]["type"], first[0]["data"]) == ("qbo.customer.merged.v1", {"deletedid": "7"})
    (entity,) = second["eventNotifications"][0]["dataChangeEvent"]["entities"]
    assert (entity["operation"], entity["deletedId"]) == ("Merge", "7")


@pytest.mark.parametrize("wrong", [{"entity": "TaxCode"}, {"operation": "merged"}, {"colour": "red"}])
def test_events_when_control_is_nonsense_then_refused(books, wrong):
    assert books.http.post("/_sandbox/events", json=wrong).status_code == 400


def test_signature_when_the_portals_token_changes_then_the_next_try_is_signed_by_it(books, receiver):
    receiver.statuses = [503]
    books.control("POST", "webhooks", retry_scale=0.01)
    customer(books, "First Ltd")
    receiver.wait(1)
    books.control("PUT", "app", verifier_tokens=["v-2"])

    first, second = receiver.wait(2)

    for message, token in ((first, "v-1"), (second, "v-2")):
        digest = hmac.new(token.encode(), message["body"], hashlib.sha256).digest()
        assert message["headers"]["intuit-signature"] == base64.b64encode(digest).decode()
    assert first["body"] == second["body"]
    assert first["headers"]["intuit-t-id"] == second["headers"]["intuit-t-id"]


def test_retry_when_nobody_answers_then_on_the_timetable_by_the_vendors_clock(books, receiver):
    receiver.statuses = [500, 502, 503, 504, 408, 500, 500, 500, 500, 500]
    customer(books, "Slow Ltd")
    tries = 1
    for pause in (10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600, 21600):
        receiver.wait(tries)
        wait_until(lambda: books.control("GET", "webhooks")["waiting"] == 1)
        books.control("POST", "clock", advance=f"PT{pause - 2}S")
        assert len(receiver.seen) == tries
        books.control("POST", "clock", advance="PT2S")
        tries += 1
    receiver.wait(11)
    assert settle(books)[0]["state"] == "delivered"
    assert len(receiver.seen) == 11


def test_retry_when_the_older_timetable_is_over_then_dropped_and_the_address_left_alone(books, receiver):
    books.switch(webhook_timetable="older")
    books.control("POST", "webhooks", retry_scale=0.00001)
    receiver.statuses = [500] * 4
    customer(books, "Dropped Ltd")
    receiver.wait(4)
    assert settle(books)[0]["state"] == "failed"
    customer(books, "Never told Ltd")
    books.switch(webhook_timetable="current")
    customer(books, "Told Ltd")
    receiver.wait(5)
    assert [one["state"] for one in settle(books)] == ["delivered", "failed"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 301])
def test_retry_when_answer_is_final_then_none(books, receiver, status):
    receiver.statuses = [status]
    books.control("POST", "webhooks", retry_scale=0.00001)
    customer(books, "Refused Ltd")
    customer(books, "Next Ltd")
    receiver.wait(2)
    log = settle(books)
    assert [(one["state"], one["attempts"]) for one in log] == [("delivered", 1), ("failed", 1)]


def test_order_when_the_first_is_not_acknowledged_then_the_later_ones_wait(books, receiver):
    receiver.statuses = [500]
    first = customer(books, "One Ltd")
    receiver.wait(1)
    second = customer(books, "Two Ltd")
    wait_until(lambda: books.control("GET", "webhooks")["waiting"] == 2)
    assert len(receiver.seen) == 1

    books.control("POST", "clock", advance="PT10S")

    events = told(receiver, 3)
    assert [event["intuitentityid"] for event in events] == [first["Id"], first["Id"], second["Id"]]


def test_window_when_events_come_together_then_one_message_for_all_companies(books, receiver):
    books.switch(webhook_window_seconds=5)
    books.control("POST", "webhooks", hold=True)
    made = customer(books, "One Ltd")
    books.wait(seconds=3)
    books.emulator.tell(OTHER, "Item", "9", "updated")
    books.wait(seconds=3)
    later = customer(books, "Two Ltd")
    books.wait(seconds=6)
    books.control("POST", "webhooks", release=True)

    first, second = (json.loads(one["body"]) for one in receiver.wait(2))

    assert [(one["intuitaccountid"], one["intuitentityid"]) for one in first] == [(REALM, made["Id"]), (OTHER, "9")]
    assert [one["intuitentityid"] for one in second] == [later["Id"]]
    assert settle(books)[1]["about"] == f"Customer {made['Id']} created, Item 9 updated"


def test_window_when_open_then_message_waits_for_its_end(books, receiver):
    books.switch(webhook_window_seconds=30)
    customer(books, "One Ltd")
    customer(books, "Two Ltd")
    wait_until(lambda: books.control("GET", "webhooks")["waiting"] == 1)
    assert receiver.seen == []
    books.control("POST", "clock", advance="PT30S")
    assert len(told(receiver)) == 2


def test_window_when_reset_in_it_then_nothing_of_before_is_told(books, receiver):
    books.switch(webhook_window_seconds=30)
    customer(books, "Forgotten Ltd")
    books.control("POST", "reset", seed="us")
    books.sign_in()
    books.switch(webhook_window_seconds=0)
    made = customer(books, "Told Ltd")
    assert [event["intuitentityid"] for event in told(receiver)] == [made["Id"]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], {"invoice.created", "customer.created", "invoice.void"}),
        (["Invoice"], {"invoice.created", "invoice.void"}),
        (["invoice.void"], {"invoice.void"}),
        (["qbo.invoice.created.v1", "customer.created"], {"invoice.created", "customer.created"}),
    ],
)
def test_subscription_when_the_portal_names_events_then_only_these(books, receiver, wanted, expected):
    books.control("PUT", "app", webhook_events=wanted)
    made = invoice(books)
    customer(books, "Some Ltd")
    books.call("POST", "invoice", json={"Id": made["Id"], "SyncToken": "0"}, params={"operation": "void"})
    settle(books)
    found = {one.removeprefix("qbo.").removesuffix(".v1") for one in types(receiver)}
    assert found & {"invoice.created", "customer.created", "invoice.void"} == expected


def test_address_when_there_is_none_then_nothing_is_queued(books):
    books.control("PUT", "app", webhook_url="")
    customer(books, "Quiet Ltd")
    assert books.control("GET", "webhooks")["deliveries"] == []


def test_own_writes_when_switched_off_then_only_other_peoples_changes(books, receiver):
    books.switch(own_writes_notified=False)
    customer(books, "By the app Ltd")
    books.emulator.act(lambda: books.emulator.tell(REALM, "Customer", "1", "updated"))
    receiver.wait(1)
    assert types(receiver) == ["qbo.customer.updated.v1"]


@pytest.mark.parametrize(("also", "expected"), [(False, 0), (True, 1)])
def test_void_when_switched_then_updated_as_well(books, receiver, also, expected):
    books.switch(void_and_emailed_also_updated=also)
    books.control("POST", "events", entity="Invoice", id="1", operation="void")
    settle(books)
    assert types(receiver).count("qbo.invoice.updated.v1") == expected
    assert types(receiver).count("qbo.invoice.void.v1") == 1


def test_void_when_spelling_is_switched_then_typed_so(books, receiver):
    books.switch(void_event_name="voided")
    books.control("POST", "events", entity="Invoice", id="1", operation="void")
    assert told(receiver)[0]["type"] == "qbo.invoice.voided.v1"


def test_content_type_when_switched_then_sent_so(books, receiver):
    books.switch(webhook_content_type="application/cloudevents+json")
    customer(books, "Typed Ltd")
    assert receiver.wait(1)[0]["headers"]["content-type"] == "application/cloudevents+json"


def test_legacy_when_switched_then_changes_by_company_in_the_older_words(books, receiver):
    books.switch(legacy_webhooks=True, webhook_window_seconds=1)
    made = customer(books, "Old Ltd")
    books.emulator.tell(OTHER, "CompanyCurrency", "2", "created")
    books.emulator.tell(REALM, "Invoice", "8", "emailed")
    books.control("POST", "clock", advance="PT1S")

    payload = json.loads(receiver.wait(1)[0]["body"])

    first, second = payload["eventNotifications"]
    assert (first["realmId"], second["realmId"]) == (REALM, OTHER)
    entities = first["dataChangeEvent"]["entities"] + second["dataChangeEvent"]["entities"]
    assert [(one["name"], one["id"], one["operation"]) for one in entities] == [
        ("Customer", made["Id"], "Create"), ("Invoice", "8", "Emailed"), ("Currency", "2", "Create"),
    ]  # fmt: skip
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["lastUpdated"]) for one in entities)


def test_duplicate_and_replay_when_asked_then_the_same_event_ids_come_again(books, receiver):
    books.control("POST", "webhooks", duplicate=1)
    customer(books, "Twice Ltd")
    receiver.wait(2)
    settle(books)
    books.control("POST", "webhooks", replay=1)
    events = told(receiver, 3)
    assert len({event["id"] for event in events}) == 1
    assert len(events) == 3


def test_drop_and_reorder_when_asked_then_lost_and_out_of_order(books, receiver):
    books.control("POST", "webhooks", drop=1, hold=True, reorder=True)
    names = [customer(books, f"{name} Ltd")["Id"] for name in ("Lost", "First", "Second")]
    books.control("POST", "webhooks", release=True)
    events = told(receiver, 2)
    assert [event["intuitentityid"] for event in events] == [names[2], names[1]]
    assert all(later < earlier for earlier, later in pairwise(event["time"] for event in events))


def test_clock_when_moved_on_then_a_waiting_message_goes_at_once(books, receiver):
    books.switch(webhook_window_seconds=60)
    customer(books, "Patient Ltd")
    books.emulator.clock.advance(timedelta(seconds=60))
    assert len(told(receiver)) == 1
