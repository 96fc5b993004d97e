"""Real kills on PostgreSQL: a server dies on the way, and the workers bring its work to an end without any restart."""

import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from dealvoice.storage.operations import State
from playground.fleet import Fleet, a_fleet
from playground.house import AVIARY
from playground.killing import SEED, SOAK, first_user, wait_until
from playground.postgres import Postgres, postgres
from playground.truth import check_creation

__all__ = ["postgres"]

KILLS = 200 if SOAK else 4
AT_ONCE = 10
"""So many die before the workers are waited for: they fall silent together."""
POINTS = 32
"""Stop points of create before its last commit; see ``test_create_kills``, where they are counted."""
RESUMED_WITHIN = 30.0


@dataclass(frozen=True)
class Death:
    """When a process died, and who it was."""

    at: float
    executor: str


@pytest.mark.slow
@pytest.mark.timeout(KILLS * 15 + 240)
def test_work_of_a_killed_server_is_done_once_by_the_workers(postgres: Postgres, tmp_path: Path) -> None:
    chosen = random.Random(SEED)
    points = [1 + n % POINTS for n in range(KILLS)] if SOAK else chosen.sample(range(1, POINTS), KILLS)

    with a_fleet(postgres, tmp_path) as fleet:
        waits: list[float] = []
        for start in range(0, KILLS, AT_ONCE):
            died: dict[str, Death] = {}
            for stop_at in points[start : start + AT_ONCE]:
                victim = fleet.press("create", "", str(stop_at), how="kill")
                assert victim.exitcode == -signal.SIGKILL, f"point {stop_at}"
                for operation_id in _begun(fleet) - set(died):
                    died[operation_id] = Death(time.monotonic(), _executors(fleet).get(operation_id, ""))
            waits += _wait(fleet, died)
            for operation_id in died:
                check_creation(fleet.house, operation_id=operation_id, deal_id=AVIARY, mails=1)
        done = fleet.ask("SELECT count(*) FROM operations WHERE kind = 'invoice.create' AND state = 'done'")[0][0]
        longest = max(waits, default=0.0)
        print(f"seed {SEED}: killed at {points}, {done} creations done, taken over after {longest:.1f} s at most")
        assert done == fleet.ask("SELECT count(*) FROM operations WHERE kind = 'invoice.create'")[0][0]
        assert longest < RESUMED_WITHIN


def _begun(fleet: Fleet) -> set[str]:
    """Return the creations that were written down and are not finished."""
    with fleet.house.app.database.read(first_user(fleet.house.app).tenant_id) as store:
        return {one.id for one in store.operations.creations_of(AVIARY) if one.state != State.DONE}


def _executors(fleet: Fleet) -> dict[str, str]:
    """Return who holds each run."""
    return dict(tuple(row) for row in fleet.ask("SELECT workflow_uuid, executor_id FROM dbos.workflow_status"))


def _wait(fleet: Fleet, died: dict[str, Death]) -> list[float]:
    """Wait until all is done; return how long each run waited for another process to take it up."""
    taken: dict[str, float] = {}

    def done() -> bool:
        executors, now = _executors(fleet), time.monotonic()
        for operation_id, death in died.items():
            if operation_id not in taken and executors.get(operation_id, death.executor) != death.executor:
                taken[operation_id] = now - death.at
        return not _begun(fleet)

    wait_until(done, seconds=90)
    return list(taken.values())
