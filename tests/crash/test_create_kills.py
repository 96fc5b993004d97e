"""The stop points of create by real SIGKILL, with the real engine: killed, started again, one invoice."""

from pathlib import Path

import pytest

from playground.house import AVIARY, House, a_house
from playground.killing import first_user, kill_in
from playground.truth import check_creation

SHARDS = 4
"""The points are dealt out to so many tests, so that two cores share them."""
FEWEST_POINTS = 26
"""The count when this was written, less a little: fewer means that the wrappers miss something."""


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_create_killed_at_every_point_makes_one_invoice(tmp_path: Path, shard: int) -> None:
    with a_house(tmp_path / "product") as house:
        who = house.install()
        house.connect(who)
        stop_at, killed, points = shard + 1, 0, None
        while points is None:
            house.close()
            points = kill_in(house, "create", "", stop_at)
            killed += points is None
            house.open()
            _check(house, killed)
            stop_at += SHARDS
    print(f"killed {killed} times, points of create: {points}")
    assert killed >= FEWEST_POINTS // SHARDS


def _check(house: House, most: int) -> None:
    """Check the newest creation; a process that died before it wrote one down has made nothing."""
    with house.app.database.read(first_user(house.app).tenant_id) as store:
        made = store.operations.creations_of(AVIARY)
    assert len(made) <= most + 1
    if made:
        check_creation(house, operation_id=made[0].id, deal_id=AVIARY, mails=1)
