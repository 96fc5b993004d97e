"""One office for the tests of a file: the product connected beside the sample companies, and the people who use it."""

from collections.abc import Iterator

import pytest

from playground.house import House, a_house
from playground.person import Person, people
from playground.stories import at_work, browser, page, stage

__all__ = ["at_work", "browser", "page", "stage"]

OLA, JAN, MAYA = 101, 102, 103


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("office")) as opened:
        opened.who = opened.install(OLA)
        opened.connect(opened.who)
        yield opened


@pytest.fixture(scope="module")
def office(house: House) -> Iterator[list[Person]]:
    with people(house, OLA, JAN, MAYA) as found:
        yield found


@pytest.fixture
def ola(office: list[Person]) -> Person:
    """Ola Nowak, who has installed the product and connected QuickBooks."""
    return office[0]
