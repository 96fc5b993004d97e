"""
What each entity knows, read once from ``schema.json``.

The file holds the names, order and types of every property, lengths, and what may be asked for or done: names and
order from the vendor's schemas, the rest from the API reference of each entity. A property is spelled ``type`` or
``type length``; ``[]`` before a type is a list of it. ``groups`` are properties that entities have in common.

The vendor prints an entity's own properties first, then the common ones from the most general group down; that is
the order here as well.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an entity or of a value inside it."""

    name: str
    type: str
    """string, boolean, decimal, integer, date, datetime, id, any, an enumeration, or a type with properties."""
    many: bool = False
    longest: int = 0
    """Most characters; 0 where nothing is said."""
    place: int = 0
    """Where it stands among the others."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of object."""

    name: str
    properties: dict[str, Property]
    """In the vendor's order."""
    operations: frozenset[str]
    required: tuple[str, ...]
    """Needed on create and on a full update."""
    read_only: frozenset[str]
    """What is sent of these is overwritten."""
    filterable: frozenset[str]
    sortable: frozenset[str]
    hidden: frozenset[str]
    """Taken, but no longer returned."""
    since: dict[str, int]
    """The minor version that brought a property."""


def _property(name: str, spelled: str, place: int) -> Property:
    kind, _, longest = spelled.partition(" ")
    return Property(name, kind.removeprefix("[]"), many=kind.startswith("[]"), longest=int(longest or 0), place=place)


def _properties(spelled: dict[str, str], longest: dict[str, int] | None = None) -> dict[str, Property]:
    more = longest or {}
    return {
        name: _property(name, f"{kind} {more[name]}" if name in more else kind, place)
        for place, (name, kind) in enumerate(spelled.items())
    }  # fmt: skip


def _entity(name: str, told: Row, groups: dict[str, dict[str, str]]) -> Entity:
    spelled = dict(told["own"])
    for group in told["bases"]:
        spelled |= {one: kind for one, kind in groups[group].items() if one not in spelled}
    return Entity(
        name,
        _properties(spelled, told.get("max")),
        frozenset(told["operations"].split()),
        tuple(told.get("required", ())),
        frozenset(told.get("read_only", ())),
        frozenset(told["filter"]),
        frozenset(told["sort"]),
        frozenset(told.get("hidden", ())),
        told.get("since", {}),
    )


_DATA = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
ENUMS: dict[str, frozenset[str]] = {name: frozenset(values) for name, values in _DATA["enums"].items()}
TYPES: dict[str, dict[str, Property]] = {name: _properties(spelled) for name, spelled in _DATA["types"].items()}
ENTITIES: dict[str, Entity] = {name: _entity(name, told, _DATA["groups"]) for name, told in _DATA["entities"].items()}
META_DATA = frozenset({"MetaData.CreateTime", "MetaData.LastUpdatedTime"})
"""What every entity may be filtered and sorted by."""


def xml_order(entity: str) -> tuple[str, ...]:
    """Return an entity's properties in the order of the vendor's schema: the most general first, its own last."""
    told = _DATA["entities"][entity]
    common = (name for group in told["bases"] for name in _DATA["groups"][group])
    return tuple(dict.fromkeys((*common, *told["own"])))
