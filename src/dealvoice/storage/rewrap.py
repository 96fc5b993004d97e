"""
Seals anew what was sealed with an older key, while the product runs.

Each value is replaced only if it is still the one that was read, so a token renewed meanwhile is never overwritten. A
process that does not know the new key yet goes on sealing with the old one: start all with the new ring, then rotate.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from dealvoice.storage.connections import Connection
from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.hooks import HookSet
from dealvoice.storage.installations import Installation
from dealvoice.storage.unit_of_work import Database

SEALED: Final = ((Connection, "access"), (Connection, "refresh"), (Installation, "access"), (Installation, "refresh"),
                 (HookSet, "sealed"))  # fmt: skip
"""Every column that holds sealed texts for longer than an hour, bound to tenant, its own name and the row's id."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a rotation did."""

    sealed: int
    """Texts that are sealed with the current key now and were not before."""
    left: int
    """Texts that name another key still: they changed meanwhile. Run it again."""


def rewrap(database: Database, ring: KeyRing) -> Rewrapped:
    """
    Bring every sealed text to the current key; safe to repeat, stops at nothing.

    Raises:
        SealBroken: A text names a key that is not in the ring, or was moved: nothing of it is changed.
    """
    sealed = 0
    for row_class, column in SEALED:
        held = getattr(row_class, column)
        with database.everyone_read() as lobby:
            found = lobby.sealed(select(row_class.tenant, row_class.id, held))
        for tenant, row_id, old in found:
            if not old or not ring.needs_rewrap(old):
                continue
            plain = ring.open(old, tenant=tenant, column=column, row=row_id)
            new = ring.seal(plain, tenant=tenant, column=column, row=row_id)
            with database.write(tenant) as store:
                change = update(row_class).where(row_class.tenant == tenant, row_class.id == row_id, held == old)
                sealed += store.exchange(change.values({column: new}))
    return Rewrapped(sealed=sealed, left=_left(database, ring))


def _left(database: Database, ring: KeyRing) -> int:
    left = 0
    for row_class, column in SEALED:
        with database.everyone_read() as lobby:
            found = lobby.sealed(select(row_class.tenant, row_class.id, getattr(row_class, column)))
        left += sum(bool(text) and ring.needs_rewrap(text) for _, _, text in found)
    return left
