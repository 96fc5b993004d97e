"""
A stage at work without the wait: the first story of a process connects, and those after it begin where it stood then.

As ``furnished`` does it for a house. Here the product is a process, so its files are kept once it rests, and everything
listens where it did: Pipedrive's webhooks name the product's address. Whoever tells of installing or connecting takes
``a_stage`` and does it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dealvoice.storage.engine import open_engine, retire
from dealvoice.storage.unit_of_work import Database
from playground.house import FILE
from playground.looking import is_at_rest, wait_until
from playground.stage import Scene, Stage, installed_and_connected

YOUNG = 240.0
"""Seconds for which a scene is good: short of the first sweep."""
_taken: list[tuple[float, Scene]] = []
"""The newest scene of this process, and when it was taken."""


@contextmanager
def a_stage_at_work(folder: Path) -> Iterator[Stage]:
    """Set a stage in a folder on which Ola Nowak has installed the product, connected QuickBooks and saved the settings."""
    young = [scene for taken, scene in _taken if time.monotonic() < taken + YOUNG]
    stage = Stage(folder, *young)
    try:
        if not young:
            installed_and_connected(stage)
            _taken[:] = [(time.monotonic(), _scene(stage))]
        yield stage
    finally:
        stage.stop()


def _scene(stage: Stage) -> Scene:
    """Take a picture of a stage once its product has nothing more to do, and have it go on."""
    engine = open_engine(f"sqlite:///{stage.files / FILE}")
    wait_until(lambda: is_at_rest(Database(engine), datetime.now(UTC)))
    retire(engine)
    stage.rest()
    scene = stage.scene()
    stage.start()
    return scene
