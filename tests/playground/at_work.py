"""
A stage at work without the wait: the first story of a process connects, and those after it begin where it stood then.

As ``furnished`` does it for a house. Here the product is a process, so its files are kept once it rests, and everything
listens where it did: Pipedrive's webhooks name the product's address. Whoever tells of installing or connecting takes
``a_stage`` and does it.
"""

import pickle
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from dealvoice.storage.engine import open_engine, retire
from dealvoice.storage.unit_of_work import Database
from playground.furnished import vendors_of
from playground.house import FILE
from playground.looking import wait_until
from playground.stage import Ports, Stage, installed_and_connected

YOUNG = 240.0
"""Seconds for which a scene is good: short of the first sweep."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage on which somebody was at work, as it stood at rest."""

    ports: Ports
    session: str
    files: Mapping[str, bytes]
    """The product's, by name."""
    vendors: bytes
    """Pickled ``Vendors``."""
    taken: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, stage: Stage) -> "Scene":
        """Take a picture of a stage, whose product rests meanwhile."""
        engine = open_engine(f"sqlite:///{stage.files / FILE}")
        wait_until(lambda: _is_quiet(Database(engine)))
        retire(engine)
        stage.rest()
        scene = cls(
            ports=Ports(stage.port, _port(stage.sandbox.quickbooks_url), _port(stage.sandbox.pipedrive_url)),
            session=stage.session,
            files={
                str(one.relative_to(stage.files)): one.read_bytes() for one in stage.files.rglob("*") if one.is_file()
            },
            vendors=pickle.dumps(vendors_of(stage.sandbox)),
        )
        stage.start()
        return scene

    def again(self, folder: Path) -> Stage:
        """Set the stage as it stood."""
        for name, content in self.files.items():
            file = folder / "product" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        stage = Stage(folder, self.ports, pickle.loads(self.vendors))
        stage.session = self.session
        return stage


_taken: list[Scene] = []
"""The newest scene of this process."""


@contextmanager
def a_stage_at_work(folder: Path) -> Iterator[Stage]:
    """Set a stage in a folder on which Ola Nowak has installed the product, connected QuickBooks and saved the settings."""
    if _taken and time.monotonic() < _taken[-1].taken + YOUNG:
        stage = _taken[-1].again(folder)
    else:
        stage = Stage(folder)
        installed_and_connected(stage)
        _taken[:] = [Scene.of(stage)]
    try:
        yield stage
    finally:
        stage.stop()


def _is_quiet(database: Database) -> bool:
    with database.everyone_read() as lobby:
        return not lobby.operations.due(datetime.now(UTC) + timedelta(days=1))


def _port(url: str) -> int:
    port = httpx2.URL(url).port
    assert port is not None
    return port
