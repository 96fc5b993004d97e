"""Tells at the end of a run what its processes have stopped and killed."""

from collections.abc import Iterable
from typing import Any

import pytest

from playground import counting
from playground.tally import Tally


def _lines(parts: list[dict[str, Any]]) -> Iterable[str]:
    whole = counting.added(parts)
    return counting.told(whole) if whole.total() else ()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Tally("stopped", lambda: dict(counting.counted), _lines))
