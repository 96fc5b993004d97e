"""Secrets at rest: each opens in its own place alone, with a key of the ring; and none is lost while keys are rotated under load."""

import itertools
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, String, Text

from connections.test_tokens import NOW, Vendor, pair
from dealvoice.connections.spool import Spool
from dealvoice.connections.tokens import Tokens
from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing, SealBroken
from dealvoice.storage.engine import open_engine
from dealvoice.storage.hooks import HookSet
from dealvoice.storage.installations import Installation
from dealvoice.storage.rewrap import rewrap
from dealvoice.storage.schema import upgrade
from dealvoice.storage.sealed import SealedText
from dealvoice.storage.tables import metadata
from dealvoice.storage.unit_of_work import Database

KEYS = {"old": os.urandom(32), "new": os.urandom(32)}
TENANTS = ("t1", "t2")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    upgrade(opened)
    yield opened
    opened.dispose()


def _keeper(database: Database, ring: KeyRing, vendor: Vendor) -> Tokens:
    beside = Path(str(database.engine.url.database)).parent
    return Tokens(
        database, ring, find=lambda store, row: store.connections.get(row), renew=vendor.renew,
        ended_state="needs_reconnect", now=lambda: NOW, spool=Spool(beside / "unsaved", ring),
    )  # fmt: skip


def _fill(database: Database, ring: KeyRing, vendor: Vendor) -> None:
    """Give two tenants a connection, an installation and webhooks each, with secrets of their own."""
    keeper = _keeper(database, ring, vendor)
    for tenant in TENANTS:
        connection = Connection(
            id=f"c-{tenant}", tenant=tenant, realm_id="1", installation_id="i", steward_id="i", state="live",
            token_version=0, connected_at=NOW,
        )  # fmt: skip
        installed = Installation(
            id=f"i-{tenant}", tenant=tenant, user_id=101, name="", language="en", locale="en_US", time_zone="UTC",
            is_admin=True, state="live", api_domain="http://127.0.0.1", token_version=0, installed_at=NOW,
        )  # fmt: skip
        hooks = HookSet(
            id=f"h-{tenant}", tenant=tenant, installation_id=installed.id, key_hash=tenant, state="live", fault="", ids={},
            sees_all=True, made_at=NOW, sealed=ring.seal(f"key-{tenant}", tenant=tenant, column="sealed", row=f"h-{tenant}"),
        )  # fmt: skip
        keeper.store(connection, pair(0))
        keeper.store(installed, pair(0))
        with database.write(tenant) as store:
            store.connections.add(connection)
            store.installations.add(installed)
            store.hooks.add(hooks)


def _texts(database: Database) -> list[SealedText]:
    with database.everyone_read() as lobby:
        return lobby.sealed.texts()


def _open(ring: KeyRing, one: SealedText, text: str) -> str:
    return ring.open(text, tenant=one.tenant, column=one.column, row=one.row_id)


def test_secret_moved_to_another_tenant_column_or_row_does_not_open(engine: Engine) -> None:
    database, ring = Database(engine), KeyRing(KEYS, "old")
    _fill(database, ring, Vendor())
    texts = _texts(database)
    assert len(texts) == 5 * len(TENANTS)

    for place, other in itertools.permutations(texts, 2):
        with pytest.raises(SealBroken):
            _open(ring, place, other.text)
    assert {_open(ring, one, one.text) for one in texts} == {"access-0", "refresh-0", "key-t1", "key-t2"}


def test_token_lent_from_another_tenant_is_not_used(engine: Engine) -> None:
    database, ring, vendor = Database(engine), KeyRing(KEYS, "old"), Vendor()
    _fill(database, ring, vendor)
    by_place = {(one.tenant, one.table, one.column): one for one in _texts(database)}
    keeper = _keeper(database, ring, vendor)
    for column in ("access", "refresh"):
        mine, theirs = (by_place[tenant, "connections", column] for tenant in TENANTS)
        with database.everyone_write() as lobby:
            assert lobby.sealed.exchange(mine, theirs.text) == 1

        with pytest.raises(SealBroken):
            keeper.access("t1", "c-t1", refused="access-0")
        assert keeper.access("t2", "c-t2") == "access-0"
        with database.everyone_write() as lobby:
            lobby.sealed.exchange(SealedText(mine.table, mine.tenant, column, mine.row_id, theirs.text), mine.text)
    assert vendor.calls == 0


