"""
Group commit: what arrives while a commit is under way waits for the next one, together.

Each caller goes on only after the commit that has his items; one whose items cannot be kept fails alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
_MOST = 2000
"""Items of one commit; more wait for the next."""


class Gatherer(Generic[T]):
    """
    Hands the items of many requests to ``work``, all that wait at a time and one call after the other.

    ``work`` runs in a thread and either keeps all of what it is given or raises and keeps none of it. Belongs to one
    event loop.
    """

    def __init__(self, work: Callable[[Sequence[T]], None]) -> None:
        self._work = work
        self._waiting: list[tuple[list[T], asyncio.Future[None]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def put(self, items: Sequence[T]) -> None:
        """Have items kept; returns once they are, and raises what ``work`` raised of them."""
        if not items:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((list(items), done))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                await run_in_threadpool(self._work, [item for items, _ in batch for item in items])
            except Exception as error:  # noqa: BLE001 - told to whom it concerns
                if len(batch) == 1:
                    _settle(batch[0][1], error)
                    continue
                for items, done in batch:  # one of them may have spoilt it for the others
                    await self._alone(items, done)
            else:
                for _, done in batch:
                    _settle(done, None)

    async def _alone(self, items: list[T], done: asyncio.Future[None]) -> None:
        try:
            await run_in_threadpool(self._work, items)
        except Exception as error:  # noqa: BLE001 - as above
            _settle(done, error)
        else:
            _settle(done, None)

    def _next(self) -> list[tuple[list[T], asyncio.Future[None]]]:
        size = taken = 0
        for items, _ in self._waiting:
            if taken and size + len(items) > _MOST:
                break
            size, taken = size + len(items), taken + 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():  # the caller has gone
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
