"""Tells at the end of a run what its processes have simulated."""

from collections.abc import Iterable
from typing import Any

import pytest

from playground import simulating
from playground.tally import Tally


def _lines(parts: list[dict[str, Any]]) -> Iterable[str]:
    figures = simulating.added(parts)
    return [figures.told()] if figures.histories else ()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Tally("simulated", lambda: simulating.as_plain(simulating.total), _lines))
