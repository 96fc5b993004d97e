"""One house for all tests of a file: nothing that one of them does may change what the next one meets."""

from collections.abc import Iterator

import pytest

from playground.furnished import a_connected_house
from playground.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The product beside the sandbox, installed and connected."""
    with a_connected_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened
