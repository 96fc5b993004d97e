"""
State of one emulator: a tree of plain values, kept in memory and written to a file after each change when asked.

A state so large that writing it is felt is written now and then instead, and when the sandbox stops. Decimals, dates and moments survive the round trip as tagged objects. One lock a store: a request works under it.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Tree = dict[str, Any]
_FELT = 0.05
"""Seconds that a write may take before the next ones are put together."""
_REST = 10
"""How many times as long as a write takes the store waits before the next."""


class Store:
    """One emulator's tree."""

    def __init__(self, name: str, seed: Callable[[], Tree], folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._seed = seed
        self._path = folder / f"{name}.json" if folder else None
        self.tree: Tree = {}
        self.version = 0
        """Rises with every change; what was looked up at an older one may be wrong."""
        self._took = 0.0
        self._later: threading.Timer | None = None
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
        """Write the tree to its file, all or nothing; a large one a little later, with what came meanwhile."""
        self.version += 1
        if self._path is None:
            return
        with self.lock:
            if self._took <= _FELT:
                self._write(self._path)
            elif self._later is None:
                self._later = threading.Timer(self._took * _REST, self.flush)
                self._later.daemon = True
                self._later.start()

    def flush(self) -> None:
        """Write what waits to be written."""
        with self.lock:
            if self._later is not None and self._path is not None:
                self._later.cancel()
                self._later = None
                self._write(self._path)

    def _write(self, path: Path) -> None:
        started = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(self.tree, default=_tag))
        os.replace(draft, path)  # noqa: PTH105 - atomic on every system
        self._took = time.monotonic() - started


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
