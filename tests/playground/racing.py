"""
A race for one sign-in after another: threads of several processes refresh the same pairs at once.

The vendor is as strict as any: a refresh kills the token that it was made with, and whoever shows a dead one has the
whole sign-in ended, as after a theft. So one renewal too many, or one pair that was received and not kept, loses a
connection for good.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

from dealvoice.connections.spool import Pair, Spool
from dealvoice.connections.tokens import GrantRefused, Tokens
from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.engine import open_engine
from dealvoice.storage.unit_of_work import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_KEYS = {"k": bytes(range(32))}


@dataclass(frozen=True, slots=True)
class Course:
    """Where and how a race is run."""

    url: str
    folder: Path
    """For pairs that could not be saved."""
    processes: int
    threads: int
    """Of each process."""
    connections: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a race did."""

    asked: int
    renewals: int
    shown_dead: int
    lost: int
    """Sign-ins that the vendor ended, or that we gave up, or whose stored pair does not work."""


class Vendor:
    """A token endpoint with strict rotation for many sign-ins; in a process of its own."""

    def __init__(self) -> None:
        self._current, self._ended = Counter[str](), set[str]()
        self._renewals = self._shown_dead = 0
        self._lock = threading.Lock()

    def renew(self, refresh_token: str) -> Pair:
        """Rotate; a dead token ends the sign-in."""
        name, _, number = refresh_token.partition("/")
        with self._lock:
            if int(number) != self._current[name]:
                self._shown_dead += 1
                self._ended.add(name)
            if name in self._ended:
                raise GrantRefused
            self._current[name] += 1
            self._renewals += 1
            return pair(name, self._current[name])

    def told(self) -> tuple[int, int]:
        """Return how often it renewed, and how often it was shown a dead token."""
        return self._renewals, self._shown_dead


class _Vendors(BaseManager):
    """Serves a vendor to several processes."""


_Vendors.register("vendor", Vendor)


def pair(name: str, number: int) -> Pair:
    """Return a sign-in's pair of a number."""
    return Pair(f"access of {name}/{number}", f"{name}/{number}", timedelta(hours=1), timedelta(days=100))


def race(course: Course, asks: int) -> Outcome:
    """Sign in to all connections and ask for so many refreshes, all processes and threads at once."""
    context = get_context("forkserver")
    with _Vendors(ctx=context) as vendors, ProcessPoolExecutor(course.processes, mp_context=context) as pool:
        vendor: Any = vendors.vendor()  # type: ignore[attr-defined] # made by ``register``
        with _keeper(course, vendor) as (database, tokens):
            _sign_in(course, database, tokens)
            share = asks // course.processes
            running = [pool.submit(_run, course, vendor, share, seed) for seed in range(course.processes)]
            asked = sum(one.result() for one in running)
            renewals, shown_dead = vendor.told()
            lost = sum(not _works(tokens, name) for name in _names(course))
    return Outcome(asked, renewals, shown_dead, lost)


def _names(course: Course) -> list[str]:
    return [f"c{n}" for n in range(course.connections)]


@contextmanager
def _keeper(course: Course, vendor: Any) -> Iterator[tuple[Database, Tokens]]:
    engine, ring = open_engine(course.url), KeyRing(_KEYS, "k")
    database = Database(engine)
    yield database, Tokens(
        database, ring, find=lambda store, row: store.connections.get(row), renew=vendor.renew,
        ended_state="needs_reconnect", now=lambda: NOW, spool=Spool(course.folder, ring),
        sleep=lambda _: time.sleep(0.02),
    )  # fmt: skip
    engine.dispose()


def _sign_in(course: Course, database: Database, tokens: Tokens) -> None:
    for name in _names(course):
        with database.write(name) as store:
            row = Connection(
                id=name, tenant=name, realm_id=name, installation_id="i", steward_id="i", state="live",
                token_version=0, connected_at=NOW,
            )  # fmt: skip
            tokens.store(row, pair(name, 0))
            store.connections.add(row)


def _run(course: Course, vendor: Any, asks: int, seed: int) -> int:
    """Ask from every thread of this process; each holds the token that it was given last for refused."""
    with _keeper(course, vendor) as (_, tokens):
        together = threading.Barrier(course.threads)

        def ask(thread: int) -> int:
            chance, held = random.Random(f"{seed}.{thread}"), dict[str, str]()
            together.wait(60)
            for _ in range(asks // course.threads):
                name = chance.choice(_names(course))
                held[name] = tokens.access(name, name, refused=held.get(name, ""))
            return asks // course.threads

        with ThreadPoolExecutor(course.threads) as threads:
            return sum(threads.map(ask, range(course.threads)))


def _works(tokens: Tokens, name: str) -> bool:
    """Whether the pair that we hold at the end can be renewed once more."""
    try:
        return bool(tokens.access(name, name, refused=tokens.access(name, name)))
    except Exception:  # noqa: BLE001 - whatever it is, the sign-in is of no use
        return False
