"""Recordings: whole calls with their bodies, kept on demand."""

import json
from collections.abc import Iterator

import pytest

from playground.books import REALM, Books, a_books


@pytest.fixture
def books() -> Iterator[Books]:
    with a_books() as opened:
        yield opened


def test_recording_when_not_turned_on_then_nothing_is_kept(books):
    books.call("GET", "customer/1")
    assert books.control("GET", "recordings") == []


def test_recording_when_on_then_request_and_answer_are_kept_whole(books):
    books.control("POST", "recordings", on=True)
    made = books.call("POST", "customer", json={"DisplayName": "Zoë"}, params={"requestid": "r1"})

    (call,) = books.control("GET", "recordings")

    assert (call["method"], call["path"], call["status"]) == ("POST", f"/v3/company/{REALM}/customer", 200)
    assert call["query"] == "requestid=r1"
    assert json.loads(call["request"]["body"]) == {"DisplayName": "Zoë"}
    assert json.loads(call["answer"]["body"]) == made.json()
    assert call["request"]["headers"] == {"accept": "application/json", "content-type": "application/json"}
    assert call["request"]["whole"]
    assert call["answer"]["whole"]


def test_recording_when_on_then_no_token_is_kept(books):
    books.control("POST", "recordings", on=True)
    books.call("GET", "customer/1")
    assert books.token["access_token"] not in json.dumps(books.control("GET", "recordings"))


def test_recording_when_an_answer_is_zipped_on_the_way_then_kept_as_text(books):
    books.control("POST", "recordings", on=True)
    answer = books.call("GET", "query", params={"query": "select * from Customer"})
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(books.control("GET", "recordings")[0]["answer"]["body"]) == answer.json()


def test_recording_when_a_body_is_no_text_then_base64(books):
    books.control("POST", "recordings", on=True)
    books.call("POST", "customer", content=b"\xff\xfe")
    assert books.control("GET", "recordings")[0]["request"]["encoding"] == "base64"


def test_recording_when_a_body_is_long_then_cut_and_said_so(books):
    books.control("POST", "recordings", on=True, most=10)
    books.call("GET", "customer/1")
    answer = books.control("GET", "recordings")[0]["answer"]
    assert (len(answer["body"]), answer["whole"]) == (10, False)
    assert answer["length"] > 10


def test_recording_when_reset_then_goes_on_and_when_deleted_then_forgotten(books):
    books.control("POST", "recordings", on=True)
    books.control("POST", "reset", seed="us")
    books.sign_in()
    books.call("GET", "customer/1")
    assert len(books.control("GET", "recordings")) == 1
    books.control("DELETE", "recordings")
    assert books.control("GET", "recordings") == []


@pytest.mark.parametrize("wrong", [{"on": "yes"}, {"most": True}, {"colour": "red"}])
def test_recording_when_control_is_nonsense_then_refused(books, wrong):
    assert books.http.post("/_sandbox/recordings", json=wrong).status_code == 400
