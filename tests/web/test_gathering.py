"""Group commit: together when many wait, alone when one spoils it."""

import asyncio
from collections.abc import Sequence

import pytest

from dealvoice.web.gathering import Gatherer


class _Store:
    """Keeps what it is given, all or nothing; refuses what is named in ``bad``."""

    def __init__(self, *bad: int) -> None:
        self.bad, self.kept, self.commits = set(bad), list[int](), 0

    def keep(self, items: Sequence[int]) -> None:
        if self.bad & set(items):
            raise ValueError("refused")
        self.commits += 1
        self.kept += items


def test_what_waits_is_kept_in_few_commits() -> None:
    store = _Store()

    async def many() -> None:
        gatherer = Gatherer(store.keep)
        await asyncio.gather(*(gatherer.put([number]) for number in range(500)))

    asyncio.run(many())

    assert sorted(store.kept) == list(range(500))
    assert store.commits <= 3


def test_one_that_cannot_be_kept_fails_alone() -> None:
    store = _Store(7)

    async def many() -> list[BaseException | None]:
        gatherer = Gatherer(store.keep)
        return await asyncio.gather(*(gatherer.put([number]) for number in range(10)), return_exceptions=True)

    answers = asyncio.run(many())

    assert [number for number, answer in enumerate(answers) if answer is not None] == [7]
    assert sorted(store.kept) == [0, 1, 2, 3, 4, 5, 6, 8, 9]


def test_answer_comes_only_after_the_commit() -> None:
    store = _Store()

    async def one() -> list[int]:
        gatherer = Gatherer(store.keep)
        await gatherer.put([1])
        return list(store.kept)

    assert asyncio.run(one()) == [1]


def test_caller_who_gave_up_does_not_hold_up_the_others() -> None:
    store = _Store()

    async def some() -> None:
        gatherer = Gatherer(store.keep)
        impatient = asyncio.create_task(gatherer.put([1]))
        await asyncio.sleep(0)
        impatient.cancel()
        await gatherer.put([2])
        with pytest.raises(asyncio.CancelledError):
            await impatient

    asyncio.run(some())

    assert 2 in store.kept
