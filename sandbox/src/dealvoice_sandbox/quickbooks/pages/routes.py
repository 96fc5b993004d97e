"""Pages for people."""

from typing import Any


def routes(_emulator: Any, _other: Any) -> list[Any]:
    """Return the routes."""
    return []
