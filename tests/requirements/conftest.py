"""One office for the tests of a file: the product connected beside the sample companies, and the people who use it."""

from collections.abc import Iterator

import pytest

from playground.furnished import a_connected_house
from playground.house import House
from playground.person import Person, people
from playground.stories import at_work, browser, page, pytest_runtest_makereport, stage

__all__ = ["at_work", "browser", "page", "pytest_runtest_makereport", "stage"]

OLA, JAN, MAYA = 101, 102, 103


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_connected_house(tmp_path_factory.mktemp("office"), user_id=OLA) as opened:
        yield opened


@pytest.fixture(scope="module")
def office(house: House) -> Iterator[list[Person]]:
    with people(house, OLA, JAN, MAYA) as found:
        yield found


@pytest.fixture
def ola(office: list[Person]) -> Person:
    """Ola Nowak, who has installed the product and connected QuickBooks."""
    return office[0]
