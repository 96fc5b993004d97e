"""
Every write path while one of its calls goes wrong: cut, truncated, garbled, refused for a while, answered with nonsense.

Calls and faults are drawn by a seed; ``DEALVOICE_SOAK=1`` tries every fault at every call on both databases (an import's
calls, which are all alike, by a larger draw). ``DEALVOICE_SEED`` repeats a run.
"""

import os
from pathlib import Path
from random import Random

import pytest

from playground.connection_paths import Import
from playground.postgres import postgres
from playground.stops import WritePath, a_rig, some_faults
from playground.write_paths import WRITE_PATHS

__all__ = ["postgres"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
SEED = int(os.environ.get("DEALVOICE_SEED", "20261126"))
DRAWN = {"sqlite": 2, "postgresql": 1}
ON_POSTGRES = WRITE_PATHS if SOAK else tuple(Random(SEED).sample(WRITE_PATHS, 4))
"""Paths that are tried there, of which a draw does in ``make test``: what a call's fault does is no matter of the database."""
DRAWN_IN_SOAK = 60
"""Of an import."""


@pytest.mark.parametrize(
    ("kind", "database"),
    [*((kind, "sqlite") for kind in WRITE_PATHS), *((kind, "postgresql") for kind in ON_POSTGRES)],
    ids=lambda one: one if isinstance(one, str) else one.name,
)
def test_whatever_happens_to_a_call_the_path_ends_well(
    tmp_path: Path, request: pytest.FixtureRequest, kind: type[WritePath], database: str
) -> None:
    path, random = kind(), Random(f"{SEED} {kind.name}")
    url = request.getfixturevalue("postgres").migrated() if database == "postgresql" else ""
    most = DRAWN[database] if not SOAK else DRAWN_IN_SOAK if kind is Import else 0
    with a_rig(tmp_path, path, database_url=url, wire=True) as rig:
        tried = some_faults(rig, path, random, most)
    print(f"{path.name} on {database}: {tried} calls went wrong, seed {SEED}")
