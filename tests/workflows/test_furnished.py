"""A house that begins with a picture cannot be told from one that has connected: all tests that stand on one rely on it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select

from dealvoice.storage.tables import metadata
from playground import furnished
from playground.drafts import press
from playground.furnished import a_connected_house
from playground.house import REALM, House, a_house
from playground.looking import connection_of
from playground.person import people
from playground.truth import check_creation

_OWN = re.compile(
    r"http://127\.0\.0\.1:\d+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?"
    r"|eyJ[\w.-]+|AB11[\w-]+|v1u:[\w-]+|\b[0-9a-f]{16,}\b"
)
"""What differs between any two houses: addresses, moments, tokens, ids that we or a vendor have drawn."""
_SEALED = ("access", "refresh", "hash")


@pytest.fixture
def restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house that has not connected itself; the one in the picture has, a moment ago."""
    monkeypatch.setattr(furnished, "_taken", {})
    with a_connected_house(tmp_path / "first") as first, a_connected_house(tmp_path / "restored") as opened:
        assert _connected_at(opened) == _connected_at(first)
        yield opened


def _connected_at(house: House) -> object:
    return connection_of(house.app, house.who).connected_at


def _alike(said: object) -> str:
    return _OWN.sub("*", json.dumps(said, default=str))


def _stands(house: House) -> Mapping[str, object]:
    """Return everything that a house is made of, but for what differs between any two."""
    assert house.built is not None
    house.built._budgets.flush()
    found: dict[str, object] = {}
    with house.app.database.everyone_read() as lobby:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in _SEALED]
            found[table.name] = sorted(_alike(list(row)) for row in lobby._session.execute(select(*columns)))
    for name, emulator in (("quickbooks", house.sandbox.quickbooks), ("pipedrive", house.sandbox.pipedrive)):
        found |= {f"{name}'s {part}": _alike(value) for part, value in emulator.store.tree.items()}
        found[f"{name}'s calls"] = sorted(
            f"{one['method']} {one['path']} {one['status']}" for one in emulator.journal.rows()
        )
        found[f"{name}'s portal"] = emulator.portal.shown()
    found["engine"] = sorted(_alike(str(run)) for run in house.engine.memory.runs.values())
    return found


def test_house_from_a_picture_stands_as_one_that_has_connected(tmp_path: Path, restored: House) -> None:
    with a_house(tmp_path / "connected") as connected:
        connected.who = connected.install()
        connected.connect(connected.who)

        assert _stands(connected) == _stands(restored)


def test_panel_of_a_house_from_a_picture_shows_what_one_that_has_connected_shows(
    tmp_path: Path, restored: House
) -> None:
    with a_house(tmp_path / "connected") as connected:
        connected.who = connected.install()
        connected.connect(connected.who)
        with people(connected, 101) as (ola,), people(restored, 101) as (ola_too,):
            assert ola.panel().text == ola_too.panel().text
            assert ola.form().text == ola_too.form().text


def test_invoice_is_created_in_a_house_from_a_picture(restored: House) -> None:
    operation = press(restored)
    restored.settle()

    check_creation(restored, operation_id=operation, deal_id=12)


def test_what_one_house_does_is_not_in_the_next(tmp_path: Path, restored: House) -> None:
    before = len(restored.sandbox.quickbooks.rows(REALM, "Invoice"))
    press(restored)
    restored.run()

    with a_connected_house(tmp_path / "next") as following:
        assert before == len(following.sandbox.quickbooks.rows(REALM, "Invoice"))
        assert before + 1 == len(restored.sandbox.quickbooks.rows(REALM, "Invoice"))
        with following.app.database.everyone_read() as lobby:
            assert [one for one in lobby.operations.due(following.app.now()) if one.kind == "invoice.create"] == []


def test_tokens_of_a_house_from_a_picture_are_good_and_renewed(restored: House) -> None:
    restored.quickbooks("POST", "/_sandbox/clock", json={"advance": "PT2H"})

    operation = press(restored)
    restored.settle()

    check_creation(restored, operation_id=operation, deal_id=12)
    renewed = [one for one in restored.sandbox.quickbooks.journal.rows() if one["path"].endswith("/tokens/bearer")]
    assert renewed


def test_old_picture_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_connected_house(tmp_path / "first") as first:
        monkeypatch.setattr(furnished, "YOUNG", 0.0)
        with a_connected_house(tmp_path / "second") as second:
            assert _connected_at(first) < _connected_at(second)


def test_reset_of_emulators_in_a_house_from_a_picture_brings_the_seed_back(restored: House) -> None:
    for ask in (restored.quickbooks, restored.pipedrive):
        ask("POST", "/_sandbox/reset")

    assert restored.sandbox.quickbooks.store.tree["grants"] == {}
    assert restored.sandbox.pipedrive.table("grants") == {}
