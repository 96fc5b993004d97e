"""
State of one emulator: a tree of plain values, kept in memory and written to a file after each change when asked.

Decimals, dates and moments survive the round trip as tagged objects. One lock a store: a request works under it.
"""

import json
import os
import threading
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Tree = dict[str, Any]


class Store:
    """One emulator's tree."""

    def __init__(self, name: str, seed: Callable[[], Tree], folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._seed = seed
        self._path = folder / f"{name}.json" if folder else None
        self.tree: Tree = {}
        self.version = 0
        """Rises with every change; what was looked up at an older one may be wrong."""
        if self._path is not None and self._path.exists():
            self.tree = json.loads(self._path.read_text(), object_hook=_revive, parse_float=Decimal)
        else:
            self.reset()

    def reset(self, seed: Callable[[], Tree] | None = None) -> None:
        """Go back to the seed, or to another one from now on."""
        with self.lock:
            self._seed = seed or self._seed
            self.tree = self._seed()
            self.save()

    def save(self) -> None:
        """Write the tree to its file, all or nothing."""
        self.version += 1
        if self._path is None:
            return
        with self.lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".tmp")
            draft.write_text(json.dumps(self.tree, default=_tag))
            os.replace(draft, self._path)  # noqa: PTH105 - atomic on every system


def _tag(value: object) -> object:
    match value:
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            return {"$moment": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case _:
            raise TypeError(f"cannot keep {type(value)}")


def _revive(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        match found:
            case {"$decimal": str(text)}:
                return Decimal(text)
            case {"$moment": str(text)}:
                return datetime.fromisoformat(text)
            case {"$date": str(text)}:
                return date.fromisoformat(text)
            case _:
                return found
    return found
