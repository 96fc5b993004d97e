"""The house of most workflow tests: the product installed by one user and connected beside the sample companies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.house import House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as opened:
        opened.who = opened.install()
        opened.connect(opened.who)
        yield opened
