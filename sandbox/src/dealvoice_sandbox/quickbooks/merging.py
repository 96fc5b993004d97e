"""
How an update meets the object that is there: sparse or full, and whether it changes anything at all.

Sparse changes what is sent; full clears every writable property that is not sent. A value inside (an address, a
list of lines) is replaced as a whole either way. What is read-only stays whatever is sent.

Source: REST API features (full and sparse update); recordings of updates that change nothing.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.fields import ordered
from dealvoice_sandbox.quickbooks.schema import ENTITIES

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
HEAD = frozenset({"domain", "sparse", "status", "Id", "SyncToken", "MetaData"})


def writable(entity: str, body: Row) -> Row:
    """Return what a client may set of an object; what is read-only is passed over in silence."""
    closed = HEAD | ENTITIES[entity].read_only
    return {name: value for name, value in body.items() if name not in closed}


def merged(entity: str, row: Row, body: Row, *, keep: frozenset[str] = frozenset()) -> Row:
    """
    Return the object as it is to be.

    Args:
        entity: Its kind.
        row: As it is.
        body: What is sent; ``sparse`` in it decides.
        keep: Properties that even a full update leaves when they are not sent.
    """
    closed = HEAD | ENTITIES[entity].read_only | keep
    kept = dict(row) if body.get("sparse") else {name: value for name, value in row.items() if name in closed}
    found = kept | writable(entity, body)
    for name in ("BillAddr", "ShipAddr", "PrimaryAddr"):
        if name in found and name in row and _same_address(found[name], row[name]):
            found[name] = row[name]
    return {name: value for name, value in found.items() if value != "" or name in row}


def store(emulator: "QuickBooksEmulator", realm: str, entity: str, row: Row, values: Row) -> Row:
    """Store a changed object; a change that changes nothing leaves its version and time alone."""
    kept = ordered(entity, {name: value for name, value in values.items() if value != ""})
    return row if kept == row else emulator.touch(realm, entity, kept)


def address(emulator: "QuickBooksEmulator", realm: str, value: Row, before: Row | None = None) -> Row:
    """Return an address with its id: a new one whenever the address is another."""
    if before is not None and _same_address(value, before):
        return before
    plain = {name: inner for name, inner in value.items() if name not in {"Id", "Lat", "Long"}}
    return {"Id": emulator.next_id(realm, "address"), **plain}


def _same_address(one: Row, other: Row) -> bool:
    system = {"Id", "Lat", "Long"}
    return {k: v for k, v in one.items() if k not in system} == {k: v for k, v in other.items() if k not in system}
