"""Every write path by real SIGKILL on SQLite, with the real engine: create at all points, the others at a few, in a soak at all."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import pytest

from playground.counting import count_kills
from playground.house import AVIARY, House, a_house
from playground.invariants import History, Watch
from playground.killed import KILLED, Subject, set_up
from playground.killing import SEED, SOAK, kill_in, sampled

KILLS = 3
"""Of each path but create, when it is no soak."""
SHARDS = 2
"""The points are dealt out to so many tests, so that two cores share them."""
HOUSES = 2
"""And in each test to so many houses side by side: who begins again waits a second until its engine looks into its queue."""

_turn = Lock()
"""Held by who works in this process: one at a time; who waits for processes that die and begin again holds it not."""

WORKS = [(work, shard) for work in KILLED for shard in range(SHARDS if SOAK or work == "create" else 1)]


@pytest.mark.slow
@pytest.mark.timeout(3000 if SOAK else 600)
@pytest.mark.parametrize(("work", "shard"), WORKS)
def test_path_killed_on_the_way_is_done_once(tmp_path: Path, work: str, shard: int) -> None:
    whole = SOAK or work == "create"
    share = SHARDS * HOUSES if whole else 1
    with ThreadPoolExecutor(HOUSES) as houses:
        begun = [
            houses.submit(_kill, tmp_path / f"product-{n}", work, slice(n, None, share) if whole else None)
            for n in range(shard, share, SHARDS)
        ]
    for one in begun:
        count, kills, alive, history = one.result()
        print(f"{work}: {count} points, killed at {kills} but for {alive} (seed {SEED})")
        count_kills("SQLite", len(kills) - len(alive), history)
        assert count >= KILLED[work].fewest
        assert [stop_at for stop_at in alive if stop_at <= KILLED[work].fewest] == []


def _kill(folder: Path, work: str, share: slice | None) -> tuple[int, list[int], list[int], History]:
    """Have processes of one house die at a share of a path's points, or at a few; tells how many points there are."""
    with ExitStack() as stack:
        with _turn:
            house = stack.enter_context(a_house(folder))
            house.connect(house.install())
            set_up(house)
        count = _once(house, work, 0)
        assert count is not None
        kills = list(range(1, count + 1))[share] if share else sampled(count, KILLS, work)
        # The first time costs more than any later one, and what the timetable does meanwhile is counted too.
        alive = [stop_at for stop_at in kills if _once(house, work, stop_at) is not None]
        for beyond in () if share else alive:
            kills.append(1 + beyond % KILLED[work].fewest)
            assert _once(house, work, kills[-1]) is None, kills[-1]
        with _turn:
            return count, kills, alive, Watch(house).check(texts=True)


def _once(house: House, work: str, stop_at: int) -> int | None:
    case = KILLED[work]
    with _turn:
        subject = Subject(AVIARY, case.prepare(house, AVIARY))
        house.close()
    points = kill_in(house, work, subject, stop_at)
    with _turn:
        house.open()
        case.check(house, subject)
    return points
