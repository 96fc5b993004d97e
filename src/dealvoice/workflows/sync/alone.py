"""Does a piece of work alone among all threads and processes: by a lease, never by an open transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dealvoice.connections.secrets import new_id
from dealvoice.storage.leases import holder_of
from dealvoice.storage.unit_of_work import DatabaseAway, Store
from dealvoice.workflows.app import App


class Lease:
    """A lease that is held; whoever dies with it has lost it when he is buried, or its life is over."""

    def __init__(self, app: App, name: str, life: timedelta) -> None:
        self._app, self._name, self._life = app, name, life
        self.holder = holder_of(app.process, new_id())
        """Who holds it; the name of no other lease."""
        self.pause = timedelta(0)
        """How long nobody may begin the work again after this time."""

    def renew(self, store: Store, *, life: timedelta | None = None) -> bool:
        """Hold it for another life from now, in an open transaction; False when somebody else has it."""
        return store.leases.take(self._name, holder=self.holder, life=life or self._life, now=self._app.now())

    def end(self, store: Store) -> None:
        """Give it back, or hold it for the pause."""
        if self.pause:
            self.renew(store, life=self.pause)
        else:
            store.leases.give_back(self._name, holder=self.holder)


@contextmanager
def alone(app: App, tenant: str, name: str, *, life: timedelta) -> Iterator[Lease | None]:
    """
    Hold a lease for a block; it is given None when somebody else is at it.

    One that could not be given back, because the database was away, is given back by whoever of this process asks next.

    Args:
        app: The product.
        tenant: Whose work it is.
        name: What is done, and to what: ``note:<deal>:<invoice>``.
        life: After so long without ``renew`` another may begin.
    """
    lease, key = Lease(app, name, life), (tenant, name)
    left = app.leases_left.get(key)
    with app.database.write(tenant) as store:
        if left is not None:
            store.leases.give_back(name, holder=left)
        mine = lease.renew(store)
    if app.leases_left.get(key) == left:
        app.leases_left.pop(key, None)
    if not mine:
        yield None
        return
    try:
        yield lease
    finally:
        try:
            with app.database.write(tenant) as store:
                lease.end(store)
        except DatabaseAway:
            if not lease.pause:
                app.leases_left[key] = lease.holder
            raise
