"""Clock and state: durations, exact values over a round trip, and a restart."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from dealvoice_sandbox import serving_all
from dealvoice_sandbox.core.clock import Clock, parse_duration
from dealvoice_sandbox.core.rules import Rule, Switches
from dealvoice_sandbox.core.store import Store


@pytest.mark.parametrize(
    ("text", "expected"),
    [("P1D", timedelta(days=1)), ("PT2H30M", timedelta(hours=2, minutes=30)), ("P2W", timedelta(weeks=2)),
     ("P1DT5S", timedelta(days=1, seconds=5))],
)  # fmt: skip
def test_duration_when_iso_then_read(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P-1D", "P1Y", "P1.5D"])
def test_duration_when_not_iso_then_refused(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_clock_when_advanced_then_never_goes_back_and_survives_a_restart(tmp_path):
    clock = Clock(tmp_path)
    clock.advance(timedelta(days=3))
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(timedelta(seconds=-1))
    assert Clock(tmp_path).now() - datetime.now(UTC) > timedelta(days=2, hours=23)


def test_store_when_saved_then_exact_values_come_back_as_they_were(tmp_path):
    tree = {
        "amount": Decimal("0.10"),
        "at": datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
        "on": date(2026, 11, 24),
        "deep": [{"a": Decimal(3)}, None, True],
    }
    Store("one", lambda: tree, tmp_path).save()
    read = Store("one", dict, tmp_path).tree
    assert read == tree
    assert str(read["amount"]) == "0.10"


def test_store_when_a_save_fails_then_the_last_one_is_still_there(tmp_path):
    store = Store("one", lambda: {"n": 1}, tmp_path)
    store.tree["n"] = object()
    with pytest.raises(TypeError):
        store.save()
    assert json.loads((tmp_path / "one.json").read_text()) == {"n": 1}


def test_switches_when_one_is_wrong_then_none_is_set():
    switches = Switches((Rule("a", "", "", default=False), Rule("b", "", "", default=1)))
    with pytest.raises(ValueError, match="takes int"):
        switches.take_over({"a": True, "b": "2"})
    assert switches["a"] is False


def test_state_when_the_sandbox_restarts_then_deals_notes_tokens_and_time_are_still_there(tmp_path):
    with httpx2.Client(trust_env=False, timeout=10) as http:
        first = serving_all.start(quickbooks_port=0, pipedrive_port=0, state_dir=tmp_path)
        try:
            http.post(f"{first.pipedrive_url}/_sandbox/clock", json={"advance": "P2D"})
            tokens = http.post(f"{first.pipedrive_url}/_sandbox/tokens", json={}).json()
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            body = {"deal_id": 12, "content": "<p>kept</p>"}
            http.post(f"{first.pipedrive_url}/api/v1/notes", json=body, headers=headers)
            changed = {"item_price": 0.1, "quantity": 3}
            row = http.patch(f"{first.pipedrive_url}/api/v2/deals/12/products/100", json=changed, headers=headers)
            assert row.status_code == 200, row.text
        finally:
            first.stop()
        second = serving_all.start(quickbooks_port=0, pipedrive_port=0, state_dir=tmp_path)
        try:
            notes = http.get(f"{second.pipedrive_url}/api/v1/notes?deal_id=12", headers=headers).json()["data"]
            rows = http.get(f"{second.pipedrive_url}/api/v2/deals/12/products", headers=headers).json()["data"]
            now = http.get(f"{second.pipedrive_url}/_sandbox/clock").json()["now"]
        finally:
            second.stop()
    assert "<p>kept</p>" in [note["content"] for note in notes]
    assert str(rows[0]["sum"]) == "0.3"
    assert datetime.fromisoformat(now) - datetime.now(UTC) > timedelta(days=1, hours=23)


def test_store_when_writing_is_felt_then_later_changes_are_written_together(tmp_path):
    store = Store("large", lambda: {"n": 0}, tmp_path)
    store._took = 60.0
    for n in (1, 2):
        store.tree["n"] = n
        store.save()
    waiting = Store("large", dict, tmp_path).tree
    store.flush()
    assert (waiting, Store("large", dict, tmp_path).tree) == ({"n": 0}, {"n": 2})