def test_every_bit_of_a_sealed_text_counts() -> None:
    ring = KeyRing({"old": KEYS["old"]}, "old")
    place = {"tenant": "t1", "column": "access", "row": "c1"}
    text = ring.seal("access-0", **place)
    assert ring.seal("access-0", **place) != text

    changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text))]
    cut = [text[:at] for at in range(len(text))]
    for broken in (*changed, *cut, text + "A", text + "=", " " + text, "access-0", text.replace("v1.", "v2.", 1)):
        with pytest.raises(SealBroken) as told:
            ring.open(broken, **place)
        assert "access-0" not in str(told.value)
    with pytest.raises(SealBroken):
        KeyRing({"old": KEYS["new"]}, "old").open(text, **place)
    assert repr(ring) == "KeyRing(keys=['old'], current='old')"


def test_every_column_for_a_secret_is_rotated() -> None:
    """What a table calls access, refresh or sealed is sealed; one-time values live an hour at most and are not rotated."""
    there = {
        (table.name, column.name)
        for table in metadata.sorted_tables for column in table.columns
        if isinstance(column.type, Text | String) and column.name in {"access", "refresh", "sealed", "secret", "token", "password"}
    }  # fmt: skip

    assert there - {("once", "sealed")} == {
        ("connections", "access"), ("connections", "refresh"), ("installations", "access"),
        ("installations", "refresh"), ("hook_sets", "sealed"),
    }  # fmt: skip


def test_nothing_is_readable_in_a_dump(engine: Engine) -> None:
    database, ring = Database(engine), KeyRing(KEYS, "old")
    _fill(database, ring, Vendor())

    dump = "".join(engine.raw_connection().driver_connection.iterdump())

    assert all(word not in dump for word in ("access-0", "refresh-0", "key-t1", "key-t2"))
    assert dump.count("v1.old.") == 5 * len(TENANTS)


def test_keys_are_rotated_while_tokens_are_renewed_and_none_is_lost(engine: Engine) -> None:
    """Processes that know both keys go on sealing with the old one until they are started anew; the vendor rotates strictly."""
    database, vendor = Database(engine), Vendor()
    before, after = KeyRing(KEYS, "old"), KeyRing(KEYS, "new")
    _fill(database, before, vendor)
    stop = threading.Event()
    seen: list[str] = []

    def renews(ring: KeyRing) -> None:
        keeper = _keeper(database, ring, vendor)
        while not stop.is_set():
            seen.append(keeper.access("t1", "c-t1", refused=seen[-1] if seen else "access-0"))

    def rotates() -> int:
        found = [rewrap(database, after).sealed for _ in range(10)]
        stop.set()
        return sum(found)

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(renews, ring) for ring in (before, after, before)]
        rotated = pool.submit(rotates).result(timeout=60)
        for one in working:
            one.result(timeout=60)

    rewrap(database, after)
    new_alone = KeyRing({"new": KEYS["new"]}, "new")
    assert rotated >= 5 * len(TENANTS) - 2  # the pair under renewal may win every race against the rotation
    assert vendor.calls >= 3
    assert not any(new_alone.needs_rewrap(one.text) for one in _texts(database))
    assert _keeper(database, new_alone, vendor).access("t1", "c-t1") == f"access-{vendor.current}"
    with database.read("t1") as store:
        row = store.connections.get("c-t1")
        assert row is not None
        assert row.state == "live"


def test_waiting_install_opens_with_its_own_ticket_alone() -> None:
    """Tokens of an install that waits for a button: sealed to the ticket, which the database knows by its hash alone."""
    ring = KeyRing(KEYS, "old")
    sealed = ring.seal("a\nr", tenant="", column="waiting", row="ticket-1")

    with pytest.raises(SealBroken):
        ring.open(sealed, tenant="", column="waiting", row="ticket-2")
    assert ring.open(sealed, tenant="", column="waiting", row="ticket-1") == "a\nr"
