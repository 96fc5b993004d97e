"""Every write path by real SIGKILL on SQLite, with the real engine: create at all points, the others at a few, in a soak at all."""

from pathlib import Path

import pytest

from playground.counting import count_kills
from playground.house import AVIARY, House, a_house
from playground.invariants import Watch
from playground.killed import KILLED, Subject, set_up
from playground.killing import SEED, SOAK, kill_in, sampled

KILLS = 3
"""Of each path but create, when it is no soak."""
SHARDS = 4
"""The points are dealt out to so many tests, so that two cores share them."""

WORKS = [(work, shard) for work in KILLED for shard in range(SHARDS if SOAK or work == "create" else 1)]


@pytest.mark.slow
@pytest.mark.timeout(3000 if SOAK else 600)
@pytest.mark.parametrize(("work", "shard"), WORKS)
def test_path_killed_on_the_way_is_done_once(tmp_path: Path, work: str, shard: int) -> None:
    with a_house(tmp_path / "product") as house:
        house.connect(house.install())
        set_up(house)
        count = _once(house, work, 0)
        assert count is not None
        assert count >= KILLED[work].fewest
        whole = SOAK or work == "create"
        kills = list(range(1 + shard, count + 1, SHARDS)) if whole else sampled(count, KILLS, work)
        # The first time costs more than any later one, and what the timetable does meanwhile is counted too.
        alive = [stop_at for stop_at in kills if _once(house, work, stop_at) is not None]
        for beyond in () if whole else alive:
            kills.append(1 + beyond % KILLED[work].fewest)
            assert _once(house, work, kills[-1]) is None, kills[-1]
        history = Watch(house).check(texts=True)
        print(f"{work}: {count} points, killed at {kills} but for {alive} (seed {SEED})")
        count_kills("SQLite", len(kills) - len(alive), history)
        assert [stop_at for stop_at in alive if stop_at <= KILLED[work].fewest] == []


def _once(house: House, work: str, stop_at: int) -> int | None:
    case = KILLED[work]
    subject = Subject(AVIARY, case.prepare(house, AVIARY))
    house.close()
    points = kill_in(house, work, subject, stop_at)
    house.open()
    case.check(house, subject)
    return points
