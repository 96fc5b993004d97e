"""Figures of a run, added up over its processes and printed at its end: a plugin for the ``conftest`` of a folder."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Tally:
    """Tells the figures of each process to the one that prints."""

    name: str
    mine: Callable[[], dict[str, Any]]
    """The figures of this process, as one may tell them another."""
    lines: Callable[[list[dict[str, Any]]], Iterable[str]]
    """What is said of the figures of all."""
    parts: list[dict[str, Any]] = field(default_factory=list)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell, or keep, what this process counted."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[self.name] = self.mine()
        else:
            self.parts.append(self.mine())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear the figures of a process that ends."""
        self.parts.append(getattr(node, "workeroutput", {}).get(self.name, {}))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print."""
        for line in self.lines(self.parts):
            terminalreporter.write_line(line)
