"""The house of most workflow tests: the product installed by one user and connected beside the sample companies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.furnished import a_connected_house
from playground.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_connected_house(tmp_path) as opened:
        yield opened
