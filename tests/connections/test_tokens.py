"""No pair that was received is ever lost, and only a person's refusal ends a sign-in."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from dealvoice.connections.spool import Pair, Spool
from dealvoice.connections.tokens import GrantRefused, SignInEnded, Tokens
from dealvoice.observability import UNSAVED_GRANTS
from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade
from dealvoice.storage.unit_of_work import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Vendor:
    """A token endpoint with strict rotation: each refresh kills the token it was made with."""

    def __init__(self) -> None:
        self.current, self.calls = 0, 0
        self.revoked = False
        self._lock = threading.Lock()

    def renew(self, refresh_token: str) -> Pair:
        with self._lock:
            self.calls += 1
            if self.revoked or refresh_token != f"refresh-{self.current}":
                raise GrantRefused
            self.current += 1
            return pair(self.current)


def pair(n: int, life: timedelta = timedelta(hours=1)) -> Pair:
    return Pair(f"access-{n}", f"refresh-{n}", life, timedelta(days=100))


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.full = False
        """The disk: no commit comes through."""
        self.engine = open_engine(f"sqlite:///{folder / 'store.sqlite3'}")
        upgrade(self.engine)
        self.database = Database(self.engine, commit_hook=self._commit)
        self.vendor = Vendor()
        self.ring = KeyRing({"k": os.urandom(32)}, "k")
        self.tokens = self.keeper()
        with self.database.write("t1") as store:
            row = Connection(
                id="c1", tenant="t1", realm_id="1", installation_id="i", steward_id="i", state="live",
                token_version=0, connected_at=NOW,
            )  # fmt: skip
            self.tokens.store(row, pair(0))
            store.connections.add(row)

    def _commit(self, moment: str) -> None:
        if moment == "before" and self.full and self.vendor.current:  # a lease is taken before the vendor is asked
            raise OperationalError("COMMIT", {}, OSError("database or disk is full"))

    def keeper(self) -> Tokens:
        return Tokens(
            self.database, self.ring, find=lambda store, row: store.connections.get(row), renew=self.vendor.renew,
            ended_state="needs_reconnect", now=lambda: NOW,
            spool=Spool(self.folder / "unsaved", self.ring),
        )  # fmt: skip

    def state(self) -> str:
        with self.database.read("t1") as store:
            row = store.connections.get("c1")
            assert row is not None
            return row.state


@pytest.fixture
def place(tmp_path: Path):
    opened = Place(tmp_path)
    yield opened
    opened.engine.dispose()


def test_good_token_is_given_without_a_call(place: Place) -> None:
    assert place.tokens.access("t1", "c1") == "access-0"
    assert place.vendor.calls == 0


def test_refused_token_is_renewed_once(place: Place) -> None:
    assert place.tokens.access("t1", "c1", refused="access-0") == "access-1"
    assert place.tokens.access("t1", "c1") == "access-1"
    assert place.vendor.calls == 1


def test_eight_at_once_make_one_refresh(place: Place) -> None:
    keepers = [place.keeper() for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda keeper: keeper.access("t1", "c1", refused="access-0"), keepers))

    assert got == ["access-1"] * 8
    assert place.vendor.calls == 1
    assert place.state() == "live"


def test_pair_saved_by_a_sibling_is_used_after_a_refusal(place: Place) -> None:
    renew = place.vendor.renew

    def lost_the_race(refresh_token: str) -> Pair:
        newer = renew(refresh_token)
        with place.database.write("t1") as store:
            row = store.connections.get("c1")
            assert row is not None
            place.tokens.store(row, newer)
        raise GrantRefused

    place.vendor.renew = lost_the_race  # type: ignore[method-assign] # plays the sibling
    place.tokens = place.keeper()

    assert place.tokens.access("t1", "c1", refused="access-0") == "access-1"
    assert place.state() == "live"


def test_grant_refused_twice_on_the_same_pair_ends_the_sign_in(place: Place) -> None:
    place.vendor.revoked = True

    with pytest.raises(SignInEnded):
        place.tokens.access("t1", "c1", refused="access-0")

    assert place.state() == "needs_reconnect"


def test_unclear_answer_keeps_the_sign_in(place: Place) -> None:
    def cut(_refresh_token: str) -> Pair:
        raise TimeoutError

    place.vendor.renew = cut  # type: ignore[method-assign] # plays an outage
    place.tokens = place.keeper()

    with pytest.raises(TimeoutError):
        place.tokens.access("t1", "c1", refused="access-0")

    assert place.state() == "live"


def test_pair_that_cannot_be_saved_is_used_and_saved_later(place: Place) -> None:
    place.full = True

    got = [place.tokens.access("t1", "c1", refused="access-0"), place.tokens.access("t1", "c1")]
    place.full = False
    got.append(place.tokens.access("t1", "c1"))
    place.tokens = place.keeper()

    assert got == ["access-1"] * 3
    assert place.tokens.access("t1", "c1") == "access-1"
    assert place.vendor.calls == 1
    assert list((place.folder / "unsaved").iterdir()) == []


def test_pair_that_was_not_saved_outlives_the_process(place: Place) -> None:
    before = UNSAVED_GRANTS._value.get()
    place.full = True
    place.tokens.access("t1", "c1", refused="access-0")
    (spooled,) = (place.folder / "unsaved").iterdir()
    place.full = False

    place.tokens = place.keeper()
    place.tokens.recover()

    assert place.tokens.access("t1", "c1", refused="access-0") == "access-1"
    assert (place.vendor.calls, place.state()) == (1, "live")
    assert UNSAVED_GRANTS._value.get() == before + 1
    assert not spooled.exists()


def test_spooled_pair_is_sealed_and_the_owners_alone(place: Place) -> None:
    place.full = True
    place.tokens.access("t1", "c1", refused="access-0")

    (spooled,) = (place.folder / "unsaved").iterdir()
    assert spooled.stat().st_mode & 0o077 == 0
    assert b"refresh-1" not in spooled.read_bytes()


def test_pair_that_comes_late_brings_a_given_up_connection_back(place: Place) -> None:
    """A process that slept through its lease has the only good pair; whoever gave the connection up meanwhile was wrong."""
    renew, sibling = place.vendor.renew, place.keeper()

    def slow(refresh_token: str) -> Pair:
        pair = renew(refresh_token)
        place.vendor.renew = renew  # type: ignore[method-assign] # the sibling is asked plainly
        with place.database.write("t1") as store:
            row = store.connections.get("c1")
            assert row is not None
            row.lease_until = NOW - timedelta(seconds=1)
        with pytest.raises(SignInEnded):
            sibling.access("t1", "c1", refused="access-0")
        assert place.state() == "needs_reconnect"
        return pair

    place.vendor.renew = slow  # type: ignore[method-assign] # plays a frozen process
    place.tokens = place.keeper()

    assert place.tokens.access("t1", "c1", refused="access-0") == "access-1"
    assert place.state() == "live"
    assert place.tokens.access("t1", "c1") == "access-1"


def test_tokens_at_rest_are_sealed(place: Place) -> None:
    with place.database.read("t1") as store:
        row = store.connections.get("c1")

    assert row is not None
    assert "access-0" not in row.access
    assert "refresh-0" not in row.refresh
