"""Adds up what the processes of a run have stopped and killed, and prints it at its end."""

from typing import Any

import pytest

from playground import counting

_TOLD = "stopped"
_parts: list[dict[str, int]] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the figures of this process to the one that prints."""
    mine = dict(counting.counted)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_TOLD] = mine
    else:
        _parts.append(mine)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear the figures of a process that ends."""
    _parts.append(getattr(node, "workeroutput", {}).get(_TOLD, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    whole = counting.added(_parts)
    for line in counting.told(whole) if whole.total() else ():
        terminalreporter.write_line(line)
