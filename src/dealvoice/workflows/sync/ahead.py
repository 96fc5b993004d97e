"""Reads pages ahead of the one that is being stored, a few at once, in order and with flat memory."""

import contextvars
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 4
"""Pages under way: QuickBooks takes seconds for one, and allows ten calls at once."""


def ahead(read: Callable[[int], list[T]], starts: Iterable[int]) -> Iterator[tuple[int, list[T]]]:
    """
    Yield (start, page) in the order of ``starts``.

    A page that fails raises when its turn comes; whoever stops early leaves at most ``AT_ONCE`` answers unused.
    """
    coming = iter(starts)
    under_way: deque[tuple[int, Future[list[T]]]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ahead") as pool:

        def send_next() -> None:
            start = next(coming, None)
            if start is not None:
                under_way.append((start, pool.submit(contextvars.copy_context().run, read, start)))

        try:
            for _ in range(AT_ONCE):
                send_next()
            while under_way:
                start, page = under_way.popleft()
                found = page.result()
                send_next()
                yield start, found
        finally:
            for _, page in under_way:
                page.cancel()
