"""Real kills on PostgreSQL: servers die on every path, and the workers bring their work to an end without any restart."""

import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest

from dealvoice.workflows.sync.catch_up import sweep_soon
from dealvoice.workflows.sync.receive import SWEEP
from playground.counting import count_kills
from playground.fleet import Fleet, Press, a_fleet
from playground.invariants import Watch
from playground.killed import KILLED, Subject, another_deal, set_up
from playground.killing import SEED, SOAK, sampled
from playground.looking import connection_of, is_quiet
from playground.postgres import Postgres, postgres

__all__ = ["postgres"]

SHARDS = 6 if SOAK else 1
"""The points are dealt out to so many fleets, so that two cores share them."""
KILLS = 3
"""Of each path, when it is no soak."""
FEWEST = 200 // SHARDS if SOAK else 20
"""Kills that there must be, whoever came to his end alive."""
RESUMED_WITHIN = 30.0
_LOADED = 3
"""A machine that is busy with something else is so much slower; work that nobody takes up waits for minutes or for ever."""


@pytest.mark.slow
@pytest.mark.timeout(3000 if SOAK else 600)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_work_of_killed_servers_is_done_once_by_the_others(postgres: Postgres, tmp_path: Path, shard: int) -> None:
    chosen = Random(SEED)
    with a_fleet(postgres, tmp_path, workers=0) as fleet:
        fleet.launch(1 + len(KILLED), how="kill")
        set_up(fleet.house)
        street = _Street(fleet)
        fleet.hire(2)
        points = street.count()
        assert {work for work, case in KILLED.items() if points[work] < case.fewest} == set()
        wanted = {work: sampled(points[work], KILLS, work)[shard::SHARDS] for work in KILLED}
        left = {work: [*at] for work, at in wanted.items()}

        # Together, one of each path at a time: the dead fall silent together. The silence of the first is waited for.
        while any(left.values()):
            stops = {work: at.pop(0) for work, at in left.items() if at}
            alive = street.kill(stops, hurry=bool(street.killed), after=sum(map(bool, left.values())))
            for work in alive if not SOAK else ():
                if street.spared[work] <= KILLS:
                    left[work].append(chosen.randint(1, KILLED[work].fewest))

        fleet.stop()
        history = Watch(fleet.house).check(texts=True)
        print(
            f"seed {SEED}: {dict(street.killed)} killed, {dict(street.spared)} not, {street.longest:.1f} s at most,"
            f" {fleet.anew} workers started anew"
        )
        count_kills("PostgreSQL", street.killed.total(), history, longest=street.longest)
        assert min(street.killed[work] for work in KILLED) >= 1
        assert street.killed.total() >= FEWEST
        assert street.longest < RESUMED_WITHIN * _LOADED


class _Street:
    """The deals of the paths, one each, so that those who die together leave each other's work alone."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._deals = {work: another_deal(fleet.house) for work in KILLED}
        self.killed, self.spared = Counter[str](), Counter[str]()
        self.longest = 0.0

    def count(self) -> dict[str, int]:
        """
        Go every path once without a kill; returns how many points each has.

        A path is gone again when a worker was quicker than a slow victim, which then passed next to none.
        """
        points = dict.fromkeys(KILLED, 0)
        for _ in range(3):
            short = [work for work in KILLED if points[work] < KILLED[work].fewest]
            if not short:
                break
            subjects = self._prepared(short)
            passed = self._fleet.go_through([Press(work, "0", subjects[work]) for work in short])
            self._check(subjects)
            points |= dict(zip(short, passed, strict=True))
        return points

    def kill(self, stops: Mapping[str, int], *, hurry: bool, after: int) -> list[str]:
        """
        Have a process die on each path, wait until the others have done its work, and check that it was done once.

        Args:
            stops: The point to die at, by path.
            hurry: Whether the silence of the dead is over at once.
            after: How many are to die next; they come up while these are silent.

        Returns:
            The paths that came to their end alive: there are fewer points than were counted, or a worker was quicker to
            take up what had just been written down.
        """
        subjects = self._prepared(stops)
        victims = self._fleet.press_all(
            [Press(work, str(at), subjects[work]) for work, at in stops.items()], how="kill", hurry=hurry
        )
        codes = {work: victim.exitcode for work, victim in zip(stops, victims, strict=True)}
        assert set(codes.values()) <= {0, -signal.SIGKILL}, codes
        alive = [work for work, code in codes.items() if code == 0]
        self.spared.update(alive)
        self.killed.update(work for work in codes if work not in alive)
        self._fleet.launch(after, how="kill")
        longest = self._fleet.bury()
        if not hurry:
            self.longest = max(self.longest, longest)
        for work, subject in subjects.items():
            if not KILLED[work].kept:
                self._again(work, subject)
        self._check(subjects)
        return alive

    def _prepared(self, works: Iterable[str]) -> dict[str, Subject]:
        house = self._fleet.house
        return {work: Subject(self._deals[work], KILLED[work].prepare(house, self._deals[work])) for work in works}

    def _again(self, work: str, subject: Subject) -> None:
        """Do again what no operation keeps: the workers sweep by their timetable, and whoever needs a token renews it."""
        app, who = self._fleet.house.app, self._fleet.house.who
        if work != "write_back":
            KILLED[work].act(app, who, subject, lambda: None)
            return
        asked = app.now()

        def swept() -> bool:
            connection = connection_of(app, who)
            if connection.swept_at is not None and connection.swept_at >= asked:
                return True
            sweep_soon(app, {connection.id})
            self._fleet.wake(SWEEP)
            return False

        self._fleet.until(swept)

    def _check(self, subjects: Mapping[str, Subject]) -> None:
        self._fleet.until(lambda: is_quiet(self._fleet.house.app))
        for work, subject in subjects.items():
            KILLED[work].check(self._fleet.house, subject)
