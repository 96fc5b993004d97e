"""
A PostgreSQL of the tests' own: a new cluster in a folder, on a free port of the loopback, stopped at the end.

The server refuses to run as root, so root starts it as a user who has no rights here. Durability is switched off: these
tests stop processes of ours, never the database's machine.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from dealvoice.storage.engine import open_engine
from dealvoice.storage.schema import upgrade

_VERSIONS = Path("/usr/lib/postgresql")
_ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
_SET_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG``; Linux."""
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """A running cluster."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self.port = folder, _free_port()
        self._options = (*_QUICK, *more)
        self.user = _who()
        self._data = folder / "data"
        self._migrated = ""
        self._run(_tool("initdb"), "-D", str(self._data), "-A", "trust", "-U", "owner", "--no-sync", "-E", "UTF8")
        self.start()
        with psycopg.connect(self.address("postgres", "owner"), autocommit=True) as connection:
            connection.execute("CREATE ROLE product LOGIN")  # the wall between tenants does not bind a superuser

    def start(self) -> None:
        """Start the server and wait until it answers; it ends with this process, however that ends."""
        options = [
            *self._options,
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
        ]
        command = [_tool("postgres"), "-D", str(self._data), *(part for one in options for part in ("-c", one))]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, user=self.user, cwd=self.folder, env=_ENVIRONMENT, stdout=log, stderr=log,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call; no thread of ours holds a lock then
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server: SIGINT ends its connections in order, SIGQUIT as a power cut would."""
        self._server.send_signal(how)
        self._server.wait(30)

    def database(self, *, like: str = "template1") -> str:
        """Make a new database, as a copy of another when one is named; return its SQLAlchemy address."""
        name = f"t{uuid4().hex[:16]}"
        with psycopg.connect(self.address("postgres", "owner"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER product TEMPLATE "{like}"')
        return self.address(name).replace("postgresql://", "postgresql+psycopg://")

    def migrated(self) -> str:
        """Make a new database of the newest schema, which is made only once; return its SQLAlchemy address."""
        if not self._migrated:
            address = self.database()
            engine = open_engine(address)
            upgrade(engine)
            engine.dispose()
            self._migrated = address.rpartition("/")[2]
        return self.database(like=self._migrated)

    def address(self, name: str, role: str = "product") -> str:
        """Return the address of a database as psycopg takes it."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{name}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address("postgres", "owner")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, user=self.user, capture_output=True, text=True, check=False, cwd=self.folder, env=_ENVIRONMENT
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _end_with_parent() -> None:
    """Have the kernel stop this process when its parent is gone: a test run that is killed leaves no server behind."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with a_postgres() as running:
        yield running


@contextmanager
def a_postgres(*more: str) -> Iterator[Postgres]:
    """Start a cluster in a folder of its own, with ``more`` settings, and remove both at the end."""
    folder = Path(tempfile.mkdtemp(prefix="dealvoice-pg-"))
    try:
        user = _who()
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        cluster = Postgres(folder, *more)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _who() -> str | None:
    """The user to start the server as: ourselves, unless we are root."""
    return "postgres" if os.geteuid() == 0 else None


def _tool(name: str) -> str:
    newest = sorted(_VERSIONS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is missing: install the package postgresql")
    return found


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
