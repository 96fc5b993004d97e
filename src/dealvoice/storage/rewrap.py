"""
Seals anew what was sealed with an older key, while the product runs.

Each value is replaced only if it is still the one that was read, so a token renewed meanwhile is never overwritten. A
process that does not know the new key yet goes on sealing with the old one: start all with the new ring, then rotate.
"""

from dataclasses import dataclass

from dealvoice.storage.encryption import KeyRing
from dealvoice.storage.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a rotation did."""

    sealed: int
    """Texts that are sealed with the current key now and were not before."""
    left: int
    """Texts that name another key still: they changed meanwhile. Run it again."""


def rewrap(database: Database, ring: KeyRing) -> Rewrapped:
    """
    Bring every sealed text to the current key; safe to repeat, also after it was broken off.

    Raises:
        SealBroken: A text names a key that is not in the ring, or was moved: that one and those behind it stay.
    """
    with database.everyone_read() as lobby:
        found = lobby.sealed.texts()
    done = 0
    for one in found:
        if not ring.needs_rewrap(one.text):
            continue
        place = {"tenant": one.tenant, "column": one.column, "row": one.row_id}
        new = ring.seal(ring.open(one.text, **place), **place)
        with database.everyone_write() as lobby:
            done += lobby.sealed.exchange(one, new)
    with database.everyone_read() as lobby:
        left = sum(ring.needs_rewrap(one.text) for one in lobby.sealed.texts())
    return Rewrapped(sealed=done, left=left)
