"""
Where synchronous work runs: in bounded pools, so that slow vendors never hold up what only reads the store.

Routes that read the store use the server's own thread pool. A route that may wait for a vendor runs in a ``Pool``:
fair by tenant, and full rather than endless.
"""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from dealvoice.web.errors import Crowded

T = TypeVar("T")


class Pool:
    """Threads for calls that wait for a vendor."""

    def __init__(self, threads: int, *, per_tenant: int, waiting: int) -> None:
        """
        Make one.

        Args:
            threads: Calls at once.
            per_tenant: Calls of one tenant at once, waiting ones counted.
            waiting: Calls that may wait for a thread.
        """
        self._threads, self._per_tenant, self._most = threads, per_tenant, threads + waiting
        self._limiter: CapacityLimiter | None = None
        self._by_tenant: Counter[str] = Counter()

    async def run(self, tenant: str, work: Callable[[], T]) -> T:
        """
        Run something for a tenant.

        Raises:
            Crowded: The pool is full, or this tenant has its share of it.
        """
        if self._by_tenant.total() >= self._most or self._by_tenant[tenant] >= self._per_tenant:
            raise Crowded
        if self._limiter is None:
            # Made here, because a limiter belongs to the loop that runs it.
            self._limiter = CapacityLimiter(self._threads)
        self._by_tenant[tenant] += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._by_tenant[tenant] -= 1
            self._by_tenant += Counter()  # drops tenants at zero


class Pools:
    """The pools of one process."""

    def __init__(self) -> None:
        self.deal = Pool(16, per_tenant=8, waiting=64)
        """Pages that ask Pipedrive at most once whether this user may see the deal."""
        self.vendor = Pool(32, per_tenant=12, waiting=64)
        """Opening the form, refreshing, PDFs, settings, sign-ins."""
