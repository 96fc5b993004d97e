"""
Every write path stopped before and after every call and commit, by raising, and built again on the same database.

On SQLite at all points (an import, which does one thing again and again, and paths that are like another at a share of
them), on PostgreSQL at points drawn by a seed; ``DEALVOICE_SOAK=1`` stops at all points of all paths on both. ``DEALVOICE_SEED`` repeats a run.
"""

import os
from pathlib import Path
from random import Random

import pytest

from playground.counting import count_stops
from playground.postgres import Postgres, postgres
from playground.stops import WritePath, a_rig, every_point, some_points
from playground.write_paths import WRITE_PATHS

__all__ = ["postgres"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
SEED = int(os.environ.get("DEALVOICE_SEED", "20261126"))
ON_POSTGRES = 3
"""Points of each path that are tried there in ``make test``."""
A_SHARE = 8

paths = pytest.mark.parametrize("kind", WRITE_PATHS, ids=lambda kind: kind.name)


@paths
def test_stopped_anywhere_on_sqlite_the_path_ends_well(tmp_path: Path, kind: type[WritePath]) -> None:
    _stop(tmp_path, kind, "", A_SHARE if kind.alike and not SOAK else 0)


@paths
def test_stopped_anywhere_on_postgresql_the_path_ends_well(
    tmp_path: Path, postgres: Postgres, kind: type[WritePath]
) -> None:
    _stop(tmp_path, kind, postgres.migrated(), 0 if SOAK else ON_POSTGRES)


def _stop(folder: Path, kind: type[WritePath], database_url: str, most: int) -> None:
    path, random = kind(), Random(SEED)
    with a_rig(folder, path, database_url=database_url) as rig:
        points = some_points(rig, path, random, most) if most else every_point(rig, path, random)
    print(f"{path.name}: {points} points, {most or 'all'} tried, seed {SEED}")
    count_stops("PostgreSQL" if database_url else "SQLite", min(most, points) if most else points)
    assert points >= path.fewest
