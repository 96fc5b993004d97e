"""
A connected house without the wait: the first one connects, and those after it begin where it stood then.

What a house is once it is connected lies in its database, its engine's memory and the two emulators; a copy of all that,
beside emulators at other addresses, cannot be told from a house that has connected itself a moment ago. Whoever tests
installing, connecting or importing, a seed, a clock or a transport of his own takes ``a_house`` and connects it.
"""

import itertools
import pickle
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dealvoice.connections.who import Who
from dealvoice.engine.testing import SyncEngine
from dealvoice_sandbox import serving_all
from dealvoice_sandbox.pipedrive import emulator as pipedrive_emulator
from dealvoice_sandbox.seeds import quickbooks_worlds
from playground.house import FILE, House, a_house, unopened

YOUNG = 60.0
"""Seconds for which a picture is good: an import, a token and a feed's place in it are never older than that."""
_NAMING_PIPEDRIVE = ("tenants", "installations")
"""Tables with the address of the emulated Pipedrive, which is another one each time."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A connected house as it stood, at rest."""

    who: Who
    database: bytes
    rest: bytes
    """Pickled: tree and journal of QuickBooks, then of Pipedrive; and the engine's memory."""
    taken: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, house: House) -> "Picture":
        """Take a picture of a house that nothing happens in."""
        assert house.built is not None
        house.built._budgets.flush()  # what is counted so far is in memory, which is no part of the picture
        with closing(sqlite3.connect(house.folder / FILE)) as database:
            kept = database.serialize()
        return cls(house.who, kept, pickle.dumps((vendors_of(house.sandbox), house.engine.memory)))

    @property
    def is_young(self) -> bool:
        return time.monotonic() < self.taken + YOUNG


_taken: dict[int, Picture] = {}
"""The newest picture of this process, by the user who installed the product."""


@contextmanager
def a_connected_house(folder: Path, *, user_id: int = 101) -> Iterator[House]:
    """
    Open a house beside the two companies of the first seed, installed and connected by one user, who is ``house.who``.

    Args:
        folder: Where its files are.
        user_id: The user of Pipedrive.
    """
    known = _taken.get(user_id)
    with _like(known, folder) if known is not None and known.is_young else _connected(folder, user_id) as house:
        yield house


@contextmanager
def _connected(folder: Path, user_id: int) -> Iterator[House]:
    with a_house(folder) as house:
        house.who = house.install(user_id)
        house.connect(house.who)
        _taken[user_id] = Picture.of(house)
        yield house


@contextmanager
def _like(picture: Picture, folder: Path) -> Iterator[House]:
    vendors, memory = pickle.loads(picture.rest)
    with vendors_again(vendors):
        house = unopened(folder)
    try:
        remember_calls(house.sandbox, vendors)
        _unpack(picture.database, folder, house.sandbox)
        house.open(engine=SyncEngine(memory=memory))
        house.who = picture.who
        yield house
    finally:
        house.stop()


Vendors = list[tuple[Any, list[Any]]]
"""Tree and journal of QuickBooks, then of Pipedrive."""


def vendors_of(sandbox: serving_all.Sandbox) -> Vendors:
    """Return what the emulators hold, to be pickled before anything else happens in them."""
    return [(one.store.tree, one.journal.rows()) for one in (sandbox.quickbooks, sandbox.pipedrive)]


@contextmanager
def vendors_again(vendors: Vendors) -> Iterator[None]:
    """Have emulators that start meanwhile begin with these trees; a reset brings them back to the seed."""
    (books, _), (crm, _) = vendors
    with (
        patch.object(quickbooks_worlds, "build", lambda _seed, _now: books),
        patch.object(pipedrive_emulator, "build", lambda _seed, _now: crm),
    ):
        yield


def remember_calls(sandbox: serving_all.Sandbox, vendors: Vendors) -> None:
    """Have emulators that have just started remember the calls of before."""
    for emulator, (_tree, calls) in zip((sandbox.quickbooks, sandbox.pipedrive), vendors, strict=True):
        emulator.journal._rows.extend(calls)
        emulator.journal._numbers = itertools.count(len(calls) + 1)


def _unpack(kept: bytes, folder: Path, sandbox: serving_all.Sandbox) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(kept)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for table in _NAMING_PIPEDRIVE:
            database.execute(f"UPDATE {table} SET api_domain = ?", (sandbox.pipedrive_url,))
