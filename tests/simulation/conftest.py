"""Adds up what the processes of a run have simulated, and prints it at its end."""

from typing import Any

import pytest

from playground import simulating

_TOLD = "simulated"
_parts: list[dict[str, Any]] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the figures of this process to the one that prints."""
    mine = simulating.as_plain(simulating.total)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_TOLD] = mine
    elif simulating.total.histories:
        _parts.append(mine)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear the figures of a process that ends."""
    _parts.append(getattr(node, "workeroutput", {}).get(_TOLD, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    figures = simulating.added(_parts)
    if figures.histories:
        terminalreporter.write_line(figures.told())
